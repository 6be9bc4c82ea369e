"""`flask payments`: bank files, booked or only looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from infosoc.cli.base import Group, counted


@click.group("payments", cls=Group)
def group() -> None:
    """Incoming payments."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company that has been paid.")
@click.option("--dry-run", is_flag=True, help="Only tell what the file holds and what would be booked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def import_(file: Path, slug: str, dry_run: bool, as_json: bool) -> None:
    """Read a bank file, and book it: BgMax, camt.053 or camt.054, found from its content.

    Control sums are checked first. Nothing of a file that has been changed, cut off or put together is used; a section
    in another currency or to an account that is not ours is left out and named. What has been booked before, from this
    file or another, is not booked again. An import that was cut off goes on where it was.
    """
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.kernel.errors import DomainError
    from infosoc.tenancy.queries import scope_named

    with tenant_scope(scope_named(db.session(), slug)):
        told: dict[str, Any] = {}
        try:
            told = _tried(file) if dry_run else _booked(file)
        except DomainError as error:
            if as_json:
                click.echo(_as_text(told_of(error)))
            raise click.ClickException(f"{file}: {error} Nothing has been booked from it.") from error
    click.echo(_as_text(told) if as_json else _in_words(file, told, dry_run))
    if not dry_run and told["refused"] and not told["booked_payments"] and not told["known"]:
        raise SystemExit(1)


def told_of(error: Any) -> dict[str, Any]:
    """The answer for a file that cannot be used at all."""
    from infosoc.payments.report import Report

    told = Report(()).as_json()
    told["refused"] = [{"line": getattr(error, "line", 1), "reason": str(error)}]
    return told


def _tried(file: Path) -> dict[str, Any]:
    from infosoc.db.session import db
    from infosoc.payments.commands import files
    from infosoc.payments.survey import NotOurs
    from infosoc.payments.trial import trial

    session = db.session()
    with file.open("rb") as stream:
        read = files.survey(session, stream)
        made = trial(session, stream, read)
    answer = read.report.as_json()
    counts = answer["counts"]
    # What would be left out for its account or its day is a warning here; its sums are told all the same.
    warnings = answer["warnings"] + [
        {"line": one["line"], "warning": one["reason"]} for one in read.refused if one["message"] != NotOurs.message
    ]  # an account that is not ours is warned of by the report itself
    everything = counts["payments"] + counts["deductions"]
    return answer | made.as_json() | {"warnings": warnings, "unmatched": everything - made.matched}


def _booked(file: Path) -> dict[str, Any]:
    from infosoc.db.session import db, transaction
    from infosoc.kernel import clock
    from infosoc.payments import importing
    from infosoc.payments.commands import files

    with file.open("rb") as stream:
        read = files.survey(db.session(), stream)
        if read.report.is_test:
            raise files.IsTest(1)
        with transaction() as session:
            kept = files.take_in(session, stream, read, name=file.name, by=None, now=clock.now())
            public_id = kept.public_id
    importing.begin(public_id, by=None, read=read)
    importing.carry_on(public_id, by=None)
    done = files.file_at(db.session(), public_id)
    unmatched = done.total - done.matched
    return done.report | {"matched": done.matched, "unmatched": unmatched, "booked_payments": done.total}


def _as_text(told: dict[str, Any]) -> str:
    shown = {name: value for name, value in told.items() if name not in ("is_test",)}
    shown["refused"] = [
        {name: value for name, value in one.items() if name in ("section", "line", "reason")}
        for one in told["refused"]
    ]  # fmt: skip
    return json.dumps(shown, ensure_ascii=False, indent=2)


def _in_words(file: Path, told: dict[str, Any], dry_run: bool) -> str:
    from infosoc.kernel.money import print_ore

    counts = told["counts"]
    kronor = {name: print_ore(told[f"{name}_ore"], locale="en") for name in ("payments", "deductions", "deposits")}
    lines = [
        f"{file}: {told['format']}, version {told['version']}.",
        f"Payments: {counts['payments']}, {kronor['payments']} kr.",
        f"Deductions: {counts['deductions']}, {kronor['deductions']} kr.",
        f"Deposits: {counts['deposits']}, {kronor['deposits']} kr.",
        f"Matched: {told['matched']}. Unmatched: {told['unmatched']}.",
    ]
    if told.get("known"):
        lines.append(f"Deposits that were known already, and are not booked again: {told['known']}.")
    lines += [f"  section {one['section']} is refused: {one['reason']}" for one in told["refused"]]
    lines += [f"  warning: {one['warning']}" for one in told["warnings"]]
    if told["more_warnings"]:
        lines.append(f"  and {told['more_warnings']} more warnings")
    lines.append("Nothing has been written." if dry_run else f"Booked: {counted(told['booked_payments'], 'payment')}.")
    return "\n".join(lines)
