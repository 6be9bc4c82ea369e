"""Walking a list along its index, from either end or from a row that is known.

Nothing here skips rows in the depths of a table: a page begins at a key. Rows without a value in a nullable sort come
last, as a stretch of their own, so that SQLite and PostgreSQL agree on the order and both read it from the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isqrt
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    exists,
    func,
    not_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from infosoc.crm.lists.spec import ListSpec
from infosoc.crm.lists.state import Query
from infosoc.crm.models.companies import CompanyRelation
from infosoc.db import prepared, search, search_tokens
from infosoc.db.base import UtcInstant
from infosoc.db.dialects import IdList, among
from infosoc.db.tenancy import current_scope
from infosoc.kernel.text import sort_key

PART = 300  # of a search, in a list by name: where it finds more, they are shown in parts, one after the other
MOST_TESTED = 2000  # so many that the filters leave are tested by the words, each, where the search finds more
MOST_FOUND = 10_000  # of a search in another order that nothing else narrows
MOST_SEARCHED = 100_000  # of a search in another order that a filter narrows: what it leaves must not be missed
EVERY = 1_000_000_000  # of a search, for a deed on all of it
MOST_COUNTED = 10_000
FEW = 1000  # at least so many are looked up by the filters and sorted (see `few`)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = "keys"  # the name of a read that wants the sort keys alone, and so no other table
_SOME, _NONE, _ALL = "some", "none", "all"
_TYPES = {str: String(), int: BigInteger()}


@dataclass(frozen=True)
class Walk:
    """A query made ready for reading: what the search found, and whose rows are read."""

    query: Query
    found: tuple[int, ...] | None = None
    found_all: bool = True
    other_id: int | None = None
    is_few: bool = False
    is_part: bool = False  # of what the search finds
    has_more: bool = False  # whether there is a part after it
    is_counted: bool = False  # whether all that was found is in the list

    @property
    def spec(self) -> ListSpec:
        return self.query.spec

    @property
    def is_short(self) -> bool:
        """Few enough rows to sort and skip in; no key is needed to come to a page."""
        return self.found is not None or self.query.in_trash or self.is_few

    @property
    def hits(self) -> tuple[int, int]:
        """Which of what the search finds this part holds: the first and the last, counted from one."""
        before = (self.query.part - 1) * PART
        return before + 1, before + len(self.found or ())

    @property
    def begins(self) -> str:
        """A search too short for the index of words: names that begin so."""
        return sort_key(self.query.q) if self.query.q and self.found is None else ""

    @property
    def shape(self) -> tuple[Any, ...]:
        """What decides the SQL of this walk; with it the compiled statements are kept."""
        query = self.query
        filters = tuple((name, active.shape) for name, active in query.active.items())
        return (
            query.spec.name, filters, query.sort.name, query.is_descending, query.in_trash, self.found is not None,
            bool(self.begins), self.other_id is not None, query.reader.sees_protected, self.is_few,
        )  # fmt: skip

    @property
    def shown(self) -> str | None:
        return "register" if self.other_id is not None else None


def walk(session: Session, query: Query, *, other_id: int | None = None, most: int = 0) -> Walk:
    """Make a query ready; a search is asked of the index of words here, once. What lies in the trash is not in it.

    `most` asks for more of what the search finds than a page looks at.
    """
    if query.q and not sort_key(query.q):
        return Walk(query, (), other_id=other_id)  # nothing but punctuation: no name begins so
    if query.in_trash or not search_tokens.asked(query.q):
        return Walk(query, other_id=other_id)
    if not most and other_id is None and query.sort_name == query.spec.default_sort:
        return _searched(session, query)
    query = query.in_part(1) if query.part > 1 else query
    most = max(most, _looked_at(query, other_id))
    whose = current_scope().tenant_id if other_id is None else other_id
    ids = search.find_ids(session, query.q, query.spec.kind, tenant_id=whose, limit=most + 1)
    return Walk(query, tuple(ids[:most]), len(ids) <= most, other_id)


def _searched(session: Session, query: Query) -> Walk:
    """What a search finds, when it is little or the filters leave little to test; else a part of it."""
    kind, own = query.spec.kind, current_scope().tenant_id
    ids = search.find_ids(session, query.q, kind, tenant_id=own, limit=PART + 1, skip=(query.part - 1) * PART)
    if query.part > 1 and not ids:
        return _searched(session, query.in_part(1))
    if query.part == 1 and len(ids) <= PART:
        return Walk(query, tuple(ids))
    if query.active:
        filtered = Walk(replace(query, q=""))
        if count(session, filtered, MOST_TESTED) <= MOST_TESTED:
            return Walk(
                query.in_part(1) if query.part > 1 else query, _tested(session, filtered, query.q), is_counted=True
            )
    return Walk(query, tuple(ids[:PART]), is_part=True, has_more=len(ids) > PART)


def _tested(session: Session, filtered: Walk, words: str) -> tuple[int, ...]:
    """Those of few rows that answer a search."""
    spec, values = filtered.spec, search.answer_values(words, filtered.spec.kind)

    def build() -> Select[Any]:
        answers = search.answers(spec.subject_id, spec.kind, tuple(values))
        return select(spec.subject_id).where(*conditions(filtered, looked_up=True), answers)

    shape = ("tested", filtered.shape, tuple(values))
    return tuple(row[0] for row in prepared.rows(session, shape, build, {**condition_values(filtered), **values}))


def _looked_at(query: Query, other_id: int | None) -> int:
    """How many of what a search finds must be looked at so that nothing the list shows is missed."""
    if other_id is not None:
        return EVERY  # those that we hold too are left out afterwards
    return MOST_SEARCHED if query.active else MOST_FOUND


# ---- reading --------------------------------------------------------------------------------------------------------


def keys(session: Session, along: Walk, public_id: str) -> tuple[Any, ...] | None:
    """The place of a row in this order; None when it is no longer there."""
    spec, sort = along.spec, along.query.sort

    def build() -> Select[Any]:
        made = select(*sort.keys).join(spec.subject, spec.subject.id == spec.subject_id)
        return made.where(spec.public_id == prepared.bound("public_id", String()), *_whose(along))

    values = {"public_id": public_id, **_whose_values(along)}
    shape = ("keys", spec.name, sort.name, along.other_id is not None)
    found = prepared.rows(session, shape, build, values, shown=along.shown)
    return found[0] if found else None


def one(session: Session, along: Walk, public_id: str, named: tuple[tuple[Any, ...], str]) -> tuple[Any, ...] | None:
    """One row with the columns of the list, whatever the filters say now."""
    spec, (columns, name) = along.spec, named

    def build() -> Select[Any]:
        made = spec.joined(select(*columns).select_from(spec.relation))
        return made.where(spec.public_id == prepared.bound("public_id", String()), *spec.hidden(along.query.reader))

    shape = ("one", spec.name, name, along.query.reader.sees_protected)
    found = prepared.rows(session, shape, build, {"public_id": public_id})
    return found[0] if found else None


def rows(
    session: Session,
    along: Walk,
    columns: Sequence[Any],
    name: str,
    *,
    most: int,
    place: tuple[Any, ...] | None = None,
    forward: bool = True,
    skip: int = 0,
) -> list[tuple[Any, ...]]:
    """At most so many rows after (or, backward, before) a place, in the order of the list. `name` names the columns.

    `skip` passes over rows; it is for short lists only.
    """
    sort = along.query.sort
    stretches = [_SOME, _NONE] if sort.is_nullable and not along.is_short else [_ALL]
    if not forward:
        stretches.reverse()
    if place is not None and len(stretches) == 2:
        at = _NONE if place[0] is None else _SOME
        stretches = stretches[stretches.index(at) :]
    found: list[tuple[Any, ...]] = []
    for stretch in stretches:
        wanted = most - len(found)
        if wanted > 0:
            found += _stretch(session, along, columns, name, stretch, place, forward, wanted, skip)
        place = None
    return found if forward else found[::-1]


def _stretch(
    session: Session, along: Walk, columns: Sequence[Any], name: str, stretch: str, place: tuple[Any, ...] | None,
    forward: bool, most: int, skip: int,
) -> list[tuple[Any, ...]]:  # fmt: skip
    sort_keys = along.query.sort.keys[1:] if stretch == _NONE else along.query.sort.keys
    given = (place[1:] if stretch == _NONE else place) if place is not None else ()

    def build() -> Select[Any]:
        if along.is_short:
            return _short(along, columns)
        made = select(*columns).select_from(along.spec.relation).where(*conditions(along))
        if name != KEYS:
            made = along.spec.joined(made)
        if stretch != _ALL:
            first = along.query.sort.keys[0]
            made = made.where(first.is_(None) if stretch == _NONE else first.is_not(None))
        if given:
            made = made.where(_beyond(sort_keys, along.query.is_descending != (not forward)))
        return _limited(made.order_by(*_order(along, forward)))

    values = {**condition_values(along), "most": most, "skip": skip}
    values.update({f"key_{at}": value for at, value in enumerate(given)})
    shape = ("rows", along.shape, name, stretch, bool(given), forward)
    return prepared.rows(session, shape, build, values, shown=along.shown)


def _limited(made: Select[Any]) -> Select[Any]:
    return made.limit(prepared.bound("most", BigInteger())).offset(prepared.bound("skip", BigInteger()))


def _short(along: Walk, columns: Sequence[Any]) -> Select[Any]:
    """Few rows: found by what narrows the list, sorted by their keys alone, and only those of the page read whole."""
    relation, order = along.spec.relation, _short_order(along)
    page = _limited(select(relation.id).where(*conditions(along, looked_up=True)).order_by(*order)).subquery()
    made = select(*columns).select_from(relation).where(relation.id.in_(select(page.c.id)), *_whose(along))
    return along.spec.joined(made).order_by(*order)


def _short_order(along: Walk) -> list[Any]:
    """The order as no index has it, so that none is walked for its sake; rows without a value last."""
    query = along.query
    empty_last = [query.sort.keys[0].is_(None)] if query.sort.is_nullable else []
    keys = [func.coalesce(key, key) for key in query.sort.keys]
    return empty_last + [key.desc() if query.is_descending else key.asc() for key in keys]


def _beyond(sort_keys: Sequence[Any], downward: bool) -> ColumnElement[bool]:
    bound = [prepared.bound(f"key_{at}", key.type) for at, key in enumerate(sort_keys)]
    if len(bound) == 1:
        return sort_keys[0] < bound[0] if downward else sort_keys[0] > bound[0]
    left, right = tuple_(*sort_keys), tuple_(*bound)
    return left < right if downward else left > right


def _order(along: Walk, forward: bool) -> list[Any]:
    """The order as the index has it. `trashed_at` leads it there, so it leads here, though it is always empty."""
    query = along.query
    parts = list(query.sort.keys)
    downward = query.is_descending != (not forward)
    parts.insert(0, along.spec.relation.trashed_at)
    return [part.desc() if downward else part.asc() for part in parts]


def few(along: Walk, total: int) -> int:
    """So many are looked up by the filters and sorted; more are met soon enough along the order's own index.

    To look up n rows costs n; to meet fifty of them along another order, 50 · total / n. By name, or where a filter is
    on what the rows are sorted by, there is an index for filter and order together, which beats both.
    """
    first, spec = along.query.sort.keys[0], along.spec
    is_served = any(getattr(spec.filter_named(name), "column", None) is first for name in along.query.active)
    if is_served or along.query.sort.name == spec.default_sort:
        return FEW
    return max(FEW, 8 * isqrt(total))


def count(session: Session, along: Walk, most: int = MOST_COUNTED) -> int:
    """How many rows match, counted to one more than the most that is told."""

    def build() -> Select[Any]:
        inner = (
            select(along.spec.relation.id)
            .where(*conditions(along, looked_up=True))
            .limit(prepared.bound("most", BigInteger()))
        ).subquery()
        return select(func.count()).select_from(inner)

    values = {**condition_values(along), "most": most + 1}
    return prepared.rows(session, ("count", along.shape), build, values, shown=along.shown)[0][0]


# ---- conditions -----------------------------------------------------------------------------------------------------


def conditions(along: Walk, *, looked_up: bool = False) -> list[ColumnElement[bool]]:
    """Everything that leaves rows out, with its values as named parameters (see `condition_values`).

    `looked_up` says that the rows are found by these, not tested by them on the way along an order.
    """
    query, relation = along.query, along.spec.relation
    # A range, not IS NOT NULL: that SQLite would not look up in an index.
    made = [relation.trashed_at > LONG_AGO if query.in_trash else relation.trashed_at.is_(None)]
    made += _whose(along)
    made += along.spec.hidden(query.reader)
    for name, active in query.active.items():
        bound = [prepared.bound(f"{name}_{at}", _type_of(value)) for at, value in enumerate(active.values)]
        one = along.spec.filter_named(name)
        is_order = getattr(one, "column", None) is query.sort.keys[0]
        write = one.lookup if looked_up else one.where if is_order else one.tested
        made.append(write(active.shape, bound))
    if along.found is not None:
        made.append(among(along.spec.subject_id, prepared.bound("found", IdList())))
    elif along.begins:
        first, last = prepared.bound("begins", String()), prepared.bound("ends", String())
        made.append(and_(relation.name_sort >= first, relation.name_sort < last))
    return made


def condition_values(along: Walk) -> dict[str, Any]:
    values = {
        f"{name}_{at}": value for name, active in along.query.active.items() for at, value in enumerate(active.values)
    }
    if along.found is not None:
        values["found"] = along.found
    elif along.begins:
        # "~" sorts after every sign that a sort key holds.
        values.update(begins=along.begins, ends=along.begins + "~")
    return {**values, **_whose_values(along)}


def _whose(along: Walk) -> list[ColumnElement[bool]]:
    """For companies that only another tenant knows and shows: its rows, without those we hold ourselves."""
    if along.other_id is None:
        return []
    relation = along.spec.relation
    own = aliased(CompanyRelation)
    us, other = prepared.bound("own", BigInteger()), prepared.bound("other", BigInteger())
    held = select(own.id).where(own.company_id == relation.company_id, own.tenant_id == us)
    return [relation.tenant_id == other, not_(exists(held))]


def _whose_values(along: Walk) -> dict[str, Any]:
    return {} if along.other_id is None else {"own": current_scope().tenant_id, "other": along.other_id}


def _type_of(value: Any) -> Any:
    if type(value) in _TYPES:
        return _TYPES[type(value)]
    return UtcInstant() if hasattr(value, "tzinfo") else Date()
