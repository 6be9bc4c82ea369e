"""`flask reminders`: who is late and what a run would ask of them, the run itself, and checked reference rates."""

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
    from infosoc.reminders.queries.late import Found
    from infosoc.reminders.rules.steps import Letter

_of_tenant = click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company that is owed.")
_on = click.option("--on", "on", type=DAY, help="The day of the letters; else today.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


@click.group("reminders", cls=Group)
def group() -> None:
    """Reminders, collection demands and late interest."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("preview")
@_of_tenant
@_on
@_json
def preview(slug: str, on: date | None, as_json: bool) -> None:
    """Say what a run would write, to whom, what it asks for, and what cannot be done. Nothing is written."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.kernel import clock
    from infosoc.reminders.commands import sending
    from infosoc.tenancy.queries import scope_named

    day = on or clock.today()
    with tenant_scope(scope_named(db.session(), slug)):
        found = sending.preview(db.session(), on=day)
    told = _as_told(found, day)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in told["letters"]:
        click.echo(_line(one))
    for one in told["problems"]:
        click.echo(f"{one['invoice']}\t{one['buyer']}\tcannot be done: {one['reason']}")
    total = sum(one["to_pay_ore"] for one in told["letters"])
    click.echo(
        f"{slug}: {counted(len(told['letters']), 'invoice')} on {day}, {_kr(total)} in all; "
        f"{len(told['problems'])} cannot be done. Nothing has been written."
    )


@group.command("run")
@_of_tenant
@_on
@_json
def run(slug: str, on: date | None, as_json: bool) -> None:
    """Write the letters of the day. Run twice it writes none twice; cut off, it goes on where it was.

    Claims whose next step is the collection company are not handed over: a person does that.
    """
    from infosoc.cli.worker import load_jobs
    from infosoc.db.session import db, transaction
    from infosoc.db.tenancy import tenant_scope
    from infosoc.jobs.worker import run_here
    from infosoc.kernel import clock
    from infosoc.reminders.commands import sending
    from infosoc.tenancy.queries import scope_named

    load_jobs()
    day, scope = on or clock.today(), scope_named(db.session(), slug)
    try:
        with tenant_scope(scope), transaction() as session:
            page = f"/{slug}/reminders/runs"
            started = sending.start(session, on=day, only=None, page=page, by=None, now=clock.now())
            job = sending.job_of(session, started)
            public_id, job_id = started.public_id, job.id if job else 0
    except sending.NobodyToRemind:
        told = {"on": day.isoformat(), "written": 0, "not_written": 0, "letters": [], "problems": []}
        click.echo(json.dumps(told, indent=2) if as_json else f"{slug}: nobody is to be reminded on {day}.")
        return
    run_here(app_ctx.app, job_id)
    with tenant_scope(scope):
        _tell_run(slug, public_id, as_json=as_json)


@group.command("rate")
@_of_tenant
@click.argument("starts_on", type=DAY, metavar="FIRST-DAY")
@click.argument("percent", metavar="PERCENT")
@click.option("--source", required=True, help="Where it was read, and when: riksbank.se 2025-01-02.")
def rate(slug: str, starts_on: date, percent: str, source: str) -> None:
    """Enter the reference rate of the half-year that begins on FIRST-DAY, read at the Riksbank and checked."""
    from infosoc.db.session import db, transaction
    from infosoc.db.tenancy import tenant_scope
    from infosoc.kernel import clock, money
    from infosoc.reminders.commands import policy
    from infosoc.tenancy.queries import scope_named

    with tenant_scope(scope_named(db.session(), slug)), transaction() as session:
        hundredths = money.parse_ore(percent.removesuffix("%").strip())
        policy.enter_rate(session, starts_on, hundredths, source, by=None, now=clock.now())
    click.echo(f"{slug}: the reference rate from {starts_on} is {_kr(hundredths)} per cent.")


def _as_told(found: Found, on: date) -> dict[str, Any]:
    held: dict[str, int] = {}
    for _, why in found.preview.held:
        held[why.value] = held.get(why.value, 0) + 1
    return {
        "on": on.isoformat(),
        "letters": [_letter(one, found) for one in found.preview.letters],
        "held": held,
        "problems": [
            {"invoice": found.late[claim.id].number, "buyer": found.late[claim.id].buyer, "reason": str(error)}
            for claim, error in found.preview.refused
        ],
    }  # fmt: skip


def _letter(one: Letter, found: Found) -> dict[str, Any]:
    from infosoc.reminders.queries.late import to_pay

    late = found.late[one.claim.id]
    return {
        "invoice": late.number, "buyer": late.buyer, "step": one.step.kind.value,
        "due_on": one.claim.due_on.isoformat(), "pay_by": one.pay_by.isoformat(), "open_ore": one.claim.open_ore,
        "interest_ore": one.interest.total_ore, "fees_ore": one.costs.fees_ore,
        "compensation_ore": one.costs.compensation_ore, "paid_ore": late.paid_ore, "to_pay_ore": to_pay(one, late),
    }  # fmt: skip


def _line(one: dict[str, Any]) -> str:
    return (
        f"{one['invoice']}\t{one['buyer']}\t{one['step']}\tdue {one['due_on']}\t{_kr(one['open_ore'])} + interest "
        f"{_kr(one['interest_ore'])} + costs {_kr(one['fees_ore'] + one['compensation_ore'])} = "
        f"{_kr(one['to_pay_ore'])}"
    )


def _tell_run(slug: str, public_id: str, *, as_json: bool) -> None:
    from infosoc.db.session import db
    from infosoc.reminders.queries import runs
    from infosoc.reminders.rules.words import RunState

    session = db.session()
    session.expunge_all()  # what was read before the run was carried out
    session.rollback()
    done = runs.run(session, public_id)
    written, problems = runs.letters(session, done), runs.problems(session, done)
    told = {
        "on": done.run_on.isoformat(), "written": done.made, "not_written": done.failed,
        "letters": [{"invoice": one.number, "buyer": one.buyer, "step": one.kind, "channel": one.channel,
                     "to_pay_ore": one.to_pay_ore} for one in written],
        "problems": [{"invoice": one.number, "buyer": one.buyer, "reason": one.said} for one in problems],
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for one in problems:
            click.echo(f"{one.number}\t{one.buyer}\tnot done: {one.said}")
        click.echo(
            f"{slug}: {counted(done.made, 'letter')} of {done.run_on}; {counted(done.failed, 'invoice')} not "
            "reminded of."
        )
    if done.state != RunState.DONE:
        raise click.ClickException("The run is not through yet: a worker is at it, or it failed; see the list of jobs.")


def _kr(ore: int) -> str:
    from infosoc.kernel.money import print_ore

    return print_ore(ore)
