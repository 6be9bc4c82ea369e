"""Measure two ways of doing the same thing side by side: A B A B ..., the median of the pairs' ratios."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Options:
    """What `bin/bench` was asked for."""

    rows: tuple[int, ...]
    backends: tuple[str, ...]
    pairs: int
    keep: str | None


@dataclass(frozen=True)
class Result:
    """One line of the table: a ratio and the limit it must keep."""

    name: str
    ratio: float
    limit: float
    note: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool:
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit


def timings(work: Callable[[], object], calls: int) -> list[float]:
    """How long each of some calls took, in seconds."""
    taken = []
    for _ in range(calls):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


@dataclass(frozen=True)
class Compared:
    """The median pair, and its two times in seconds."""

    ratio: float
    ours: float
    floor: float

    @property
    def note(self) -> str:
        return milliseconds(self.ours, self.floor)


def compared(
    ours: Callable[[], object], floor: Callable[[], object], *, pairs: int = 5, calls: int = 20, percent: int = 50
) -> Compared:
    """A B A B ...: the pair with the median ratio of the given percentiles, after one warm-up of each."""
    ours()
    floor()
    found = []
    for _ in range(pairs):
        a, b = percentile(timings(ours, calls), percent), percentile(timings(floor, calls), percent)
        found.append((a / b, a, b))
    return Compared(*middle(found))


def middle(found: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """The one in the middle by its ratio."""
    return sorted(found)[len(found) // 2]


def milliseconds(ours: float, floor: float) -> str:
    return f"{ours * 1000:.2f} ms against {floor * 1000:.2f} ms"


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent of the values stay under."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
