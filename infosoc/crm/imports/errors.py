"""Why a file, a mapping or a row cannot be used: each reason has a code and an English message id.

Files and mappings raise; rows do not (one bad row stops nothing): they give a `Refusal` or a `Warning` of `values`,
whose texts are here as well, so that every sentence an import can say stands in one place.
"""

from __future__ import annotations

from typing import Any

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

FILE_REASONS = {
    "empty": N_("The file is empty."),
    "no_rows": N_("There are no rows with data in the file."),
    "too_large": N_("The file is too large: at most %(limit)s MB can be read at once."),
    "not_text": N_("This is neither a CSV file nor an Excel workbook."),
    "old_excel": N_("This is an old Excel file or one with a password. Save it as .xlsx without a password."),
    "broken_workbook": N_("The workbook is damaged and cannot be read. Open it in Excel and save it again."),
    "unpacked_too_large": N_("The workbook grows too large when it is unpacked."),
    "unsafe_workbook": N_("The workbook holds parts that do not belong in one, and is not read."),
    "no_such_sheet": N_("There is no sheet named %(detail)s in the workbook."),
    "no_such_encoding": N_("%(detail)s is not a character encoding that can be read."),
    "wrong_encoding": N_("Row %(row)s cannot be read as %(detail)s. Choose another character encoding."),
    "unclosed_quote": N_("A quotation mark that opens in row %(row)s is never closed."),
    "cell_too_long": N_("A cell in row %(row)s is too long. Is a quotation mark missing?"),
    "wrong_delimiter": N_("The delimiter must be one single character."),
}

MAPPING_REASONS = {
    "not_a_mapping": N_('A mapping lists columns and the field of each, such as {"1": "name"}.'),
    "unknown_field": N_("There is no field named %(detail)s."),
    "unknown_column": N_("There is no column %(detail)s in the file."),
    "column_twice": N_("The column %(detail)s is mapped twice."),
    "field_twice": N_("Only one column can be %(detail)s."),
    "name_missing": N_("Choose which column holds the company's name."),
}

ROW_REASONS = {
    "name_missing": N_("The company's name is missing."),
    "formula_not_calculated": N_(
        "The cell holds a formula without a result. Open the workbook in Excel and save it again."
    ),
    "unclosed_quote": N_("A quotation mark opens in the row and is never closed."),
    "too_long": N_("The text is longer than %(detail)s characters."),
    "org_number_shape": N_("The organisation number must have ten digits, such as 556677-8899."),
    "org_number_check_digit": N_("The organisation number is mistyped: its last digit does not match the others."),
    "org_number_date": N_("The organisation number is mistyped: a sole trader's number begins with a date of birth."),
    "personal_number": N_("The text contains a personal identity number. Remove it: it must not be stored here."),
}

ROW_WARNINGS = {
    "email_invalid": N_("%(detail)s is not an e-mail address and is left out."),
    "phone_invalid": N_("%(detail)s is not a phone number and is left out."),
    "postcode_odd": N_("The postcode %(detail)s does not have five digits. It is kept as it is."),
    "municipality_code_invalid": N_("%(detail)s is not a municipality code and is left out."),
    "status_unknown": N_("The status %(detail)s is not known and is left out."),
    "legal_form_unknown": N_("The legal form %(detail)s is not known and is left out."),
    "web_invalid": N_("%(detail)s is not a web address and is left out."),
    "date_invalid": N_("%(detail)s is not a date; the text is kept as a note."),
    "date_in_future": N_("The contact lies in the future (%(detail)s); the text is kept as a note."),
    "org_number_foreign": N_("%(detail)s is a foreign number: the company is kept as foreign, the number as a note."),
    "sole_trader": N_("The organisation number is a personal identity number. It is kept masked, as a sole trader's."),
    "extra_cells": N_("The row has more cells than there are columns. The extra cells are skipped."),
    "formula_not_calculated": N_(
        "The cell holds a formula without a result, and is left out. Open the workbook in Excel and save it again."
    ),
    "formula_as_text": N_("The cell holds a formula. It is kept as plain text and is never calculated."),
    "contact_without_name": N_("The contact person has no name. Phone and e-mail are kept on the company."),
}


class UnreadableFile(Invalid):
    """The file cannot be read. `code` tells why, `row` where, when that is known."""

    def __init__(self, code: str, *, row: int | None = None, detail: str = "", limit: int | None = None) -> None:
        self.message = FILE_REASONS[code]
        self.code = code
        self.row = row
        super().__init__(field="file", row=row, detail=detail, limit=limit)


class InvalidMapping(Invalid):
    """The mapping of columns to fields cannot be used."""

    def __init__(self, code: str, *, detail: Any = "") -> None:
        self.message = MAPPING_REASONS[code]
        self.code = code
        super().__init__(field="mapping", detail=str(detail))
