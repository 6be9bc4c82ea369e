"""The book of rates: what holds on a day. It stops at a gap and at what nobody has checked; it never guesses. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from typing import Any, Self

from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import ORE
from infosoc.kernel.words import N_

HALF_YEAR = "half-year"


class RateName(StrEnum):
    """Each is a file in `data`."""

    REFERENCE_RATE = "reference_rate"
    LATE_INTEREST_ADDITION = "late_interest_addition"
    LATE_COMPENSATION = "late_compensation"
    REMINDER_FEE = "reminder_fee"
    COLLECTION_DEMAND_FEE = "collection_demand_fee"


class MissingRate(Invalid):
    code = "rate_missing"
    message = N_("No %(rate)s is known for %(period)s. Enter it with its source, and run again.")


class MissingReferenceRate(MissingRate):
    message = N_("The reference rate for %(period)s is missing. Enter what the Riksbank has fixed, and run again.")


class NotReviewed(Invalid):
    code = "rate_not_reviewed"
    message = N_("Nobody has checked the %(rate)s for %(period)s. Check it against its source, and run again.")


class ReferenceRateNotReviewed(NotReviewed):
    message = N_("Nobody has checked the reference rate for %(period)s. Compare it with the Riksbank's, and run again.")


class BadRate(Invalid):
    code = "rate_bad"
    message = N_("The values of %(rate)s from %(first)s overlap or end before they begin.")


@dataclass(frozen=True, slots=True)
class DatedValue:
    """What holds from one day to another, both included; without an end until something else is decided."""

    valid_from: date
    valid_to: date | None
    value: Decimal
    source: str

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Rate:
    """One rate with all its values, and the last day that somebody has checked."""

    name: str
    unit: str
    values: tuple[DatedValue, ...]
    reviewed_through: date
    per: str = ""

    def __post_init__(self) -> None:
        values = tuple(sorted(self.values, key=lambda one: one.valid_from))
        object.__setattr__(self, "values", values)
        for value, after in zip(values, (*values[1:], None), strict=True):
            end = value.valid_to
            if (end and end < value.valid_from) or (after and (end is None or end >= after.valid_from)):
                raise BadRate(rate=self.name, first=value.valid_from)

    def on(self, day: date) -> Decimal:
        """The value that holds on the day; `MissingRate` or `NotReviewed` with the period that lacks it."""
        found = next((one for one in self.values if one.holds_on(day)), None)
        if found is None:
            missing = MissingReferenceRate if self.per == HALF_YEAR else MissingRate
            raise missing(rate=self.name, period=self._period(day))
        if day > self.reviewed_through:
            unchecked = ReferenceRateNotReviewed if self.per == HALF_YEAR else NotReviewed
            raise unchecked(rate=self.name, period=self._period(day))
        return found.value

    def with_values(self, values: Iterable[DatedValue], *, reviewed_through: date) -> Self:
        """With further values that a company has entered and checked; where they begin on the same day, theirs hold.

        What comes with the program and nobody has checked is left out where it is before that day: checking a later
        value does not check it.
        """
        own = {one.valid_from: one for one in values}
        kept = tuple(
            one for one in self.values
            if one.valid_from not in own and not self.reviewed_through < one.valid_from <= reviewed_through
        )  # fmt: skip
        return replace(self, values=(*kept, *own.values()), reviewed_through=reviewed_through)

    def _period(self, day: date) -> str:
        if self.per != HALF_YEAR:
            return day.isoformat()
        return f"{half_year_start(day).isoformat()}–{half_year_end(day).isoformat()}"


class RateBook:
    """Every rate that a calculation may ask for."""

    def __init__(self, rates: Mapping[RateName, Rate]) -> None:
        self.rates = dict(rates)

    def on(self, name: RateName, day: date) -> Decimal:
        """The value of a rate on a day."""
        if name not in self.rates:
            raise MissingRate(rate=name.value, period=day.isoformat())
        return self.rates[name].on(day)

    def ore_on(self, name: RateName, day: date) -> int:
        """An amount in öre on a day."""
        return int(self.on(name, day) * ORE)

    def with_values(self, name: RateName, values: Iterable[DatedValue], *, reviewed_through: date) -> RateBook:
        """The same book with further values of one rate."""
        changed = self.rates[name].with_values(values, reviewed_through=reviewed_through)
        return RateBook({**self.rates, name: changed})


def shipped_book() -> RateBook:
    """The book that comes with the program."""
    folder = resources.files("infosoc.rates").joinpath("data")
    return RateBook(
        {name: _read(name, folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")) for name in RateName}
    )


def half_year_start(day: date) -> date:
    return date(day.year, 1 if day.month < 7 else 7, 1)


def half_year_end(day: date) -> date:
    return date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31)


def half_year_ends(after: date, before: date) -> list[date]:
    """The last days of half-years in between, neither day included."""
    ends, day = [], half_year_end(after + timedelta(days=1))
    while day < before:
        ends.append(day)
        day = half_year_end(day + timedelta(days=1))
    return ends


def _read(name: RateName, text: str) -> Rate:
    told: dict[str, Any] = tomllib.loads(text)
    values = tuple(
        DatedValue(one["from"], one.get("to"), Decimal(one["value"]), one["source"]) for one in told["value"]
    )
    return Rate(name.value, told["unit"], values, told["reviewed_through"], told.get("per", ""))
