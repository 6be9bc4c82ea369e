"""The general rules of Peppol BIS Billing 3 that an invoice of ours, or one shown to us, can break.

Written from the rules' descriptions (specification 3.7), as of release 3.0.21 of May 2026, mandatory from 17 August
2026. It finds what the published rules find in their own unit tests, but for national rules of other countries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from babel.numbers import list_currencies
from lxml import etree

from infosoc.invoicing.peppol import identifiers, names
from infosoc.invoicing.peppol.codes import (
    ALLOWANCE_REASONS,
    CHARGE_REASONS,
    CREDIT_TYPES,
    EXEMPTIONS,
    GERMAN_TYPES,
    INVOICE_TYPES,
    MEDIA_TYPES,
    PROFILES,
    TAX_POINTS,
)
from infosoc.invoicing.peppol.findings import Finding, Weight
from infosoc.invoicing.peppol.reading import all_of, said, text_of
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.invoicing import ADDRESS_SCHEMES

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


def check(root: etree._Element) -> Iterator[Finding]:
    """Every rule broken, with the line of the file."""
    for rule, (text, looks) in RULES.items():
        for element in looks(root):
            yield Finding(rule, Weight.FATAL, text, f"line {element.sourceline}")
    yield from identifiers.check(root)


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


def _price_adds_up(allowance: etree._Element) -> bool:
    gross, less = _number(said(allowance, "cbc:BaseAmount")), _number(said(allowance, "cbc:Amount"))
    net = _number(said(allowance, "../cbc:PriceAmount"))
    return not (gross is None or less is None or net is None) and net == gross - less


def _is_billing(customization: str) -> bool:
    return customization.startswith(names.CUSTOMIZATION) and "::" not in customization


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


def _vat_of(root: etree._Element, currency: str) -> list[Decimal]:
    """The totals of VAT in a currency."""
    totals = all_of(root, f"cac:TaxTotal/cbc:TaxAmount[@currencyID = normalize-space(/*/cbc:{currency})]")
    return [number for one in totals if (number := _number(text_of(one))) is not None]


def _same_sign(root: etree._Element) -> bool:
    """Of VAT in the invoice's currency and in the currency of VAT."""
    if not all_of(root, "cbc:TaxCurrencyCode"):
        return True
    ours, theirs = _vat_of(root, "DocumentCurrencyCode"), _vat_of(root, "TaxCurrencyCode")
    return any((a <= 0 and b <= 0) or (a >= 0 and b >= 0) for a in ours for b in theirs)


def _country(root: etree._Element, party: str) -> str:
    return said(root, f"/*/{party}/cac:PostalAddress/cac:Country/cbc:IdentificationCode").upper()


def _both_german(root: etree._Element) -> bool:
    return _country(root, _SELLER) == _country(root, _BUYER) == "DE"


def _among(codes: Collection[str]) -> Callable[[etree._Element], bool]:
    return lambda one: text_of(one) in codes


def _of_profile(codes: Collection[str]) -> Callable[[etree._Element], bool]:
    """The codes hold for the processes of billing; another process is R007's."""
    return lambda one: said(one, "/*/cbc:ProfileID") not in PROFILES or text_of(one) in codes


def _exempt(reason: str, category: str) -> Callable[[etree._Element], Where]:
    """Broken by a category with this reason that is another."""
    return lambda root: (
        one
        for one in all_of(root, "//cac:TaxCategory[cbc:TaxExemptionReasonCode]")
        if said(one, "cbc:TaxExemptionReasonCode").upper() == reason and said(one, "cbc:ID") != category
    )


_DOCUMENT: dict[str, tuple[str, Callable[[etree._Element], Where]]] = {
    "R001": (N_("The business process (ProfileID) is named."), _missing("/*", "cbc:ProfileID")),
    "R002": (N_("There is one note on the document at most, but between German partners."),
             lambda root: iter(() if _both_german(root) else all_of(root, "cbc:Note[position() > 1]"))),
    "R003": (N_("There must be a buyer's reference or an order number."),
             _missing("/*", "cbc:BuyerReference | cac:OrderReference/cbc:ID")),
    "R004": (N_("CustomizationID is that of Peppol BIS Billing 3."),
             _root(lambda root: _is_billing(said(root, "cbc:CustomizationID")))),
    "R005": (N_("The currency of VAT is another than the invoice's where it is named."),
             _unless("cbc:TaxCurrencyCode", lambda one: text_of(one) != said(one, "../cbc:DocumentCurrencyCode"))),
    "R007": (N_("ProfileID is that of billing."), _root(lambda root: said(root, "cbc:ProfileID") in PROFILES)),
    "R008": (N_("No element is empty."), _there("//*[not(*) and not(normalize-space())]")),
    "R010": (N_("The buyer must have an e-invoice address."), _missing(_BUYER, "cbc:EndpointID")),
    "R020": (N_("The seller must have an e-invoice address."), _missing(_SELLER, "cbc:EndpointID")),
    "R053": (N_("There is one total of VAT with its parts."),
             _root(lambda root: len(all_of(root, "cac:TaxTotal[cac:TaxSubtotal]")) == 1)),
    "R054": (N_("There is a total of VAT without parts only in another currency of VAT."), _root(_tax_totals)),
    "R055": (N_("VAT has the same sign in both currencies."), _root(_same_sign)),
    "R051": (N_("All amounts are in the invoice's currency."), _same_currency),
    "R061": (N_("A direct debit names its mandate."),
             _missing("cac:PaymentMeans[cbc:PaymentMeansCode = '49' or cbc:PaymentMeansCode = '59']",
                      "cac:PaymentMandate/cbc:ID")),
    "R080": (N_("There is one project reference at most."),
             _there("/cn:CreditNote/cac:AdditionalDocumentReference[cbc:DocumentTypeCode = '50'][position() > 1]")),
}  # fmt: skip
_LINE: dict[str, tuple[str, Callable[[etree._Element], Where]]] = {
    "R040": (N_("An allowance is its share of its base, within two öre."), _unless(_ALLOWANCES, _share_adds_up)),
    "R041": (N_("An allowance with a share has a base."),
             _unless(f"({_ALLOWANCES})[cbc:MultiplierFactorNumeric]", lambda one: bool(all_of(one, "cbc:BaseAmount")))),
    "R042": (N_("An allowance with a base has a share."),
             _unless(f"({_ALLOWANCES})[cbc:BaseAmount]", lambda one: bool(all_of(one, "cbc:MultiplierFactorNumeric")))),
    "R043": (N_("ChargeIndicator is true or false."),
             _unless(f"({_ALLOWANCES})[boolean(cbc:BaseAmount) = boolean(cbc:MultiplierFactorNumeric)]",
                     lambda one: said(one, "cbc:ChargeIndicator") in _SIGNS)),
    "R044": (N_("A price has no charge."),
             _unless("//cac:Price/cac:AllowanceCharge", lambda one: said(one, "cbc:ChargeIndicator") == "false")),
    "R046": (N_("A net price is the gross price less its allowance."),
             _unless("//cac:Price/cac:AllowanceCharge[cbc:BaseAmount]", _price_adds_up)),
    "R100": (N_("A line names one invoiced object at most."),
             _there(f"({_LINES})/cac:DocumentReference[position() > 1]")),
    "R101": (N_("A document reference of a line has type code 130."),
             _unless(f"({_LINES})/cac:DocumentReference", lambda one: said(one, "cbc:DocumentTypeCode") == "130")),
    "R110": (N_("A line's period begins within the invoice's."), _in_period("StartDate", is_before=True)),
    "R111": (N_("A line's period ends within the invoice's."), _in_period("EndDate", is_before=False)),
    "R120": (N_("A line's net is quantity times price less allowances, within two öre."),
             _unless(_LINES, _line_adds_up)),
    "R121": (N_("A base quantity is larger than zero."),
             _unless("//cac:Price/cbc:BaseQuantity", lambda one: (_number(text_of(one)) or 0) > 0)),
    "R130": (N_("A base quantity has the unit of the quantity."),
             _unless("//cac:Price/cbc:BaseQuantity[@unitCode]", _same_unit)),
}  # fmt: skip
_CODES: dict[str, tuple[str, Callable[[etree._Element], Where]]] = {
    "CL001": (N_("What is attached is of a kind that Peppol takes."),
              _unless("//cbc:EmbeddedDocumentBinaryObject[@mimeCode]", lambda one: one.get("mimeCode") in MEDIA_TYPES)),
    "CL002": (N_("The reason for an allowance is one of Peppol's (UNCL 5189)."),
              _unless("//cac:AllowanceCharge[cbc:ChargeIndicator = 'false']/cbc:AllowanceChargeReasonCode",
                      _among(ALLOWANCE_REASONS))),
    "CL003": (N_("The reason for a charge is one of Peppol's (UNCL 7161)."),
              _unless("//cac:AllowanceCharge[cbc:ChargeIndicator = 'true']/cbc:AllowanceChargeReasonCode",
                      _among(CHARGE_REASONS))),
    "CL006": (N_("The day that VAT follows is 3, 35 or 432."),
              _unless("//cac:InvoicePeriod/cbc:DescriptionCode", _among(TAX_POINTS))),
    "CL007": (N_("A currency is one of ISO 4217."),
              _unless("//*[@currencyID]", lambda one: one.get("currencyID") in list_currencies())),
    "CL008": (N_("An e-invoice address is in a register of the list EAS."),
              _unless("//cbc:EndpointID[@schemeID]", lambda one: one.get("schemeID") in ADDRESS_SCHEMES)),
    "F001": (N_("A date is written YYYY-MM-DD."), _unless(" | ".join(f"//cbc:{name}" for name in _DATES), _is_day)),
    "P0100": (N_("The type code of the invoice is one of Peppol's."),
              _unless("cbc:InvoiceTypeCode", _of_profile(INVOICE_TYPES))),
    "P0101": (N_("The type code of the credit note is one of Peppol's."),
              _unless("cbc:CreditNoteTypeCode", _of_profile(CREDIT_TYPES))),
    "P0112": (N_("Type codes 326 and 384 are for German partners only."),
              _unless("cbc:InvoiceTypeCode", lambda one: text_of(one) not in GERMAN_TYPES or _both_german(one))),
}  # fmt: skip
_EXEMPTIONS = {
    rule: (f"The reason {reason} for no VAT goes with category {category}.", _exempt(reason, category))
    for rule, (reason, category) in EXEMPTIONS.items()
}
RULES = {f"PEPPOL-EN16931-{rule}": rest for rule, rest in (_DOCUMENT | _LINE | _CODES | _EXEMPTIONS).items()}
