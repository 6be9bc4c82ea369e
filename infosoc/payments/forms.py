"""What is filled in for payments: the file, how a payment is used, and a payment written down by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, zip_longest
from typing import Protocol

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from infosoc.crm.models.companies import Company
from infosoc.invoicing.models import Invoice
from infosoc.kernel.money import NotAnAmount, parse_ore, print_input
from infosoc.kernel.words import N_
from infosoc.payments import rules
from infosoc.payments.commands.by_hand import Paid
from infosoc.payments.commands.lumps import Split
from infosoc.payments.commands.placing import ToInvoice
from infosoc.subscriptions.forms.fields import OreField
from infosoc.web.forms import LONGEST_ID, REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

MOST_ROWS, SPARE_ROWS = 40, 2


class FileForm(BaseForm):
    """A file from the bank."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])


class PlaceForm(BaseForm):
    """The frame of the rows that say where a payment goes; the rows are plain fields."""


class CreditForm(BaseForm):
    """Whose credit it is to be."""

    company_name = StringField(_l("Company"))
    company = HiddenField()


class AsideForm(BaseForm):
    """Why a payment is left for later."""

    why = StringField(_l("Why"), validators=[InputRequired(REQUIRED), Length(max=200), NoPersonalNumber()])


class BackForm(BaseForm):
    """The day on which money was paid back."""

    on = NaturalDateField(_l("Paid back on"), validators=[InputRequired(REQUIRED)], past=True)


class PaidForm(BaseForm):
    """A payment written down by hand."""

    amount = OreField(_l("Amount in kronor"), validators=[InputRequired(REQUIRED)])
    on = NaturalDateField(_l("Paid on"), validators=[InputRequired(REQUIRED)], past=True)
    account = StringField(_l("General ledger account"), validators=[InputRequired(REQUIRED)])
    note = StringField(_l("Note"), validators=[Length(max=200), NoPersonalNumber()])

    def validate_account(self, field: StringField) -> None:
        text = (field.data or "").strip()
        if not (text.isascii() and text.isdigit() and len(text) == 4 and text.startswith("19")):
            raise ValidationError(gettext("Enter the number of a cash or bank account, such as 1930."))

    def paid(self) -> Paid:
        if self.on.data is None:
            raise ValueError("the form has not been checked")
        return Paid(
            self.amount.data or 0, self.on.data, int((self.account.data or "").strip() or rules.BANK),
            self.note.data or "",
        )  # fmt: skip


class FormData(Protocol):
    """What a posted form is read from."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass
class Row:
    """An invoice's number and an amount, as they were typed, with what is wrong with them."""

    number: str = ""
    amount: str = ""
    invoice: Invoice | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not (self.number.strip() and self.amount.strip()) and not self.number.strip()

    def ore(self) -> int | None:
        """The amount that is meant; what is wrong with it is noted."""
        try:
            return parse_ore(self.amount)
        except NotAnAmount as error:
            self.errors["amount"] = gettext(error.message)
            return None


def read_rows(data: FormData) -> list[Row]:
    """The rows of a posted form, in order."""
    typed = islice(zip_longest(data.getlist("number"), data.getlist("amount"), fillvalue=""), MOST_ROWS)
    return [Row(number.replace("\0", "")[:30], amount.replace("\0", "")[:40]) for number, amount in typed]


def rows_of(chosen: Iterable[tuple[Invoice, int]]) -> list[Row]:
    return [Row(str(invoice.number), print_input(ore), invoice) for invoice, ore in chosen]


def padded(rows: list[Row]) -> list[Row]:
    """With blank rows at the end to go on in."""
    return [*rows, *(Row() for _ in range(SPARE_ROWS if rows else SPARE_ROWS + 1))]


def numbers(rows: Iterable[Row]) -> list[int]:
    known = (invoice_number(one.number) for one in rows)
    return [number for number in known if number is not None]


def invoice_number(typed: str) -> int | None:
    """The number that was typed; None when no invoice can have it."""
    text = typed.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None


def wanted(rows: Iterable[Row], known: Mapping[int, Invoice]) -> list[ToInvoice] | None:
    """Where the money goes; None when something is wrong with a row, which is noted in it."""
    made = []
    filled = [row for row in rows if not row.is_blank]
    for row in filled:
        number = invoice_number(row.number)
        row.invoice = known.get(number) if number is not None else None
        if row.invoice is None:
            row.errors["number"] = gettext("There is no invoice %(number)s.", number=row.number.strip())
        ore = row.ore()
        if row.invoice is not None and ore is not None:
            made.append(ToInvoice(row.invoice.public_id, ore))
    return None if any(row.errors for row in filled) else made


class Goes(StrEnum):
    """What a row of a split names."""

    INVOICE = "invoice"
    CUSTOMER = "customer"
    ACCOUNT = "account"


GOES_LABELS = {Goes.INVOICE: N_("Invoice"), Goes.CUSTOMER: N_("Customer's credit"), Goes.ACCOUNT: N_("Account")}


@dataclass
class SplitRow:
    """A part of a deposit as it was typed: what it goes to, and how much, with what is wrong with them."""

    goes: str = Goes.INVOICE
    to: str = ""
    amount: str = ""
    name: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not self.to.strip() and not self.amount.strip()

    def ore(self) -> int:
        """The amount that is meant, 0 when there is none; what is wrong with it is noted."""
        try:
            return parse_ore(self.amount)
        except NotAnAmount as error:
            self.errors["amount"] = gettext(error.message)
            return 0


def read_split(data: FormData) -> list[SplitRow]:
    """The rows of a posted split, in order."""
    typed = zip_longest(data.getlist("goes"), data.getlist("to"), data.getlist("amount"), fillvalue="")
    return [
        SplitRow(
            goes if goes in GOES_LABELS else Goes.INVOICE, to.replace("\0", "")[:120], amount.replace("\0", "")[:40]
        )
        for goes, to, amount in islice(typed, MOST_ROWS)
    ]


def split_of(invoices: Iterable[tuple[Invoice, int]]) -> list[SplitRow]:
    return [SplitRow(Goes.INVOICE, str(one.number), print_input(ore), one.buyer_name) for one, ore in invoices]


def names_in(rows: Iterable[SplitRow], goes: Goes) -> list[str]:
    """What the rows that are filled name of a kind."""
    return [one.to.strip() for one in rows if one.goes == goes and not one.is_blank]


def split(
    rows: Iterable[SplitRow], invoices: Mapping[int, Invoice], customers: Mapping[str, list[Company]]
) -> Split | None:
    """Where the money goes; None when something is wrong with a row, which is noted in it."""
    to_invoices, credits, accounts = [], [], []
    filled = [row for row in rows if not row.is_blank]
    for row in filled:
        to, ore = row.to.strip(), row.ore()
        if row.goes == Goes.INVOICE:
            if (invoice := invoices.get(invoice_number(to) or -1)) is None:
                row.errors["to"] = gettext("There is no invoice %(number)s.", number=to)
                continue
            row.name = invoice.buyer_name
            to_invoices.append(ToInvoice(invoice.public_id, ore))
        elif row.goes == Goes.CUSTOMER:
            found = customers.get(to, [])
            if len(found) != 1:
                row.errors["to"] = _which_customer(to, len(found))
                continue
            row.name = found[0].name
            credits.append((found[0].id, ore))
        elif (number := invoice_number(to)) is None or not 1000 <= number <= 9999:
            row.errors["to"] = gettext("Enter the number of an account, such as 1630.")
        else:
            accounts.append((number, ore))
    return None if any(row.errors for row in filled) else Split(to_invoices, credits, accounts)


def _which_customer(to: str, found: int) -> str:
    if found:
        return gettext("Several customers are called that. Enter the organisation number.")
    return gettext("There is no customer %(name)s. Enter the name in full, or the organisation number.", name=to)
