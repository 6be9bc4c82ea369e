"""`flask billing`: what agreements come to for a month, the run that invoices it, and deferred income."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from flask import Flask, current_app

from infosoc.cli.base import Group
from infosoc.cli.ledger import DAY

_of_tenant = click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company that invoices.")
_on = click.option("--issued-on", type=DAY, help="The day of the invoices; else today, or the last day of the month.")


class Month(click.ParamType):
    """A month as 2026-12."""

    name = "month"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from infosoc.invoicing.rules import billing

        try:
            return value if isinstance(value, date) else billing.month_of(value)
        except billing.NotAMonth:
            self.fail(f"{value!r} is not a month such as 2026-12.", param, ctx)


_of_month = click.option("--month", required=True, type=Month(), help="The month that is invoiced, as 2026-12.")


@click.group("billing", cls=Group)
def group() -> None:
    """Invoices by agreements, and the deferred income of what is invoiced in advance."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("preview")
@_of_tenant
@_of_month
@_on
def preview(slug: str, month: date, issued_on: date | None) -> None:
    """Say what a run would invoice: a line an agreement, what has changed, what is wrong, and the sums."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing.commands import billing
    from infosoc.invoicing.queries import billing_preview
    from infosoc.tenancy import queries as tenancy

    session = db.session()
    with tenant_scope(tenancy.scope_named(session, slug)):
        frame = billing.frame(session, billing.days_of(session, month), _issue_day(month, issued_on))
        sums = billing_preview.Sums()
        for shown in billing_preview.everything(session, frame):
            _tell_bill(shown)
            sums.add(shown)
    click.echo(
        f"{slug}: {sums.invoices} invoices, net {_kr(sums.net_ore)}, VAT {_kr(sums.vat_ore)}, "
        f"to be paid {_kr(sums.payable_ore)}; {sums.problems} agreements cannot be invoiced. Nothing has been written."
    )


@group.command("run")
@_of_tenant
@_of_month
@_on
def run(slug: str, month: date, issued_on: date | None) -> None:
    """Invoice all agreements for a month. Run twice it invoices nothing twice; cut off, it goes on where it was."""
    from infosoc.cli.worker import load_jobs
    from infosoc.db.session import db, transaction
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing.commands import billing
    from infosoc.jobs.worker import run_here
    from infosoc.kernel import clock
    from infosoc.tenancy import queries as tenancy

    load_jobs()
    scope = tenancy.scope_named(db.session(), slug)
    with tenant_scope(scope), transaction() as session:
        day, page = _issue_day(month, issued_on), f"/{slug}/billing-runs"
        started = billing.start(session, month, day, page=page, by=None, now=clock.now())
        job = billing.job_of(session, started)
        public_id, job_id = started.public_id, job.id if job else 0
    run_here(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]  # threads want the app itself
    with tenant_scope(scope):
        _tell_run(slug, public_id)


@group.command("release")
@_of_tenant
@click.option("--on", "today", type=DAY, help="Release the months that ended before this day; else before today.")
def release(slug: str, today: date | None) -> None:
    """Make income of what was deferred for months that have ended, and make good what was released wrongly."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing.commands import deferral
    from infosoc.kernel import clock
    from infosoc.tenancy import queries as tenancy

    with tenant_scope(tenancy.scope_named(db.session(), slug)):
        since = deferral.first_month(db.session())
        made = deferral.release_ended(today or clock.today(), by=None, now=clock.now(), since=since) if since else 0
    click.echo(f"{slug}: {made} vouchers.")


def _issue_day(month: date, issued_on: date | None) -> date:
    from infosoc.invoicing.rules import billing
    from infosoc.kernel import clock

    return issued_on or billing.issue_day(month, clock.today())


def _tell_bill(shown: Any) -> None:
    bill = shown.bill
    head = f"{bill.agreement.number}\t{bill.name}"
    if bill.problem:
        click.echo(f"{head}\tcannot be invoiced: {bill.problem}")
        return
    record = bill.record
    sums = f"{_kr(record.net_ore)} + VAT {_kr(record.vat_ore)} = {_kr(record.payable_ore)}" if record else "nothing"
    click.echo(f"{head}\t{sums}")
    for row in record.lines if record else ():
        click.echo(f"\t{row.text} {row.period_start} – {row.period_end}\t{_kr(row.net_ore)}")
    for text, values in (*shown.changes, *shown.warnings):
        click.echo(f"\t{text % values if values else text}")


def _tell_run(slug: str, public_id: str) -> None:
    from infosoc.db.session import db
    from infosoc.invoicing.commands import billing
    from infosoc.invoicing.queries import billing_runs
    from infosoc.invoicing.rules.billing import RunState
    from infosoc.jobs.rules import JobState

    session = db.session()
    session.expunge_all()  # what was read before the run was carried out
    session.rollback()
    run = billing_runs.run(session, public_id)
    for one in billing_runs.problems(session, run):
        click.echo(
            f"{one.agreement.number}\t{one.name}\tnot invoiced: {one.text % one.facts if one.facts else one.text}"
        )
    sums = billing_runs.sums(session, run)
    click.echo(
        f"{slug}: {sums.invoices} invoices for {run.through_on:%Y-%m} issued on {run.issued_on}, "
        f"net {_kr(sums.net_ore)}, to be paid {_kr(sums.payable_ore)}; {run.failed} agreements not invoiced."
    )
    if run.state != RunState.DONE:
        job = billing.job_of(session, run)
        if job is not None and job.state == JobState.FAILED:
            raise click.ClickException(job.problem["message"] % job.problem.get("values", {}))
        raise click.ClickException("The run is not through yet: a worker is at it, or the same command again goes on.")


def _kr(ore: int) -> str:
    from infosoc.kernel.money import print_ore

    return print_ore(ore)
