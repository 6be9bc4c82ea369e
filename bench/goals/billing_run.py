"""Goal 5: a billing run against bare INSERTs of the very rows that it wrote; how it grows; memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.databases import ROOT, Databases, Place
from bench.floors import store
from bench.pairs import Options, Result, middle
from bench.server import environment

TITLE = "5. Billing run of agreements with three lines against bare INSERTs of the same rows"
MOST, PAIRS, CHUNK = 10_000, 3, 200
LIMIT, GROWTH, MEMORY = 0.1, 12.0, 1.5
# In the order in which rows refer to one another; the database's own triggers work for the floor as they do for us.
TABLES = (
    "number_series", "billing_run", "voucher_line", "voucher", "invoice", "invoice_line", "invoiced_charge",
    "invoice_delivery", "audit_event",
)  # fmt: skip


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """10 000 agreements at most, a tenth of them for the memory, and ten times as many where that was asked for."""
    count = min(MOST, max(options.rows))
    for backend in options.backends:
        ratios, peaks = [], []
        for _ in range(min(PAIRS, options.pairs)):
            place = _filled(databases, backend, "billing", count)
            taken, peak = _run(place)
            floor, rows = _copied(place, _filled(databases, backend, "billing-bare", count))
            ratios.append((floor / taken, count / taken, count / floor))
            peaks.append((taken, peak))
        ratio, ours, theirs = middle(ratios)
        note = f"{ours:.0f} against {theirs:.0f} invoices/s; {rows / count:.1f} table rows an invoice"
        yield Result(f"{backend}: run of {count}", ratio, LIMIT, note, at_least=True)
        few = max(200, count // 10)
        _, small = _run(_filled(databases, backend, "billing", few))
        taken, peak = sorted(peaks)[len(peaks) // 2]
        note = f"{peak / 1e6:.0f} MB against {small / 1e6:.0f} MB at {few}"
        yield Result(f"{backend}: memory at {count}", peak / small, MEMORY, note)
        if max(options.rows) >= 10 * count:
            longer, most = _run(_filled(databases, backend, "billing", 10 * count))
            note = f"{longer:.0f} s against {taken:.0f} s; {most / 1e6:.0f} MB"
            yield Result(f"{backend}: run of {10 * count}", longer / taken, GROWTH, note)


FILL = """
import sys
from bench import agreements
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.factory import create_app
from infosoc.tenancy.queries import scope_named
with create_app().app_context(), tenant_scope(scope_named(db.session(), "infosoc")), transaction() as session:
    agreements.write(session, int(sys.argv[1]))
"""
RUN = """
import json, resource, time
from bench.agreements import MONTH, NOW, USER
from infosoc.cli.worker import load_jobs
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.factory import create_app
from infosoc.invoicing.commands import billing
from infosoc.jobs.worker import run_here
from infosoc.tenancy.queries import scope_named
load_jobs()
app = create_app()
with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")), transaction() as session:
    run = billing.start(session, MONTH, MONTH, page="/infosoc/billing-runs", by=USER, now=NOW)
    run_id, job_id = run.id, billing.job_of(session, run).id
started = time.perf_counter()
run_here(app, job_id)
taken = time.perf_counter() - started
with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
    run = db.session().get_one(type(run), run_id)
    assert run.state == "done" and run.failed == 0 and run.made == run.planned, (run.state, run.made, run.failed)
print(json.dumps([taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def _filled(databases: Databases, backend: str, name: str, count: int) -> Place:
    place = databases.empty(backend, f"{backend}-{name}")
    _python(place, FILL, str(count))
    return place


def _run(place: Place) -> tuple[float, int]:
    """Carry the run out in a process of its own: (seconds, bytes at the most)."""
    taken, peak = json.loads(_python(place, RUN).splitlines()[-1])
    return taken, peak


def _python(place: Place, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, env=environment(place), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the run failed:\n{done.stderr[-3000:]}")
    return done.stdout


def _copied(source: Place, target: Place) -> tuple[float, int]:
    """Write what the run wrote, plainly and in commits as large as its own: (seconds of writing, rows)."""
    reader, writer = store.connect(source.plain), store.connect(target.plain)
    # What the filling wrote is there already: the log of it.
    there = {table: writer.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0] for table in TABLES}
    is_plain = store.is_sqlite(target.plain)
    read = {table: _rows(reader, table, there[table], is_plain=is_plain) for table in TABLES}
    counters, rows, _ = read.pop("number_series")  # the database looks at them with every voucher
    writer.cursor().executemany(store.marked(counters, target.plain), list(rows))
    chunks = -(-read["invoice"][2] // CHUNK)
    taken, written = 0.0, 0
    for _ in range(chunks):
        parts = {name: (sql, list(islice(rows, -(-count // chunks)))) for name, (sql, rows, count) in read.items()}
        started = time.perf_counter()
        writer.execute("BEGIN")
        for statement, values in parts.values():
            if values:
                writer.cursor().executemany(store.marked(statement, target.plain), values)
        writer.execute("COMMIT")
        taken += time.perf_counter() - started
        written += sum(len(values) for _, values in parts.values())
    reader.close()
    writer.close()
    return taken, written


def _rows(reader: Any, table: str, after: int, *, is_plain: bool) -> tuple[str, Iterator[tuple[Any, ...]], int]:
    """The INSERT of a table, its rows beyond an id, and how many they are."""
    cursor = reader.execute(f"SELECT * FROM {table} LIMIT 0")
    names = [column[0] for column in cursor.description]
    # PostgreSQL's JSON would come as an object, which no statement takes back.
    asked = names if is_plain else [f"{name}::text" if name == "objects" else name for name in names]
    found = reader.execute(f"SELECT {', '.join(asked)} FROM {table} WHERE id > {after} ORDER BY id").fetchall()
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return statement, iter(found), len(found)
