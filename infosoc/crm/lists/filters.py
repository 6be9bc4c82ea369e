"""The filters that lists are built of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, true

from infosoc.crm.lists.spec import Active, Choice, Choices, Filter, Option, Reader
from infosoc.db.dialects import unindexed
from infosoc.kernel import clock
from infosoc.kernel.words import N_

MOST_VALUES = 20
NONE, ME = "none", "me"
Answer = tuple[str, Callable[[], ColumnElement[bool]]]
NOTHING = ("any", "0")  # the shape of a filter that was given nothing it knows
NO_ROW = -1  # what an unknown public id stands for: it matches nothing, rather than being ignored


class WordFilter(Filter):
    """One of a fixed set of values in a column."""

    def __init__(self, name: str, label: str, column: Any, words: Mapping[Any, str]) -> None:
        super().__init__(name, label)
        self.column, self.words = column, words

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        chosen = tuple(str(value) for value in self.words if str(value) in raw)
        return Active(("any", str(len(chosen))), chosen, chosen) if chosen else _nothing(raw)

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return _any_of(self.column, values)

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        return [Option(str(value), label) for value, label in self.words.items()]


class RowFilter(Filter):
    """Rows of the tenant's own (line of business, colleague), by public id; `none`, and for people `me`."""

    has_names = True

    def __init__(
        self, name: str, label: str, column: Any, which: str, *, none_label: str, has_me: bool = False
    ) -> None:
        super().__init__(name, label)
        self.column, self.which, self.none_label, self.has_me = column, which, none_label, has_me

    def _rows(self, choices: Choices) -> Mapping[int, Choice]:
        return getattr(choices, self.which)

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        ids = {row.public_id: row.id for row in self._rows(choices).values()}
        raw = list(dict.fromkeys(value for value in raw if value))[:MOST_VALUES]
        chosen = [
            reader.user_id if value == ME and self.has_me else ids.get(value, NO_ROW) for value in raw if value != NONE
        ]
        if not raw:
            return None
        shape = ("any", str(len(chosen)), NONE if NONE in raw else "")
        return Active(shape, tuple(chosen), tuple(raw))

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        parts = [_any_of(self.column, values)] if values else []
        return or_(*parts, self.column.is_(None)) if shape[-1] == NONE else parts[0]

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        chosen = active.raw if active else ()
        rows = [row for row in self._rows(choices).values() if row.is_current or row.public_id in chosen]
        mine = [Option(ME, N_("Me"))] if self.has_me else []
        named = [Option(row.public_id, row.label, is_word=False) for row in rows]
        return [*mine, *named, Option(NONE, self.none_label)]


class LinkFilter(Filter):
    """Rows that something else links to (tags; what higher domains register).

    `linked` makes the EXISTS of the ids; `listed` the IN, where the links can be read by these ids alone.
    """

    has_names = True

    def __init__(
        self, name: str, label: str, linked: Callable[[Sequence[Any]], ColumnElement[bool]], which: str,
        listed: Callable[[Sequence[Any]], ColumnElement[bool]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, label)
        self.linked, self.which, self.listed = linked, which, listed or linked

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        ids = {row.public_id: row.id for row in getattr(choices, self.which).values()}
        raw = list(dict.fromkeys(value for value in raw if value))[:MOST_VALUES]
        chosen = tuple(ids.get(value, NO_ROW) for value in raw)
        return Active(("any", str(len(chosen))), chosen, tuple(raw)) if chosen else None

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self.linked(values)

    def lookup(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self.listed(values)

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        rows = getattr(choices, self.which).values()
        return [Option(row.public_id, row.label, is_word=False) for row in rows]


class TextFilter(Filter):
    """Exact values of a text column. The choices are many, so the chip fetches them when it is opened."""

    has_names = True

    def __init__(self, name: str, label: str, condition: Callable[[Sequence[Any]], ColumnElement[bool]]) -> None:
        super().__init__(name, label)
        self.condition = condition

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        chosen = tuple(dict.fromkeys(value.strip()[:60] for value in raw if value.strip()))[:MOST_VALUES]
        return Active(("any", str(len(chosen))), chosen, chosen) if chosen else None

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self.condition(values)

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        return [Option(value, value, is_word=False) for value in (active.raw if active else ())]


class ContactedFilter(Filter):
    """Last contact longer ago than so many days, or never."""

    kind = "radio"
    NEVER = "never"
    DAYS = (30, 90, 180, 365)
    LABEL = N_("More than %(days)s days ago")

    def __init__(self, name: str, label: str, column: Any) -> None:
        super().__init__(name, label)
        self.column = column

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        value = next((value for value in raw if value == self.NEVER or _is_days(value)), None)
        if value is None:
            return _nothing(raw)
        if value == self.NEVER:
            return Active((self.NEVER,), (), (value,))
        first_day = reader.today - timedelta(days=int(value))
        return Active(("before",), (datetime.combine(first_day, time(), clock.STOCKHOLM),), (value,))

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self._condition(self.column, shape, values)

    def tested(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self._condition(unindexed(self.column), shape, values)

    def _condition(self, column: Any, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        if shape == NOTHING:
            return ~true()
        return column.is_(None) if shape[0] == self.NEVER else column < values[0]

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        days = sorted({*self.DAYS, *(int(value) for value in (active.raw if active else ()) if _is_days(value))})
        offered = [Option(str(number), self.LABEL, values={"days": number}) for number in days]
        return [Option("", N_("Any time")), *offered, Option(self.NEVER, N_("Never"))]


class DueFilter(Filter):
    """When the next follow-up is due."""

    WORDS = {
        "overdue": N_("Overdue"),
        "today": N_("Today"),
        "week": N_("This week"),
        NONE: N_("None planned"),
    }

    def __init__(self, name: str, label: str, column: Any) -> None:
        super().__init__(name, label)
        self.column = column

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        chosen = tuple(word for word in self.WORDS if word in raw)
        today, sunday = reader.today, reader.today + timedelta(days=6 - reader.today.weekday())
        bound = {"overdue": (today,), "today": (today,), "week": (today, sunday), NONE: ()}
        days = tuple(day for word in chosen for day in bound[word])
        return Active(chosen, days, chosen) if chosen else _nothing(raw)

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self._condition(self.column, shape, values)

    def tested(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return self._condition(unindexed(self.column), shape, values)

    def _condition(self, column: Any, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        if shape == NOTHING:
            return ~true()
        given = iter(values)
        parts = {
            "overdue": lambda: column < next(given),
            "today": lambda: column == next(given),
            "week": lambda: (column >= next(given)) & (column <= next(given)),
            NONE: lambda: column.is_(None),
        }
        return or_(*(parts[word]() for word in shape))

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        return [Option(value, label) for value, label in self.WORDS.items()]


class FlagFilter(Filter):
    """One yes-or-no question with a condition of its own for each answer offered."""

    kind = "radio"

    def __init__(self, name: str, label: str, answers: Mapping[str, Answer]) -> None:
        super().__init__(name, label)
        self.answers = answers

    def read(self, raw: list[str], reader: Reader, choices: Choices) -> Active | None:
        value = next((value for value in raw if value in self.answers), None)
        return Active((value,), (), (value,)) if value else _nothing(raw)

    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        return ~true() if shape == NOTHING else self.answers[shape[0]][1]()

    def options(self, choices: Choices, active: Active | None) -> list[Option]:
        offered = [Option(value, label) for value, (label, _) in self.answers.items()]
        return [Option("", N_("All")), *offered]


def _nothing(raw: Sequence[str]) -> Active | None:
    """Values that mean nothing match nothing: to pass them over would show, and change, the whole list."""
    given = tuple(dict.fromkeys(value[:60] for value in raw if value))[:MOST_VALUES]
    return Active(NOTHING, (), given) if given else None


def _any_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """Equality for one value, so that an index can serve the order behind it; IN for several."""
    if not values:
        return ~true()
    return column == values[0] if len(values) == 1 else column.in_(list(values))


def _is_days(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 5 and 0 < int(value) <= 3660
