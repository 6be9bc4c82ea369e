"""Words and times of requests and incidents: kinds, channels, the one-month rule, the 72 hours. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from infosoc.kernel import workdays
from infosoc.kernel.words import N_


class CaseKind(StrEnum):
    """What somebody asks for (P-20). `refer` is about the customers' own data: their controller answers (P-28)."""

    ACCESS = "access"
    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"
    PORT = "port"
    INFORMATION = "information"
    REFER = "refer"


CASE_KIND_LABELS = {
    CaseKind.ACCESS: N_("Register extract"),
    CaseKind.CORRECT: N_("Correction"),
    CaseKind.ERASE: N_("Removal"),
    CaseKind.RESTRICT: N_("Restriction"),
    CaseKind.OBJECT: N_("Objection to mailings"),
    CaseKind.PORT: N_("Data portability"),
    CaseKind.INFORMATION: N_("Question"),
    CaseKind.REFER: N_("Data in our customers' systems"),
}


# In the order in which people ask for it, most often first.
BY_TELEPHONE = (
    CaseKind.OBJECT, CaseKind.ERASE, CaseKind.ACCESS, CaseKind.INFORMATION, CaseKind.CORRECT, CaseKind.RESTRICT,
    CaseKind.PORT, CaseKind.REFER,
)  # fmt: skip

# Words that tell what a letter is about, asked in this order. Whoever handles the case has the last word.
_WORDS = (
    (
        CaseKind.OBJECT,
        ("utskick", "nyhetsbrev", "avregistrera", "avprenumerera", "reklam", "unsubscribe", "newsletter"),
    ),
    (CaseKind.ACCESS, ("registerutdrag", "vilka uppgifter", "artikel 15", "article 15", "register extract", "my data")),
    (CaseKind.ERASE, ("radera", "ta bort", "glömd", "erase", "delete", "remove me")),
    (CaseKind.RESTRICT, ("begränsa", "restrict")),
    (CaseKind.CORRECT, ("rätta", "felaktig", "stämmer inte", "correct")),
)
_NUMBER = re.compile(r"\b(?:ärende|case)\s+(\d{1,9})\b", re.IGNORECASE)


def likely_kind(text: str) -> CaseKind:
    """What a letter seems to ask for; a question where nothing tells."""
    words = text.lower()
    return next((kind for kind, known in _WORDS if any(one in words for one in known)), CaseKind.INFORMATION)


def case_number(subject: str) -> int | None:
    """The number of the case that a subject answers: `Sv: Vi har tagit emot din begäran (ärende 12)`."""
    found = _NUMBER.search(subject)
    return int(found[1]) if found else None


class CaseChannel(StrEnum):
    """How it came."""

    PHONE = "phone"
    MAIL = "mail"
    LETTER = "letter"
    PERSON = "person"
    PAGE = "page"


CASE_CHANNEL_LABELS = {
    CaseChannel.PHONE: N_("Phone"),
    CaseChannel.MAIL: N_("E-mail"),
    CaseChannel.LETTER: N_("Letter"),
    CaseChannel.PERSON: N_("In person"),
    CaseChannel.PAGE: N_("The public page"),
}
# What staff choose among; the page registers by itself.
STAFF_CHANNELS = (CaseChannel.PHONE, CaseChannel.MAIL, CaseChannel.LETTER, CaseChannel.PERSON)


class Identity(StrEnum):
    """How we know who it is (P-27). Copies of identity documents are never asked for, and cannot be kept here."""

    REPLY = "reply"
    SWITCHBOARD = "switchboard"
    BANKID = "bankid"
    KNOWN = "known"
    NOT_NEEDED = "not_needed"


IDENTITY_LABELS = {
    Identity.REPLY: N_("Answered from the registered address"),
    Identity.SWITCHBOARD: N_("Called back through the workplace's switchboard"),
    Identity.BANKID: N_("BankID elsewhere"),
    Identity.KNOWN: N_("Known to us in person"),
    Identity.NOT_NEEDED: N_("Not needed: nothing is released"),
}


class CaseOutcome(StrEnum):
    """How a case ended."""

    DONE = "done"
    PARTLY = "partly"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"


CASE_OUTCOME_LABELS = {
    CaseOutcome.DONE: N_("Done as asked"),
    CaseOutcome.PARTLY: N_("Done in part"),
    CaseOutcome.NOT_FOUND: N_("Nothing is registered"),
    CaseOutcome.REFUSED: N_("Refused, with reasons"),
    CaseOutcome.REFERRED: N_("Referred to whom it concerns"),
    CaseOutcome.WITHDRAWN: N_("Withdrawn"),
}
# What may not be closed before the person has been written to.
ANSWERED_OUTCOMES = frozenset({CaseOutcome.PARTLY, CaseOutcome.NOT_FOUND, CaseOutcome.REFUSED, CaseOutcome.REFERRED})


class LetterKind(StrEnum):
    """What a letter of a case is about."""

    RECEIVED = "received"
    IDENTITY = "identity"
    EXTENSION = "extension"
    EXTRACT = "extract"
    NOT_FOUND = "not_found"
    DONE = "done"
    REFUSED = "refused"
    REFER = "refer"
    LIFTED = "lifted"


LETTER_KIND_LABELS = {
    LetterKind.RECEIVED: N_("We have received it"),
    LetterKind.IDENTITY: N_("We need to know who asks"),
    LetterKind.EXTENSION: N_("We need more time"),
    LetterKind.EXTRACT: N_("The register extract"),
    LetterKind.NOT_FOUND: N_("Nothing is registered"),
    LetterKind.DONE: N_("It is done"),
    LetterKind.REFUSED: N_("We cannot do it"),
    LetterKind.REFER: N_("Referred to the controller"),
    LetterKind.LIFTED: N_("The restriction ends"),
}
# What a request is answered with, beside what is offered where it is carried out: the extract and that nothing is
# registered, why somebody is not removed, who the controller is.
_LETTERS: dict[CaseKind, tuple[LetterKind, ...]] = {
    CaseKind.ACCESS: (LetterKind.REFUSED,),
    CaseKind.PORT: (LetterKind.REFUSED,),
    CaseKind.INFORMATION: (LetterKind.DONE,),
    CaseKind.ERASE: (LetterKind.DONE,),
    CaseKind.REFER: (),
}
_DEEDS = (LetterKind.DONE, LetterKind.REFUSED)


def letters_of(kind: CaseKind, written: Collection[str]) -> tuple[LetterKind, ...]:
    """The letters that a case of this kind is answered with; that it was received is said once, before any other."""
    first = () if written else (LetterKind.RECEIVED,)
    return first + _LETTERS.get(kind, _DEEDS)


# A place in a proposed letter that somebody has to fill in, in the languages that letters are written in.
_TO_FILL_IN = re.compile(r"\((?:write|skriv) [^()\n]{3,80} (?:here|här)\)")
FILES = "files"  # in a case's report: the names of files that came with its mail, which are not kept


def is_unfinished(text: str) -> bool:
    """Whether a letter still has a place that nobody has filled in."""
    return bool(_TO_FILL_IN.search(text))


def filled_in(text: str, words: str) -> str:
    """The letter with these words in the place that was left for them."""
    return _TO_FILL_IN.sub(lambda _: words, text)


ANSWERS = frozenset({
    LetterKind.EXTRACT, LetterKind.NOT_FOUND, LetterKind.DONE, LetterKind.REFUSED, LetterKind.REFER,
})  # fmt: skip


class Way(StrEnum):
    MAIL = "mail"
    PAPER = "paper"


WAY_LABELS = {Way.MAIL: N_("By e-mail"), Way.PAPER: N_("On paper")}

ANSWER_WITHIN, EXTENDED_BY = 1, 2  # months: GDPR article 12(3)
WARNINGS = (10, 3, 0)  # days before the due day (P-21)
KEPT_MONTHS = 24  # then a case is reduced to kind and dates (P-20)
REVIEW_MONTHS = 24  # a balancing test is due again (P-15)
REPORT_WITHIN = timedelta(hours=72)  # article 33: every hour counts, holidays too (P-70)
MANY_PAGES, MANY_EXPORTED = 200, 500  # persons a day (P-71)


def due_on(received_on: date) -> date:
    """The last day to answer: the same day next month, moved to a working day (P-21)."""
    return workdays.working_day_from(workdays.months_later(received_on, ANSWER_WITHIN))


def extended_due_on(received_on: date) -> date:
    """The last day after an extension, counted from the day it was received."""
    return workdays.working_day_from(workdays.months_later(received_on, ANSWER_WITHIN + EXTENDED_BY))


def days_left(due: date, today: date) -> int:
    return (due - today).days


def warning(due: date, today: date) -> int | None:
    """The nearest warning that is reached: 10, 3 or 0 days before, and 0 ever after."""
    left = days_left(due, today)
    reached = [limit for limit in WARNINGS if left <= limit]
    return min(reached) if reached else None


def review_on(decided_on: date) -> date:
    return workdays.months_later(decided_on, REVIEW_MONTHS)


def may_be_reduced(closed_on: date, today: date) -> bool:
    return workdays.months_later(closed_on, KEPT_MONTHS) <= today


def report_by(aware_at: datetime) -> datetime:
    """When the authority must know of a breach, from the moment we did."""
    return aware_at + REPORT_WITHIN


class IncidentRole(StrEnum):
    """Whose data: our own (72 hours to the authority), or a customer's (tell the customer without delay)."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


INCIDENT_ROLE_LABELS = {
    IncidentRole.CONTROLLER: N_("Our own data: tell the authority within 72 hours"),
    IncidentRole.PROCESSOR: N_("A customer's data: tell the customer without delay"),
}


class EntryKind(StrEnum):
    """A line in the log of an incident. What is decided stands there; the row keeps only the clocks."""

    SEEN = "seen"
    MEASURE = "measure"
    ASSESSED = "assessed"
    REPORTED = "reported"
    NOT_REPORTED = "not_reported"
    TOLD = "told"
    CLOSED = "closed"


ENTRY_KIND_LABELS = {
    EntryKind.SEEN: N_("What happened"),
    EntryKind.MEASURE: N_("What we did"),
    EntryKind.ASSESSED: N_("Assessment of the risk"),
    EntryKind.REPORTED: N_("Reported to the authority"),
    EntryKind.NOT_REPORTED: N_("Not reported, and why"),
    EntryKind.TOLD: N_("The affected people have been informed"),
    EntryKind.CLOSED: N_("Incident closed"),
}


class ProcessingRole(StrEnum):
    CONTROLLER = "controller"
    PROCESSOR = "processor"


PROCESSING_ROLE_LABELS = {
    ProcessingRole.CONTROLLER: N_("As controller"),
    ProcessingRole.PROCESSOR: N_("As processor"),
}
