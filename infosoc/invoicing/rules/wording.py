"""What invoices say in their own language, which need not be the reader's."""

from __future__ import annotations

UNIT_NAMES = {
    "sv": {"C62": "st", "MON": "mån", "ANN": "år", "HUR": "tim", "DAY": "dag", "IE": "anv."},
    "en": {"C62": "pcs", "MON": "mo.", "ANN": "yr", "HUR": "h", "DAY": "day", "IE": "users"},
}
# Räntelagen (1975:635) 4 and 6 §§; the fee only where it has been agreed (lagen 1981:739, 2 §).
LATE = {
    "sv": "Efter förfallodagen tas dröjsmålsränta ut enligt räntelagen.",
    "en": "Interest on late payment is charged under the Swedish Interest Act.",
}
LATE_WITH_FEE = {
    "sv": "Efter förfallodagen tas dröjsmålsränta enligt räntelagen och påminnelseavgift ut.",
    "en": "Interest on late payment under the Swedish Interest Act and a reminder fee are charged.",
}

SUPPLEMENT = {
    "sv": "Tillägg för tidigare period: förbrukning som rapporterades efter fakturan",
    "en": "Supplement for an earlier period: usage reported after its invoice",
}
GIVEN_BACK = {"sv": "Avdrag: har fakturerats tidigare", "en": "Less: invoiced earlier"}


def unit_names(language: str) -> dict[str, str]:
    """What the units of UN/ECE recommendation 20 that we sell by are called on an invoice."""
    return UNIT_NAMES.get(language, UNIT_NAMES["sv"])


def late_sentence(language: str, *, has_agreed_fee: bool) -> str:
    """What is said of paying late."""
    said = LATE_WITH_FEE if has_agreed_fee else LATE
    return said.get(language, said["sv"])


def given_back(language: str) -> str:
    """What a row says that takes back what was invoiced of a line that ended sooner."""
    return GIVEN_BACK.get(language, GIVEN_BACK["sv"])


def supplement(language: str) -> str:
    """What a row says that invoices usage of a period that has been invoiced before."""
    return SUPPLEMENT.get(language, SUPPLEMENT["sv"])
