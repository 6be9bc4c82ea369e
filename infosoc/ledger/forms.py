"""What is filled in for vouchers, accounts and years. Lines of vouchers are rows of plain fields, as many as needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, zip_longest
from typing import Any, Protocol

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from infosoc.kernel.identity import find_personal_number
from infosoc.kernel.money import NotAnAmount, parse_ore, print_input
from infosoc.kernel.text import clean
from infosoc.ledger import rules
from infosoc.ledger.commands.chart import AccountFacts
from infosoc.ledger.rules import AccountKind, NewLine, NewVoucher
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 4, 4, 80  # rows that are added by hand; a voucher that is corrected may have more
LONGEST_TYPED = 4000
BY_HAND = ("A", "P", "M", "L", "J", "I")  # series that people write in themselves
_NUMBER = re.compile(r"\s*(\d{4})(?:\s|$)")
_FIELDS = ("account", "debit", "credit", "vat", "line_text")


class FormData(Protocol):
    """What a posted form is read from."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass
class Row:
    """A line of a voucher as it was typed, with what is wrong with it by field."""

    account: str = ""
    debit: str = ""
    credit: str = ""
    vat: str = ""
    line_text: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not any((self.account.strip(), self.debit.strip(), self.credit.strip(), self.line_text.strip()))

    @property
    def number(self) -> int | None:
        """The account's number, which its text begins with."""
        found = _NUMBER.match(self.account)
        return int(found[1]) if found else None

    def amount_ore(self) -> int:
        """Debit less credit; raises `NotAnAmount`."""
        return sum(sign * parse_ore(text) for sign, text in ((1, self.debit), (-1, self.credit)) if text.strip())

    def line(self) -> NewLine | None:
        """The line that is meant; what is wrong with it is noted in `errors`."""
        if self.number is None:
            self.errors["account"] = gettext("Enter the account number, or choose it in the list.")
        for name in ("debit", "credit"):
            try:
                if getattr(self, name).strip():
                    parse_ore(getattr(self, name))
            except NotAnAmount as error:
                self.errors[name] = gettext(error.message)
        if not self.errors and not (self.debit.strip() or self.credit.strip()):
            self.errors["debit"] = gettext("Enter an amount, in debit or in credit.")
        if len(clean(self.line_text)) > rules.LONGEST_TEXT:
            self.errors["line_text"] = gettext("At most %(most)s characters.", most=rules.LONGEST_TEXT)
        elif find_personal_number(self.line_text):
            self.errors["line_text"] = gettext(
                "This looks like a personal identity number. It must not be entered here."
            )
        if self.vat and self.vat not in rules.VAT_CODES:
            self.errors["vat"] = gettext("There is no such VAT code.")
        if self.errors or self.number is None:
            return None
        return NewLine(self.number, self.amount_ore(), self.vat or None, self.line_text)


def read_rows(data: FormData) -> list[Row]:
    """The rows of a posted form, in order."""
    columns = (data.getlist(name) for name in _FIELDS)
    rows = []
    for typed in islice(zip_longest(*columns, fillvalue=""), rules.MOST_LINES + 1):  # one too many is refused
        account, debit, credit, vat, line_text = (text.replace("\0", "")[:LONGEST_TYPED] for text in typed)
        rows.append(Row(account, debit, credit, vat, line_text))
    return rows


def lines_of(rows: Iterable[Row], known: Mapping[int, Any]) -> list[NewLine] | None:
    """The lines of the rows that are filled in; None when something is wrong with one, which is noted in it."""
    filled = [row for row in rows if not row.is_blank]
    lines = [row.line() for row in filled]
    for row in filled:
        if row.number is not None and row.number not in known:
            row.errors["account"] = gettext("There is no account %(number)s in the chart.", number=row.number)
    return None if any(row.errors for row in filled) else [line for line in lines if line is not None]


def totals(rows: Iterable[Row]) -> tuple[int, int]:
    """Debit and credit so far, in öre; what is no amount counts as nothing."""
    sums = {"debit": 0, "credit": 0}
    for row in rows:
        for name in sums:
            try:
                sums[name] += parse_ore(getattr(row, name)) if getattr(row, name).strip() else 0
            except NotAnAmount:
                continue
    return sums["debit"], sums["credit"]


def row_of(account: str, amount_ore: int, vat: str = "", text: str = "") -> Row:
    """A row that says what a line says."""
    amount = print_input(abs(amount_ore))
    return Row(account, amount if amount_ore > 0 else "", amount if amount_ore < 0 else "", vat, text)


def padded(rows: Sequence[Row], more: int = 0) -> list[Row]:
    """The rows with blank ones after them, to write in."""
    wanted = max(FIRST_ROWS, len(rows) + more)
    return [*rows, *(Row() for _ in range(min(wanted, MOST_ROWS) - len(rows)))]


class VoucherForm(BaseForm):
    """A voucher by hand; its lines are rows beside it."""

    voucher_on = NaturalDateField(_l("Date"), validators=[InputRequired(REQUIRED)], past=True)
    text = StringField(
        _l("Regarding"),
        validators=[DataRequired(REQUIRED), Length(max=rules.LONGEST_TEXT), NoPersonalNumber()],
    )
    series = SelectField(_l("Series"), default=rules.MANUAL_SERIES, validators=[InputRequired(REQUIRED)])
    counterparty = StringField(_l("Counterparty"), validators=[Optional(), Length(max=200), NoPersonalNumber()])
    documents = StringField(_l("Documents"), validators=[Optional(), Length(max=200), NoPersonalNumber()])
    replaces = HiddenField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        labels = {one: gettext(rules.SERIES_LABELS[one]) for one in (*BY_HAND, rules.CORRECTION_SERIES)}
        self.series.choices = [(one, f"{one} · {label}") for one, label in labels.items()]

    def voucher(self, lines: Sequence[NewLine], replaces_id: int | None) -> NewVoucher:
        """The voucher that is meant. One form is one source: sent twice, it is posted once."""
        assert self.voucher_on.data is not None  # noqa: S101 - the form has been checked
        return NewVoucher(
            series=self.series.data, voucher_on=self.voucher_on.data, text=self.text.data or "", lines=lines,
            source=f"manual:{(self.submission.data or '')[:80]}", counterparty=self.counterparty.data or "",
            documents=self.documents.data or "", replaces_id=replaces_id,
        )  # fmt: skip


class CorrectionForm(BaseForm):
    """When and in what words a voucher is turned back."""

    on = NaturalDateField(_l("Date"), validators=[InputRequired(REQUIRED)], past=True)
    text = StringField(
        _l("Regarding"),
        validators=[DataRequired(REQUIRED), Length(max=rules.LONGEST_TEXT), NoPersonalNumber()],
    )


class AccountForm(BaseForm):
    """What may be changed of an account."""

    name_sv = StringField(_l("Name in Swedish"), validators=[DataRequired(REQUIRED), Length(max=120)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=120)])
    vat_code = SelectField(_l("Usual VAT code"), default=rules.NO_VAT, validators=[InputRequired(REQUIRED)])
    sru = StringField(_l("Field of the income return (SRU)"), validators=[Optional(), Length(max=12)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vat_code.choices = vat_choices()

    def facts(self) -> AccountFacts:
        return AccountFacts(self.name_sv.data or "", self.name_en.data or "", self.vat_code.data, self.sru.data or "")


class NewAccountForm(AccountForm):
    """An account of the tenant's own."""

    number = StringField(_l("Account number"), validators=[DataRequired(REQUIRED), Length(max=4)])
    kind = SelectField(_l("Kind"), validators=[InputRequired(REQUIRED)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [(one.value, gettext(label)) for one, label in rules.KIND_LABELS.items()]

    def account(self) -> tuple[int, AccountKind]:
        """Number and kind; raises `BadAccountNumber`."""
        text = (self.number.data or "").strip()
        return rules.check_account_number(int(text) if text.isascii() and text.isdigit() else 0), AccountKind(
            self.kind.data
        )


class YearForm(BaseForm):
    """A new fiscal year."""

    starts_on = NaturalDateField(_l("First day"), validators=[InputRequired(REQUIRED)])
    ends_on = NaturalDateField(_l("Last day"), validators=[InputRequired(REQUIRED)])

    def days(self) -> tuple[date, date]:
        assert self.starts_on.data is not None  # noqa: S101 - the form has been checked
        assert self.ends_on.data is not None  # noqa: S101 - as above
        return self.starts_on.data, self.ends_on.data


class LockForm(BaseForm):
    """Through which day nothing more is posted."""

    through = NaturalDateField(_l("Locked through"), validators=[InputRequired(REQUIRED)], past=True, id="lock-through")


class UnlockForm(BaseForm):
    """Through which day it stays locked (none: not at all), and why."""

    through = NaturalDateField(_l("Remains locked through"), past=True, id="unlock-through")
    reason = StringField(_l("Why"), validators=[DataRequired(REQUIRED), Length(max=300), NoPersonalNumber()])


class OpeningForm(BaseForm):
    """Opening balances; its lines are rows beside it."""


def vat_choices(blank: str | None = None) -> list[tuple[str, str]]:
    """The VAT codes to choose among, in words; `blank` is what choosing none is called."""
    made = [(code, f"{code} · {gettext(one.label, rate=one.rate)}") for code, one in rules.VAT_CODES.items()]
    return made if blank is None else [("", blank), *made]
