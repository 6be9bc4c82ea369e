"""What is done to an agreement from a day: paused, taken up again, cancelled, and a deed taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import clock, text
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_
from infosoc.subscriptions.commands import copies, terms
from infosoc.subscriptions.commands.agreements import agreement_at
from infosoc.subscriptions.models import Agreement, AgreementDeed
from infosoc.subscriptions.queries.deeds import course_of, deeds_of
from infosoc.subscriptions.rules import life, notice
from infosoc.subscriptions.rules.words import DeedKind

WORDS = {
    DeedKind.PAUSE: N_("agreement paused"),
    DeedKind.RESUME: N_("agreement resumed"),
    DeedKind.CANCEL: N_("agreement cancelled"),
    DeedKind.WITHDRAW: N_("deed taken back"),
}
DAY = timedelta(days=1)
TAKEN_BACK = frozenset({DeedKind.PAUSE, DeedKind.RESUME, DeedKind.CANCEL, DeedKind.TERMS})


class TooEarly(Refused):
    message = N_(
        "With the binding and notice periods the agreement ends on %(day)s at the earliest. Choose a later day, or "
        "allow the customer to leave earlier."
    )


class NotToTakeBack(Refused):
    message = N_("Only a pause, a resumption, a cancellation or a change of terms can be taken back, and only once.")


def pause(session: Session, public_id: str, *, on: date, reason: str, by: int, now: datetime) -> Agreement:
    """Charge nothing from a day until the agreement is taken up again."""
    return _do(session, public_id, DeedKind.PAUSE, on, reason, by=by, now=now)


def resume(session: Session, public_id: str, *, on: date, reason: str, by: int, now: datetime) -> Agreement:
    """Take a paused agreement up again from a day."""
    return _do(session, public_id, DeedKind.RESUME, on, reason, by=by, now=now)


def cancel(
    session: Session, public_id: str, *, last_day: date, reason: str, lets_go: bool, by: int | None, now: datetime
) -> Agreement:
    """End the agreement after a last day. `lets_go`: the customer may leave before binding time and notice are over."""
    agreement, today = agreement_at(session, public_id), clock.local(now).date()
    end = last_day + DAY
    earliest = notice.earliest_end(course_of(agreement).notice_on(today), today)
    if end < earliest and not lets_go:
        raise TooEarly(field="last_day", day=(earliest - DAY).isoformat())
    return _do(session, public_id, DeedKind.CANCEL, end, reason, by=by, now=now)


def take_back(session: Session, public_id: str, deed_id: int, *, reason: str, by: int, now: datetime) -> Agreement:
    """Undo what may be undone as if it had never been; that it was stays in the history."""
    agreement = agreement_at(session, public_id)
    found = session.scalar(
        select(AgreementDeed).where(AgreementDeed.id == deed_id, AgreementDeed.agreement_id == agreement.id)
    )
    if found is None:
        raise NotFound
    undone = session.scalar(select(AgreementDeed.id).where(AgreementDeed.undoes_id == found.id))
    if DeedKind(found.kind) not in TAKEN_BACK or undone is not None:
        raise NotToTakeBack
    if found.kind == DeedKind.TERMS:
        terms.check_taking_back(session, agreement, found)
    return _write(session, agreement, DeedKind.WITHDRAW, found.effective_on, reason, found.id, by=by, now=now)


def _do(
    session: Session, public_id: str, kind: DeedKind, on: date, reason: str, *, by: int | None, now: datetime
) -> Agreement:
    agreement = agreement_at(session, public_id)
    life.check(deeds_of(agreement), kind, on)
    return _write(session, agreement, kind, on, reason, None, by=by, now=now)


def _write(
    session: Session, agreement: Agreement, kind: DeedKind, on: date, reason: str, undoes: int | None, *,
    by: int | None, now: datetime,
) -> Agreement:  # fmt: skip
    session.add(
        AgreementDeed(
            agreement_id=agreement.id, kind=kind.value, effective_on=on, reason=text.clean(reason)[:300],
            undoes_id=undoes, made_by=by, made_at=now,
        )
    )  # fmt: skip
    made = copies.refresh(session, agreement.id, on=clock.local(now).date(), by=by)
    audit.record(session, WORDS[kind], "agreement", made.id, by=by, changes={"from day": (None, on.isoformat())})
    return made
