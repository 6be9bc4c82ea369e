"""The mailings and lists of a tenant, as staff see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.kernel.errors import NotFound
from infosoc.mailings.models import Mailing, MailingList
from infosoc.mailings.rules import RecipientState, State

PAGE = 50
SHOWN: dict[str, tuple[State, ...]] = {
    "drafts": (State.DRAFT, State.FROZEN),
    "waiting": (State.APPROVED,),
    "sending": (State.SENDING, State.PAUSED, State.STOPPED),
    "done": (State.DONE, State.CANCELLED),
}


@dataclass(frozen=True)
class MailingPage:
    """A page of the tenant's mailings, newest first."""

    rows: list[tuple[Mailing, MailingList]]
    choice: str
    number: int
    matching: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.matching // PAGE))


def page(session: Session, choice: str, number: int) -> MailingPage:
    """The mailings of a tab of the list."""
    counted: dict[str, int] = {}
    for state, number_in in session.execute(select(Mailing.state, func.count()).group_by(Mailing.state)):
        counted[state] = number_in
    counts = {name: sum(counted.get(state, 0) for state in states) for name, states in SHOWN.items()}
    counts["all"] = sum(counted.values())
    choice = choice if choice in SHOWN else ""
    query = select(Mailing, MailingList).join(MailingList, MailingList.id == Mailing.list_id)
    if choice:
        query = query.where(Mailing.state.in_([state.value for state in SHOWN[choice]]))
    query = query.order_by(Mailing.created_at.desc(), Mailing.id.desc()).limit(PAGE).offset((number - 1) * PAGE)
    rows = [(mailing, of_list) for mailing, of_list in session.execute(query)]
    return MailingPage(rows, choice, number, counts[choice or "all"], counts)


@dataclass(frozen=True)
class MailingCard:
    """One mailing with its list and the names of those who made and approved it."""

    mailing: Mailing
    of_list: MailingList
    made_by: str
    approved_by: str


def card(session: Session, public_id: str) -> MailingCard:
    """The mailing at an address."""
    maker, approver = User.__table__.alias("maker"), User.__table__.alias("approver")
    query = (
        select(Mailing, MailingList, maker.c.name, approver.c.name)
        .join(MailingList, MailingList.id == Mailing.list_id)
        .outerjoin(maker, maker.c.id == Mailing.made_by)
        .outerjoin(approver, approver.c.id == Mailing.approved_by)
        .where(Mailing.public_id == public_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return MailingCard(found[0], found[1], found[2] or "", found[3] or "")


def lists(session: Session, *, open_only: bool = False) -> list[MailingList]:
    """The tenant's lists by name, those in use first."""
    query = select(MailingList).order_by(MailingList.retired_at.is_not(None), MailingList.name)
    return list(session.scalars(query.where(MailingList.retired_at.is_(None)) if open_only else query))


def sent_to(session: Session) -> dict[int, tuple[int, datetime | None]]:
    """How many mailings have gone to each list, and when the last one ended."""
    query = (
        select(Mailing.list_id, func.count(), func.max(Mailing.ended_at))
        .where(Mailing.started_at.is_not(None))
        .group_by(Mailing.list_id)
    )
    return {list_id: (rows, last) for list_id, rows, last in session.execute(query)}


def minutes_left(mailing: Mailing, per_hour: int) -> int | None:
    """About how long the rest takes at the tenant's pace, in minutes; None when nothing is left."""
    left = mailing.recipients - progress(mailing)[0]
    if left <= 0 or mailing.state != State.SENDING:
        return None
    return max(1, round(timedelta(hours=left / max(per_hour, 1)) / timedelta(minutes=1)))


def progress(mailing: Mailing) -> tuple[int, int]:
    """How many letters are settled, of how many."""
    done = mailing.sent + mailing.failed + mailing.bounced + mailing.uncertain
    return min(done, mailing.recipients), mailing.recipients


RESULTS: dict[str, tuple[RecipientState, ...]] = {
    "sent": (RecipientState.SENT,),
    "waiting": (RecipientState.QUEUED, RecipientState.CLAIMED, RecipientState.SENDING),
    "bounced": (RecipientState.BOUNCED,),
    "failed": (RecipientState.FAILED,),
    "uncertain": (RecipientState.UNCERTAIN,),
    "skipped": (RecipientState.SKIPPED,),
    "cancelled": (RecipientState.CANCELLED,),
}
