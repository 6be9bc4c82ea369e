"""What people decide about a mailing that is on its way: start, pause, resume, stop, and the uncertain letters.

Letters that a worker has claimed but not begun to hand over are given back in the same transaction, so a press takes
effect at once: at most the one letter of each worker that is being handed over at that moment still goes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.changed import rows_changed
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_
from infosoc.mailings import rules
from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.rules import RecipientState, State

MACHINE = "Infosoc"  # who did it, in the log, where no person did
TOO_MANY_FAILED = N_("So many letters could not be delivered that it stopped by itself.")
TOO_MANY_COMPLAINTS = N_("So many have reported it as spam that it stopped by itself.")
TIME_HAS_PASSED = N_("Its time passed while nothing could be sent. Somebody has to start it.")
RESTORED = N_("The database has been restored from a backup. What was waiting then may have been sent since.")


class NotPossibleNow(Refused):
    message = N_("The mailing has changed state. Check it again.")


class NothingUncertain(Refused):
    message = N_("No letter is waiting for a decision.")


def start(session: Session, public_id: str, *, by: int | None, now: datetime) -> Mailing:
    """Begin to send an approved mailing; who presses confirms its time too, if that has passed."""
    mailing = _locked(session, public_id)
    if mailing.state != State.APPROVED:
        raise NotPossibleNow
    mailing.state, mailing.state_reason, mailing.started_at = State.SENDING.value, "", now
    return _noted(session, "mailing started", mailing, by)


def pause(session: Session, public_id: str, *, by: int, now: datetime) -> Mailing:
    """Send no more until somebody resumes it."""
    mailing = _step(session, public_id, State.PAUSED)
    _give_back(session, mailing.id)
    return _noted(session, "mailing paused", mailing, by)


def resume(session: Session, public_id: str, *, by: int, now: datetime) -> Mailing:
    """Go on. What had failed by now is judged no more: the person has looked at it (M-24)."""
    mailing = _locked(session, public_id)
    if mailing.state not in (State.PAUSED, State.STOPPED):
        raise NotPossibleNow
    mailing.state, mailing.state_reason = State.SENDING.value, ""
    mailing.excused_tried, mailing.excused_failed, mailing.excused_complained = _balance(mailing)
    return _noted(session, "mailing resumed", mailing, by)


def stop(session: Session, public_id: str, *, by: int, now: datetime) -> Mailing:
    """End it for good: who has not got the letter does not get it."""
    mailing = _step(session, public_id, State.CANCELLED)
    _give_back(session, mailing.id)
    _run(session, _of(mailing.id, RecipientState.QUEUED).values(state=RecipientState.CANCELLED.value))
    mailing.ended_at = now
    return _noted(session, "mailing cancelled", mailing, by)


def settle_uncertain(
    session: Session, public_id: str, *, arrived: bool, by: int, now: datetime, recipient_id: int | None = None
) -> int:
    """What a person has found out of letters that may have gone: they arrived, or are to be sent. How many it was.

    All of the mailing, or the one named. A mailing that had ended is on its way again when letters are to be sent.
    """
    mailing = _locked(session, public_id)
    those = _of(mailing.id, RecipientState.UNCERTAIN)
    if recipient_id is not None:
        those = those.where(MailingRecipient.id == recipient_id)
    sent = {"state": RecipientState.SENT.value, "handed_over_at": func.coalesce(MailingRecipient.handed_over_at, now)}
    again = {"state": RecipientState.QUEUED.value, "not_before": None, "attempts": 0}
    count = _run(session, those.values(**(sent if arrived else again), claimed_by=None, problem=""))
    if not count:
        raise NothingUncertain
    mailing.uncertain -= count
    if arrived:
        mailing.sent += count
    elif mailing.state == State.DONE:
        mailing.state, mailing.ended_at = State.SENDING.value, None
    what = "sent" if arrived else "to be sent"
    changes = {"uncertain": (str(mailing.uncertain + count), f"{mailing.uncertain}, {what}: {count}")}
    audit.record(session, "uncertain letters settled", "mailing", mailing.id, by=by, changes=changes)
    return count


# ---- by itself -------------------------------------------------------------------------------------------------------


def start_when_due(session: Session, mailing_id: int, *, now: datetime) -> bool:
    """Start a scheduled mailing whose time has come; one whose time passed long ago waits for a person (M-23)."""
    mailing = session.scalar(
        select(Mailing).where(
            Mailing.id == mailing_id, Mailing.state == State.APPROVED, Mailing.scheduled_at <= now
        ).with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    if mailing is None or mailing.scheduled_at is None:
        return False
    if now - mailing.scheduled_at > rules.LATE_START:
        mailing.scheduled_at, mailing.state_reason = None, TIME_HAS_PASSED
        _noted(session, "mailing held back", mailing, None)
        return False
    mailing.state, mailing.state_reason, mailing.started_at = State.SENDING.value, "", now
    _noted(session, "mailing started", mailing, None)
    return True


def judge(session: Session, mailing_id: int) -> bool:
    """Stop a mailing that goes too badly (M-24); whether it was stopped. Call where a failure has been counted."""
    mailing = session.scalar(
        select(Mailing).where(Mailing.id == mailing_id).with_for_update().execution_options(populate_existing=True)
    )
    if mailing is None or mailing.state not in (State.SENDING, State.PAUSED):
        return False
    tried, failed, complained = _balance(mailing)
    tried, failed = tried - mailing.excused_tried, failed - mailing.excused_failed
    complained -= mailing.excused_complained
    if not rules.is_too_bad(tried, failed, complained):
        return False
    failures_alone = rules.is_too_bad(tried, failed, 0)
    halt(session, mailing, TOO_MANY_FAILED if failures_alone else TOO_MANY_COMPLAINTS)
    return True


def halt(session: Session, mailing: Mailing, reason: str) -> None:
    """Stop a mailing without a person; only a person lets it go on."""
    mailing.state, mailing.state_reason = State.STOPPED.value, reason[:200]
    _give_back(session, mailing.id)
    _noted(session, "mailing stopped", mailing, None)


def halt_numbered(session: Session, mailing_id: int, reason: str) -> None:
    """The same, of a mailing that is being sent."""
    mailing = session.scalar(
        select(Mailing).where(Mailing.id == mailing_id, Mailing.state == State.SENDING).with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    if mailing is not None:
        halt(session, mailing, reason)


def finish(session: Session, mailing: Mailing, *, now: datetime) -> None:
    """Nothing waits any more; uncertain letters are a person's to settle, also later."""
    mailing.state, mailing.state_reason, mailing.ended_at = State.DONE.value, "", now
    _noted(session, "mailing ended", mailing, None)


def statements_after_restore(now: datetime) -> list[Any]:
    """What a restored database needs: nothing starts by itself, nothing goes that may have gone since (M-23)."""
    begun = select(Mailing.id).where(Mailing.state.not_in([State.DRAFT.value, State.DONE.value, State.CANCELLED.value]))
    waiting = [RecipientState.QUEUED.value, RecipientState.CLAIMED.value, RecipientState.SENDING.value]
    uncertain = (
        select(func.count(MailingRecipient.id))
        .where(MailingRecipient.mailing_id == Mailing.id, MailingRecipient.state == RecipientState.UNCERTAIN.value)
        .scalar_subquery()
    )
    return [
        update(MailingRecipient)
        .where(MailingRecipient.mailing_id.in_(begun), MailingRecipient.state.in_(waiting))
        .values(state=RecipientState.UNCERTAIN.value, claimed_by=None, problem=RESTORED),
        update(Mailing)
        .where(Mailing.state.not_in([State.DONE.value, State.CANCELLED.value]))
        .values(state_reason=RESTORED, scheduled_at=None, uncertain=uncertain),
        update(Mailing).where(Mailing.state == State.SENDING.value).values(state=State.PAUSED.value),
    ]


def _locked(session: Session, public_id: str) -> Mailing:
    found = session.scalar(
        select(Mailing)
        .where(Mailing.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def _step(session: Session, public_id: str, to: State) -> Mailing:
    mailing = _locked(session, public_id)
    if not rules.may_go(State(mailing.state), to):
        raise NotPossibleNow
    mailing.state, mailing.state_reason = to.value, ""
    return mailing


def _balance(mailing: Mailing) -> tuple[int, int, int]:
    """How many were tried, how many of them failed hard, and how many were complained of."""
    failed = mailing.failed + mailing.bounced
    return mailing.sent + failed, failed, mailing.complained


def _noted(session: Session, deed: str, mailing: Mailing, by: int | None) -> Mailing:
    audit.record(session, deed, "mailing", mailing.id, by=by, actor_name="" if by else MACHINE)
    return mailing


def _of(mailing_id: int, state: RecipientState) -> Update:
    return update(MailingRecipient).where(MailingRecipient.mailing_id == mailing_id, MailingRecipient.state == state)


def _give_back(session: Session, mailing_id: int) -> None:
    """Letters that are claimed and not begun: no worker has them any more."""
    _run(session, _of(mailing_id, RecipientState.CLAIMED).values(state=RecipientState.QUEUED.value, claimed_by=None))


def _run(session: Session, statement: Update) -> int:
    session.flush()
    return rows_changed(session, statement.execution_options(synchronize_session=False))
