"""Goal 1: a signed-in list page against a bare Flask page of one keyset query."""

from __future__ import annotations

from collections.abc import Iterator

from bench import pairs
from bench.client import Load, burst
from bench.databases import Databases, Place
from bench.pairs import Options, Result
from bench.server import INFOSOC, PAGES, Serving, serving

TITLE = "1. The list of companies, 50 rows, signed in, against Flask + one keyset query + a plain table"
CALLS, CLIENTS, MOST_REQUESTS, MOST_SECONDS = 100, 8, 2000, 4.0


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """One client, then eight, on every database of a size that was asked for."""
    for backend in options.backends:
        for rows in options.rows:
            place = databases.place(backend, rows)
            with serving(INFOSOC, place) as app, serving(PAGES, place) as floor:
                yield from _measure(options, place, app, floor)


def _measure(options: Options, place: Place, app: Serving, floor: Serving) -> Iterator[Result]:
    seller, stranger = app.seller(), floor.stranger()
    page, plain = seller.raw("/infosoc/companies"), stranger.raw("/list")
    asked, answered = lambda: seller.connection.ask(page), lambda: stranger.connection.ask(plain)
    for _ in range(CALLS):
        asked()
        answered()
    found = pairs.compared(asked, answered, pairs=options.pairs, calls=CALLS)
    yield Result(f"{place.name}: p50, one client", found.ratio, 3.5, found.note)
    seller.connection.close()
    stranger.connection.close()
    rates, slow = [], []
    for _ in range(options.pairs):
        ours, theirs = _load(app.port, page), _load(floor.port, plain)
        rates.append((ours.per_second / theirs.per_second, ours.per_second, theirs.per_second))
        slow.append((_p99(ours) / _p99(theirs), _p99(ours), _p99(theirs)))
    ratio, ours_rate, floor_rate = pairs.middle(rates)
    note = f"{ours_rate:.0f} against {floor_rate:.0f} a second"
    yield Result(f"{place.name}: requests/s, {CLIENTS} clients", ratio, 0.35, note, at_least=True)
    ratio, ours_slow, floor_slow = pairs.middle(slow)
    yield Result(f"{place.name}: p99, {CLIENTS} clients", ratio, 3.0, pairs.milliseconds(ours_slow, floor_slow))


def _load(port: int, raw: bytes) -> Load:
    return burst(port, raw, clients=CLIENTS, requests=MOST_REQUESTS, seconds=MOST_SECONDS)


def _p99(load: Load) -> float:
    return pairs.percentile(load.taken, 99)
