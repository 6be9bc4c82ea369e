"""What is filled in on the way of an imported file."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from infosoc.crm import import_rules as rules
from infosoc.crm.forms.facts import to_choose
from infosoc.crm.imports import encoding
from infosoc.crm.imports.planning import Policy
from infosoc.crm.imports.reading import Reading
from infosoc.kernel.words import N_
from infosoc.web.forms import REQUIRED, BaseForm, NoPersonalNumber

ENCODING_LABELS = {
    encoding.UTF_8: "UTF-8", encoding.UTF_8_BOM: "UTF-8 (BOM)", encoding.WINDOWS_1252: "Windows-1252",
    encoding.ISO_8859_1: "ISO 8859-1", encoding.CP850: "CP850 (DOS)", encoding.UTF_16: "UTF-16",
    encoding.UTF_16_LE: "UTF-16 LE", encoding.UTF_16_BE: "UTF-16 BE",
}  # fmt: skip
DELIMITER_LABELS = {";": N_("Semicolon"), ",": N_("Comma"), "\t": N_("Tab"), "|": N_("Bar")}
# A tab does not survive in the value of an option.
DELIMITER_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}


class UploadForm(BaseForm):
    """The file itself."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])


class ReadingForm(BaseForm):
    """How the file is read, where it was not found out rightly."""

    encoding = SelectField(_l("Character encoding"), choices=to_choose(ENCODING_LABELS.items()))
    delimiter = SelectField(_l("Columns are divided by"))
    sheet = SelectField(_l("Sheet"))
    heading_row = IntegerField(
        _l("Row with headings"), validators=[Optional(), NumberRange(0, 1000, _l("Enter a row number, or 0 for none."))]
    )

    def __init__(self, how: Reading, **kwargs: Any) -> None:
        super().__init__(
            data={
                "encoding": how.encoding, "delimiter": DELIMITER_NAMES.get(how.delimiter, "semicolon"),
                "sheet": how.sheet, "heading_row": how.heading_row,
            },
            **kwargs,
        )  # fmt: skip
        self.delimiter.choices = to_choose(
            (DELIMITER_NAMES[sign], gettext(DELIMITER_LABELS[sign])) for sign in DELIMITER_LABELS
        )
        self.sheet.choices = to_choose((sheet, sheet) for sheet in how.sheets)
        for name in ("encoding", "delimiter") if how.kind == "xlsx" else ("sheet",):
            del self[name]

    def chosen(self) -> dict[str, Any]:
        """What reading a file takes."""
        signs = {name: sign for sign, name in DELIMITER_NAMES.items()}
        found: dict[str, Any] = {"heading_row": self.heading_row.data}
        if "sheet" in self:
            found["sheet"] = self.sheet.data
        else:
            found |= {"encoding": self.encoding.data, "delimiter": signs[self.delimiter.data]}
        return found


class ColumnsForm(BaseForm):
    """What the columns hold, and what to do where file and register differ."""

    policy = RadioField(
        _l("When the register differs"), default=Policy.FILL.value, validators=[InputRequired(REQUIRED)]
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.policy.choices = to_choose((policy.value, gettext(label)) for policy, label in rules.POLICY_LABELS.items())

    def mapping(self, columns: int) -> tuple[str, ...]:
        """The field of each column."""
        return tuple(request.form.get(f"column-{at}", "ignore") for at in range(columns))


class CommitForm(BaseForm):
    """The last step before it is done."""

    source = StringField(
        _l("Where does the list come from?"),
        validators=[InputRequired(REQUIRED), Length(max=rules.LONGEST_SOURCE), NoPersonalNumber()],
    )
    good_only = BooleanField(_l("Import the valid rows"))


class RevertForm(BaseForm):
    """Nothing to fill in: the deed itself."""
