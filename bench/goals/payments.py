"""Importing a BgMax file with matching against the time it takes to parse it; and the memory against a tenth of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from bench.databases import ROOT, Databases, Place
from bench.pairs import Options, Result, middle
from bench.server import environment

TITLE = "Import a BgMax file, matched and booked, against parsing it"
MOST_PAYMENTS, PAIRS = 50_000, 3
LIMIT, MEMORY = 5.0, 1.25

PROGRAM = """
import io, json, resource, sys, time
from datetime import date
from infosoc.factory import create_app
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.invoicing.commands import issue
from infosoc.invoicing.commands.issue import NewInvoice
from infosoc.invoicing.models import InvoicingSettings
from infosoc.invoicing.queries import parties
from infosoc.invoicing.rules import record
from infosoc.invoicing.rules.record import Address, Heading, Kind, Party, References, Terms
from infosoc.invoicing.rules.totals import Line
from infosoc.crm.commands import companies
from infosoc.crm.commands.companies import NewCompany
from infosoc.kernel import clock
from infosoc.ledger.commands import chart, years
from infosoc.payments import importing
from infosoc.payments.commands import files
from infosoc.payments.readers import files as readers
from infosoc.tenancy.queries import scope_named

app, count = create_app(), int(sys.argv[1])
day = date(2024, 2, 1)


def lines(ocrs):
    yield "01BGMAX               0120240305173035000123P"
    for start in range(0, len(ocrs), 1000):
        part = ocrs[start : start + 1000]
        yield "050009912346          SEK"
        for at, ocr in enumerate(part, start + 1):
            yield f"20{0:010}{ocr:>25}{125000:018}21{at:012}0"
            yield f"26{'Kund ' + str(at):<35}"
        yield f"15{0:035}20240305{start // 1000 + 1:05}{125000 * len(part):018}SEK{len(part):08}"
    yield f"70{len(ocrs):08}{0:08}{0:08}{-(-len(ocrs) // 1000):08}"


with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
    with transaction() as session:
        chart.seed_chart(session, now=clock.now())
        years.add_year(session, date(2024, 1, 1), date(2024, 12, 31), by=None, now=clock.now())
        session.add(InvoicingSettings(
            seller_name="Bench AB", org_number="5599999991", street="Gatan 1", postal_code="111 20", city="Stockholm",
            seat="Stockholm", bankgiro="9912346", endpoint="0007:5599999991", contact="E", email="e@bench.example",
            phone="08-1",
        ))
        session.flush()
        own = parties.settings(session)
        new = NewCompany("Kunden AB", org_number="5560160680", source="bench", legal_ground="contract")
        company = companies.create(session, new, by=None, now=clock.now()).id
        buyer = Party("Kunden AB", Address(("Gatan 2",), "111 21", "Stockholm"), "5560160680")
        made = record.made(
            Heading(Kind.INVOICE, record.UNNUMBERED, day), (Line("Journal", 1000, 10_000_000, "S25", account=3010),),
            seller=parties.seller_of(own, brand="green"), buyer=buyer, references=References(),
            terms=Terms(date(2024, 3, 2), 30), unit_names={"C62": "st"},
        )
        accounts = parties.accounts_of(own, is_group=False)
    ocrs = []
    for start in range(0, count, 1000):
        with transaction() as session:
            places = range(start, min(start + 1000, count))
            new = [NewInvoice(f"bench:{at}", company, made, accounts, "print") for at in places]
            ocrs += [one.record.terms.ocr for one in issue.issue_many(session, new, by=None, now=clock.now())]
    data = "".join(f"{line:<80}\\r\\n" for line in lines(ocrs)).encode("latin-1")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    for _ in readers.read(io.BytesIO(data)):
        pass
    parsed = time.perf_counter() - started
    started = time.perf_counter()
    stream = io.BytesIO(data)
    read = files.survey(db.session(), stream)
    with transaction() as session:
        public_id = files.take_in(session, stream, read, name="bench", by=None, now=clock.now()).public_id
    importing.begin(public_id, by=None, read=read)
    importing.carry_on(public_id, by=None)
    taken = time.perf_counter() - started
    done = files.file_at(db.session(), public_id)
    assert (done.taken, done.matched) == (count, count), (done.taken, done.matched)
print(json.dumps([parsed, taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """As many payments as the largest size asked for, at most 50 000; each is a whole invoice by reference."""
    payments = min(MOST_PAYMENTS, max(options.rows))
    for backend in options.backends:
        ratios, peaks = [], []
        for _ in range(min(PAIRS, options.pairs)):
            parsed, taken, peak = _import(databases.empty(backend, f"{backend}-payments"), payments)
            ratios.append((taken / parsed, payments / taken, payments / parsed))
            peaks.append(peak)
        ratio, ours, theirs = middle(ratios)
        yield Result(f"{backend}: {payments} payments", ratio, LIMIT, f"{ours:.0f} against {theirs:.0f} payments/s")
        few = _import(databases.empty(backend, f"{backend}-payments"), payments // 10)[2]
        note = f"{peaks[0] / 1e6:.0f} MB against {few / 1e6:.0f} MB at {payments // 10}"
        yield Result(f"{backend}: memory at {payments}", peaks[0] / few, MEMORY, note)


def _import(place: Place, payments: int) -> tuple[float, float, int]:
    """In a process of its own: (seconds of parsing, seconds of importing, bytes at the most)."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(payments)], cwd=ROOT, env=environment(place), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the import failed:\n{done.stderr[-3000:]}")
    parsed, taken, peak = json.loads(done.stdout.splitlines()[-1])
    return parsed, taken, peak
