"""What the worker can do. Domains register their functions here; the worker imports their `jobs` modules."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from infosoc.jobs import rules


class Worker(Protocol):
    """What a lane may know of the worker it runs in."""

    id: str

    @property
    def stopping(self) -> bool: ...

    def finishing(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True)
class Kind:
    """A kind of job."""

    name: str
    function: Callable[[Any], None]
    attempts: int


@dataclass(frozen=True)
class Regular:
    """Regular work: once a day at a Swedish time, or after each interval."""

    name: str
    function: Callable[[datetime], None]
    at: time | None
    every: timedelta | None

    def next_after(self, instant: datetime) -> datetime:
        return rules.next_daily(self.at, after=instant) if self.at else instant + (self.every or timedelta(days=1))


Step = Callable[[Session, Collection[str], datetime], None]
LaneStep = Callable[[Worker, Any], bool]

kinds: dict[str, Kind] = {}
regulars: dict[str, Regular] = {}
lanes: dict[str, LaneStep] = {}
sweeps: list[Step] = []


def job(name: str, *, attempts: int = rules.ATTEMPTS) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register `f(run)` as what does the jobs of this name, in an application context and the tenant's scope."""

    def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
        kinds[name] = Kind(name, function, attempts)
        return function

    return register


def scheduled(
    name: str, *, daily_at: str | None = None, every: timedelta | None = None
) -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Register `f(now)` as regular work over all tenants; it opens its own transactions and may be repeated."""
    if (daily_at is None) == (every is None):
        raise ValueError("say either daily_at or every")

    def register(function: Callable[[datetime], None]) -> Callable[[datetime], None]:
        regulars[name] = Regular(name, function, time.fromisoformat(daily_at) if daily_at else None, every)
        return function

    return register


def lane(name: str) -> Callable[[LaneStep], LaneStep]:
    """Register a step that a thread of its own takes again and again; it says whether there was anything to do."""

    def register(step: LaneStep) -> LaneStep:
        lanes[name] = step
        return step

    return register


def sweep(step: Step) -> Step:
    """Register a step that lets go of what dead workers held: `step(session, ids of the living, now)`."""
    sweeps.append(step)
    return step
