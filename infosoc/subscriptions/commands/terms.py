"""Changing the terms of an agreement that is signed: a dated deed that says what each term was and what it becomes.

What has been invoiced stays as it is: another billing period or another index begins on the first day that no invoice
reaches, or later. A billing period that is cut short by it is charged by the day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import clock, text
from infosoc.kernel.errors import Refused, Stale
from infosoc.kernel.words import N_
from infosoc.subscriptions.commands import copies
from infosoc.subscriptions.commands.agreements import HasEnded, TrialBackwards, agreement_at, check_index
from infosoc.subscriptions.models import Agreement, AgreementDeed
from infosoc.subscriptions.queries import invoiced as invoiced_queries
from infosoc.subscriptions.queries.deeds import course_of, deeds_of, signed
from infosoc.subscriptions.queries.invoiced import Invoiced
from infosoc.subscriptions.rules import life, schedule
from infosoc.subscriptions.rules.agreed import Agreed, Course
from infosoc.subscriptions.rules.life import BeforeItBegan, Deed, NotNow
from infosoc.subscriptions.rules.words import DeedKind

DAY = timedelta(days=1)


class NothingChanged(Refused):
    message = N_("Nothing has been changed. Change a term, or go back to the agreement.")


class IsInvoiced(Refused):
    message = N_("Invoices reach through %(last)s. Choose %(day)s or a later day.")


class NotInvoicedThen(Refused):
    message = N_("Agreements are invoiced here from %(day)s. Choose that day or a later one.")


class TooShort(Refused):
    message = N_("This would leave a billing period shorter than a week, from %(day)s. Choose another day.")


class ChangesLater(Refused):
    message = N_("The terms already change on %(day)s. Choose that day or a later one, or take that change back first.")


class HasPaused(Refused):
    message = N_("The trial cannot be moved, because the agreement has been paused.")


@dataclass(frozen=True)
class NewTerms:
    """The terms as they are to be from a day. Without `anchor_on` the billing periods begin on that day."""

    on: date
    agreed: Agreed
    trial_until: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Plan:
    """An agreement with its deeds and lines, what has been invoiced of it, and the deeds that would change it."""

    agreement: Agreement
    known: Invoiced
    by: int | None
    now: datetime
    rows: list[AgreementDeed] = field(default_factory=list)

    @property
    def deeds(self) -> list[Deed]:
        return deeds_of(self.agreement)

    def add(self, kind: DeedKind, on: date, reason: str, **more: Any) -> None:
        values = {"undoes_id": None, "terms": {}, **more}
        made = AgreementDeed(
            agreement_id=self.agreement.id, kind=kind.value, effective_on=on, reason=text.clean(reason)[:300],
            made_by=self.by, made_at=self.now, **values,
        )  # fmt: skip
        self.rows.append(made)


def change(
    session: Session, public_id: str, new: NewTerms, *, seen: int | None, by: int | None, now: datetime
) -> Agreement:
    """Change terms from a day. `seen` is the newest deed that the person who decided this knew of."""
    agreement = agreement_at(session, public_id)
    if seen is not None and seen != newest(agreement):
        raise Stale
    rows = planned(agreement, new, invoiced_queries.of(session, agreement), by=by, now=now)
    for row in rows:
        session.add(row)
        session.flush()
    changes = {name: (_said(was), _said(now)) for row in rows for name, (was, now) in row.terms.items()}
    changes["from day"] = (None, new.on.isoformat())
    if any(row.kind == DeedKind.START for row in rows):
        changes["trial_until"] = (_said(trial_of(agreement)), _said(new.trial_until))
    audit.record(session, "agreement terms changed", "agreement", agreement.id, by=by, changes=changes)
    return copies.refresh(session, agreement.id, on=clock.local(now).date(), by=by)


def planned(
    agreement: Agreement, new: NewTerms, known: Invoiced, *, by: int | None, now: datetime
) -> list[AgreementDeed]:
    """The deeds of a change, in order; refused where it cannot be. Writes nothing: it can be looked at first."""
    if new.on < agreement.starts_on:
        raise BeforeItBegan(field="effective_on", day=agreement.starts_on.isoformat())
    if agreement.ends_on is not None and new.on >= agreement.ends_on:
        raise HasEnded(field="effective_on")
    before, plan = course_of(agreement), _Plan(agreement, known, by, now)
    last = before.versions[-1]
    if new.on < last.from_on:
        raise ChangesLater(field="effective_on", day=last.from_on.isoformat())
    check_index(new.agreed)
    if changes := last.agreed.changes_to(new.agreed):
        plan.add(DeedKind.TERMS, new.on, new.reason, terms=changes)
        after = Deed(newest(agreement) + 1, DeedKind.TERMS, new.on, new.on, terms=changes)
        _check(before, Course.of(agreement.starts_on, signed(agreement), [*plan.deeds, after]), new.on, known)
    if new.trial_until != trial_of(agreement):
        _move_trial(plan, new)
    if not plan.rows:
        raise NothingChanged
    return plan.rows


def check_taking_back(session: Session, agreement: Agreement, deed: AgreementDeed) -> None:
    """Refuse to take back a change of terms that has been invoiced by."""
    deeds = deeds_of(agreement)
    undone = Deed(newest(agreement) + 1, DeedKind.WITHDRAW, deed.effective_on, deed.effective_on, undoes=deed.id)
    known = invoiced_queries.of(session, agreement)
    after = Course.of(agreement.starts_on, signed(agreement), [*deeds, undone])
    _check(course_of(agreement), after, deed.effective_on, known)


def trial_of(agreement: Agreement) -> date | None:
    """The last day of the trial, if there is one."""
    starts = [deed.effective_on for deed in life.standing(deeds_of(agreement)) if deed.kind is DeedKind.START]
    start = max(starts, default=agreement.starts_on)
    return start - DAY if start > agreement.starts_on else None


def newest(agreement: Agreement) -> int:
    """The newest deed: who changes something says which they have seen."""
    return max((one.id for one in agreement.deeds), default=0)


def first_day(agreement: Agreement, known: Invoiced, on: date) -> date:
    """The day proposed for a change: the first of a period that is not invoiced, of those that begin from now on."""
    course = course_of(agreement)
    free = schedule.free_from(course.schedule, known.days)
    days = [on, agreement.starts_on, course.versions[-1].from_on, *(day for day in (free, known.since) if day)]
    return course.schedule.next_start(max(days))


# ---- the parts -------------------------------------------------------------------------------------------------------


def _check(before: Course, after: Course, on: date, known: Invoiced) -> None:
    """What is invoiced or said to be invoiced elsewhere keeps its periods and prices; no period becomes too short."""
    is_same = before.schedule == after.schedule
    if is_same and before.clauses == after.clauses:
        return
    _check_free(before, on, known, "effective_on")
    if known.since is not None and on < known.since:
        raise NotInvoicedThen(field="effective_on", day=known.since.isoformat())
    if not is_same and (turn := schedule.too_short(after.schedule, after.starts_on)):
        raise TooShort(field="effective_on", day=turn.period.starts_on.isoformat())


def _check_free(course: Course, on: date, known: Invoiced, field_name: str) -> None:
    free = schedule.free_from(course.schedule, known.days)
    if free is not None and on < free:
        raise IsInvoiced(field=field_name, last=(free - DAY).isoformat(), day=free.isoformat())


def _move_trial(plan: _Plan, new: NewTerms) -> None:
    """The agreement begins to be charged on another day: the deed that said so is taken back, and another says when."""
    agreement, until = plan.agreement, new.trial_until
    if until is not None and until < agreement.starts_on:
        raise TrialBackwards(field="trial_until")
    held = life.standing(plan.deeds)
    if any(deed.kind in (DeedKind.PAUSE, DeedKind.RESUME) for deed in held):
        raise HasPaused(field="trial_until")
    start = agreement.starts_on if until is None else until + DAY
    if agreement.ends_on is not None and start >= agreement.ends_on:
        raise NotNow(field="trial_until", day=start.isoformat())
    starts = [deed for deed in held if deed.kind is DeedKind.START]
    _check_free(course_of(agreement), min([start, *(deed.effective_on for deed in starts)]), plan.known, "trial_until")
    for deed in starts:
        plan.add(DeedKind.WITHDRAW, deed.effective_on, new.reason, undoes_id=deed.id)
    if until is not None and not any(deed.kind is DeedKind.TRIAL for deed in held):
        plan.add(DeedKind.TRIAL, agreement.starts_on, new.reason)
    plan.add(DeedKind.START, start, new.reason)


def _said(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
