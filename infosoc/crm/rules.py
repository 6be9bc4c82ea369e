"""The register's words as values: statuses, kinds, outcomes. Pure."""

from __future__ import annotations

from enum import StrEnum

from infosoc.kernel.words import N_


class Status(StrEnum):
    """What a company is to one tenant."""

    CUSTOMER = "customer"
    FORMER = "former"
    PROSPECT = "prospect"
    NOT_RELEVANT = "not_relevant"


STATUS_LABELS = {
    Status.CUSTOMER: N_("Customer"),
    Status.FORMER: N_("Former customer"),
    Status.PROSPECT: N_("Prospect"),
    Status.NOT_RELEVANT: N_("Not relevant"),
}


# The published policy counts both: who has bought, and who buys.
_CONTRACT_CUSTOMERS = frozenset({Status.CUSTOMER, Status.FORMER})


def is_contract_customer(status: str | None) -> bool:
    """Whether a company of this status is a contract customer, whose contact persons are not removed at a wish."""
    return status in _CONTRACT_CUSTOMERS


class EntryKind(StrEnum):
    """How a contact was made. An attempt is a call that reached nobody; it is never counted as a contact."""

    CALL = "call"
    ATTEMPT = "attempt"
    EMAIL = "email"
    MEETING = "meeting"
    DEMO = "demo"
    LETTER = "letter"
    NOTE = "note"


ENTRY_KIND_LABELS = {
    EntryKind.CALL: N_("Call"),
    EntryKind.ATTEMPT: N_("Call attempt"),
    EntryKind.EMAIL: N_("E-mail"),
    EntryKind.MEETING: N_("Meeting"),
    EntryKind.DEMO: N_("Demo"),
    EntryKind.LETTER: N_("Letter"),
    EntryKind.NOTE: N_("Note"),
}

# What counts as having been in touch; a note and an attempt do not.
CONTACT_KINDS = frozenset({EntryKind.CALL, EntryKind.EMAIL, EntryKind.MEETING, EntryKind.DEMO, EntryKind.LETTER})


class Direction(StrEnum):
    OUT = "out"
    IN = "in"


DIRECTION_LABELS = {Direction.OUT: N_("Outgoing"), Direction.IN: N_("Incoming")}


class Outcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    CALL_BACK = "call_back"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"


OUTCOME_LABELS = {
    Outcome.REACHED: N_("Reached"),
    Outcome.INTERESTED: N_("Interested"),
    Outcome.NOT_INTERESTED: N_("Not interested"),
    Outcome.CALL_BACK: N_("Wants to be called back"),
    Outcome.NO_ANSWER: N_("No answer"),
    Outcome.BUSY: N_("Busy"),
    Outcome.VOICEMAIL: N_("Voicemail"),
    Outcome.WRONG_NUMBER: N_("Wrong number"),
}

ATTEMPT_OUTCOMES = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL, Outcome.WRONG_NUMBER})


class PointKind(StrEnum):
    """A way to reach somebody."""

    PHONE = "phone"
    MOBILE = "mobile"
    EMAIL = "email"
    WEB = "web"


POINT_KIND_LABELS = {
    PointKind.PHONE: N_("Phone"),
    PointKind.MOBILE: N_("Mobile"),
    PointKind.EMAIL: N_("E-mail"),
    PointKind.WEB: N_("Web"),
}


class AddressKind(StrEnum):
    VISITING = "visiting"
    POSTAL = "postal"
    INVOICE = "invoice"


ADDRESS_KIND_LABELS = {
    AddressKind.VISITING: N_("Visiting address"),
    AddressKind.POSTAL: N_("Postal address"),
    AddressKind.INVOICE: N_("Invoice address"),
}


class Marketing(StrEnum):
    """Whether a person may get mailings, as far as this tenant knows."""

    ALLOWED = "allowed"
    OPTED_OUT = "opted_out"


MARKETING_LABELS = {Marketing.ALLOWED: N_("May get mailings"), Marketing.OPTED_OUT: N_("Has unsubscribed")}


class LegalGround(StrEnum):
    """Why personal data may be kept (GDPR article 6(1))."""

    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    CONSENT = "consent"
    LEGAL_OBLIGATION = "legal_obligation"


LEGAL_GROUND_LABELS = {
    LegalGround.LEGITIMATE_INTEREST: N_("Legitimate interest"),
    LegalGround.CONTRACT: N_("Contract"),
    LegalGround.CONSENT: N_("Consent"),
    LegalGround.LEGAL_OBLIGATION: N_("Legal obligation"),
}


class FieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


FIELD_KIND_LABELS = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("Number"),
    FieldKind.DATE: N_("Date"),
    FieldKind.CHOICE: N_("Choice"),
}

SIZES = ("1-9", "10-49", "50-199", "200-999", "1000-")
TRASH_DAYS = 30
