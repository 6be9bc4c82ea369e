"""Goal 2: every list and detail page costs at the largest size what it costs at the smallest, in 8 statements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from bench import pairs
from bench.asking import Asker
from bench.databases import Databases
from bench.pairs import Options, Result
from infosoc.crm.lists.companies import COMPANIES
from infosoc.crm.lists.contacts import CONTACTS

TITLE = "2. Every list and detail page at a larger size against the smallest (in one process, no network)"
CALLS, MOST_STATEMENTS, LIMIT = 12, 8, 1.3
PLAIN_PAGES = ("my-day", "team", "log", "duplicates", "trash", "settings/register", "audit")
NARROWED = (
    "companies?status=customer", "companies?owner=me", "companies?contacted=90", "companies?people=none",
    "companies?follow_up=overdue", "companies?municipality=Lund", "companies?municipality=Lund&sort=-contacted",
    "companies?q=bjork", "companies?q=bjork&status=customer", "companies?q=b", "companies?line=none",
    "contacts?q=anna", "contacts?status=customer", "contacts?municipality=Lund", "contacts?calls=blocked",
    "contacts?marketing=opted_out", "contacts?contacted=90", "log?kind=call", "log?kind=letter",
)  # fmt: skip
_PAGE = re.compile(r'class="page-number"[^>]*href="([^"]+)"')
_ROW = re.compile(r'href="?(/infosoc/(?:companies|contacts)/[a-z0-9]{11})["? >]')


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """Each page of the smallest register beside the same page of every larger one."""
    smallest = min(options.rows)
    for backend in options.backends:
        small = Asker(databases.app(backend, smallest))
        named = dict(_pages(small))
        counts = {name: small.statements(path) for name, path in named.items()}
        most = max(counts, key=lambda name: counts[name])
        place = databases.place(backend, smallest)
        yield Result(f"{place.name}: SQL statements a page, at most", counts[most], MOST_STATEMENTS, most)
        for rows in options.rows:
            if rows != smallest:
                yield from _compare(options, named, small, Asker(databases.app(backend, rows)), f"{backend}, {rows}")


def _compare(options: Options, named: dict[str, str], small: Asker, large: Asker, where: str) -> Iterator[Result]:
    there = dict(_pages(large))
    found = []
    for name, path in named.items():
        if name not in there:
            continue
        ours, floor = large.work(there[name]), small.work(path)
        once = pairs.timings(ours, 2)[-1]
        calls = CALLS if once < 0.1 else 2
        compared = pairs.compared(ours, floor, pairs=options.pairs if calls > 2 else 1, calls=calls)
        found.append((compared, name))
    found.sort(key=lambda one: -one[0].ratio)
    yield Result(f"{where}: the slowest of {len(found)} pages", found[0][0].ratio, LIMIT, _words(*found[0]))
    for compared, name in found[1:]:
        if compared.ratio > LIMIT:
            yield Result(f"{where}: {name}", compared.ratio, LIMIT, compared.note)
    middle = found[len(found) // 2]
    yield Result(f"{where}: the page in the middle", middle[0].ratio, LIMIT, _words(*middle))


def _words(compared: pairs.Compared, name: str) -> str:
    return f"{name}: {compared.note}"


def _pages(asker: Asker) -> Iterator[tuple[str, str]]:
    """Every page that is measured: (what it is called at any size, its address in this register)."""
    for spec in (COMPANIES, CONTACTS):
        for sort in spec.sorts:
            for sign in ("", "-"):
                yield from _list_pages(asker, spec.name, sign + sort)
    for path in (*PLAIN_PAGES, *NARROWED):
        yield path, f"/infosoc/{path}"
    for name in ("companies", "contacts"):
        record = _ROW.findall(asker.text(f"/infosoc/{name}?page=3"))[20]
        yield f"one of {name}", record
        yield f"one of {name}, in its list", f"{record}?list="
        yield f"one of {name}, history", f"{record}/history"
        yield f"one of {name}, edit", f"{record}/edit"
        if name == "companies":
            yield "log of a company", f"{record}/log"
            yield "log form", f"{record}/log/new"


def _list_pages(asker: Asker, name: str, sort: str) -> Iterator[tuple[str, str]]:
    """First page, second, a bare jump, the last and the one before it."""
    first = f"/infosoc/{name}?sort={sort}"
    yield f"{name} by {sort}, first", first
    yield f"{name} by {sort}, second", _beside(asker.text(first), 2)
    yield f"{name} by {sort}, page 20", f"{first}&page=20"
    last = f"{first}&page=last"
    yield f"{name} by {sort}, last", last
    links = [html.unescape(link) for link in _PAGE.findall(asker.text(last))]
    yield f"{name} by {sort}, last but one", links[0]


def _beside(page: str, number: int) -> str:
    links = [html.unescape(link) for link in _PAGE.findall(page)]
    return next(link for link in links if f"page={number}" in link)
