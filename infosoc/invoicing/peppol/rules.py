"""The general rules of Peppol BIS Billing 3 that an invoice of ours, or one shown to us, can break.

Written from the rules' descriptions (specification 3.7; state May 2025 of the published rules, whose May 2026 release
is mandatory from 17 August 2026). Code lists of currencies, units and countries are checked by EN 16931's own file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree
from stdnum import luhn

from infosoc.invoicing.peppol import names
from infosoc.invoicing.peppol.findings import Finding, Weight
from infosoc.invoicing.peppol.reading import all_of, said

Where = Iterator[etree._Element]
SLACK = Decimal("0.02")
_SIGNS = {"true": 1, "false": -1}  # of a charge and an allowance; anything else is neither (R043)
_BUYER, _SELLER = "cac:AccountingCustomerParty/cac:Party", "cac:AccountingSupplierParty/cac:Party"
_LINES = "cac:InvoiceLine | cac:CreditNoteLine"
_ALLOWANCES = f"cac:AllowanceCharge | ({_LINES})/cac:AllowanceCharge"
_AMOUNTS = (
    *("Amount", "BaseAmount", "PriceAmount", "TaxableAmount", "LineExtensionAmount", "TaxExclusiveAmount"),
    *("TaxInclusiveAmount", "AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount"),
    "PayableAmount",
)
_DATES = ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate")
# UNCL 1001 as far as the profile allows; 326 and 384 are for German partners only (P0112).
_INVOICE_TYPES = frozenset(
    [71, 80, 82, 84, 102, 218, 219, 331, 380, 382, 383, 386, 388, 393, 395, 553, 575, 623, 780, 817, 870, 875, 876, 877]
)
_CREDIT_TYPES = frozenset([81, 83, 381, 396, 532])
_REASONS = {"VATEX-EU-G": "G", "VATEX-EU-O": "O", "VATEX-EU-IC": "K", "VATEX-EU-AE": "AE", "VATEX-EU-D": "E",
            "VATEX-EU-F": "E", "VATEX-EU-I": "E", "VATEX-EU-J": "E"}  # fmt: skip


def check(root: etree._Element) -> Iterator[Finding]:
    """Every rule broken, with the line of the file."""
    for rule, (text, looks) in RULES.items():
        for element in looks(root):
            yield Finding(rule, Weight.FATAL, text, f"line {element.sourceline}")


def _there(path: str) -> Callable[[etree._Element], Where]:
    """Broken by every element on the path."""
    return lambda root: iter(all_of(root, path))


def _missing(holder: str, path: str) -> Callable[[etree._Element], Where]:
    """Broken by every holder that lacks it."""
    return lambda root: (one for one in all_of(root, holder) if not all_of(one, path))


def _unless(path: str, holds: Callable[[etree._Element], bool]) -> Callable[[etree._Element], Where]:
    return lambda root: (one for one in all_of(root, path) if not holds(one))


def _root(holds: Callable[[etree._Element], bool]) -> Callable[[etree._Element], Where]:
    return lambda root: iter(() if holds(root) else (root,))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _is_day(element: etree._Element) -> bool:
    text = element.text or ""
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _in_period(which: str, is_before: bool) -> Callable[[etree._Element], Where]:
    def looks(root: etree._Element) -> Where:
        whole = said(root, f"cac:InvoicePeriod/cbc:{which}")
        for one in all_of(root, f"({_LINES})/cac:InvoicePeriod/cbc:{which}") if whole else []:
            text = (one.text or "").strip()
            if text < whole if is_before else text > whole:
                yield one

    return looks


def _line_adds_up(line: etree._Element) -> bool:
    """Net is quantity times price less allowances plus charges, within two öre. What is no number is the schema's."""
    quantity = said(line, "cbc:InvoicedQuantity | cbc:CreditedQuantity") or "1"
    base = said(line, "cac:Price/cbc:BaseQuantity") or "1"
    texts = [
        said(line, "cbc:LineExtensionAmount") or "0",
        quantity,
        said(line, "cac:Price/cbc:PriceAmount") or "0",
        base,
    ]
    net, units, price, per = (_number(text) for text in texts)
    if net is None or units is None or price is None or per is None:
        return True
    extra = Decimal(0)
    for one in all_of(line, "cac:AllowanceCharge"):
        sum_ = _number(said(one, "cbc:Amount")) or Decimal(0)
        extra += sum_ * _SIGNS.get(said(one, "cbc:ChargeIndicator"), 0)
    return abs(units * price / (per or 1) + extra - net) <= SLACK


def _share_adds_up(allowance: etree._Element) -> bool:
    share, base = _number(said(allowance, "cbc:MultiplierFactorNumeric")), _number(said(allowance, "cbc:BaseAmount"))
    if share is None or base is None:
        return True
    return abs(base * share / 100 - (_number(said(allowance, "cbc:Amount")) or 0)) <= SLACK


def _price_adds_up(price: etree._Element) -> bool:
    gross = _number(said(price, "cac:AllowanceCharge/cbc:BaseAmount"))
    net, less = _number(said(price, "cbc:PriceAmount")), _number(said(price, "cac:AllowanceCharge/cbc:Amount"))
    return gross is None or net is None or net == gross - (less or 0)


def _tax_totals(root: etree._Element) -> bool:
    return len(all_of(root, "cac:TaxTotal[not(cac:TaxSubtotal)]")) == len(all_of(root, "cbc:TaxCurrencyCode"))


def _same_currency(root: etree._Element) -> Where:
    currency = said(root, "cbc:DocumentCurrencyCode")
    paths = [f"//cbc:{name}" for name in _AMOUNTS]
    paths += ["//cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount", "//cac:TaxSubtotal/cbc:TaxAmount"]
    yield from (one for one in all_of(root, " | ".join(paths)) if one.get("currencyID") != currency)


def _same_unit(quantity: etree._Element) -> bool:
    of_line = all_of(quantity, "../../cbc:InvoicedQuantity | ../../cbc:CreditedQuantity")
    return not of_line or of_line[0].get("unitCode") == quantity.get("unitCode")


def _right_category(category: etree._Element) -> bool:
    wanted = _REASONS.get(said(category, "cbc:TaxExemptionReasonCode").upper())
    return wanted is None or said(category, "cbc:ID") == wanted


def _of_scheme(scheme: str) -> str:
    is_it = f"[@schemeID = '{scheme}']"
    return f"//cbc:EndpointID{is_it} | //cac:PartyIdentification/cbc:ID{is_it} | //cbc:CompanyID{is_it}"


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _is_org_number(element: etree._Element) -> bool:
    text = _text(element)
    return len(text) == 10 and text.isascii() and text.isdigit() and luhn.is_valid(text)


def _is_gln(element: etree._Element) -> bool:
    """GS1's check digit: weights 3 and 1 from the right. The rule asks for no length."""
    text = _text(element)
    if not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


_DOCUMENT: dict[str, tuple[str, Callable[[etree._Element], Where]]] = {
    "R001": ("The business process (ProfileID) is named.", _missing("/*", "cbc:ProfileID")),
    "R002": ("There is one note on the document at most.", _there("cbc:Note[position() > 1]")),
    "R003": ("There is a buyer's reference or an order number.",
             _root(lambda root: bool(said(root, "cbc:BuyerReference") or said(root, "cac:OrderReference/cbc:ID")))),
    "R004": ("CustomizationID is that of Peppol BIS Billing 3.",
             _root(lambda root: said(root, "cbc:CustomizationID").startswith(names.CUSTOMIZATION))),
    "R005": ("The currency of VAT is another than the invoice's where it is named.",
             _unless("cbc:TaxCurrencyCode", lambda one: _text(one) != said(one, "../cbc:DocumentCurrencyCode"))),
    "R007": ("ProfileID is that of billing.",
             _root(lambda root: said(root, "cbc:ProfileID") == names.PROFILE)),
    "R008": ("No element is empty.", _there("//*[not(*) and not(normalize-space())]")),
    "R010": ("The buyer has an e-invoice address.", _missing(_BUYER, "cbc:EndpointID")),
    "R020": ("The seller has an e-invoice address.", _missing(_SELLER, "cbc:EndpointID")),
    "R053": ("There is one total of VAT with its parts.",
             _root(lambda root: len(all_of(root, "cac:TaxTotal[cac:TaxSubtotal]")) == 1)),
    "R054": ("There is a total of VAT without parts only in another currency of VAT.", _root(_tax_totals)),
    "R051": ("All amounts are in the invoice's currency.", _same_currency),
    "R061": ("A direct debit names its mandate.",
             _missing("cac:PaymentMeans[cbc:PaymentMeansCode = '49' or cbc:PaymentMeansCode = '59']",
                      "cac:PaymentMandate/cbc:ID")),
    "R080": ("There is one project reference at most.",
             _there("/cn:CreditNote/cac:AdditionalDocumentReference[cbc:DocumentTypeCode = '50'][position() > 1]")),
}  # fmt: skip
_LINE: dict[str, tuple[str, Callable[[etree._Element], Where]]] = {
    "R040": ("An allowance is its share of its base, within two öre.", _unless(_ALLOWANCES, _share_adds_up)),
    "R041": ("An allowance with a share has a base.",
             _unless(f"({_ALLOWANCES})[cbc:MultiplierFactorNumeric]", lambda one: bool(all_of(one, "cbc:BaseAmount")))),
    "R042": ("An allowance with a base has a share.",
             _unless(f"({_ALLOWANCES})[cbc:BaseAmount]", lambda one: bool(said(one, "cbc:MultiplierFactorNumeric")))),
    "R043": ("ChargeIndicator is true or false.",
             _unless(_ALLOWANCES, lambda one: said(one, "cbc:ChargeIndicator") in ("true", "false"))),
    "R044": ("A price has no charge.",
             _unless("//cac:Price/cac:AllowanceCharge", lambda one: said(one, "cbc:ChargeIndicator") == "false")),
    "R046": ("A net price is the gross price less its allowance.", _unless("//cac:Price", _price_adds_up)),
    "R100": ("A line names one invoiced object at most.", _there(f"({_LINES})/cac:DocumentReference[position() > 1]")),
    "R101": ("A document reference of a line has type code 130.",
             _unless(f"({_LINES})/cac:DocumentReference", lambda one: said(one, "cbc:DocumentTypeCode") == "130")),
    "R110": ("A line's period begins within the invoice's.", _in_period("StartDate", is_before=True)),
    "R111": ("A line's period ends within the invoice's.", _in_period("EndDate", is_before=False)),
    "R120": ("A line's net is quantity times price less allowances, within two öre.", _unless(_LINES, _line_adds_up)),
    "R121": ("A base quantity is larger than zero.",
             _unless("//cac:Price/cbc:BaseQuantity", lambda one: (_number(_text(one)) or 0) > 0)),
    "R130": ("A base quantity has the unit of the quantity.",
             _unless("//cac:Price/cbc:BaseQuantity[@unitCode]", _same_unit)),
}  # fmt: skip
RULES = {f"PEPPOL-EN16931-{rule}": check_ for rule, check_ in (_DOCUMENT | _LINE).items()} | {
    "PEPPOL-EN16931-F001": ("A date is written YYYY-MM-DD.",
                            _unless(" | ".join(f"//cbc:{name}" for name in _DATES), _is_day)),
    "PEPPOL-EN16931-P0100": ("The type code of the invoice is one of Peppol's.",
                             _unless("cbc:InvoiceTypeCode", lambda one: _number(_text(one)) in _INVOICE_TYPES)),
    "PEPPOL-EN16931-P0101": ("The type code of the credit note is one of Peppol's.",
                             _unless("cbc:CreditNoteTypeCode", lambda one: _number(_text(one)) in _CREDIT_TYPES)),
    "PEPPOL-EN16931-P0104": ("The reason for no VAT goes with the category (P0104 to P0111).",
                             _unless("//cac:TaxCategory", _right_category)),
    "PEPPOL-COMMON-R040": ("A GLN is digits whose last one matches.",
                           _unless(_of_scheme("0088"), _is_gln)),
    "PEPPOL-COMMON-R049": ("A Swedish organisation number (0007) has 10 digits whose last one matches.",
                           _unless(_of_scheme("0007"), _is_org_number)),
}  # fmt: skip
