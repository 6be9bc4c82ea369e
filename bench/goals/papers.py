"""Goal 6, papers: a batch against plain WeasyPrint calls in one process, the first view and the next ones of a PDF."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bench import pairs
from bench.client import Browser
from bench.databases import ROOT, Databases, Place
from bench.pairs import Options, Result
from bench.server import INFOSOC, PAGES, serving
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.documents.pool import Pool
from infosoc.factory import create_app
from infosoc.invoicing import drawing, paper, papers
from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import Invoice, InvoicePaper
from infosoc.invoicing.queries import papers as queries
from infosoc.invoicing.rules.totals import Line
from tests.builders import PASSWORD
from tests.invoicing.world import NOW, make_house, new_invoice
from tests.subscriptions.world import World
from tests.support.databases import Databases as Templates
from tests.support.databases import let_go, settings

TITLE = "6. Papers: a batch, the first view, the next ones, and the memory of a drawing process"
CHUNK, VIEWS = drawing.CHUNK, 12  # papers of a pair; first views of a pair
BATCH, FIRST, AGAIN, MOST_MB = 2.2, 1.3, 3.0, 110.0
ROWS = tuple(Line(text, 12_000, 1_250_000, "S25", account=3010) for text in ("Journal", "Avvikelser", "Kvalitet"))


@dataclass
class Floor:
    """Plain WeasyPrint in a process of its own."""

    process: subprocess.Popen[str]

    def seconds(self, html: list[str], sheet: str) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"html": html, "sheet": sheet}) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


@dataclass
class AtWork:
    """What the lane knows of its worker."""

    id: str = "bench"
    stopping: bool = False
    finishing: object = field(default=nullcontext)


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """On a database of its own, SQLite; drawing does not know which."""
    with tempfile.TemporaryDirectory() as folder:
        templates = Templates(Path(folder))
        url = templates.fresh("sqlite", Path(folder))
        app = create_app(settings(url, Path(folder)))
        house = make_house(app)
        try:
            yield from _batch(options, house)
            place = Place("sqlite", 0, url, Path(folder), "")
            with serving(INFOSOC, place) as ours, serving(PAGES, databases.place("sqlite", min(options.rows))) as floor:
                reader = Browser(ours.port)
                reader.sign_in(house.users["ekman"].email, PASSWORD)
                yield from _views(options, house, reader, floor.stranger())
        finally:
            let_go(app)
            templates.close()


def _batch(options: Options, house: World) -> Iterator[Result]:
    pool, number = Pool(), itertools.count()
    sheet = paper.SHEET.read_text()
    with _floor("plain") as plain:
        found = []
        for _ in range(options.pairs + 1):
            html = _issue(house, number, CHUNK)
            started = time.perf_counter()
            with house.app.app_context():
                drawing.draw_waiting(AtWork(), lambda: pool)
            ours = time.perf_counter() - started
            bare = plain.seconds(html, sheet)
            found.append((bare / ours, ours, bare))
    memory = max(_resident(pid) for pid in pool.processes())
    drawers = len(pool.processes())
    pool.close()
    _check_all_drawn(house)
    ratio, ours, bare = pairs.middle(found[1:])
    note = f"{CHUNK / ours:.1f} papers a second against {CHUNK / bare:.1f}, {drawers} processes"
    yield Result("a batch against plain calls in one process", ratio, BATCH, note, at_least=True)
    yield Result("memory of a drawing process, MB", memory, MOST_MB)


def _views(options: Options, house: World, reader: Browser, stranger: Browser) -> Iterator[Result]:
    number = itertools.count(1_000_000)
    sheet, addresses = paper.SHEET.read_text(), []
    with _floor("warm") as warm:
        found = []
        for _ in range(options.pairs + 1):
            html = _issue(house, number, VIEWS)
            addresses = _undrawn(house)
            ours = pairs.percentile(pairs.timings(_reading(reader, addresses), VIEWS), 50)
            bare = pairs.percentile([warm.seconds([one], sheet) for one in html], 50)
            found.append((ours / bare, ours, bare))
    ratio, ours, bare = pairs.middle(found[1:])
    yield Result("the first view against warm WeasyPrint", ratio, FIRST, pairs.milliseconds(ours, bare))
    again = pairs.compared(_reading(reader, addresses), lambda: stranger.get("/list"), pairs=options.pairs, calls=50)
    yield Result("the next view against the page floor", again.ratio, AGAIN, again.note)


def _reading(reader: Browser, addresses: list[str]) -> Callable[[], None]:
    turn = itertools.cycle(addresses)

    def read() -> None:
        answer = reader.connection.ask(reader.raw(f"/infosoc/invoices/{next(turn)}/pdf"))
        if answer.status != 200 or not answer.body.startswith(b"%PDF-"):
            raise RuntimeError(f"{answer.status}: no paper")

    return read


def _issue(house: World, number: Iterator[int], count: int) -> list[str]:
    """Issue some invoices; the HTML of each, for the floor."""
    with house.writing() as session:
        new = [new_invoice(session, house, f"bench:{next(number)}", *ROWS) for _ in range(count)]
        made = issue.issue_many(session, new, by=house.users["ekman"].id, now=NOW)
    with house.app.app_context():
        return [paper.html(one.record) for one in made]


def _undrawn(house: World) -> list[str]:
    with house.reading() as session:
        drawn = select(InvoicePaper.invoice_id)
        return list(session.scalars(select(Invoice.public_id).where(Invoice.id.not_in(drawn))))


def _check_all_drawn(house: World) -> None:
    """What was measured is what is wanted: every paper is there, and right."""
    if _undrawn(house):
        raise RuntimeError("papers are missing")
    with house.app.app_context(), tenant_scope(Scope.alone(house.ours)):
        papers.pdf(queries.numbered(house.app.extensions["sqlalchemy"].session(), 1))


@contextmanager
def _floor(way: str) -> Iterator[Floor]:
    command = [sys.executable, "-m", "bench.floors.paper", way]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Floor(process)
        finally:
            process.kill()


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel tells no memory")
