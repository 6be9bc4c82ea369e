"""Numbers of parties in Peppol BIS Billing 3 (PEPPOL-COMMON-R040 and on), by the register they are said to be from.

Release 3.0.21 of May 2026. A number that does not match its register is refused on the way, or warned about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml import etree
from stdnum import luhn
from stdnum.au import abn
from stdnum.it import codicefiscale
from stdnum.no import orgnr as norwegian

from infosoc.invoicing.peppol.findings import Finding, Weight
from infosoc.invoicing.peppol.reading import all_of, text_of
from infosoc.kernel.words import N_

_HOLDERS = "//cbc:EndpointID{0} | //cac:PartyIdentification/cbc:ID{0} | //cbc:CompanyID{0}"
_DUTCH_VAT = "//cac:PartyTaxScheme[normalize-space(cac:TaxScheme/cbc:ID) = 'VAT']/cbc:CompanyID"


def check(root: etree._Element) -> Iterator[Finding]:
    """Every number that is not what its register gives, with the line of the file."""
    for scheme, (rule, weight, text, holds) in REGISTERS.items():
        yield from (
            Finding(f"PEPPOL-COMMON-{rule}", weight, text, f"line {one.sourceline}")
            for one in all_of(root, _HOLDERS.format(f"[@schemeID = '{scheme}']"))
            if not holds(text_of(one))
        )
    for one in all_of(root, _DUTCH_VAT):
        if text_of(one).startswith("NL") and not _dutch_vat(text_of(one)):
            yield Finding("PEPPOL-COMMON-R056-2", Weight.WARNING, _DUTCH, f"line {one.sourceline}")


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text, re.ASCII) is not None


def _org_number(text: str) -> bool:
    return _like(r"\d{10}")(text) and luhn.is_valid(text)


def _gln(text: str) -> bool:
    """GS1's check digit: weights 3 and 1 from the right. The rule asks for no length."""
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return _like(r"\d+")(text) and sum(weighted) % 10 == 0


def _belgian(text: str) -> bool:
    """The last two of ten digits are 97 less the remainder of the others."""
    return _like(r"\d{10}")(text) and 97 - int(text[:8]) % 97 == int(text[8:])


def _italian_tax_code(text: str) -> bool:
    """A company's eleven digits (the rule looks at no check digit), or a person's sixteen characters."""
    return _like(r"\d{11}")(text) or (len(text) == 16 and codicefiscale.is_valid(text.upper()))


def _italian_vat(text: str) -> bool:
    """Eleven digits after IT, Luhn's; other countries' numbers are let through."""
    return text[:2].upper() != "IT" or (_like(r"\d{11}")(text[2:]) and luhn.is_valid(text[2:]))


_dutch_vat = _like(r"NL\d{9}B\d{2}")
_DUTCH = N_("A Dutch VAT number is written NL123456789B12.")
_FATAL, _WARNING = Weight.FATAL, Weight.WARNING
# Each register's code (ICD or EAS): the rule, its weight, what it says, and whether a number keeps it.
REGISTERS: dict[str, tuple[str, Weight, str, Callable[[str], bool]]] = {
    "0088": ("R040", _FATAL, N_("A GLN is digits whose last one matches."), _gln),
    "0192": ("R041", _FATAL, N_("A Norwegian organisation number has 9 digits whose last one matches."),
             lambda text: _like(r"\d{9}")(text) and norwegian.is_valid(text)),
    "0184": ("R042", _FATAL, N_("A Danish CVR number has 8 digits, after DK or alone."), _like(r"(DK)?\d{8}")),
    "0208": ("R043", _FATAL, N_("A Belgian enterprise number has 10 digits whose last two match."), _belgian),
    "0201": ("R044", _WARNING, N_("An Italian IPA code has 6 letters and digits."), _like(r"[A-Za-z0-9]{6}")),
    "0210": ("R045", _WARNING, N_("An Italian tax code has 11 digits or 16 characters."), _italian_tax_code),
    "9907": ("R046", _WARNING, N_("An Italian tax code has 11 digits or 16 characters."), _italian_tax_code),
    "0211": ("R047", _WARNING, N_("An Italian VAT number has 11 digits after IT, whose last one matches."),
             _italian_vat),
    "0007": ("R049", _FATAL, N_("A Swedish organisation number (0007) has 10 digits whose last one matches."),
             _org_number),
    "0151": ("R050", _FATAL, N_("An Australian business number has 11 digits that match."),
             lambda text: _like(r"\d{11}")(text) and abn.is_valid(text)),
    "0096": ("R052", _FATAL, N_("A Danish production unit number has 10 digits."), _like(r"\d{10}")),
    "0198": ("R053", _FATAL, N_("A Danish SE number has 8 digits after DK."), _like(r"DK\d{8}")),
    "0106": ("R054", _WARNING, N_("A Dutch chamber of commerce number has 8 digits."), _like(r"\d{8}")),
    "0190": ("R055", _WARNING, N_("A Dutch organisation number (0190) has 20 digits."), _like(r"\d{20}")),
    "9944": ("R056-1", _WARNING, _DUTCH, _dutch_vat),
    "0217": ("R057", _WARNING, N_("A Dutch establishment number has 12 digits."), _like(r"\d{12}")),
}  # fmt: skip
