"""What state an agreement is in on a day, from its dated deeds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.periods import Period
from infosoc.subscriptions.rules.words import CHARGED, DeedKind, State

_MOVES = {
    DeedKind.TRIAL: State.TRIAL,
    DeedKind.START: State.ACTIVE,
    DeedKind.PAUSE: State.PAUSED,
    DeedKind.RESUME: State.ACTIVE,
}


class NotNow(Refused):
    message = N_("This cannot be done to the agreement as it is on %(day)s.")


class BeforeItBegan(Refused):
    message = N_("The agreement has not begun by then. Choose %(day)s or later.")


@dataclass(frozen=True)
class Deed:
    """One deed: what, from which day, when it was done; `undoes` is the deed that it takes back.

    `terms` holds what a change of the terms changes: what each was, and what it became.
    """

    id: int
    kind: DeedKind
    effective_on: date
    made_on: date
    undoes: int | None = None
    terms: Mapping[str, Any] = field(default_factory=dict, compare=False)


def standing(deeds: Sequence[Deed]) -> list[Deed]:
    """The deeds that hold, in the order of their days: not those that were taken back."""
    undone = {deed.undoes for deed in deeds if deed.kind is DeedKind.WITHDRAW}
    held = [deed for deed in deeds if deed.id not in undone and deed.kind is not DeedKind.WITHDRAW]
    return sorted(held, key=lambda deed: (deed.effective_on, deed.id))


def ends_on(deeds: Sequence[Deed]) -> date | None:
    """The first day that the agreement is no longer in force; None while nobody has cancelled it."""
    cancelled = [deed.effective_on for deed in standing(deeds) if deed.kind is DeedKind.CANCEL]
    return min(cancelled, default=None)


def state_on(deeds: Sequence[Deed], day: date) -> State:
    """What the agreement is on a day."""
    held, end = standing(deeds), ends_on(deeds)
    if end is not None and day >= end:
        return State.ENDED
    state = State.COMING
    for deed in held:
        if deed.kind in _MOVES and deed.effective_on <= day:
            state = _MOVES[deed.kind]
    is_cancelled = any(deed.kind is DeedKind.CANCEL and deed.made_on <= day for deed in held)
    return State.CANCELLED if is_cancelled and state is State.ACTIVE else state


def next_change(deeds: Sequence[Deed], after: date) -> date | None:
    """The next day that the state changes by itself, because a deed begins to hold."""
    days = [deed.effective_on for deed in standing(deeds) if deed.kind in _MOVES or deed.kind is DeedKind.CANCEL]
    return min((day for day in days if day > after), default=None)


def charged_spans(deeds: Sequence[Deed], until: date) -> list[Period]:
    """The days up to, not including, `until` that are charged: not those on trial, paused or after the end."""
    days = sorted({deed.effective_on for deed in standing(deeds) if deed.effective_on < until})
    spans: list[Period] = []
    for first, following in zip(days, [*days[1:], until][: len(days)], strict=True):
        if state_on(deeds, first) not in CHARGED:
            continue
        if spans and spans[-1].end == first:
            spans[-1] = Period(spans[-1].starts_on, following)
        else:
            spans.append(Period(first, following))
    return spans


def check(deeds: Sequence[Deed], kind: DeedKind, effective_on: date) -> None:
    """Refuse a deed that makes no sense on its day."""
    state = state_on(deeds, effective_on)
    allowed = {
        DeedKind.PAUSE: {State.ACTIVE, State.CANCELLED, State.TRIAL},
        DeedKind.RESUME: {State.PAUSED},
        DeedKind.CANCEL: {State.ACTIVE, State.PAUSED, State.TRIAL, State.COMING},
    }
    if kind in allowed and state not in allowed[kind]:
        raise NotNow(field="effective_on", day=effective_on.isoformat())
    begun = min((deed.effective_on for deed in deeds), default=effective_on)
    if effective_on < begun:
        raise BeforeItBegan(field="effective_on", day=begun.isoformat())
