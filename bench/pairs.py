"""Measure two ways of doing the same thing side by side: A B A B ..., the median of the pairs' ratios."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles


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


def ratio(ours: Callable[[], object], floor: Callable[[], object], *, pairs: int = 5, calls: int = 20) -> float:
    """The median over the pairs of (median of ours / median of the floor), after one warm-up of each."""
    ours()
    floor()
    ratios = []
    for _ in range(pairs):
        ratios.append(median(timings(ours, calls)) / median(timings(floor, calls)))
    return median(ratios)


def percentile(values: list[float], percent: int) -> float:
    """The value that so many per cent of the values stay under."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
