"""The ways in which a sale is treated for VAT, and what each means to the invoice, the ledger and the Peppol file.

Sources: mervärdesskattelagen (2023:200) 9 kap. (rates), 10 kap. (exemptions), 16 kap. (who pays) and 17 kap. 24 § (what
the invoice says); directive 2006/112/EC; categories by UNCL 5305 and reason codes by the VATEX list of EN 16931.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_


@dataclass(frozen=True)
class Treatment:
    """One way. `rate` is per cent; `statement_*` is what the law wants said where no VAT is charged."""

    code: str
    rate: int  # what the code means; on which days there is such a rate: rates/data/vat.toml
    category: str  # of EN 16931
    ledger_code: str  # of the VAT return (ledger/rules.py)
    reason_code: str = ""
    statement_sv: str = ""
    statement_en: str = ""
    needs_buyer_vat: bool = False

    def statement(self, language: str) -> str:
        return self.statement_en if language == "en" else self.statement_sv


TREATMENTS = {
    one.code: one
    for one in (
        Treatment("S25", 25, "S", "S25"),
        Treatment("S12", 12, "S", "S12"),
        Treatment("S6", 6, "S", "S6"),
        Treatment("Z0", 0, "Z", "S0", "", "Momssats 0 %", "Zero rated"),
        Treatment("S0", 0, "E", "S0", "",
                  "Undantag från skatteplikt, 10 kap. mervärdesskattelagen",
                  "Exempt from VAT, chapter 10 of the Swedish VAT Act"),
        Treatment("S41", 0, "AE", "S41", "VATEX-EU-AE",
                  "Omvänd betalningsskyldighet, 16 kap. mervärdesskattelagen",
                  "Reverse charge, chapter 16 of the Swedish VAT Act", needs_buyer_vat=True),
        Treatment("T39", 0, "AE", "T39", "VATEX-EU-AE",
                  "Omvänd betalningsskyldighet / Reverse charge, artikel 196 i direktiv 2006/112/EG",
                  "Reverse charge, Article 196 of Directive 2006/112/EC", needs_buyer_vat=True),
        Treatment("G35", 0, "K", "G35", "VATEX-EU-IC",
                  "Unionsintern leverans / Intra-Community supply, artikel 138 i direktiv 2006/112/EG",
                  "Intra-Community supply, Article 138 of Directive 2006/112/EC", needs_buyer_vat=True),
        Treatment("G36", 0, "G", "G36", "VATEX-EU-G",
                  "Export, undantag från skatteplikt enligt 10 kap. mervärdesskattelagen",
                  "Export, exempt under chapter 10 of the Swedish VAT Act"),
        Treatment("T40", 0, "O", "T40", "VATEX-EU-O",
                  "Omsättning utanför Sverige, 6 kap. mervärdesskattelagen",
                  "Supply outside Sweden, chapter 6 of the Swedish VAT Act"),
    )
}  # fmt: skip

STANDARD = "S"  # the category that has a rate of VAT
# Reverse charge in Sweden has a Swedish buyer, the treatments beyond these a foreign one.
TO_THE_EU, DOMESTIC_REVERSE = frozenset({"T39", "G35"}), "S41"
DOMESTIC = frozenset({"S25", "S12", "S6", "Z0", "S0", "S41"})


class NoSuchTreatment(Invalid):
    code = "vat_code"
    message = N_("There is no VAT treatment called %(code)s.")


class MixedTreatments(Invalid):
    message = N_("The VAT of “%(one)s” and “%(other)s” cannot stand on the same invoice. Make two.")


def treatment(code: str) -> Treatment:
    """The treatment by its code; raises `NoSuchTreatment`."""
    try:
        return TREATMENTS[code]
    except KeyError:
        raise NoSuchTreatment(field="vat_code", code=code) from None


def check_together(codes: Mapping[str, str]) -> None:
    """Refuse treatments that one buyer cannot have at the same time, and groups that Peppol could not tell apart.

    Each code comes with the text of a line that has it, which is what a person knows the line by.
    A group there is a category and a rate (BR-CO-18, BG-23); "not subject to VAT" must stand alone (BR-O-11).
    """
    seen: dict[tuple[str, int], str] = {}
    for code in sorted(codes):
        one = treatment(code)
        other = seen.setdefault((one.category, one.rate), code)
        if other != code:
            raise MixedTreatments(one=codes[other], other=codes[code])
    found = sorted(seen.values())
    abroad = [code for code in found if code not in DOMESTIC]
    others = [code for code in found if code != "T40"] if "T40" in found else [code for code in found if code == "S41"]
    if abroad and others:
        raise MixedTreatments(one=codes[abroad[-1]], other=codes[others[0]])
