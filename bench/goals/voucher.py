"""Goal 8, first half: one voucher of three lines through the service layer against the same rows bare, durable."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bench import agreements, pairs
from bench.databases import Databases, Place
from bench.floors import store
from bench.pairs import Options, Result
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.ledger.commands.posting import post
from infosoc.ledger.rules import NewLine, NewVoucher

TITLE = "8a. A voucher of three lines through the service layer, own commit, against the same rows bare"
CALLS, LIMIT, TENANT = 200, 0.25, 1
FIRST = date(2024, 1, 1)
NET, VAT = 100_000, 25_000
TABLES = (
    "CREATE TABLE bench_series (id INTEGER PRIMARY KEY, last_number BIGINT)",
    "CREATE TABLE bench_voucher (id INTEGER PRIMARY KEY, tenant BIGINT, series TEXT, number BIGINT, voucher_on DATE, "
    "text TEXT, source TEXT, registered_at TIMESTAMP, UNIQUE (tenant, series, number), UNIQUE (tenant, source))",
    "CREATE TABLE bench_line (voucher BIGINT, position BIGINT, account BIGINT, amount BIGINT, code TEXT, "
    "voucher_on DATE, PRIMARY KEY (voucher, position))",
    "CREATE INDEX bench_line_account ON bench_line (account, voucher_on)",
    "INSERT INTO bench_series VALUES (1, 0)",
)


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """Vouchers a second on each database."""
    for backend in options.backends:
        name = f"{backend}-voucher"
        place, app = databases.empty(backend, name), databases.app_of(backend, name)
        with app.app_context(), tenant_scope(Scope.alone(TENANT)):
            with transaction() as session:
                agreements.write_books(session)
            found = pairs.compared(_posted(), _bare(place), pairs=options.pairs, calls=CALLS)
        note = f"{1 / found.ours:.0f} against {1 / found.floor:.0f} vouchers/s"
        yield Result(f"{backend}: a voucher", 1 / found.ratio, LIMIT, note, at_least=True)


def _day(number: int) -> date:
    return FIRST + timedelta(days=number % 366)


def _posted() -> Callable[[], None]:
    numbers = itertools.count(1)

    def posted() -> None:
        number = next(numbers)
        lines = [NewLine(1930, NET + VAT), NewLine(3010, -NET, "S25"), NewLine(2611, -VAT, "O25")]
        new = NewVoucher("A", _day(number), f"Försäljning {number}", lines, f"bench:{number}")
        with transaction() as session:
            post(session, new, by=agreements.USER, now=clock.now())

    return posted


def _bare(place: Place) -> Callable[[], None]:
    connection, numbers = store.connect(place.plain), itertools.count(1)
    for statement in TABLES:
        connection.execute(statement)
    voucher = store.marked("INSERT INTO bench_voucher VALUES (?, ?, ?, ?, ?, ?, ?, ?)", place.plain)
    line = store.marked("INSERT INTO bench_line VALUES (?, ?, ?, ?, ?, ?)", place.plain)

    def bare() -> None:
        number = next(numbers)
        on = _day(number).isoformat()
        connection.execute("BEGIN" if not store.is_sqlite(place.plain) else "BEGIN IMMEDIATE")
        connection.execute("UPDATE bench_series SET last_number = last_number + 1 WHERE id = 1")
        values = (number, TENANT, "A", number, on, f"Försäljning {number}", f"bench:{number}", "2024-01-01 09:00:00")
        connection.execute(voucher, values)
        rows = [(1930, NET + VAT, "N"), (3010, -NET, "S25"), (2611, -VAT, "O25")]
        connection.cursor().executemany(
            line, [(number, at, account, ore, code, on) for at, (account, ore, code) in enumerate(rows, 1)]
        )
        connection.execute("COMMIT")

    return bare
