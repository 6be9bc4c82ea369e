"""Taking lists out as files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from infosoc.cli.base import Command


def init_app(app: Flask) -> None:
    app.cli.add_command(export)


@click.command("export", cls=Command)
@click.argument("list_name", metavar="LIST", type=click.Choice(["companies", "contacts", "log"]))
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company whose list it is.")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv", show_default=True)
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@with_appcontext
def export(list_name: str, slug: str, kind: str, output: Path) -> None:
    """Write LIST (companies, contacts or log) into a file for a spreadsheet. It is logged as an export.

    Sole traders' numbers and persons with protected identity are left out.
    """
    from infosoc.crm.commands import exports as commands
    from infosoc.crm.exports import columns
    from infosoc.db.session import db, transaction
    from infosoc.db.tenancy import tenant_scope
    from infosoc.documents import tables
    from infosoc.kernel import clock
    from infosoc.tenancy.queries import scope_named

    known = columns.of_list(list_name)
    names = [column.name for column in known]
    with tenant_scope(scope_named(db.session(), slug)):
        rows = _Counted(_rows(list_name, names))
        with tables.write(kind, [column.label for column in known], rows) as file, output.open("wb") as target:
            output.chmod(0o600)
            shutil.copyfileobj(file, target)
        with transaction() as session:
            commands.note(
                session, list_name, query="", columns=names, rows=rows.number, kind=kind, by=None, now=clock.now()
            )
    click.echo(f"{output}: {rows.number} rows.")


def _rows(list_name: str, names: list[str]) -> Iterator[list[str]]:
    from infosoc.crm.lists import state
    from infosoc.crm.lists.registry import list_named
    from infosoc.crm.lists.spec import Reader
    from infosoc.crm.queries import exports as queries
    from infosoc.crm.queries import lists_walk
    from infosoc.crm.queries.lists_choices import choices
    from infosoc.crm.queries.log import LogFilter
    from infosoc.db.session import db
    from infosoc.kernel import clock

    # The command line is nobody with a right to what is sensitive.
    session, reader = db.session(), Reader(0, clock.today())
    if list_name == "log":
        return queries.entries(session, LogFilter(), reader, names, str)
    known = choices(session, list_name, reader)
    taken = queries.Taken(lists_walk.walk(session, state.read(list_named(list_name), {}, reader, known)))
    if list_name == "contacts":
        return queries.contacts(session, taken, names, str)
    return queries.companies(session, taken, known, names, str)


class _Counted:
    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows, self.number = rows, 0

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._rows:
            self.number += 1
            yield row
