"""`flask ledger`: the proof that the books are whole, balances, years and locks."""

from __future__ import annotations

from datetime import date

import click
from flask import Flask

from infosoc.cli.base import Group
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.money import print_ore
from infosoc.ledger.commands import years as commands
from infosoc.ledger.models import FiscalYear
from infosoc.ledger.queries import accounts, checks, years
from infosoc.tenancy import queries as tenancy


class Day(click.ParamType):
    """A day as 2026-12-31."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-12-31.", param, ctx)


DAY = Day()
_of_tenant = click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company whose books it is.")


@click.group("ledger", cls=Group)
def group() -> None:
    """The books: check them, list balances, add and lock years."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("check")
@click.option("--tenant", "slug", metavar="SLUG", help="One company alone.")
def check(slug: str | None) -> None:
    """Recount everything from the lines of the vouchers; each fault is a line, and the exit status 1."""
    session = db.session()
    found = 0
    for tenant in tenancy.all_tenants(session):
        if slug not in (None, tenant.slug):
            continue
        with tenant_scope(tenancy.scope_named(session, tenant.slug)):
            books = checks.check(session)
        for fault in books.faults:
            click.echo(f"{tenant.slug}: {fault}")
        found += len(books.faults)
        said = "whole" if not books.faults else f"{len(books.faults)} faults"
        click.echo(f"{tenant.slug}: {books.vouchers} vouchers, {books.lines} lines: {said}.")
    if slug is not None:
        tenancy.tenant_named(session, slug)
    if found:
        raise SystemExit(1)


@group.command("years")
@_of_tenant
def list_years(slug: str) -> None:
    """List the fiscal years, one a line: first day, last day, locked through, vouchers."""
    session = db.session()
    with tenant_scope(tenancy.scope_named(session, slug)):
        counts = years.vouchers_by_year(session)
        for year in reversed(years.years(session)):
            click.echo(f"{year.starts_on}\t{year.ends_on}\t{year.locked_through or '-'}\t{counts.get(year.id, 0)}")


@group.command("add-year")
@_of_tenant
@click.argument("first", type=DAY)
@click.argument("last", type=DAY)
def add_year(slug: str, first: date, last: date) -> None:
    """Add the fiscal year from FIRST to LAST."""
    with transaction() as session, tenant_scope(tenancy.scope_named(session, slug)):
        commands.add_year(session, first, last, by=None, now=clock.now())
    click.echo(f"{slug}: the fiscal year {first} to {last} has been added.")


@group.command("lock")
@_of_tenant
@click.argument("through", type=DAY)
def lock(slug: str, through: date) -> None:
    """Let nothing more be posted on days up to and with THROUGH, in its fiscal year."""
    with transaction() as session, tenant_scope(tenancy.scope_named(session, slug)):
        year = _year_of(years.years(session), through)
        commands.lock(session, year.public_id, through, by=None)
    click.echo(f"{slug}: locked through {through}.")


@group.command("unlock")
@_of_tenant
@click.argument("year_of", metavar="DAY", type=DAY)
@click.option("--through", type=DAY, help="Leave this much locked.")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
def unlock(slug: str, year_of: date, through: date | None, reason: str) -> None:
    """Unlock the fiscal year that DAY is in."""
    with transaction() as session, tenant_scope(tenancy.scope_named(session, slug)):
        year = _year_of(years.years(session), year_of)
        commands.unlock(session, year.public_id, through, reason, by=None)
    click.echo(f"{slug}: unlocked.")


@group.command("balances")
@_of_tenant
@click.option("--year", "year_of", metavar="DAY", type=DAY, help="A day in the year; else this one.")
def balances(slug: str, year_of: date | None) -> None:
    """List what stands on each account, in kronor, debit positive: opening balance and what was posted."""
    session = db.session()
    with tenant_scope(tenancy.scope_named(session, slug)):
        year = _year_of(years.years(session), year_of or clock.today())
        rows = [row for row in accounts.chart(session, year) if row.is_moved]
        for row in rows:
            click.echo(f"{row.account.number}\t{print_ore(row.balance_ore)}\t{row.account.name_sv}")
        click.echo(f"\t{print_ore(sum(row.balance_ore for row in rows))}\t{year.starts_on} to {year.ends_on}")


def _year_of(known: list[FiscalYear], day: date) -> FiscalYear:
    for year in known:
        if year.starts_on <= day <= year.ends_on:
            return year
    raise click.ClickException(f"There is no fiscal year on the books for {day}.")
