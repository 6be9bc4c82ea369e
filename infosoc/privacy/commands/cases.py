"""Cases: opening, identity, more time, letters, closing. No contact person is made of who asks (P-20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.models.contacts import Contact
from infosoc.db.tenancy import current_scope
from infosoc.kernel import clock, email
from infosoc.kernel.errors import Invalid, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.outbox import commands as outbox
from infosoc.privacy import rules
from infosoc.privacy.models import CaseLetter, PrivacyCase
from infosoc.privacy.queries import cases as queries
from infosoc.privacy.rules import CaseChannel, CaseKind, CaseOutcome, LetterKind, Way
from infosoc.suppression import pepper
from infosoc.tenancy.models import Tenant


class ReasonMissing(Invalid):
    message = N_("Enter the reason: the person has a right to know it.")


class NotReceivedYet(Invalid):
    message = N_("A request cannot have come on a day that has not been.")


class CaseClosed(Refused):
    message = N_("The case is closed.")


class TooLateToExtend(Refused):
    message = N_("The time can only be extended before the first due day has passed.")


class ExtendedAlready(Refused):
    message = N_("The deadline has already been extended, which can only be done once.")


class NotAnsweredYet(Refused):
    message = N_("Write to the person first: a case that ends like this needs an answer that has been sent or printed.")


class NotIdentified(Refused):
    message = N_("First record how the identity was checked. Nothing about a person is released before that.")


class NoAddress(Invalid):
    message = N_("There is no e-mail address to write to. Print the letter instead.")


class Unfinished(Invalid):
    message = N_("Fill in what stands in brackets first.")


@dataclass(frozen=True)
class NewCase:
    """What somebody asks for. `requester` is how to answer them: mostly an e-mail address."""

    kind: CaseKind
    channel: CaseChannel
    received_on: date
    requester: str = ""
    text: str = ""
    contact_id: int | None = None
    is_joint: bool = False


@dataclass(frozen=True)
class Letter:
    """A letter as somebody has read it through."""

    kind: LetterKind
    way: Way
    subject: str
    text: str
    language: str = "sv"
    link: str = ""  # stands in the letter that is sent in place of `LINK`, and nowhere else


LINK = "[[link]]"
REVIEWED = "reviewed_by"  # in a case's report: who has looked the extract through


def open_case(session: Session, new: NewCase, *, by: int | None, now: datetime) -> PrivacyCase:
    """Open a case in the tenant of the scope; its due day is one month on, moved to a working day (P-21)."""
    if new.received_on > clock.local(now).date():
        raise NotReceivedYet(field="received_on")
    requester = _canonical(new.requester)
    case = PrivacyCase(
        number=_next_number(session), kind=new.kind.value, channel=new.channel.value, received_on=new.received_on,
        due_on=rules.due_on(new.received_on), is_joint=new.is_joint, requester=requester[:254],
        digest=pepper.digest(requester) if email.is_valid(requester) else None, contact_id=new.contact_id,
        text=new.text.strip(), handler_id=by, made_by=by, report={}, created_at=now,
    )  # fmt: skip
    session.add(case)
    session.flush()
    audit.record(session, "case opened", "case", case.id, by=by, changes={"kind": (None, new.kind.value)})
    return case


def take(session: Session, public_id: str, *, by: int) -> PrivacyCase:
    """Make oneself the one who answers for the case."""
    case = _open(session, public_id)
    case.handler_id = by
    session.flush()
    audit.record(session, "case taken", "case", case.id, by=by)
    return case


def classify(
    session: Session, public_id: str, kind: CaseKind, *, contact: str, by: int, version: int | None = None
) -> PrivacyCase:
    """Say what a request is about and of whom: for one that came as a mail, or that was written down in haste."""
    case = _open(session, public_id, version)
    before, about = case.kind, case.contact_id
    case.kind = kind.value
    if contact:
        case.contact_id = session.scalar(select(Contact.id).where(Contact.public_id == contact)) or case.contact_id
    if about != case.contact_id:  # what was looked through was about somebody else
        case.report = {name: value for name, value in case.report.items() if name != REVIEWED}
    session.flush()
    if before != case.kind:
        audit.record(session, "case changed", "case", case.id, by=by, changes={"kind": (before, case.kind)})
    return case


def identify(session: Session, public_id: str, method: rules.Identity, *, by: int, now: datetime) -> PrivacyCase:
    """Note how we know who asks (P-27)."""
    case = _open(session, public_id)
    case.identity_method, case.identified_at = method.value, now
    session.flush()
    audit.record(session, "identity noted", "case", case.id, by=by, changes={"identity_method": (None, method.value)})
    return case


def extend(session: Session, public_id: str, reason: str, letter: Letter, *, by: int, now: datetime) -> PrivacyCase:
    """Take two more months, for a reason, and tell the person before the first due day has passed (P-21)."""
    case, today = _open(session, public_id), clock.local(now).date()
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if case.extended_on is not None:
        raise ExtendedAlready
    if today > case.due_on:
        raise TooLateToExtend
    before = case.due_on
    case.extension_reason, case.extended_on = reason.strip(), today
    case.due_on = rules.extended_due_on(case.received_on)
    _write(session, case, letter, by=by, now=now)
    changes = {"due_on": (before.isoformat(), case.due_on.isoformat())}
    audit.record(session, "case extended", "case", case.id, by=by, changes=changes)
    return case


def write(session: Session, public_id: str, letter: Letter, *, by: int, now: datetime) -> CaseLetter:
    """Send or print a letter of a case."""
    return _write(session, _open(session, public_id), letter, by=by, now=now)


def close(
    session: Session, public_id: str, outcome: CaseOutcome, answer: str, *, by: int | None, now: datetime
) -> PrivacyCase:
    """End a case with what came of it."""
    case = _open(session, public_id)
    if outcome in rules.ANSWERED_OUTCOMES and case.answered_at is None:
        raise NotAnsweredYet
    case.outcome, case.answer, case.closed_at = outcome.value, answer.strip(), now
    session.flush()
    audit.record(session, "case closed", "case", case.id, by=by, changes={"outcome": (None, outcome.value)})
    return case


def reopen(session: Session, public_id: str, *, by: int) -> PrivacyCase:
    """Take up a closed case again; its times are what they were."""
    case = queries.case(session, public_id, lock=True)
    if case.closed_at is None or case.reduced_at is not None:
        raise Refused
    before, case.outcome, case.closed_at = case.outcome, "", None
    session.flush()
    audit.record(session, "case reopened", "case", case.id, by=by, changes={"outcome": (before, None)})
    return case


def reduce_old(session: Session, *, today: date, now: datetime) -> int:
    """Reduce cases closed two years ago to kind and dates (P-20); returns how many. In the tenant of the scope."""
    reduced = 0
    rows = session.scalars(
        select(PrivacyCase).where(PrivacyCase.closed_at.is_not(None), PrivacyCase.reduced_at.is_(None))
    )
    for case in rows:
        if case.closed_at is None or not rules.may_be_reduced(clock.local(case.closed_at).date(), today):
            continue
        case.requester, case.text, case.answer, case.extension_reason = "", "", "", ""
        case.digest, case.contact_id, case.report, case.reduced_at = None, None, {}, now
        for letter in session.scalars(select(CaseLetter).where(CaseLetter.case_id == case.id)):
            session.delete(letter)
        reduced += 1
    session.flush()
    return reduced


def _write(session: Session, case: PrivacyCase, letter: Letter, *, by: int, now: datetime) -> CaseLetter:
    if letter.kind is LetterKind.EXTRACT and not case.identity_method:
        raise NotIdentified
    if letter.way is Way.MAIL and not email.is_valid(case.requester):
        raise NoAddress(field="way")
    if rules.is_unfinished(letter.text):
        raise Unfinished(field="text")
    made = CaseLetter(
        case_id=case.id, kind=letter.kind.value, language=letter.language, subject=letter.subject.strip()[:200],
        text=letter.text.strip(), way=letter.way.value, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if letter.kind in rules.ANSWERS:
        case.answered_at = case.answered_at or now
        session.flush()
    if letter.way is Way.MAIL:
        outbox.queue(
            session, recipient=case.requester, subject=made.subject, text=_with_link(made.text, letter.link),
            unique_key=f"case-letter:{made.public_id}", now=now, is_secret=bool(letter.link),
        )  # fmt: skip
    audit.record(session, "letter written", "case", case.id, by=by, changes={"letter": (None, letter.kind.value)})
    return made


def _with_link(text: str, link: str) -> str:
    if not link:
        return text
    return text.replace(LINK, link) if LINK in text else f"{text}\n\n{link}"


def open_for_change(session: Session, public_id: str) -> PrivacyCase:
    """The case, locked; refuses one that is closed."""
    return _open(session, public_id)


def _open(session: Session, public_id: str, version: int | None = None) -> PrivacyCase:
    case = queries.case(session, public_id, lock=True)
    if case.closed_at is not None:
        raise CaseClosed
    if version is not None and version != case.version:
        raise Stale
    return case


def _next_number(session: Session) -> int:
    """One more than the last; taken under a lock on the tenant, so that two at once get two numbers."""
    session.scalar(select(Tenant.id).where(Tenant.id == current_scope().tenant_id).with_for_update())
    return (session.scalar(select(func.max(PrivacyCase.number))) or 0) + 1


def _canonical(requester: str) -> str:
    """An address in its one form; anything else (a name, a number to call) as it was written."""
    words = " ".join(requester.split())
    return email.canonical(words) if email.is_valid(words) else words
