"""Fixing the recipients of a mailing, opening it again, and approving it.

Frozen, a mailing has one row for each person whom its filter gave: those who get the letter with their address and what
is filled in for them, those who do not with the reason and nothing else (M-28). What is frozen is not yet allowed: it
is asked again at each claim (M-22).
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.lists.spec import Reader
from infosoc.db import bulk
from infosoc.kernel import email
from infosoc.kernel.errors import Invalid, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.mailings import issued, markup, tokens
from infosoc.mailings.commands.writing import draft_at, mailing_at, step
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.mailings.queries.images import missing_images
from infosoc.mailings.queries.recipients import Candidate, candidates
from infosoc.mailings.rules import RecipientState, State

AT_ONCE = 2000
COLUMNS = ("contact_id", "company_id", "delivery", "digest", "address", "domain", "fields", "state", "reason")


class LetterUnfinished(Invalid):
    message = N_("The letter is not finished: it needs a subject and a text.")


class PictureProblem(Invalid):
    message = N_("There is a picture in the letter that is not among your pictures.")


class NobodyLeft(Refused):
    message = N_("Nobody who matches the filters may get this mailing. Check the reasons, or choose other recipients.")


class SeenOtherwise(Stale):
    message = N_("The mailing has changed since you viewed it. Check it again before you approve it.")


class MayHaveGone(Refused):
    message = N_("Letters in this mailing have been sent, or may have been. Copy it to write a new one.")


class TimePassed(Invalid):
    message = N_("That time has passed. Choose a later one, or send it now.")


def freeze(
    session: Session, public_id: str, *, reader: Reader, by: int, now: datetime, version: int | None = None
) -> Mailing:
    """Fix the recipients: one row each, the skipped among them. From here on nobody is added."""
    mailing = draft_at(session, public_id, version)
    check_letter(session, mailing)
    found = candidates(session, mailing.query, mailing.list_id, reader=reader, tells_source=mailing.tells_source)
    letters: list[tuple[bytes, bytes]] = []
    counts = _write_rows(session, mailing.id, found, letters)
    mailing.recipients = counts.pop("", 0)
    mailing.skipped = sum(counts.values())
    if not mailing.recipients:
        raise NobodyLeft
    step(mailing, State.FROZEN)
    issued.write(_issue(session, mailing), letters)
    mailing.frozen_at = now
    audit.record(
        session, "recipients fixed", "mailing", mailing.id, by=by,
        changes={"recipients": (None, str(mailing.recipients)), "skipped": (None, str(mailing.skipped))},
    )  # fmt: skip
    return mailing


def thaw(session: Session, public_id: str, *, by: int) -> Mailing:
    """Open a mailing for changes again: its recipients are let go, and an approval falls."""
    mailing = mailing_at(session, public_id)
    if _has_any_gone(session, mailing.id):
        raise MayHaveGone  # after a restore: the links in those letters are to work, and nobody gets it twice
    step(mailing, State.DRAFT)
    session.execute(delete(MailingRecipient).where(MailingRecipient.mailing_id == mailing.id))
    mailing.recipients = mailing.skipped = 0
    mailing.frozen_at = mailing.approved_at = mailing.approved_by = mailing.scheduled_at = None
    audit.record(session, "mailing opened for changes", "mailing", mailing.id, by=by)
    return mailing


def approve(
    session: Session, public_id: str, *, seen: str, scheduled_at: datetime | None, by: int, now: datetime
) -> Mailing:
    """Another look: the letter and the numbers that were seen are what goes out."""
    mailing = mailing_at(session, public_id)
    if mailing.state == State.FROZEN and seen != fingerprint(mailing):
        raise SeenOtherwise
    if scheduled_at is not None and scheduled_at <= now:
        raise TimePassed(field="on")
    step(mailing, State.APPROVED)
    mailing.approved_at, mailing.approved_by, mailing.scheduled_at = now, by, scheduled_at
    when = {"scheduled": (None, scheduled_at.isoformat())} if scheduled_at else {}
    audit.record(
        session, "mailing approved", "mailing", mailing.id, by=by,
        changes={"recipients": (None, str(mailing.recipients)), **when},
    )  # fmt: skip
    return mailing


def fingerprint(mailing: Mailing) -> str:
    """What somebody has looked at when approving: the version changes with the letter, the list and the numbers."""
    return f"{mailing.version}.{mailing.recipients}.{mailing.skipped}"


def check_letter(session: Session, mailing: Mailing) -> None:
    """Refuse what cannot be sent: no subject, no text, pictures that are not ours."""
    problems = markup.problems(mailing.body)
    if not mailing.subject or any(message == markup.EMPTY for message, _ in problems):
        raise LetterUnfinished(field="body" if mailing.subject else "subject")
    if problems or missing_images(session, markup.read(mailing.body).pictures):
        raise PictureProblem(field="body")


def _has_any_gone(session: Session, mailing_id: int) -> bool:
    untouched = (RecipientState.QUEUED.value, RecipientState.SKIPPED.value)
    gone = select(MailingRecipient.id).where(
        MailingRecipient.mailing_id == mailing_id, MailingRecipient.state.not_in(untouched)
    )
    return session.scalar(gone.limit(1)) is not None


# ---- the rows --------------------------------------------------------------------------------------------------------


def _issue(session: Session, mailing: Mailing) -> issued.Issue:
    its_list = session.scalars(select(MailingList).where(MailingList.id == mailing.list_id)).one()
    return issued.Issue(mailing.tenant_id, mailing.public_id, its_list.public_id, its_list.name)


def _write_rows(
    session: Session, mailing_id: int, found: Iterator[Candidate], letters: list[tuple[bytes, bytes]]
) -> Counter[str]:
    """Write everybody down, part by part in the one transaction; how many for each reason, "" for none.

    `letters` gets the number and the hash of each letter.
    """
    counts: Counter[str] = Counter()
    with _no_search_for_garbage():
        while some := list(islice(found, AT_ONCE)):
            counts.update([one.reason.value if one.reason else "" for one in some])
            rows = _rows(some, letters)
            bulk.add(session, MailingRecipient, COLUMNS, rows, mailing_id=mailing_id, problem="", attempts=0)
    return counts


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Rows refer to nothing in circles; looking for circles in so many takes as long as a sixth of the work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _rows(some: list[Candidate], letters: list[tuple[bytes, bytes]]) -> Iterator[tuple[Any, ...]]:
    for one, delivery in zip(some, tokens.new_deliveries(len(some)), strict=True):
        if one.reason is not None:
            # Who gets nothing is not written to: no address is kept, only who and why.
            yield one.contact_id, one.company_id, None, None, "", "", {}, _SKIPPED, one.reason.value
        else:
            letters.append((delivery, one.digest or b""))
            yield (
                one.contact_id, one.company_id, delivery, one.digest, one.address, email.domain(one.address)[:190],
                filled(one), _QUEUED, "",
            )  # fmt: skip


_SKIPPED, _QUEUED = RecipientState.SKIPPED.value, RecipientState.QUEUED.value


def filled(one: Candidate) -> dict[str, Any]:
    """What the letter says of this person. The source only for who has not been told of it before (P-12)."""
    fields: dict[str, Any] = {"name": one.name, "company": one.company, "title": one.title}
    if one.is_informed:
        fields["informed"] = True
    else:
        fields["source"] = one.source
    return fields
