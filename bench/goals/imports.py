"""Goal 4, second half: importing a list against bare INSERTs of the very rows that the import wrote; memory."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bench.databases import ROOT, Databases, Place
from bench.floors import store
from bench.pairs import Options, Result, middle
from bench.server import environment
from infosoc.crm import municipalities
from infosoc.demo import words

TITLE = "4b. Import a list of companies against bare INSERTs of the same rows"
MOST_ROWS, FEW_ROWS, PAIRS, CHUNK = 100_000, 10_000, 1, 500
LIMIT, MEMORY = 0.25, 1.25
HEADINGS = ("Företag", "Organisationsnummer", "Ort", "Telefon", "E-post", "Kontaktperson")
# In the order in which rows refer to one another.
TABLES = (
    "import_batch", "company", "company_relation", "contact", "contact_relation", "post", "contact_point", "address",
    "contact_log_entry", "follow_up", "audit_event", "audit_value", "import_row", "search_document",
)  # fmt: skip


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """As many rows as the largest size asked for, at most 100 000; the memory against a tenth of them."""
    rows = min(MOST_ROWS, max(options.rows))
    for backend in options.backends:
        ratios, peaks = [], []
        for _ in range(PAIRS):
            place = databases.empty(backend, f"{backend}-import")
            taken, peak = _import(place, _list(place.folder, rows))
            bare = databases.empty(backend, f"{backend}-bare")
            floor, written = _insert(place, bare, rows)
            ratios.append((floor / taken, rows / taken, rows / floor))
            peaks.append(peak)
        ratio, ours, theirs = middle(ratios)
        note = f"{ours:.0f} against {theirs:.0f} rows/s; {written / rows:.1f} table rows a row"
        yield Result(f"{backend}: import of {rows}", ratio, LIMIT, note, at_least=True)
        if rows > FEW_ROWS:
            place = databases.empty(backend, f"{backend}-import")
            _, few = _import(place, _list(place.folder, FEW_ROWS))
            note = f"{peaks[0] / 1e6:.0f} MB against {few / 1e6:.0f} MB at {FEW_ROWS}"
            yield Result(f"{backend}: memory at {rows}", peaks[0] / few, MEMORY, note)


def _list(folder: Path, rows: int) -> Path:
    """A list like those people have: one company a row with number, town, telephone, e-mail and a person."""
    path, towns = folder / f"list-{rows}.csv", municipalities.names()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADINGS)
        for number in range(1, rows + 1):
            place = words.PLACES[number % len(words.PLACES)]
            person = f"{words.FIRST_NAMES[number % len(words.FIRST_NAMES)]} {words.LAST_NAMES[number % 20]}"
            writer.writerow(
                (f"{place} Vård {number} AB", _org_number(number), towns[number % len(towns)],
                 f"08-{5_000_000 + number}", f"info@foretag{number}.example", person)
            )  # fmt: skip
    return path


def _org_number(number: int) -> str:
    """A number with the right check digit."""
    digits = f"559{number:06d}"
    doubled = [int(sign) * (2 - place % 2) for place, sign in enumerate(digits)]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from infosoc.factory import create_app
from infosoc.crm.commands import import_here
from infosoc.crm.imports import headings, reading
from infosoc.db.session import db
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.queries import scope_named
app, path = create_app(), Path(sys.argv[1])
with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
    started = time.perf_counter()
    how = reading.detect(path)
    mapping = headings.guess(how.headings, how.sample_cells, how.columns)
    import_here.import_file(path, how, mapping, source="bench", now=clock.now())
    taken = time.perf_counter() - started
print(json.dumps([taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def _import(place: Place, path: Path) -> tuple[float, int]:
    """Import in a process of its own: (seconds, bytes at the most)."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, env=environment(place), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the import failed:\n{done.stderr[-3000:]}")
    taken, peak = json.loads(done.stdout.splitlines()[-1])
    return taken, peak


def _insert(source: Place, target: Place, rows: int) -> tuple[float, int]:
    """Copy what the import wrote, plainly and in commits as large as its own: (seconds of writing, rows)."""
    reader, writer = store.connect(source.plain), store.connect(target.plain)
    if not store.is_sqlite(target.plain):
        writer.execute("set session_replication_role = replica")  # no trigger tries to keep what is copied anyway
    taken, written, read = 0.0, 0, {table: _rows(reader, table) for table in TABLES}
    chunks = -(-rows // CHUNK)
    for _ in range(chunks):
        chunk = {
            table: (statement, list(islice(found, -(-number // chunks))))
            for table, (statement, found, number) in read.items()
        }
        started = time.perf_counter()
        writer.execute("BEGIN")
        for statement, values in chunk.values():
            if values:
                writer.cursor().executemany(store.marked(statement, target.plain), values)
        writer.execute("COMMIT")
        taken += time.perf_counter() - started
        written += sum(len(values) for _, values in chunk.values())
    reader.close()
    writer.close()
    return taken, written


def _rows(reader: Any, table: str) -> tuple[str, Iterator[tuple[Any, ...]], int]:
    cursor = reader.execute(f"SELECT * FROM {table} LIMIT 0")
    names = [column[0] for column in cursor.description if column[0] != "vector"]
    found = reader.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    return statement, iter(found), len(found)
