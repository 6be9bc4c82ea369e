"""What the pages of companies and contacts share: the state of the list as chips, tabs, headings and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from flask import g, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_number, get_locale
from flask_login import current_user

from infosoc.accounts import frame
from infosoc.accounts.request import may
from infosoc.crm.lists import state
from infosoc.crm.lists.registry import list_named
from infosoc.crm.lists.spec import Active, Choices, Column, Filter, Option, Reader, View
from infosoc.crm.lists.state import Query
from infosoc.crm.queries import lists, lists_walk
from infosoc.crm.queries.lists import Page
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.queries.lists_walk import Walk
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.tenancy.rules import Flag
from infosoc.web.forms import arguments
from infosoc.web.htmx import fragment, is_htmx
from infosoc.web.templates import framed, piece
from infosoc.web.words import gettext

HOLE = "00000000000"  # stands for a public id in what is written once for all rows (app.js knows it too)
OTHER_HOLE = "11111111111"
SORT_LABELS = {
    "companies": {
        "name": N_("Name"),
        "status": N_("Status"),
        "contacted": N_("Last contact, newest first"),
        "-contacted": N_("Last contact, oldest first"),
        "follow_up": N_("Next follow-up"),
        "newest": N_("Added, newest first"),
    },
    "contacts": {
        "name": N_("Name"),
        "company": N_("Company"),
        "contacted": N_("Last contact, newest first"),
        "-contacted": N_("Last contact, oldest first"),
    },
}


@dataclass(frozen=True)
class Chip:
    """One filter as a chip."""

    name: str
    label: str
    kind: str
    value: str
    chosen: tuple[str, ...]
    options: list[tuple[Any, ...]]
    clear_url: str
    load_url: str | None


@dataclass(frozen=True)
class Heading:
    """One column as its heading."""

    column: Column
    label: str
    url: str | None
    direction: str | None


class ListView:
    """A page of a list, ready for its template. What a fragment does not show is not worked out."""

    def __init__(self, page: Page, choices: Choices, columns: tuple[str, ...]) -> None:
        self.page, self.choices, self.names = page, choices, columns
        self.query, self.spec, self.name = page.query, page.walk.spec, page.walk.spec.name
        self.address = _address(g.tenant.slug, f"{self.name}.index")
        self.fragment_address = _address(g.tenant.slug, f"{self.name}.rows")
        self.rows: list[Any] = []

    hole, other_hole = HOLE, OTHER_HOLE

    def key(self, part: str, *more: Any) -> tuple[Any, ...] | None:
        """What a part of the page depends on, when it may be remembered: nothing typed, no names chosen."""
        if self._shape is None:
            return None
        return (self._shape, part, *more)

    @property
    def pages_key(self) -> tuple[Any, ...] | None:
        """What the page numbers depend on: the pages beside this one are found from its first and last row."""
        page = self.page
        at = page.walk.spec.public_id_place
        ends = (page.rows[0][at], page.rows[-1][at]) if page.rows else None
        return self.key("pages", page.number, page.pages, page.has_next, page.walk.is_short, ends)

    @cached_property
    def _shape(self) -> tuple[Any, ...] | None:
        query = self.query
        if query.q or any(self.spec.filter_named(name).has_names for name in query.active):
            return None
        return (
            g.tenant.slug, self.name, str(get_locale()), query.address(), self.names, query.columns is None,
            tuple(self.choices.counts.items()),
        )  # fmt: skip

    # ---- addresses

    def url(self, query_text: str) -> str:
        return f"{self.address}?{query_text}" if query_text else self.address

    def page_url(self, number: int) -> str:
        return self.url(self.page.address(number))

    @cached_property
    def here(self) -> str:
        return self.url(self.query.here())

    @cached_property
    def fragment_here(self) -> str:
        text = self.query.here()
        return f"{self.fragment_address}?{text}" if text else self.fragment_address

    def fragment_url(self, number: int) -> str:
        return self.fragment_address

    @cached_property
    def context(self) -> str:
        """What a record's address carries so that it knows the list it was opened from."""
        return "" if self.query.shown else state.context(self.query)

    @cached_property
    def row_link_end(self) -> str:
        """What follows the address of a row, so that its page knows the list it was opened from."""
        return f"?{self.context}" if self.context else ""

    @cached_property
    def row_url(self) -> str:
        """Where one row is fetched anew after a deed on it."""
        text = urlencode([*self.query.pairs_to_keep, ("only", "")])
        return f"{self.fragment_address}?{text}"

    # ---- words

    @cached_property
    def count_words(self) -> str:
        page = self.page
        if page.walk.other_id is not None:
            return gettext("%(number)s only they have", number=_number(page.matching, page.is_more))
        if not self.query.is_narrowed:
            return format_number(page.total)
        if page.walk.is_part:
            first, last = map(format_number, page.walk.hits)
            number = format_number(page.matching)
            return gettext("%(number)s in results %(first)s–%(last)s", number=number, first=first, last=last)
        number = _number(page.matching, page.is_more)
        return gettext("%(number)s of %(total)s", number=number, total=format_number(page.total))

    @cached_property
    def all_words(self) -> str:
        """The label of the box that selects the whole filter."""
        if self.page.walk.is_part:
            return gettext("All that match, in every part")
        return gettext("All %(total)s that match", total=_number(self.page.matching, self.page.is_more))

    @cached_property
    def part_links(self) -> list[tuple[str, str]]:
        """To the parts of the hits before and after this one: (label, address)."""
        at, made = self.query.part, []
        if at > 1:
            made.append((gettext("Earlier results"), self.url(self.query.in_part(at - 1).address())))
        if self.page.walk.has_more:
            made.append((gettext("More results"), self.url(self.query.in_part(at + 1).address())))
        return made

    @cached_property
    def state(self) -> dict[str, str]:
        """What the form of filters carries along; it lies among the rows, so that it follows them."""
        query = self.query
        sort = query.sort_name if query.sort_name != self.spec.default_sort else ""
        return {"sort": sort, "view": query.view, "trash": "1" if query.in_trash else "", "shown": query.shown}

    # ---- parts

    @cached_property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.spec.columns if column.name in self.names]

    @property
    def has_chosen_columns(self) -> bool:
        """Whether somebody chose what is shown: then all of it is, however narrow the window."""
        return self.names != self.spec.default_columns

    def _heading(self, column: Column) -> Heading:
        query = self.query
        if column.sort is None or query.shown:
            return Heading(column, gettext(column.label), None, None)
        sort = self.spec.sorts[column.sort]
        is_current = sort.name == query.sort.name
        descending = not query.is_descending if is_current else sort.is_descending
        url = self.url(query.sorted_by(sort.name, descending).address())
        direction = ("descending" if query.is_descending else "ascending") if is_current else None
        return Heading(column, gettext(column.label), url, direction)

    @cached_property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """The orders offered where headings are not seen: (label, address, whether it is this one)."""
        query, made = self.query, []
        for name, label in SORT_LABELS[self.name].items():
            sort = self.spec.sorts[name.removeprefix("-")]
            other = query.sorted_by(sort.name, sort.is_descending != name.startswith("-"))
            made.append((gettext(label), self.url(other.address()), other.sort_name == query.sort_name))
        return made

    @cached_property
    def chips(self) -> list[Chip]:
        if self.query.shown:
            return []
        return [self._chip(one, self.query.active.get(one.name)) for one in self.spec.filters]

    def _chip(self, one: Filter, active: Active | None) -> Chip:
        chosen = active.raw if active else ()
        offered = one.options(self.choices, active)
        words = [word(option) for option in offered if option.value in chosen and option.value]
        value = f"{words[0]} +{len(words) - 1}" if len(words) > 2 else ", ".join(words)
        value = value or (gettext("Unknown choice") if active else "")
        clear = self.url(self.query.without(one.name).address()) if active else ""
        load = None
        if one.is_loaded:
            # The page carries only what is chosen; the rest is fetched when the chip is opened.
            offered = [option for option in offered if option.value in chosen]
            load = url_for(f"{self.name}.choices", name=one.name) + (
                f"?{self.query.text()}" if self.query.pairs else ""
            )
        return chip(one, offered, chosen, self.choices, value=value, clear_url=clear, load_url=load)

    @cached_property
    def columns_url(self) -> str:
        """Where the choices of the chip of columns are fetched."""
        text = self.query.text_to_keep()
        return url_for(f"{self.name}.choices", name="columns") + (f"?{text}" if text else "")

    @cached_property
    def view_url(self) -> str:
        """Where this list is kept as a view."""
        pairs = [*self.query.pairs_to_keep, *([("view", self.query.view)] if self.query.view else [])]
        return url_for("saved_views.new", list_name=self.name) + (f"?{urlencode(pairs)}" if pairs else "")

    @cached_property
    def view(self) -> View | None:
        """The saved view that the list was opened with."""
        return next((view for view in self.choices.views if view.public_id == self.query.view), None)

    @cached_property
    def empty_words(self) -> str:
        """Why the list is empty."""
        if self.query.in_trash:
            return gettext("The trash is empty")
        if self.query.shown and not self.query.q:
            return gettext("You already have every company they show you")
        return gettext("No results match the search and filters")

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        query = self.query
        plain = not (self.view or query.in_trash or query.shown)
        made = [{"label": gettext("All"), "url": self.address, "current": plain}]
        for view in self.choices.views:
            url = self.url(f"{view.query}&view={view.public_id}" if view.query else f"view={view.public_id}")
            made.append({"label": view.name, "url": url, "current": view is self.view})
        if self.name == "companies":
            for other in tenants_showing():
                label = gettext("Shown by %(name)s", name=other.name)
                made.append(
                    {"label": label, "url": self.url(f"shown={other.slug}"), "current": query.shown == other.slug}
                )
        return made


def chip(
    one: Filter, offered: list[Option], chosen: tuple[str, ...], known: Choices, *, value: str = "",
    clear_url: str = "", load_url: str | None = None,
) -> Chip:  # fmt: skip
    """A filter as a chip with these choices."""
    counts = known.counts if one.has_counts else None
    options = [
        (option.value, word(option), format_number(counts.get(option.value, 0)))
        if counts
        else (option.value, word(option))
        for option in offered
    ]
    return Chip(one.name, gettext(one.label), one.kind, value, chosen or ("",), options, clear_url, load_url)


def word(option: Option) -> str:
    """What a choice is called on the screen."""
    return gettext(option.label, **option.values) if option.is_word else option.label


def _number(number: int, is_more: bool) -> str:
    return gettext("more than %(number)s", number=format_number(number)) if is_more else format_number(number)


def pattern(endpoint: str) -> str:
    """The address of one record with a hole for its public id: building fifty costs more than reading the rows."""
    return _address(g.tenant.slug, endpoint, HOLE)


@cache
def _address(slug: str, endpoint: str, public_id: str | None = None) -> str:
    return url_for(endpoint, tenant=slug, public_id=public_id)


def reader() -> Reader:
    """Who reads in this request."""
    return Reader(current_user.id, clock.today(), g.rights)


def tenants_showing() -> list[Any]:
    """The other tenants that show this one their register."""
    return [one for one in g.standing.tenants if one.id != g.tenant.id and one.is_on(Flag.SHARE_REGISTER)]


def read(list_name: str) -> tuple[Query, Choices]:
    """The query of this request, as far as this person may ask it."""
    who = reader()
    known = choices(db.session(), list_name, who)
    query = state.read(list_named(list_name), arguments(), who, known)
    showing = {one.slug for one in tenants_showing()} if list_name == "companies" else set()
    return state.permitted(query, shown=showing, trash=may(Permission.CRM_TRASH)), known


def stored(list_name: str, text: str) -> Query:
    """The query that a list's own address says, for a deed on all of it; refused when it is not wholly understood."""
    who = reader()
    query = state.read_for_deed(list_named(list_name), text, who, choices(db.session(), list_name, who))
    return state.permitted(query, shown=set(), trash=may(Permission.CRM_TRASH), strictly=True)


def page_of(query: Query, known: Choices) -> tuple[Page, tuple[str, ...]]:
    """The page, and the names of the columns it shows."""
    other = next((one.id for one in tenants_showing() if one.slug == query.shown), None)
    walk = lists_walk.walk(db.session(), query, other_id=other)
    columns = query.columns or known.columns or query.spec.default_columns
    return lists.page(db.session(), walk, known, columns), columns


def row_of(query: Query, known: Choices, public_id: str) -> tuple[Page, tuple[str, ...]]:
    """A page that holds one row alone, as the list shows it."""
    walk = Walk(query)
    columns = query.columns or known.columns or query.spec.default_columns
    row = lists_walk.one(db.session(), walk, public_id, lists.row_columns(walk, columns))
    if row is None:
        raise NotFound
    page = Page(walk, [row], 1, False, 1, False, 1, is_alone=True)
    return page, columns


def _frame_key(view: ListView, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """All that a list page shows around its rows and page numbers; None when that is made each time."""
    page, known = view.page, view.choices
    if not view.rows:
        return None
    rights = tuple(values[name] for name in sorted(values) if name.startswith("may_"))
    others = tuple((one.slug, one.name) for one in tenants_showing())
    return view.key(
        "page", frame.key(), rights, page.matching, page.is_more, view.query.view, tuple(known.views), others
    )


def answer(view: ListView, values: dict[str, Any], *, whole: bool) -> ResponseReturnValue:
    """The whole page; or for htmx the rows alone, with the address that shows the same."""
    name = view.name
    if view.page.is_alone and is_htmx() and not whole:
        return fragment(f"crm/lists/_{name}_trs.html", list=view, **values)
    pieces = {
        "trs": piece(f"crm/lists/_{name}_trs.html", list=view, **values),
        "pages": piece("crm/lists/_pages.html", list=view),
    }
    if whole or not is_htmx():
        return framed(_frame_key(view, values), f"crm/lists/{name}.html", pieces, list=view, **values)
    response = make_response(render_template(f"crm/lists/_{name}_rows.html", list=view, **values, **pieces))
    response.headers["Vary"] = "HX-Request, HX-History-Restore-Request"
    response.headers["HX-Push-Url"] = view.here
    return response
