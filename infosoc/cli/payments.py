"""`flask payments`: what bank files hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from infosoc.cli.base import Group


@click.group("payments", cls=Group)
def group() -> None:
    """Incoming payments."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company that has been paid.")
@click.option("--dry-run", is_flag=True, help="Only tell what the file holds. Required so far.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def import_(file: Path, slug: str, dry_run: bool, as_json: bool) -> None:
    """Read a bank file: BgMax, camt.053 or camt.054, found from its content.

    Control sums are checked. Nothing of a file that has been changed, cut off or put together is used; a section in
    another currency is left out and named.
    """
    from infosoc.db.session import db
    from infosoc.payments.readers import files
    from infosoc.payments.readers.errors import BankFileError
    from infosoc.payments.report import Report
    from infosoc.tenancy.queries import tenant_named

    if not dry_run:
        raise click.UsageError("Payments cannot be entered in the books yet: add --dry-run to see what the file holds.")
    tenant_named(db.session(), slug)
    # No receiving account is registered anywhere yet, so that each is told to be unknown.
    report = Report(own_accounts=())
    try:
        with file.open("rb") as stream:
            report.read(files.read(stream))
    except BankFileError as error:
        if as_json:
            click.echo(_as_text(report.as_json()))
        raise click.ClickException(f"{file}: {error} Nothing has been read from it.") from error
    click.echo(_as_text(report.as_json()) if as_json else _in_words(file, report.as_json()))


def _as_text(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _in_words(file: Path, told: dict[str, Any]) -> str:
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
    lines += [f"  section {one['section']} is refused: {one['reason']}" for one in told["refused"]]
    lines += [f"  warning: {one['warning']}" for one in told["warnings"]]
    if told["more_warnings"]:
        lines.append(f"  and {told['more_warnings']} more warnings")
    return "\n".join([*lines, "Nothing has been written."])
