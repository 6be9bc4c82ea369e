"""Importing lists, and taking an import back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from infosoc.cli.base import Group

MOST_SHOWN = 50


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@click.group("import", cls=Group)
def group() -> None:
    """Import lists; take an import back."""


@group.command("companies")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company whose register it goes into.")
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; the first with a table unless said.")
@click.option(
    "--mapping", "mapping_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='What the columns hold: JSON, {"column number or heading": "field"}. Guessed unless given.',
)  # fmt: skip
@click.option("--source", metavar="TEXT", help="Where the list comes from; required with --commit.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen; so it is unless --commit is given.")
@click.option("--commit", is_flag=True, help="Import the good rows.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def companies(
    file: Path, slug: str, sheet: str | None, mapping_file: Path | None, source: str | None, dry_run: bool,
    commit: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import a CSV or Excel list of companies and their contact persons.

    Encoding, delimiter, headings and columns are found out. Rows that cannot be imported are listed with their reason;
    the good ones are imported all the same. The same file a second time changes nothing.
    """
    from infosoc.crm.imports import headings, reading
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.tenancy.queries import scope_named

    dry = not commit
    _check_flags(commit, dry_run, source)
    with tenant_scope(scope_named(db.session(), slug)):
        how = reading.detect(file, sheet=sheet)
        if sheet is not None and how.kind != "xlsx":
            raise click.UsageError(f"--sheet is for workbooks, and {file} is a text file.")
        if mapping_file is not None:
            mapping = headings.parse_mapping(_json(mapping_file), how.headings, how.columns)
        else:
            mapping = headings.guess(how.headings, how.sample_cells, how.columns)
            headings.check_mapping(mapping)
        outcome = _tried(file, how, mapping) if dry else _done(file, how, mapping, source or "")
    told = {
        "encoding": how.encoding or None, "delimiter": how.delimiter or None, "heading_row": how.heading_row,
        "mapping": headings.as_json(mapping, how.headings), **outcome,
    }  # fmt: skip
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else _in_words(file, told, dry=dry))


def _check_flags(commit: bool, dry_run: bool, source: str | None) -> None:
    if commit and dry_run:
        raise click.UsageError("--commit and --dry-run exclude each other.")
    if commit and not (source and source.strip()):
        raise click.UsageError("--commit needs --source: where the list comes from.")


@group.command("revert")
@click.argument("id_", metavar="ID")
def revert(id_: str) -> None:
    """Take the import ID back: what it made is removed, what it changed is as before. ID is printed by --commit.

    What somebody has changed since is kept, and listed.
    """
    from infosoc.crm import import_rules as rules
    from infosoc.crm.commands import import_revert
    from infosoc.crm.queries import imports as queries
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.kernel import clock

    with tenant_scope(queries.scope_of_batch(db.session(), id_)):
        try:
            import_revert.revert_here(id_, by=None, now=clock.now())
        except rules.NotNow as error:
            raise click.ClickException(_not_now(queries.batch(db.session(), id_))) from error
        batch = queries.batch(db.session(), id_)
        kept = queries.rows(db.session(), batch, "kept", 1).rows
        number = queries.kept_count(db.session(), batch)
    click.echo(f"The import of {batch.shown_name} has been taken back.")
    for row in kept[:MOST_SHOWN]:
        why = " ".join(reason.in_english() for reason in row.reasons if reason.kind == "told")
        click.echo(f"  row {row.number}: {row.name}: {why}")
    if number > len(kept[:MOST_SHOWN]):
        click.echo(f"  and {number - len(kept[:MOST_SHOWN])} more rows that were changed since")


def _not_now(batch: Any) -> str:
    if batch.state == "reverted":
        return f"The import of {batch.shown_name} has been taken back already."
    return f"The import of {batch.shown_name} cannot be taken back: it is {batch.state}."


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise click.ClickException(f"{path} is not JSON: {error}.") from error


def _tried(file: Path, how: Any, mapping: tuple[str, ...]) -> dict[str, Any]:
    """What the file would do; nothing is written."""
    from infosoc.crm.commands import import_runs
    from infosoc.crm.imports.planning import Policy
    from infosoc.crm.queries import import_matching
    from infosoc.db.scratch import Scratch
    from infosoc.db.session import db
    from infosoc.kernel import clock

    refused: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    with Scratch() as scratch:
        preview = import_runs.Preview(import_matching.lists(db.session()), Policy.FILL, scratch)
        for rows in import_runs.in_chunks(import_runs.rows_of(file, how, mapping, today=clock.today())):
            for plan in preview.plan(db.session(), rows):
                _tell(plan.number, plan.result.value, plan.reasons, refused, warnings)
    return _outcome(preview.counts, refused, warnings)


def _done(file: Path, how: Any, mapping: tuple[str, ...], source: str) -> dict[str, Any]:
    """Import the good rows."""
    from infosoc.crm.commands import import_here
    from infosoc.crm.queries import imports as queries
    from infosoc.db.session import db
    from infosoc.kernel import clock

    public_id = import_here.import_file(file, how, mapping, source=source, now=clock.now())
    batch = queries.batch(db.session(), public_id)
    refused: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    for number, result, reasons in queries.remarks(db.session(), batch):
        _tell(number, result, reasons, refused, warnings)
    return {**_outcome(batch.counts, refused, warnings), "id": public_id}


def _tell(number: int, result: str, reasons: Any, refused: list[Any], warnings: list[Any]) -> None:
    if result == "refused":
        refused.append({"row": number, "reason": " ".join(reason.in_english() for reason in reasons)})
    else:
        said = [reason.in_english() for reason in reasons if reason.kind == "warned"]
        warnings += [{"row": number, "warning": text} for text in said]


def _outcome(counts: dict[str, int], refused: list[Any], warnings: list[Any]) -> dict[str, Any]:
    names = ("new", "changed", "unchanged", "refused")
    return {"counts": {name: counts.get(name, 0) for name in names}, "refused": refused, "warnings": warnings}


def _in_words(file: Path, told: dict[str, Any], *, dry: bool) -> str:
    how = f"{told['encoding']}, delimiter {told['delimiter']!r}" if told["encoding"] else "an Excel workbook"
    where = f"headings in row {told['heading_row']}" if told["heading_row"] else "no headings"
    lines = [f"{file}: {how}, {where}.", "Columns:"]
    lines += [f"  {column}: {field}" for column, field in told["mapping"].items()]
    counts = told["counts"]
    lines.append(
        f"Rows: {counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged, "
        f"{counts['refused']} refused."
    )
    lines += _listed("refused", [(one["row"], one["reason"]) for one in told["refused"]])
    lines += _listed("with a remark", [(one["row"], one["warning"]) for one in told["warnings"]])
    if dry:
        lines.append("Nothing has been written. Add --commit and --source TEXT to import.")
    else:
        lines.append(f"Imported. To take it back: flask import revert {told['id']}")
    return "\n".join(lines)


def _listed(what: str, rows: list[tuple[int, str]]) -> list[str]:
    lines = [f"  row {number}: {text}" for number, text in rows[:MOST_SHOWN]]
    left = len(rows) - len(lines)
    return [*lines, f"  and {left} more {what}"] if left > 0 else lines
