"""Goal 3: global search over companies, contacts and the log against one bare, unranked look-up in the same index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Flask

from bench import pairs
from bench.databases import Databases, Place
from bench.floors import store
from bench.floors.pages import POSTGRESQL_HITS, SQLITE_HITS
from bench.pairs import Options, Result
from bench.server import INFOSOC, PAGES, serving
from infosoc.db import search, search_tokens
from infosoc.db.search_tokens import Group
from infosoc.db.session import db
from infosoc.db.tenancy import Scope, tenant_scope

TITLE = "3. Global search against one unranked look-up in the same index"
MIX = (
    "zzqxv", "ab", "foretag", "070-000 00 77", "0077", "559000-0077", "anna lindberg", "björken", "lonn", "omsorg 77",
    "offert", "kontakt77@foretag.example", "solgl", "på semester",
)  # fmt: skip
ROUNDS = 6
GROUPS = (Group.COMPANY, Group.PERSON, Group.LOG)


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """The fragment at every size; the SQL at every size, and the largest against the smallest."""
    for backend in options.backends:
        for rows in options.rows:
            yield from _fragment(options, databases.place(backend, rows))
            yield from _statements(options, databases.place(backend, rows), databases.app(backend, rows))
        if len(options.rows) > 1:
            yield _flat(options, databases, backend)


def _fragment(options: Options, place: Place) -> Iterator[Result]:
    with serving(INFOSOC, place) as app, serving(PAGES, place) as floor:
        seller, stranger = app.seller(), floor.stranger()
        ours = [seller.raw(f"/infosoc/search/hits?q={quote(words)}", HX_Request="true") for words in MIX]
        plain = [stranger.raw(f"/search?q={quote(_look_up(place, words))}") for words in MIX]
        for _ in range(3):
            for raw, bare in zip(ours, plain, strict=True):
                seller.connection.ask(raw)
                stranger.connection.ask(bare)
        found = []
        for _ in range(options.pairs):
            a, b = (pairs.percentile(_each(one.connection.ask, raws), 50) for one, raws in
                    ((seller, ours), (stranger, plain)))  # fmt: skip
            found.append((a / b, a, b))
        ratio, ours_took, floor_took = pairs.middle(found)
    yield Result(f"{place.name}: p50 of the fragment", ratio, 2.0, pairs.milliseconds(ours_took, floor_took))


def _statements(options: Options, place: Place, app: Flask) -> Iterator[Result]:
    connection = store.connect(place.plain)
    sql = SQLITE_HITS if store.is_sqlite(place.plain) else store.marked(POSTGRESQL_HITS, place.plain)
    asked = [_look_up(place, words) for words in MIX]
    with app.app_context(), tenant_scope(Scope.alone(1)):
        session = db.session()
        ours = partial(search.find, session, limit=400)

        def plain(words: str) -> object:
            return connection.execute(sql, (words,)).fetchall()

        found = []
        for _ in range(options.pairs + 1):
            a, b = (pairs.percentile(_each(work, given), 95) for work, given in ((ours, MIX), (plain, asked)))
            found.append((a / b, a, b))
        db.session.remove()
    connection.close()
    ratio, a, b = pairs.middle(found[1:])
    yield Result(f"{place.name}: p95 of the SQL, ranking included", ratio, 5.0, pairs.milliseconds(a, b))


def _flat(options: Options, databases: Databases, backend: str) -> Result:
    sizes = min(options.rows), max(options.rows)
    found = []
    for _ in range(options.pairs + 1):
        small, large = (_p95(databases.app(backend, rows)) for rows in sizes)
        found.append((large / small, large, small))
    ratio, a, b = pairs.middle(found[1:])
    return Result(f"{backend}: p95 at {sizes[1]} against {sizes[0]}", ratio, 2.0, pairs.milliseconds(a, b))


def _p95(app: Flask) -> float:
    with app.app_context(), tenant_scope(Scope.alone(1)):
        session = db.session()
        taken = pairs.percentile(_each(lambda words: search.find(session, words, limit=400), MIX), 95)
        db.session.remove()
    return taken


def _each(work: Callable[[Any], object], given: Sequence[Any]) -> list[float]:
    """How long each query took, in each of some rounds."""
    taken = []
    for one in given * ROUNDS:
        started = time.perf_counter()
        work(one)
        taken.append(time.perf_counter() - started)
    return taken


def _look_up(place: Place, words: str) -> str:
    """The same words in the index's own language, over everything that the tenant may find."""
    reach = search_tokens.reach(GROUPS, (1,), 1)
    write = search_tokens.fts_query if store.is_sqlite(place.plain) else search_tokens.ts_query
    return write(reach, search_tokens.asked(words), whole=False)
