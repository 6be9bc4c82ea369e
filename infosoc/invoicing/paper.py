"""The invoice on paper: what stands where. Made of the record alone, in the record's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import current_app
from flask_babel import force_locale, get_locale, gettext

from infosoc.documents.archival import Attached, Drawing, draw_archival
from infosoc.invoicing import payment_code
from infosoc.invoicing.rules.accounts import format_bankgiro, format_iban, format_plusgiro
from infosoc.invoicing.rules.record import Address, Group, Invoice, Party, Row, Seller
from infosoc.invoicing.rules.totals import E4_PER_ORE, WHOLE
from infosoc.invoicing.rules.vat import treatment
from infosoc.kernel.identity import format_org_number
from infosoc.kernel.money import print_ore, print_thousandths

SHEET = Path(__file__).with_name("paper.css")
Fact = tuple[str, str]


@dataclass(frozen=True)
class PrintedRow:
    """A row as it is read; a text row has nothing but its text."""

    text: str
    below: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""
    vat: str = ""
    amount: str = ""


@dataclass(frozen=True)
class Paper:
    """All that the template prints, as text."""

    invoice: Invoice
    title: str
    facts: list[Fact]
    references: list[Fact]
    recipient: list[str]
    rows: list[PrintedRow]
    has_discounts: bool
    sums: list[Fact]
    total: Fact
    statements: list[str]
    payment: list[Fact]
    code: str | None
    advice: str
    footer: list[list[str]]


def pdf(invoice: Invoice, *, ubl: bytes | None = None) -> bytes:
    """The invoice as PDF/A-3, with the Peppol file inside where there is a valid one. Needs an application context."""
    return draw_archival(drawing(invoice, ubl=ubl))


def drawing(invoice: Invoice, *, ubl: bytes | None = None) -> Drawing:
    """What the PDF is drawn of, here or by another process."""
    file = Attached(f"{invoice.heading.number}.xml", ubl or b"", "Peppol BIS Billing 3 (UBL 2.1)")
    return Drawing(html(invoice), SHEET.read_text(), invoice.heading.issued_on, (file,) if ubl else ())


def html(invoice: Invoice) -> str:
    """The invoice as the HTML that the PDF is drawn of."""
    with force_locale(invoice.heading.language):
        template = current_app.jinja_env.get_template("pdf/invoice.html")
        return template.render(paper=_paper(invoice), language=invoice.heading.language)


def _paper(invoice: Invoice) -> Paper:
    language = invoice.heading.language
    has_discounts = any(row.discount_ore for row in invoice.rows)
    payable = gettext("SEK %(amount)s", amount=print_ore(invoice.payable_ore, locale=language))
    code = payment_code.picture(invoice)
    label = gettext("Total credited") if invoice.is_credit_note else gettext("To pay")
    return Paper(
        invoice, _title(invoice), _facts(invoice), _references(invoice), recipient(invoice.buyer),
        [_row(row, language) for row in invoice.rows], has_discounts, _sums(invoice), (label, payable),
        [group.statement for group in invoice.groups if group.statement], _payment(invoice, payable),
        code, _advice(invoice, has_code=code is not None), footer(invoice.seller),
    )  # fmt: skip


def _title(invoice: Invoice) -> str:
    return gettext("Credit note") if invoice.is_credit_note else gettext("Invoice")


def _facts(invoice: Invoice) -> list[Fact]:
    heading = invoice.heading
    facts = [
        (gettext("Credit note number") if invoice.is_credit_note else gettext("Invoice number"), heading.number),
        (gettext("Date issued") if invoice.is_credit_note else gettext("Invoice date"), heading.issued_on.isoformat()),
    ]
    if invoice.credited:
        facts.append((gettext("Credits invoice"), f"{invoice.credited.number}, {invoice.credited.issued_on}"))
    else:
        facts.append((gettext("Due date"), invoice.terms.due_on.isoformat()))
        facts.append((gettext("Terms"), gettext("%(days)s days net", days=invoice.terms.days)))
    facts.append((gettext("Period"), _period(heading.period_start, heading.period_end)))
    facts.append((gettext("Supplied on"), heading.supplied_on.isoformat() if heading.supplied_on else ""))
    return _said(facts)


def _references(invoice: Invoice) -> list[Fact]:
    references, buyer = invoice.references, invoice.buyer
    return _said(
        [
            (gettext("Your reference"), references.buyer),
            (gettext("Your order number"), references.order),
            (gettext("Cost centre"), references.cost_centre),
            (gettext("Agreement"), references.contract),
            (gettext("Our reference"), references.our),
            (gettext("Customer number"), references.customer_number),
            (gettext("Your VAT number"), buyer.vat_number),
        ]
    )


def _said(facts: list[Fact]) -> list[Fact]:
    return [(label, value) for label, value in facts if value]


def recipient(buyer: Party) -> list[str]:
    """The lines of an address field."""
    return [buyer.name, *_address(buyer.address)]


def _address(address: Address) -> list[str]:
    country = "" if address.country == "SE" else get_locale().territories.get(address.country, address.country)
    place = " ".join(filter(None, [address.postal_code, address.city]))
    return [line for line in (*address.lines, place, country) if line]


def _period(start: date | None, end: date | None) -> str:
    return f"{start} – {end}" if start and end else str(start or end or "")


def _row(row: Row, language: str) -> PrintedRow:
    if row.is_text:
        return PrintedRow(row.text)
    below = " · ".join(filter(None, (row.description, _period(row.period_start, row.period_end))))
    quantity = f"{print_thousandths(row.quantity_thousandths, locale=language, grouped=True)} {row.unit_name}".strip()
    rate = _rate(row)
    return PrintedRow(
        row.text, below, quantity, _price(row.unit_price_e4, language), _discount(row, language), rate,
        print_ore(row.net_ore, locale=language),
    )  # fmt: skip


def _price(price_e4: int, language: str) -> str:
    """With four decimals only where there is something in the last two."""
    ore, rest = divmod(price_e4, E4_PER_ORE)
    return print_ore(ore, locale=language) + (f"{rest:02d}".rstrip("0") if rest else "")


def _discount(row: Row, language: str) -> str:
    if row.discount_hundredths:
        return f"{_percent(row.discount_hundredths, language)} %"
    return print_ore(row.discount_ore, locale=language) if row.discount_ore else ""


def _percent(hundredths: int, language: str) -> str:
    return print_thousandths(hundredths * 1000 // (WHOLE // 100), locale=language)


def _rate(row: Row) -> str:
    way = treatment(row.vat_code)
    return f"{way.rate} %" if way.category in ("S", "Z") else "–"


def _sums(invoice: Invoice) -> list[Fact]:
    language = invoice.heading.language
    sums = [(gettext("Total excl. VAT"), print_ore(invoice.net_ore, locale=language))]
    sums += [_vat(group, language) for group in invoice.groups]
    if invoice.rounding_ore:
        sums.append((gettext("Rounding"), print_ore(invoice.rounding_ore, locale=language)))
    return sums


def _vat(group: Group, language: str) -> Fact:
    base = print_ore(group.base_ore, locale=language)
    has_rate = treatment(group.vat_code).category in ("S", "Z")
    label = (
        gettext("VAT %(rate)s %% of %(base)s", rate=group.rate, base=base)
        if has_rate
        else gettext("No VAT on %(base)s", base=base)
    )
    return label, print_ore(group.vat_ore, locale=language)


def _payment(invoice: Invoice, payable: str) -> list[Fact]:
    if invoice.is_credit_note:
        return []
    seller, terms = invoice.seller, invoice.terms
    return _said(
        [
            (gettext("Bankgiro"), format_bankgiro(seller.bankgiro) if seller.bankgiro else ""),
            (gettext("Plusgiro"), format_plusgiro(seller.plusgiro) if seller.plusgiro else ""),
            ("IBAN", format_iban(seller.iban) if seller.iban else ""),
            ("BIC", seller.bic),
            (gettext("OCR number"), terms.ocr),
            (gettext("Reference"), "" if terms.ocr else invoice.heading.number),
            (gettext("Due date"), terms.due_on.isoformat()),
            (gettext("To pay"), payable),
        ]
    )


def _advice(invoice: Invoice, *, has_code: bool) -> str:
    ocr = invoice.terms.ocr
    parts = [
        gettext("Please state the OCR number when you pay.")
        if ocr
        else gettext("Please state the invoice number when you pay."),
        gettext("Or scan the code with the bank's app.") if has_code else "",
        invoice.terms.late,
    ]
    return " ".join(filter(None, parts))


def footer(seller: Seller) -> list[list[str]]:
    """Who sends it, by columns: address; ways to reach it; numbers; what the tax and companies acts ask for."""
    party = seller.party
    number = format_org_number(party.org_number) if len(party.org_number) == 10 else party.org_number
    columns = [
        [party.name, *_address(party.address)],
        [party.contact, party.phone, party.email, seller.website],
        [
            gettext("Org. no. %(number)s", number=number) if number else "",
            gettext("VAT no. %(number)s", number=party.vat_number),
            gettext("Registered seat: %(place)s", place=seller.seat) if seller.seat else "",
            gettext("Approved for F-tax") if seller.has_f_tax else "",
        ],
    ]
    return [[line for line in column if line] for column in columns]
