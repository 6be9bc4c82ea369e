"""Words in cells that mean one of a few things: status, legal form, kind of contact."""

from __future__ import annotations

import re
from enum import StrEnum

from infosoc.kernel.identity import LegalForm
from infosoc.kernel.text import fold


class CompanyStatus(StrEnum):
    """What a company is to a tenant, as a file says it."""

    CUSTOMER = "customer"
    FORMER = "former"
    PROSPECT = "prospect"
    NOT_RELEVANT = "not_relevant"


class LogKind(StrEnum):
    """How somebody was in touch, as far as a comment tells."""

    CALL = "call"
    ATTEMPT = "call_attempt"
    EMAIL = "email"
    MEETING = "meeting"
    DEMO = "demo"
    LETTER = "letter"


# Folded: lower case, å and ä as a, ö as o.
_STATUS_WORDS = {
    CompanyStatus.CUSTOMER: "kund, kunder, aktiv kund, aktiv, customer, client, active, active customer, ja, yes",
    CompanyStatus.FORMER: """
        tidigare kund, fd kund, f d kund, f.d. kund, fore detta kund, gammal kund, avslutad, avslutad kund,
        uppsagd, inaktiv, inaktiv kund, former customer, former, ex customer, ex-customer, past customer,
        churned, lost customer, inactive
    """,
    CompanyStatus.PROSPECT: """
        prospekt, prospect, potentiell kund, presumtiv kund, potentiell, presumtiv, lead, mojlig kund, mojlig,
        ny, potential customer, potential, ej kund, inte kund
    """,
    CompanyStatus.NOT_RELEVANT: """
        ej aktuell, inte aktuell, ej aktuellt, inte aktuellt, ointresserad, ej intresserad, not relevant,
        irrelevant, not interested, disqualified, nej tack
    """,
}

_FORM_WORDS = {
    LegalForm.LIMITED_COMPANY: "aktiebolag, ab, publikt aktiebolag, privat aktiebolag, limited company",
    LegalForm.TRADING_PARTNERSHIP: "handelsbolag, hb, trading partnership",
    LegalForm.LIMITED_PARTNERSHIP: "kommanditbolag, kb, limited partnership",
    LegalForm.ECONOMIC_ASSOCIATION: """
        ekonomisk forening, ek for, ek. for, ek. for., bostadsrattsforening, economic association
    """,
    LegalForm.NON_PROFIT_ASSOCIATION: "ideell forening, forening, non-profit association",
    LegalForm.FOUNDATION: "stiftelse, foundation",
    LegalForm.MUNICIPALITY: "kommun, municipality",
    LegalForm.REGION: "region, landsting",
    LegalForm.STATE_AUTHORITY: "statlig myndighet, myndighet, stat, statlig enhet, state authority",
    LegalForm.SOLE_TRADER: "enskild firma, ef, enskild naringsverksamhet, enskild naringsidkare, sole trader",
    LegalForm.FOREIGN: "utlandskt, utlandskt bolag, utlandskt foretag, foreign, foreign company",
    LegalForm.OTHER: "ovrigt, annan, ovriga, other",
}


def _words(text: str) -> list[str]:
    return [" ".join(word.split()) for word in text.split(",")]


_STATUS = {word: status for status, text in _STATUS_WORDS.items() for word in _words(text)}
_FORM = {word: form for form, text in _FORM_WORDS.items() for word in _words(text)}

# In this order: "Ringde, inget svar" is an attempt though it says that somebody called.
_KINDS = (
    (LogKind.ATTEMPT, r"inget svar|inte svar|svarade inte|svarar ej|ej svar|ej antraffbar|no answer|upptaget"
                      r"|telefonsvarare|voicemail|lamnade meddelande"),
    (LogKind.EMAIL, r"^(?:mejl|mail|e-?post|e-?mail)\b|\b(?:mejlade|mailade|skickade mejl|emailed)\b"),
    (LogKind.MEETING, r"^(?:mote|motte|traffade|besok|meeting|met )|\b(?:hade mote|var pa besok)\b"),
    (LogKind.DEMO, r"^(?:demo\b|visade)|\b(?:demonstrerade|hade demo|gave a demo)\b"),
    (LogKind.LETTER, r"^(?:brev|letter|skickade brev)\b"),
    (LogKind.CALL, r"\b(?:ringde|ringt|samtal|samtalade|pratade|talade|telefon|called|call|spoke)\b"),
)  # fmt: skip
_KIND = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)


def status_of(text: str) -> CompanyStatus | None:
    return _STATUS.get(fold(text).strip(" ."))


def legal_form_of(text: str) -> LegalForm | None:
    return _FORM.get(fold(text).strip(" "))


def log_kind_of(text: str) -> LogKind | None:
    """How they were in touch, when the text tells; a wish ("vill ha demo") tells nothing."""
    plain = fold(text)
    return next((kind for kind, pattern in _KIND if pattern.search(plain)), None)
