"""Goal 2 for what is sold and paid: the lists of agreements, invoices, payments and vouchers at two sizes."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterator

from bench import pairs
from bench.asking import Asker
from bench.databases import ROOT, Databases
from bench.goals.at_any_size import CALLS, LIMIT, MOST_STATEMENTS
from bench.goals.billing_run import FILL, RUN
from bench.pairs import Options, Result
from bench.server import environment

TITLE = "2. The lists of agreements, invoices, payments and vouchers at a larger size against a smaller"
FEW, MOST = 1_000, 20_000
LISTS = (
    "agreements", "agreements?show=active", "agreements?show=ended", "agreements?q=kund",
    *(f"invoices?sort={sign}{name}" for name in ("number", "date", "due", "buyer", "amount") for sign in ("", "-")),
    "invoices?show=open", "invoices?show=overdue", "invoices?show=paid", "invoices?q=1005", "invoices?since=2024-01-01",
    "payments", "payments?show=all", "bank-files", "customer-ledger", "vouchers", "vouchers?series=B",
    "vouchers?account=1510", "vouchers?q=B12", "billing-runs", "deliveries", "reminders", "renewals", "chart",
)  # fmt: skip
_MORE = re.compile(r'href="([^"]*[?&;](?:after|before)=[^"]+)"')
_RECORD = re.compile(r'href="?(/infosoc/(agreements|invoices|payments|vouchers)/[a-z0-9]{11})["? >]')
PAY = """
import io
from sqlalchemy import select
from bench.agreements import NOW
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.factory import create_app
from infosoc.invoicing.models import Invoice
from infosoc.payments import importing
from infosoc.payments.commands import files
from infosoc.tenancy.queries import scope_named


def lines(asked):
    yield "01BGMAX               0120240305173035000123P"
    yield "050009912346          SEK"
    for at, (ocr, ore) in enumerate(asked, 1):
        yield f"20{0:010}{ocr:>25}{ore:018}21{at:012}0"
        yield f"26{'Kund ' + str(at):<35}"
    yield f"15{0:035}20240305{1:05}{sum(ore for _, ore in asked):018}SEK{len(asked):08}"
    yield f"70{len(asked):08}{0:08}{0:08}{1:08}"


with create_app().app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
    # Every other invoice is paid; of those, every tenth with a reference that nobody has.
    found = db.session().execute(select(Invoice.ocr, Invoice.payable_ore).order_by(Invoice.number)).all()[::2]
    asked = [("1", ore) if at % 10 == 0 else (ocr, ore) for at, (ocr, ore) in enumerate(found)]
    stream = io.BytesIO("".join(f"{line:<80}\\r\\n" for line in lines(asked)).encode("latin-1"))
    read = files.survey(db.session(), stream)
    with transaction() as session:
        public_id = files.take_in(session, stream, read, name="bench", by=None, now=NOW).public_id
    importing.begin(public_id, by=None, read=read)
    importing.carry_on(public_id, by=None)
    assert files.file_at(db.session(), public_id).taken == len(asked)
"""


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """A tenth of the contacts asked for, as many agreements and invoices, half of them paid; at most 20 000."""
    few = min(FEW, max(100, min(options.rows) // 10))
    most = min(MOST, max(20 * few, max(options.rows) // 10))
    for backend in options.backends:
        small, large = (_asker(databases, backend, count) for count in (few, most))
        named = dict(_pages(small))
        counts = {name: small.statements(path) for name, path in named.items()}
        worst = max(counts, key=lambda name: counts[name])
        yield Result(f"{backend}: SQL statements a page, at most", counts[worst], MOST_STATEMENTS, worst)
        yield from _compared(options, named, small, large, f"{backend}, {most} against {few}")


def _asker(databases: Databases, backend: str, count: int) -> Asker:
    name = f"{backend}-finance-{count}"
    place = databases.empty(backend, name)
    for program in (FILL, RUN, PAY):
        command = [sys.executable, "-c", program, str(count)]
        done = subprocess.run(command, cwd=ROOT, env=environment(place), capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"the register could not be made:\n{done.stderr[-3000:]}")
    return Asker(databases.app_of(backend, name))


def _pages(asker: Asker) -> Iterator[tuple[str, str]]:
    """Every list, what follows its first page, and one record of each kind."""
    for name in LISTS:
        path = f"/infosoc/{name}"
        yield name, path
        if more := _MORE.search(asker.text(path)):
            yield f"{name}, more", html.unescape(more[1])
    for name in ("agreements", "invoices", "payments?show=all", "vouchers"):
        if found := _RECORD.findall(asker.text(f"/infosoc/{name}")):
            yield f"one of {found[0][1]}", found[len(found) // 2][0]


def _compared(options: Options, named: dict[str, str], small: Asker, large: Asker, where: str) -> Iterator[Result]:
    there, found = dict(_pages(large)), []
    for name, path in named.items():
        if name in there:
            ours, floor = large.work(there[name]), small.work(path)
            calls = CALLS if pairs.timings(ours, 2)[-1] < 0.1 else 2
            compared = pairs.compared(ours, floor, pairs=options.pairs if calls > 2 else 1, calls=calls)
            found.append((compared.ratio, name, compared.note))
    found.sort(reverse=True)
    yield Result(f"{where}: the slowest of {len(found)} pages", found[0][0], LIMIT, f"{found[0][1]}: {found[0][2]}")
    for ratio, name, note in found[1:]:
        if ratio > LIMIT:
            yield Result(f"{where}: {name}", ratio, LIMIT, note)
    ratio, name, note = found[len(found) // 2]
    yield Result(f"{where}: the page in the middle", ratio, LIMIT, f"{name}: {note}")
