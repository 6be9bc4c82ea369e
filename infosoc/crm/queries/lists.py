"""One page of a list: which rows, how many in all, and how the pages beside it are reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from infosoc.crm.lists.spec import PAGE_SIZE, Choices
from infosoc.crm.lists.state import LAST, Anchor, Query
from infosoc.crm.queries import lists_walk
from infosoc.crm.queries.lists_choices import PROTECTED
from infosoc.crm.queries.lists_walk import KEYS, MOST_COUNTED, Walk

MOST_JUMPED = 40  # pages from either end that are reached by their number alone


@dataclass(frozen=True)
class Page:
    """Rows as they were read (`ListSpec.row_columns`), and their place in the whole."""

    walk: Walk
    rows: list[tuple[Any, ...]]
    number: int
    has_next: bool
    matching: int
    is_more: bool
    total: int
    is_alone: bool = False  # one row, read anew

    @property
    def query(self) -> Query:
        return self.walk.query

    @property
    def pages(self) -> int | None:
        """How many pages; None where counting stopped."""
        return None if self.is_more else page_count(self.matching)

    def address(self, number: int) -> str:
        """The query string of another page: from its end, or from a row of this one."""
        query = self.query
        if number <= 1:
            return query.address()
        if number == self.pages:
            return query.address(LAST)
        if self.walk.is_short or not self.rows:
            return query.address(number)
        ids = self.walk.spec.public_id_place
        away = number - self.number
        row = self.rows[-1] if away > 0 else self.rows[0]
        return query.address(number, Anchor(row[ids], away > 0, abs(away) - 1))


def page(session: Session, walk: Walk, choices: Choices, shown: Sequence[str] = ()) -> Page:
    """The page that the query asks for, or the nearest there is, with what the shown columns need."""
    total = whole(walk, choices)
    matching, is_more = _matching(session, walk, choices, total)
    if matching == 0:
        return Page(walk, [], 1, False, 0, is_more, total)
    if not is_more and matching <= lists_walk.few(walk, total) and not _is_kept(walk):
        walk = replace(walk, is_few=True)
    pages = None if is_more else page_count(matching)
    number = walk.query.page
    if number == LAST:
        number = pages or 1
    elif pages is not None:
        number = min(number, pages)
    rows, number = _rows(session, walk, number, pages, matching, shown)
    has_next = len(rows) > PAGE_SIZE if pages is None or walk.is_short else number < pages
    return Page(walk, rows[:PAGE_SIZE], number, has_next, matching, is_more, total)


def page_count(rows: int) -> int:
    return max(1, -(-rows // PAGE_SIZE))


def whole(walk: Walk, choices: Choices) -> int:
    """How many rows the tenant has, trash apart; kept by the database, so never counted."""
    protected = 0 if walk.query.reader.sees_protected else choices.counts.get(PROTECTED, 0)
    return sum(rows for name, rows in choices.counts.items() if name != PROTECTED) - protected


def _matching(session: Session, walk: Walk, choices: Choices, total: int) -> tuple[int, bool]:
    query = walk.query
    if _is_kept(walk):
        if not query.active:
            return total, False
        return sum(choices.counts.get(status, 0) for status in query.active["status"].values), False
    if walk.found is not None and walk.is_counted:
        return len(walk.found), False
    counted = lists_walk.count(session, walk)
    return min(counted, MOST_COUNTED), counted > MOST_COUNTED or not walk.found_all


def _is_kept(walk: Walk) -> bool:
    """Whether the database keeps the number of these rows: the whole list, or companies by status alone."""
    query = walk.query
    if walk.other_id is not None or query.q or query.in_trash:
        return False
    return not query.is_narrowed or (set(query.active) == {"status"} and walk.spec.name == "companies")


def row_columns(walk: Walk, shown: Sequence[str]) -> tuple[tuple[Any, ...], str]:
    """What is read of each row, and the name under which that statement is kept."""
    more = [name for name in walk.spec.more_columns if name in shown]
    return (*walk.spec.row_columns, *(walk.spec.more_columns[name] for name in more)), ".".join(["row", *more])


def _rows(
    session: Session, walk: Walk, number: int, pages: int | None, matching: int, shown: Sequence[str]
) -> tuple[list[tuple[Any, ...]], int]:
    columns, name = row_columns(walk, shown)
    most = PAGE_SIZE + 1
    if walk.is_short:
        skip = (number - 1) * PAGE_SIZE
        return lists_walk.rows(session, walk, columns, name, most=most, skip=skip), number
    if number > 1 and number == pages:
        rest = matching - (pages - 1) * PAGE_SIZE
        return lists_walk.rows(session, walk, columns, name, most=rest, forward=False), number
    place, forward = _start(session, walk, number, pages, matching)
    if place is None:
        return lists_walk.rows(session, walk, columns, name, most=most), 1
    wanted = most if forward else PAGE_SIZE
    return lists_walk.rows(session, walk, columns, name, most=wanted, place=place, forward=forward), number


def _start(
    session: Session, walk: Walk, number: int, pages: int | None, matching: int
) -> tuple[tuple[Any, ...] | None, bool]:
    """The key that the page begins after (or ends before); None for the first page."""
    anchor = walk.query.anchor
    if number <= 1:
        return None, True
    if anchor is not None:
        place = lists_walk.keys(session, walk, anchor.public_id)
        if place is not None and anchor.skip:
            place = _passed(session, walk, anchor.skip * PAGE_SIZE, place, anchor.is_forward)
        if place is not None:
            return place, anchor.is_forward
    if number <= MOST_JUMPED:
        return _passed(session, walk, (number - 1) * PAGE_SIZE, None, True), True
    if pages is not None and pages - number < MOST_JUMPED:
        after = matching - number * PAGE_SIZE
        return _passed(session, walk, after, None, False), False
    return None, True


def _passed(
    session: Session, walk: Walk, rows: int, place: tuple[Any, ...] | None, forward: bool
) -> tuple[Any, ...] | None:
    """The key so many rows further on; None when the list ends before."""
    keys = walk.query.sort.keys
    passed = lists_walk.rows(session, walk, keys, KEYS, most=rows, place=place, forward=forward)
    if len(passed) < rows:
        return None
    return passed[-1] if forward else passed[0]
