"""The invoice as a final record: everything that is printed on it or stands in its Peppol file, and nothing else.

It is a tree of frozen plain values that goes to JSON and back without loss. Amounts are whole öre; those of a credit
note are positive here, as it is printed and sent (the ledger turns them). What VAT law asks of an invoice
(mervärdesskattelagen 17 kap. 24 §) is checked when the record is made: `made` refuses one that lacks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from stdnum import luhn

from infosoc.invoicing.rules.totals import CURRENCY, Line, TextRow, Totals, count
from infosoc.invoicing.rules.vat import DOMESTIC_REVERSE, STANDARD, TO_THE_EU, treatment
from infosoc.kernel import ocr
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.rates.vat import check_in_force

LANGUAGES = ("sv", "en")


class Kind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class FactMissing(Invalid):
    """Something that the law asks for is not there; `message` says what."""

    def __init__(self, message: str) -> None:
        self.message = message  # a class for each fact would say no more
        super().__init__()


class BuyerNotAbroad(Invalid):
    message = N_(
        "A sale to a company in another EU country needs the VAT number that the buyer has there. %(given)s is "
        "Swedish: charge Swedish VAT, or write the right number."
    )


class BuyerNotSwedish(Invalid):
    message = N_(
        "Reverse charge in Sweden is for a buyer with a Swedish VAT number. %(given)s is not: choose the treatment for "
        "sales to the EU, or write the right number."
    )


class BadReference(Invalid):
    message = N_("The payment reference %(reference)s is not an OCR number.")


class LessThanNothing(Invalid):
    message = N_("The invoice comes to less than nothing. Make a credit note of it.")


class NothingCredited(Invalid):
    message = N_("A credit note names the invoice that it credits.")


@dataclass(frozen=True)
class Address:
    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str = "SE"  # ISO 3166-1, two letters


@dataclass(frozen=True)
class Party:
    """Seller or buyer. `endpoint` is the e-invoice address: scheme (ISO 6523) and number."""

    name: str
    address: Address
    org_number: str = ""
    vat_number: str = ""
    endpoint_scheme: str = ""
    endpoint: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Seller:
    """What only a seller has. `seat` is the registered one (aktiebolagslagen 28 kap. 5 §)."""

    party: Party
    seat: str = ""
    has_f_tax: bool = True
    bankgiro: str = ""  # digits
    plusgiro: str = ""  # digits
    iban: str = ""
    bic: str = ""
    website: str = ""
    brand: str = "green"
    logo: str = ""  # a picture as a `data:` address; empty: the name stands there


@dataclass(frozen=True)
class References:
    """What the buyer wants to see, and what the seller is asked by."""

    buyer: str = ""
    order: str = ""
    cost_centre: str = ""
    contract: str = ""
    customer_number: str = ""
    our: str = ""


@dataclass(frozen=True)
class Credited:
    """The invoice that a credit note changes (17 kap. 22 §), and why."""

    number: str
    issued_on: date
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """A line as printed; a text row has nothing but its text."""

    text: str
    description: str = ""
    quantity_thousandths: int = 0
    unit: str = ""  # UN/ECE recommendation 20
    unit_name: str = ""  # as printed
    unit_price_e4: int = 0
    discount_hundredths: int = 0
    discount_ore: int = 0
    gross_ore: int = 0
    net_ore: int = 0
    vat_code: str = ""
    period_start: date | None = None
    period_end: date | None = None
    account: int | None = None  # for the ledger; not printed
    deferral_account: int | None = None

    @property
    def is_text(self) -> bool:
        return not self.vat_code


@dataclass(frozen=True)
class Group:
    """VAT of one treatment, and what is said where there is none."""

    vat_code: str
    rate: int
    base_ore: int
    vat_ore: int
    statement: str = ""


@dataclass(frozen=True)
class Terms:
    """When it is to be paid, and what happens else."""

    due_on: date
    days: int
    ocr: str = ""
    late: str = ""  # a sentence on interest and fees


@dataclass(frozen=True)
class Heading:
    """What the maker of an invoice says of it as a whole."""

    kind: Kind
    number: str
    issued_on: date
    language: str = "sv"
    period_start: date | None = None
    period_end: date | None = None
    supplied_on: date | None = None  # when it is another day than the invoice's
    note: str = ""


@dataclass(frozen=True)
class Invoice:
    """The record itself."""

    heading: Heading
    seller: Seller
    buyer: Party
    references: References
    terms: Terms
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    net_ore: int
    vat_ore: int
    rounding_ore: int
    payable_ore: int
    credited: Credited | None = None
    currency: str = CURRENCY
    delivered_to: Address | None = None
    version: int = field(default=1)  # of this record's form

    @property
    def is_credit_note(self) -> bool:
        return self.heading.kind is Kind.CREDIT_NOTE

    @property
    def lines(self) -> list[Row]:
        """The rows that cost something."""
        return [row for row in self.rows if not row.is_text]


def made(
    heading: Heading,
    rows: Sequence[Line | TextRow],
    *,
    seller: Seller,
    buyer: Party,
    references: References,
    terms: Terms,
    unit_names: dict[str, str],
    credited: Credited | None = None,
    delivered_to: Address | None = None,
    to_kronor: bool = False,
) -> Invoice:
    """Count the rows and write everything down; raises what is wrong, by name."""
    totals = count(rows, to_kronor=to_kronor)
    language = heading.language if heading.language in LANGUAGES else LANGUAGES[0]
    invoice = Invoice(
        heading, seller, buyer, references, terms, _rows(rows, totals, unit_names), _groups(totals, language),
        totals.net_ore, totals.vat_ore, totals.rounding_ore, totals.payable_ore, credited,
        delivered_to=delivered_to,
    )  # fmt: skip
    check(invoice)
    return invoice


UNNUMBERED = "0"  # stands where the number will, in a record that has been checked and not been issued


def numbered(invoice: Invoice, number: int) -> Invoice:
    """The record with its number, and with the payment reference that is made of it; a credit note is not paid."""
    named = replace(invoice, heading=replace(invoice.heading, number=str(number)))
    if invoice.is_credit_note:
        return named
    return replace(named, terms=replace(invoice.terms, ocr=ocr.make(str(number))))


def _rows(rows: Sequence[Line | TextRow], totals: Totals, unit_names: dict[str, str]) -> tuple[Row, ...]:
    made_rows = []
    for row, amounts in zip(rows, totals.lines, strict=True):
        if isinstance(row, TextRow) or amounts is None:
            made_rows.append(Row(row.text))
            continue
        made_rows.append(
            Row(
                row.text, row.description, row.quantity_thousandths, row.unit, unit_names.get(row.unit, ""),
                row.unit_price_e4, row.discount_hundredths, amounts.discount_ore, amounts.gross_ore, amounts.net_ore,
                row.vat_code, row.period_start, row.period_end, row.account, row.deferral_account,
            )
        )  # fmt: skip
    return tuple(made_rows)


def _groups(totals: Totals, language: str) -> tuple[Group, ...]:
    return tuple(
        Group(one.treatment.code, one.treatment.rate, one.base_ore, one.vat_ore, one.treatment.statement(language))
        for one in totals.groups
    )


def check(invoice: Invoice) -> None:
    """Refuse a record that lacks what the law asks for."""
    if invoice.payable_ore < 0 or invoice.net_ore < 0:
        raise LessThanNothing
    if invoice.is_credit_note != (invoice.credited is not None):
        raise NothingCredited
    if invoice.terms.ocr and not (invoice.terms.ocr.isdigit() and luhn.is_valid(invoice.terms.ocr)):
        raise BadReference(reference=invoice.terms.ocr)
    for message, value in _facts(invoice):
        if not value:
            raise FactMissing(message)
    if not invoice.is_credit_note:  # a wrong invoice must be possible to credit
        _check_where(invoice)
        _check_rates(invoice)


def _check_where(invoice: Invoice) -> None:
    """Nobody pays the VAT of a sale that is treated as made where the buyer is not."""
    given, codes = invoice.buyer.vat_number, {group.vat_code for group in invoice.groups}
    if codes & TO_THE_EU and given.startswith("SE"):
        raise BuyerNotAbroad(given=given)
    if DOMESTIC_REVERSE in codes and not given.startswith("SE"):
        raise BuyerNotSwedish(given=given)


def _check_rates(invoice: Invoice) -> None:
    """The day of supply decides the rate: the first day of a row's period, else the invoice's."""
    day = invoice.heading.supplied_on or invoice.heading.issued_on
    for row in invoice.lines:
        way = treatment(row.vat_code)
        if way.category == STANDARD:
            check_in_force(way.rate, row.period_start or day, row.text)


def _facts(invoice: Invoice) -> list[tuple[str, object]]:
    """What must be there, by the numbers of 17 kap. 24 § where it has one."""
    seller, buyer = invoice.seller.party, invoice.buyer
    facts: list[tuple[str, object]] = [
        (N_("The invoice lacks its number, which the law asks for."), invoice.heading.number.strip()),  # 2
        (N_("The invoice lacks the seller's VAT number, which the law asks for."), seller.vat_number),  # 3
        (
            N_("The invoice lacks the seller's name and address, which the law asks for."),
            seller.name.strip() and _is_whole(seller.address),
        ),  # 5
        (
            N_("The invoice lacks the buyer's name and address, which the law asks for."),
            buyer.name.strip() and _is_whole(buyer.address),
        ),  # 5
    ]
    if any(treatment(group.vat_code).needs_buyer_vat for group in invoice.groups):
        facts.append((N_("The invoice lacks the buyer's VAT number, which the law asks for."), buyer.vat_number))  # 4
    return facts


def _is_whole(address: Address) -> bool:
    return bool(address.city.strip() and address.country and (address.postal_code.strip() or address.country != "SE"))
