"""The state of a list, read from its address and written back; nothing of a list lives anywhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qs, quote, urlencode

from infosoc.crm.lists.spec import Active, Choices, ListSpec, Reader, Sort
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

MOST_TEXT = 80
MOST_STORED = 4000
OF_EVERY_LIST = {"q", "sort", "page", "after", "before", "skip", "trash", "shown", "columns", "view", "part"}
LAST = -1  # the page number of "the last page"
_ID = re.compile(r"[a-z0-9]{11}\Z")

Arguments = Mapping[str, list[str]]


class NotThisList(Invalid):
    """A deed on a whole list, whose address does not say which rows are meant."""

    message = N_("Your selection could not be read. Go back to the list and select again.")


@dataclass(frozen=True)
class Anchor:
    """A row that a page begins after or ends before, and how many pages lie between."""

    public_id: str
    is_forward: bool
    skip: int = 0


@dataclass(frozen=True)
class Query:
    """What is asked of a list, checked: unknown parameters are gone, and filters by unknown values match nothing."""

    spec: ListSpec
    reader: Reader
    q: str = ""
    active: Mapping[str, Active] = field(default_factory=dict)
    sort: Sort = None  # type: ignore[assignment]  # whoever makes one says which
    is_descending: bool = False
    in_trash: bool = False
    shown: str = ""
    columns: tuple[str, ...] | None = None
    view: str = ""
    page: int = 1
    anchor: Anchor | None = None
    part: int = 1  # of what a search finds, where that is too much for one list (see `lists_walk`)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out of the list."""
        return bool(self.q or self.active or self.in_trash)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """What decides which rows and in what order, in one fixed writing: equal lists have equal pairs."""
        found = [("q", self.q)] if self.q else []
        for one in self.spec.filters:
            if one.name in self.active:
                found += [(one.name, value) for value in self.active[one.name].raw]
        if self.in_trash:
            found.append(("trash", "1"))
        if self.shown:
            found.append(("shown", self.shown))
        if self.sort_name != self.spec.default_sort:
            found.append(("sort", self.sort_name))
        return found

    @property
    def sort_name(self) -> str:
        return f"-{self.sort.name}" if self.is_descending != self.sort.is_descending else self.sort.name

    @cached_property
    def pairs_to_keep(self) -> list[tuple[str, str]]:
        """The same with the columns: what a saved view holds."""
        chosen = [("columns", ".".join(self.columns))] if self.columns else []
        return self.pairs + chosen

    def text(self) -> str:
        """The list as a query string, without page: what record pages carry along to find their neighbours."""
        return urlencode(self._with_part(self.pairs)) if self.pairs else ""

    def _with_part(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [*pairs, ("part", str(self.part))] if self.part > 1 else list(pairs)

    def in_part(self, number: int) -> Query:
        """The same search, from the first page of another part of what it finds."""
        return replace(self, part=number, page=1, anchor=None)

    def text_to_keep(self) -> str:
        return urlencode(self.pairs_to_keep)

    def address(self, page: int = 1, anchor: Anchor | None = None) -> str:
        """The query string of a page of this list."""
        found = self._with_part(self.pairs_to_keep)
        if self.view:
            found.append(("view", self.view))
        if page == LAST:
            found.append(("page", "last"))
        elif page > 1:
            found.append(("page", str(page)))
        if anchor is not None and page not in (1, LAST):
            found.append(("after" if anchor.is_forward else "before", anchor.public_id))
            if anchor.skip:
                found.append(("skip", str(anchor.skip)))
        return urlencode(found) if found else ""

    def here(self) -> str:
        return self.address(self.page, self.anchor)

    def without(self, name: str) -> Query:
        """The same list without one filter (or `q`), from its first page."""
        active = {key: value for key, value in self.active.items() if key != name}
        return replace(self, active=active, q="" if name == "q" else self.q, page=1, anchor=None, part=1)

    def cleared(self) -> Query:
        """The same list with no filter at all."""
        return replace(self, q="", active={}, in_trash=False, view="", page=1, anchor=None, part=1)

    def sorted_by(self, name: str, is_descending: bool) -> Query:
        return replace(self, sort=self.spec.sorts[name], is_descending=is_descending, page=1, anchor=None, part=1)


def read(spec: ListSpec, arguments: Arguments, reader: Reader, choices: Choices) -> Query:
    """The query that an address says. What it does not understand it leaves out, so that old links still open."""
    sort, is_descending = _sort(spec, _one(arguments, "sort"))
    active = {}
    for one in spec.filters:
        found = one.read(arguments[one.name], reader, choices) if one.name in arguments else None
        if found is not None:
            active[one.name] = found
    page = _page(_one(arguments, "page"))
    return Query(
        spec=spec, reader=reader, q=_text(_one(arguments, "q")), active=active, sort=sort,
        is_descending=is_descending, in_trash=_one(arguments, "trash") == "1", shown=_one(arguments, "shown")[:30],
        columns=_columns(spec, arguments, choices), view=_public_id(_one(arguments, "view")), page=page,
        anchor=_anchor(arguments) if page > 1 else None, part=_part(_one(arguments, "part")),
    )  # fmt: skip


def read_text(spec: ListSpec, text: str, reader: Reader, choices: Choices) -> Query:
    """The query that a stored query string says."""
    return read(spec, parse_qs(text[:MOST_STORED]), reader, choices)


def read_for_deed(spec: ListSpec, text: str, reader: Reader, choices: Choices) -> Query:
    """The same for a deed on all of it: what is not understood is refused, for left out it would widen the list."""
    try:
        given = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=200)
    except ValueError:
        raise NotThisList from None
    if len(text) > MOST_STORED or set(given) - OF_EVERY_LIST - {one.name for one in spec.filters}:
        raise NotThisList
    return read(spec, given, reader, choices)


def permitted(query: Query, *, shown: set[str], trash: bool, strictly: bool = False) -> Query:
    """The query without what this person may not ask for, and without what does not go together.

    `strictly` refuses such a query instead: without it, another list than was asked for would be changed.
    """
    if strictly and ((query.shown and query.shown not in shown) or (query.in_trash and not trash)):
        raise NotThisList
    if query.shown not in shown:
        query = replace(query, shown="")
    if query.shown:
        default = query.spec.sorts[query.spec.default_sort]
        query = replace(query, active={}, in_trash=False, sort=default, is_descending=False)
    return query if trash else replace(query, in_trash=False)


def context(query: Query) -> str:
    """The parameter by which a record's address names the list it was opened from."""
    return "list=" + quote(query.text(), safe="=:,.-")


def needs_choices(arguments: Arguments) -> bool:
    """Whether reading these needs the tenant's own rows (lines of business, tags, colleagues)."""
    plain = {"q", "status", "sort", "page", "after", "before", "skip", "trash", "shown", "columns", "view", "contacted",
             "part"}  # fmt: skip
    return bool(set(arguments) - plain - {"municipality", "follow_up", "people", "marketing", "calls"})


def _one(arguments: Arguments, name: str) -> str:
    return next(iter(arguments.get(name, ())), "")


def _text(value: str) -> str:
    return " ".join("".join(sign for sign in value if sign.isprintable()).split())[:MOST_TEXT]


def _sort(spec: ListSpec, value: str) -> tuple[Sort, bool]:
    sort = spec.sorts.get(value.removeprefix("-"))
    if sort is None:
        default = spec.sorts[spec.default_sort]
        return default, default.is_descending
    return sort, sort.is_descending != value.startswith("-")


def _page(value: str) -> int:
    if value == "last":
        return LAST
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def _part(value: str) -> int:
    return max(1, _page(value)) if len(value) < 6 else 1


def _anchor(arguments: Arguments) -> Anchor | None:
    skip = min(_page(_one(arguments, "skip")), 9) if "skip" in arguments else 0
    for name in ("after", "before"):
        value = _public_id(_one(arguments, name))
        if value:
            return Anchor(value, name == "after", skip)
    return None


def _public_id(value: str) -> str:
    return value if _ID.match(value) else ""


def _columns(spec: ListSpec, arguments: Arguments, choices: Choices) -> tuple[str, ...] | None:
    """The columns asked for; None when they are those that this person sees anyway."""
    asked = {name for value in arguments.get("columns", ()) for name in value.split(".")}
    chosen = tuple(column.name for column in spec.columns if column.name in asked or column.name == "name")
    return chosen if asked and chosen != (choices.columns or spec.default_columns) else None
