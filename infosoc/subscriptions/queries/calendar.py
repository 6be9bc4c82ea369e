"""What happens to agreements by itself: terms that end, last days for notice, trials, endings and index days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement, AgreementDeed
from infosoc.subscriptions.queries.deeds import clauses_of, course_of, deeds_of
from infosoc.subscriptions.rules import index, life, notice
from infosoc.subscriptions.rules.periods import add_months
from infosoc.subscriptions.rules.words import DeedKind, State


class Kind(StrEnum):
    """What happens."""

    NOTICE = "notice"
    RENEWAL = "renewal"
    BINDING = "binding"
    TRIAL = "trial"
    END = "end"
    INDEX = "index"
    RESUME = "resume"


KIND_LABELS = {
    Kind.NOTICE: N_("Last day for notice"),
    Kind.RENEWAL: N_("Renews"),
    Kind.BINDING: N_("Binding period ends"),
    Kind.TRIAL: N_("Trial is over"),
    Kind.END: N_("Last day"),
    Kind.INDEX: N_("Prices are adjusted"),
    Kind.RESUME: N_("Resumes after a pause"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happens to an agreement on a day."""

    on: date
    kind: Kind
    agreement: Agreement


def events(session: Session, first: date, last: date) -> list[Event]:
    """What happens to the agreements in force within these days, in order."""
    query = (
        select(Agreement)
        .where(Agreement.state != State.ENDED.value, _may_have_events(session, first))
        .options(joinedload(Agreement.company), selectinload(Agreement.deeds))
    )
    found = [one for agreement in session.scalars(query) for one in _events(agreement, first, last)]
    within = [one for one in found if first <= one.on <= last]
    return sorted(within, key=lambda one: (one.on, one.kind, one.agreement.number))


def _may_have_events(session: Session, first: date) -> ColumnElement[bool]:
    """All but those that go on from month to month, of which most registers are full: nothing happens to them."""
    longest = session.scalar(select(func.max(Agreement.binding_months))) or 0
    deed = exists().where(
        AgreementDeed.agreement_id == Agreement.id,
        or_(AgreementDeed.kind == DeedKind.TERMS.value, AgreementDeed.effective_on >= first),
    )
    bound = and_(Agreement.binding_months > 0, Agreement.starts_on >= add_months(first, -longest))
    return or_(Agreement.renewal_months > 0, Agreement.index_kind != "", Agreement.ends_on.is_not(None), bound, deed)


def _events(agreement: Agreement, first: date, last: date) -> Iterator[Event]:
    deeds = deeds_of(agreement)
    end = life.ends_on(deeds)
    for deed in life.standing(deeds):
        if deed.kind is DeedKind.RESUME:
            yield Event(deed.effective_on, Kind.RESUME, agreement)
        elif deed.kind is DeedKind.START and deed.effective_on > agreement.starts_on:
            yield Event(deed.effective_on - timedelta(days=1), Kind.TRIAL, agreement)
    for day in index.followed_days(clauses_of(agreement), first, last):
        if end is None or day < end:
            yield Event(day, Kind.INDEX, agreement)
    if end is not None:
        yield Event(end - timedelta(days=1), Kind.END, agreement)
        return
    yield from _terms(agreement, first, last)


def _terms(agreement: Agreement, first: date, last: date) -> Iterator[Event]:
    """The ends of terms, each with its last day for notice, which may come long before."""
    terms = course_of(agreement).notice_on(first)
    if not terms.renewal:
        if terms.binding:
            yield Event(terms.binding_end, Kind.BINDING, agreement)
        return
    horizon, day = last + timedelta(days=31 * (terms.notice + 1)), max(first, terms.starts_on)
    while True:
        end = notice.term_end(terms, day)
        if end > horizon:
            return
        yield Event(end, Kind.RENEWAL, agreement)
        yield Event(notice.last_notice_day(terms, end), Kind.NOTICE, agreement)
        day = end + timedelta(days=1)
