"""Code lists of Peppol BIS Billing 3, release 3.0.21 of May 2026 (mandatory from 17 August 2026).

Only lists that Peppol narrows itself; units and countries are checked by EN 16931's own file.
"""

from __future__ import annotations


def _codes(text: str) -> frozenset[str]:
    """Codes as they are published, so that a new release is compared at a glance."""
    return frozenset(text.split())


PROFILES = frozenset({
    "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", "urn:peppol:bis:billing_with_response",
    "urn:peppol:france:billing:regulated", "urn:peppol:france:billing:non-regulated",
})  # fmt: skip
# UNCL 1001; 326 and 384 are for German partners only (P0112).
INVOICE_TYPES = _codes(
    "71 80 82 84 102 218 219 326 331 380 382 383 384 386 388 393 395 553 575 623 780 817 870 875 876 877"
)
CREDIT_TYPES = _codes("81 83 381 396 532")
GERMAN_TYPES = frozenset({"326", "384"})
# BT-8, UNCL 2005: which day the VAT follows.
TAX_POINTS = frozenset({"3", "35", "432"})
# BT-98 and BT-140, UNCL 5189: why there is an allowance.
ALLOWANCE_REASONS = _codes("41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105")
# BT-105 and BT-145, UNCL 7161: why there is a charge.
CHARGE_REASONS = _codes("""
    AA AAA AAC AAD AAE AAF AAH AAI AAS AAT AAV AAY AAZ ABA ABB ABC ABD ABF ABK ABL ABN ABR ABS ABT ABU ACF ACG ACH
    ACI ACJ ACK ACL ACM ACS ADC ADE ADJ ADK ADL ADM ADN ADO ADP ADQ ADR ADT ADW ADY ADZ AEA AEB AEC AED AEF AEH AEI
    AEJ AEK AEL AEM AEN AEO AEP AES AET AEU AEV AEW AEX AEY AEZ AJ AU CA CAB CAD CAE CAF CAI CAJ CAK CAL CAM CAN CAO
    CAP CAQ CAR CAS CAT CAU CAV CAW CAX CAY CAZ CD CG CS CT DAB DAC DAD DAF DAG DAH DAI DAJ DAK DAL DAM DAN DAO DAP
    DAQ DL EG EP ER FAA FAB FAC FC FH FI GAA HAA HD HH IAA IAB ID IF IR IS KO L1 LA LAA LAB LF MAE MI ML NAA OA PA
    PAA PC PL PRV RAB RAC RAD RAF RE RF RH RV SA SAA SAD SAE SAI SG SH SM SU TAB TAC TT TV V1 V2 WH XAA YY ZZZ
""")
# What may be attached (BT-125).
MEDIA_TYPES = frozenset({
    "application/pdf", "image/png", "image/jpeg", "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
})  # fmt: skip
# The category that a reason for no VAT belongs to, by the rule that asks for it.
EXEMPTIONS = {
    "P0104": ("VATEX-EU-G", "G"), "P0105": ("VATEX-EU-O", "O"), "P0106": ("VATEX-EU-IC", "K"),
    "P0107": ("VATEX-EU-AE", "AE"), "P0108": ("VATEX-EU-D", "E"), "P0109": ("VATEX-EU-F", "E"),
    "P0110": ("VATEX-EU-I", "E"), "P0111": ("VATEX-EU-J", "E"),
}  # fmt: skip
