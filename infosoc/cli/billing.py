"""`flask billing`: what agreements come to for a month, the run that invoices it, and deferred income."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from flask import Flask
from flask.globals import app_ctx

from infosoc.cli.base import Group, counted
from infosoc.cli.ledger import DAY

if TYPE_CHECKING:
    from infosoc.invoicing.models import BillingRun
    from infosoc.invoicing.queries.billing_preview import Shown, Told

_of_tenant = click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company that invoices.")
_on = click.option("--issued-on", type=DAY, help="The day of the invoices; else today, or the last day of the month.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


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
@_json
def preview(slug: str, month: date, issued_on: date | None, as_json: bool) -> None:
    """Say what a run would invoice: a line an agreement, what has changed, what is wrong, and the sums."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing.commands import billing
    from infosoc.invoicing.queries import billing_preview
    from infosoc.tenancy import queries as tenancy

    session, day = db.session(), _issue_day(month, issued_on)
    told: dict[str, Any] = {"tenant": slug, "month": f"{month:%Y-%m}", "issued_on": day.isoformat(), "agreements": []}
    with tenant_scope(tenancy.scope_named(session, slug)):
        frame = billing.frame(session, billing.days_of(session, month), day)
        sums = billing_preview.Sums()
        for shown in billing_preview.everything(session, frame):
            sums.add(shown)
            one = _bill(shown)
            if as_json:
                told["agreements"].append(one)
            else:
                _tell_bill(one)
    told |= {
        "invoices": sums.invoices, "problems": sums.problems, "net_ore": sums.net_ore, "vat_ore": sums.vat_ore,
        "payable_ore": sums.payable_ore, "warnings": [warning] if (warning := _ahead(day)) else [],
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _tell_sums(told)


@group.command("run")
@_of_tenant
@_of_month
@_on
@_json
def run(slug: str, month: date, issued_on: date | None, as_json: bool) -> None:
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
    run_here(app_ctx.app, job_id)
    with tenant_scope(scope):
        _tell_run(slug, public_id, as_json=as_json)


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


def _ahead(day: date) -> str:
    """What is said of invoices that are dated after today; nothing of others."""
    from infosoc.invoicing.rules import billing
    from infosoc.kernel import clock

    return billing.AHEAD % {"day": day.isoformat()} if day > clock.today() else ""


def _bill(shown: Shown) -> dict[str, Any]:
    """What would be invoiced of an agreement, or why not. Amounts in öre."""
    bill, record = shown.bill, shown.bill.record
    told: dict[str, Any] = {"agreement": bill.agreement.number, "customer": bill.name}
    if bill.problem:
        told["problem"] = str(bill.problem)
    elif record:
        told |= {"net_ore": record.net_ore, "vat_ore": record.vat_ore, "payable_ore": record.payable_ore}
        told["lines"] = [
            {"text": row.text, "from": _iso(row.period_start), "to": _iso(row.period_end), "net_ore": row.net_ore}
            for row in record.lines
        ]
    return told | {"changes": _said(shown.changes), "warnings": _said(shown.warnings)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _said(told: tuple[Told, ...]) -> list[str]:
    return [text % values if values else text for text, values in told]


def _tell_bill(one: dict[str, Any]) -> None:
    head = f"{one['agreement']}\t{one['customer']}"
    if "problem" in one:
        click.echo(f"{head}\tcannot be invoiced: {one['problem']}")
    elif "lines" in one:
        click.echo(f"{head}\t{_kr(one['net_ore'])} + VAT {_kr(one['vat_ore'])} = {_kr(one['payable_ore'])}")
    else:
        click.echo(f"{head}\tnothing")
    for row in one.get("lines", ()):
        click.echo(f"\t{row['text']} {row['from']} – {row['to']}\t{_kr(row['net_ore'])}")
    for text in (*one["changes"], *one["warnings"]):
        click.echo(f"\t{text}")


def _tell_sums(told: dict[str, Any]) -> None:
    click.echo(
        f"{told['tenant']}: {counted(told['invoices'], 'invoice')}, net {_kr(told['net_ore'])}, "
        f"VAT {_kr(told['vat_ore'])}, to be paid {_kr(told['payable_ore'])}; "
        f"{counted(told['problems'], 'agreement')} cannot be invoiced. Nothing has been written."
    )
    for warning in told["warnings"]:
        click.echo(f"warning: {warning}")


def _tell_run(slug: str, public_id: str, *, as_json: bool) -> None:
    from infosoc.db.session import db
    from infosoc.invoicing.commands import billing
    from infosoc.invoicing.queries import billing_runs
    from infosoc.invoicing.rules.billing import RunState
    from infosoc.jobs.rules import JobState

    session = db.session()
    session.expunge_all()  # what was read before the run was carried out
    session.rollback()
    run = billing_runs.run(session, public_id)
    told = _ran(slug, run)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for one in told["problems"]:
            click.echo(f"{one['agreement']}\t{one['customer']}\tnot invoiced: {one['reason']}")
        click.echo(
            f"{slug}: {counted(told['invoices'], 'invoice')} for {told['month']} issued on {told['issued_on']}, "
            f"net {_kr(told['net_ore'])}, to be paid {_kr(told['payable_ore'])}; "
            f"{counted(run.failed, 'agreement')} not invoiced."
        )
    if run.state != RunState.DONE:
        job = billing.job_of(session, run)
        if job is not None and job.state == JobState.FAILED:
            raise click.ClickException(job.problem["message"] % job.problem.get("values", {}))
        raise click.ClickException("The run is not through yet: a worker is at it, or the same command again goes on.")


def _ran(slug: str, run: BillingRun) -> dict[str, Any]:
    """What came of a run. Amounts in öre."""
    from infosoc.db.session import db
    from infosoc.invoicing.queries import billing_runs

    session = db.session()
    sums = billing_runs.sums(session, run)
    return {
        "tenant": slug, "month": f"{run.through_on:%Y-%m}", "issued_on": run.issued_on.isoformat(),
        "state": run.state, "invoices": sums.invoices, "net_ore": sums.net_ore, "vat_ore": sums.vat_ore,
        "payable_ore": sums.payable_ore,
        "problems": [
            {"agreement": one.agreement.number, "customer": one.name, "reason": _said(((one.text, one.facts),))[0]}
            for one in billing_runs.problems(session, run)
        ],
    }  # fmt: skip


def _kr(ore: int) -> str:
    from infosoc.kernel.money import print_ore

    return print_ore(ore)
