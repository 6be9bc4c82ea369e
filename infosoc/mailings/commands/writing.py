"""Writing a mailing: its letter, its audience; as long as it is a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import text
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.identity import find_personal_number, refuse_personal_numbers
from infosoc.kernel.words import N_
from infosoc.mailings import rules
from infosoc.mailings.commands.lists import list_at
from infosoc.mailings.models import Mailing, MailingList
from infosoc.mailings.rules import State
from infosoc.outbox.rules import subject_text

LONGEST_BODY = 100_000


class NotADraft(Refused):
    message = N_("The recipients of this mailing are locked. Reopen it for changes first.")


class StepNotAllowed(Refused):
    message = N_("That cannot be done with the mailing in its current state.")


class TitleMissing(Invalid):
    message = N_("Give the mailing a name that you and your colleagues will recognise.")


class ListRetired(Invalid):
    message = N_("This list is retired. Choose another one.")


class PersonalNumberInLetter(Invalid):
    message = N_("There is a personal identity number in the letter. It may not be sent like this.")


@dataclass(frozen=True)
class Content:
    """A letter as it was written."""

    title: str
    list_public_id: str
    subject: str
    body: str
    language: str
    tells_source: bool


def start_mailing(
    session: Session, title: str, list_public_id: str, language: str, *, by: int, now: datetime
) -> Mailing:
    """A new draft, with nothing in it yet."""
    chosen = _open_list(session, list_public_id)
    mailing = Mailing(
        list_id=chosen.id, title=_title(title), language=language, state=State.DRAFT.value, made_by=by, created_at=now
    )
    session.add(mailing)
    session.flush()
    audit.record(session, "mailing created", "mailing", mailing.id, by=by, changes={"name": (None, mailing.title)})
    return mailing


def copy_mailing(session: Session, public_id: str, title: str, *, by: int, now: datetime) -> Mailing:
    """A new draft with the letter and the filter of another mailing; nothing of its recipients."""
    source = mailing_at(session, public_id)
    copy = Mailing(
        list_id=source.list_id, title=_title(title), subject=source.subject, body=source.body, language=source.language,
        query=source.query, tells_source=source.tells_source, state=State.DRAFT.value, made_by=by, created_at=now,
    )  # fmt: skip
    session.add(copy)
    session.flush()
    audit.record(session, "mailing created", "mailing", copy.id, by=by, changes={"name": (None, copy.title)})
    return copy


def write_letter(session: Session, public_id: str, content: Content, *, version: int | None, by: int) -> Mailing:
    """Keep what has been written. It may be unfinished: what must be put right is told before it is fixed."""
    mailing = draft_at(session, public_id, version)
    if find_personal_number(f"{content.subject}\n{content.body}"):
        raise PersonalNumberInLetter(field="body")
    before = (mailing.title, mailing.subject)
    mailing.title, mailing.subject = _title(content.title), subject_text(text.clean(content.subject))
    # Line ends alone are made alike: two spaces at the end of a line, and indentation, mean something.
    mailing.body = "\n".join(content.body[:LONGEST_BODY].splitlines()).strip("\n")
    mailing.language, mailing.tells_source = content.language, content.tells_source
    mailing.list_id = _open_list(session, content.list_public_id).id
    session.flush()
    changes = {"name": (before[0], mailing.title), "subject": (before[1], mailing.subject)}
    audit.record(
        session, "mailing written", "mailing", mailing.id, by=by,
        changes={name: values for name, values in changes.items() if values[0] != values[1]},
    )  # fmt: skip
    return mailing


def choose_audience(session: Session, public_id: str, query: str, *, by: int) -> Mailing:
    """Keep the filters by which recipients are chosen, as the contacts list's own query string."""
    refuse_personal_numbers(query, field="query")
    mailing = draft_at(session, public_id)
    before, mailing.query = mailing.query, query[:4000]
    audit.record(session, "audience chosen", "mailing", mailing.id, by=by, changes={"query": (before, mailing.query)})
    return mailing


def cancel(session: Session, public_id: str, *, by: int, now: datetime) -> Mailing:
    """Give up a mailing that has not begun to go out."""
    mailing = mailing_at(session, public_id)
    if mailing.started_at is not None:
        raise StepNotAllowed
    step(mailing, State.CANCELLED)
    mailing.ended_at = now
    audit.record(session, "mailing cancelled", "mailing", mailing.id, by=by)
    return mailing


# ---- what the commands on mailings share -----------------------------------------------------------------------------


def mailing_at(session: Session, public_id: str) -> Mailing:
    """The mailing at an address."""
    found = session.scalar(select(Mailing).where(Mailing.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def draft_at(session: Session, public_id: str, version: int | None = None) -> Mailing:
    """The mailing, when it may still be written, and by who has seen its latest version."""
    mailing = mailing_at(session, public_id)
    if mailing.state != State.DRAFT:
        raise NotADraft
    if version is not None and version != mailing.version:
        raise Stale
    return mailing


def step(mailing: Mailing, to: State) -> None:
    """Take a step, if the mailing may take it now (ASVS 2.3.1: none can be skipped)."""
    if not rules.may_go(State(mailing.state), to):
        raise StepNotAllowed
    mailing.state, mailing.state_reason = to.value, ""


def _title(given: str) -> str:
    title = text.clean(given)[:120]
    if not title:
        raise TitleMissing(field="title")
    return title


def _open_list(session: Session, public_id: str) -> MailingList:
    found = list_at(session, public_id)
    if found.retired_at is not None:
        raise ListRetired(field="list_id")
    return found
