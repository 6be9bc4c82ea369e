"""The Swedish rules of Peppol BIS Billing 3, written from their descriptions (specification 3.7).

They look at suppliers in Sweden only. SE-R-001, 002 and 006 also want the VAT number to begin with SE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree
from stdnum import luhn

from infosoc.invoicing.peppol.findings import Finding, Weight
from infosoc.invoicing.peppol.names import F_TAX
from infosoc.invoicing.peppol.reading import all_of, said
from infosoc.kernel.words import N_

Where = Iterator[etree._Element]
_SUPPLIER = "cac:AccountingSupplierParty/cac:Party"
_COUNTRY = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_VAT = "cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID) = 'VAT']/cbc:CompanyID"
_RATES = {"25", "12", "6"}


def check(root: etree._Element) -> Iterator[Finding]:
    """Every rule broken, with the line of the file."""
    for rule, (weight, text, looks) in RULES.items():
        for element in looks(root):
            yield Finding(rule, weight, text, f"line {element.sourceline}")


def _supplier(root: etree._Element) -> Where:
    yield from (one for one in all_of(root, _SUPPLIER) if said(one, _COUNTRY) == "SE")


def _vat_numbers(root: etree._Element) -> Where:
    for party in _supplier(root):
        yield from (one for one in all_of(party, _VAT) if _text(one).startswith("SE"))


def _legal_numbers(root: etree._Element) -> Where:
    for party in _supplier(root):
        yield from all_of(party, "cac:PartyLegalEntity/cbc:CompanyID")


def _accounts(root: etree._Element, branch: str) -> Where:
    for means in _means(root, {"30"}):
        if said(means, "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID") == branch:
            yield from all_of(means, "cac:PayeeFinancialAccount/cbc:ID")


def _means(root: etree._Element, codes: set[str]) -> Where:
    if _is_any(_supplier(root)):
        yield from (one for one in all_of(root, "cac:PaymentMeans") if said(one, "cbc:PaymentMeansCode") in codes)


def _f_tax(root: etree._Element) -> Where:
    """Any number for another tax than VAT must be the words on F-tax."""
    for party in _supplier(root):
        if not all_of(party, "cac:PartyLegalEntity/cbc:CompanyID"):
            continue
        for scheme in all_of(party, "cac:PartyTaxScheme[cbc:CompanyID]"):
            if said(scheme, "cac:TaxScheme/cbc:ID").upper() != "VAT":
                yield from (one for one in all_of(scheme, "cbc:CompanyID") if _text(one).upper() != F_TAX.upper())


def _rates(root: etree._Element) -> Where:
    if _is_any(_vat_numbers(root)):
        for category in all_of(root, "//cac:TaxCategory | //cac:ClassifiedTaxCategory"):
            if said(category, "cbc:ID") == "S" and _plain_number(said(category, "cbc:Percent")) not in _RATES:
                yield category


def _domestic_transfer(root: etree._Element) -> Where:
    buyers = all_of(root, f"cac:AccountingCustomerParty/cac:Party/{_COUNTRY}")
    if any(_text(one) == "SE" for one in buyers):
        yield from _means(root, {"31"})


def _unless(numbers: Callable[[etree._Element], Where], holds: Callable[[str], bool]) -> Callable[..., Where]:
    return lambda root: (one for one in numbers(root) if not holds(_text(one)))


def _giro(branch: str, holds: Callable[[str], bool]) -> Callable[..., Where]:
    return _unless(lambda root: _accounts(root, branch), holds)


def _is_any(found: Where) -> bool:
    return next(found, None) is not None


def _text(element: etree._Element) -> str:
    return " ".join((element.text or "").split())


def _plain_number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _adds_up(text: str) -> bool:
    return _is_number(text) and len(text) == 10 and luhn.is_valid(text)


_FATAL, _WARNING = Weight.FATAL, Weight.WARNING
RULES: dict[str, tuple[Weight, str, Callable[[etree._Element], Where]]] = {
    "SE-R-001": (_FATAL, N_("A Swedish supplier's VAT number has 14 characters."),
                 _unless(_vat_numbers, lambda text: len(text) == 14)),
    "SE-R-002": (_FATAL, N_("The last 12 characters of a Swedish supplier's VAT number are digits."),
                 _unless(_vat_numbers, lambda text: _is_number(text[2:14]))),
    "SE-R-003": (_FATAL, N_("A Swedish supplier's organisation number holds digits only, no hyphen."),
                 _unless(_legal_numbers, _is_number)),
    "SE-R-004": (_FATAL, N_("A Swedish supplier's organisation number has 10 digits."),
                 _unless(_legal_numbers, lambda text: len(text) == 10)),
    "SE-R-005": (_FATAL, N_("A Swedish supplier's number for another tax than VAT is the words Godkänd för F-skatt."),
                 _f_tax),
    "SE-R-006": (_FATAL, N_("A Swedish supplier's standard rates are 25, 12 and 6 per cent."), _rates),
    "SE-R-007": (_WARNING, N_("A plusgiro number holds digits only."), _giro("SE:PLUSGIRO", _is_number)),
    "SE-R-008": (_WARNING, N_("A bankgiro number holds digits only."), _giro("SE:BANKGIRO", _is_number)),
    "SE-R-009": (_WARNING, N_("A bankgiro number has 7 or 8 digits."),
                 _giro("SE:BANKGIRO", lambda text: len(text) in (7, 8))),
    "SE-R-010": (_WARNING, N_("A plusgiro number has 2 to 8 digits."),
                 _giro("SE:PLUSGIRO", lambda text: 2 <= len(text) <= 8)),
    "SE-R-011": (_WARNING,
                 N_("Bankgiro and plusgiro are paid by code 30 with SE:BANKGIRO or SE:PLUSGIRO, not 50 or 56."),
                 lambda root: _means(root, {"50", "56"})),
    "SE-R-012": (_WARNING, N_("Between Swedish partners a credit transfer has code 30, not 31."), _domestic_transfer),
    "SE-R-013": (_FATAL, N_("The last digit of a Swedish supplier's organisation number does not match the others."),
                 _unless(_legal_numbers, _adds_up)),
}  # fmt: skip
