"""Goal 10: how much a first visit transfers, and how much memory two idle workers hold."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from bench.client import Browser
from bench.databases import Databases, Place
from bench.pairs import Options, Result
from bench.server import INFOSOC, TRIVIAL, Serving, serving

TITLE = "10. The first page in all, and two idle workers against the trivial application"
MOST_BYTES, MEMORY = 140_000, 2.5
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
ACCEPT = {"Accept_Encoding": "gzip"}


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """On the smallest register: neither grows with it."""
    for backend in options.backends:
        place = databases.place(backend, min(options.rows))
        with serving(INFOSOC, place) as app, serving(TRIVIAL) as floor:
            yield _memory(place, app, floor, "memory, just started")
            yield _weight(place, app.seller())
            _use(app, floor)
            yield _memory(place, app, floor, "memory, idle after twelve people")


def _weight(place: Place, seller: Browser) -> Result:
    """Bodies as a browser that takes gzip gets them from the application itself, without a proxy in front."""
    page = seller.get("/infosoc/companies", **ACCEPT)
    files = {html.unescape(link) for link in _LINKED.findall(page.text)}
    sizes = {path.partition("?")[0]: len(seller.get(path, **ACCEPT).body) for path in files}
    kinds = {kind: sum(size for path, size in sizes.items() if path.endswith(kind)) for kind in (".css", ".js", ".svg")}
    total = len(page.body) + sum(sizes.values())
    parts = ", ".join(f"{kind[1:]} {size / 1000:.1f}" for kind, size in kinds.items())
    note = f"html {len(page.body) / 1000:.1f}, {parts}; {1 + len(sizes)} requests"
    return Result(f"{place.backend}: the list of companies, kB", total / 1000, MOST_BYTES / 1000, note)


def _use(app: Serving, floor: Serving) -> None:
    """Twelve people sign in and look at their day; as many strangers at the trivial page."""
    for _ in range(12):
        app.seller().get("/infosoc/my-day")
        floor.stranger().get("/")


def _memory(place: Place, app: Serving, floor: Serving, name: str) -> Result:
    """Master and two workers that do nothing. Pages shared between the processes are counted once."""
    app.settled()
    floor.settled()
    ours, plain = app.memory(), floor.memory()
    note = f"{ours / 1e6:.0f} MB against {plain / 1e6:.0f} MB (master and two workers)"
    return Result(f"{place.backend}: {name}", ours / plain, MEMORY, note)
