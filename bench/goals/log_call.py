"""Goal 4, first half: a call is logged, from POST to answer, against bare INSERTs, a commit and the page floor."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterator

from bench import pairs
from bench.databases import Databases, Place
from bench.floors import store
from bench.pairs import Options, Result
from bench.server import INFOSOC, PAGES, serving

TITLE = "4a. Log a call, POST to answer, against bare INSERTs + commit + page floor"
CALLS, LIMIT = 20, 3.0
SAID = "Gick igenom erbjudandet; vill ha en offert."
HTMX = {"HX_Request": "true"}
_ID = re.compile(r"/infosoc/companies/([a-z0-9]{11})/log/new")


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """The whole form, and the one press for "no answer"."""
    for backend in options.backends:
        for rows in options.rows:
            yield from _measure(options, databases.place(backend, rows))


def _measure(options: Options, place: Place) -> Iterator[Result]:
    trail = store.connect(place.plain)
    trail.execute("CREATE TABLE IF NOT EXISTS bench_trail (at TIMESTAMP, what TEXT, subject BIGINT, by_id BIGINT)")
    trail.close()
    with serving(INFOSOC, place) as app, serving(PAGES, place) as floor:
        seller, stranger = app.seller(), floor.stranger()
        companies = _ID.findall(seller.get("/infosoc/companies").text)
        turn, other_turn = itertools.cycle(companies), itertools.cycle(companies)

        def logged() -> None:
            form = {"kind": "call", "direction": "out", "outcome": "", "tried": "no_answer", "contact": "", "when": "",
                    "text": SAID, "submission": secrets.token_urlsafe(16), "follow_up_on": ""}  # fmt: skip
            seller.post(f"/infosoc/companies/{next(turn)}/log", form, expect=200, **HTMX)

        def no_answer() -> None:
            form = {"submission": secrets.token_urlsafe(16)}
            seller.post(f"/infosoc/companies/{next(turn)}/no-answer", form, expect=200, **HTMX)

        def bare() -> None:
            stranger.post(f"/log/{next(other_turn)}", {"text": SAID}, expect=200)

        for name, work in (("the form", logged), ("no answer", no_answer)):
            for _ in range(5):
                work()
                bare()
            found = pairs.compared(work, bare, pairs=options.pairs, calls=CALLS)
            yield Result(f"{place.name}: {name}", found.ratio, LIMIT, found.note)
