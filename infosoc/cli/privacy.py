"""`flask privacy`: extracts, removals, what is kept how long, and the proof that it all holds."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app

from infosoc.cli.base import Group
from infosoc.kernel import clock


@click.group("privacy", cls=Group)
def group() -> None:
    """What is kept of people: show it, remove it, prove it."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("extract")
@click.argument("email")
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company whose register it is.")
@click.option("--language", type=click.Choice(["sv", "en"]), default="sv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the file, for its owner only.")
def extract(email: str, slug: str, language: str, output: Path | None) -> None:
    """Print, as JSON, everything the company SLUG keeps of the person with the address EMAIL."""
    from flask_babel import force_locale, gettext

    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.privacy.queries.extract import extract as extracted
    from infosoc.tenancy.queries import scope_named

    with tenant_scope(scope_named(db.session(), slug)), force_locale(language):
        made = extracted(db.session(), address=email)
        text = json.dumps(made.as_json(gettext), ensure_ascii=False, indent=1)
    if output is None:
        click.echo(text)
        return
    output.touch(mode=0o600)
    output.write_text(text + "\n")
    click.echo(f"{output}: {sum(len(part.rows) for part in made.parts)} rows.")


@group.command("erase")
@click.argument("email")
@click.option("--tenant", "slugs", required=True, multiple=True, metavar="SLUG", help="Of which; may be repeated.")
@click.option("--allow-return", is_flag=True, help="Let the address be written down again.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def erase(email: str, slugs: tuple[str, ...], allow_return: bool, yes: bool) -> None:
    """Remove the person with the address EMAIL from the register and everything else. It cannot be undone."""
    from infosoc.db.session import db, transaction
    from infosoc.db.tenancy import tenant_scope
    from infosoc.privacy.commands import erasure
    from infosoc.tenancy.queries import scope_named

    if not yes:
        click.confirm(f"Remove everything of {email} from {', '.join(slugs)} for good?", abort=True)
    scopes = [(slug, scope_named(db.session(), slug)) for slug in slugs]
    with transaction() as session:
        for slug, scope in scopes:
            with tenant_scope(scope):
                report = erasure.erase_address(
                    session, email, channel="staff", by=None, now=clock.now(), suppress=not allow_return
                )
                session.flush()
            _tell(slug, report)
    _wipe()


def _tell(slug: str, report: Any) -> None:
    removed = ", ".join(f"{table} {count}" for table, count in sorted(report.removed.items()) if count)
    click.echo(f"{slug}: removed or emptied: {removed or 'nothing was there'}.")
    for one in report.kept:
        click.echo(f"{slug}: kept: {one.what} ({one.rows}; {one.ground}; {one.until}).")
    for message, values in report.warnings:
        click.echo(f"{slug}: {message % values}", err=True)


def _wipe() -> None:
    """What the worker does a moment later is done here before the command ends."""
    from infosoc.db import search, wiping
    from infosoc.db.session import transaction

    with transaction() as session:
        search.forget_removed(session)
    wiping.empty_log()


@group.command("retention")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--apply", is_flag=True, help="Do it, as the worker does every night.")
def retention(dry_run: bool, apply: bool) -> None:
    """Propose and remove people whose time is out, and forget what is old. Say which: --dry-run or --apply."""
    from infosoc.privacy.commands import retention as commands

    if dry_run == apply:
        raise click.UsageError("Say --dry-run or --apply.")
    for result in commands.run(now=clock.now(), apply=apply):
        click.echo(
            f"{result.tenant}: {result.proposed} proposed, {result.removed} removed, {result.kept} kept on purpose, "
            f"{result.withdrawn} no longer due."
        )
        if result.failed:
            click.echo(f"{result.tenant}: {result.failed} could not be removed; the log says why.", err=True)
        for table, count in sorted(result.forgotten.items()):
            click.echo(f"{result.tenant}: {table}: {count} old.")
    if not apply:
        click.echo("Nothing has been changed.")


@group.command("replay")
def replay() -> None:
    """Do again what the journal of removals and objections says, after an older backup has been put back."""
    from infosoc.privacy.commands import replay as commands

    done = commands.replay()
    click.echo(
        f"Done again: {done.erasures} removals, {done.objections} objections, {done.lifted} withdrawn ones, "
        f"{done.restrictions} restrictions."
    )


@group.command("verify")
def verify() -> None:
    """Prove, on a copy of the database, that nothing is missed: columns, extract, removal, and the way back in."""
    from infosoc.db.tenancy import tenant_scope
    from infosoc.privacy import verify as proof
    from infosoc.privacy.markers import fill

    began = time.monotonic()
    faults = [f"not classified: {name}" for name in proof.unclassified()]
    for session, scope in _copies():
        with tenant_scope(scope):
            marked = fill(session)
            faults += [f"not in the extract: {name}" for name in proof.missing_in_extract(session, marked)]
    for session, scope in _copies():
        with tenant_scope(scope):
            marked = fill(session, with_account=False)
            left = proof.left_after_erasure(session, marked, now=clock.now())
            faults += [f"left after a removal: {name}" for name in left]
            faults += [] if proof.is_kept_out(session) else ["a removed address can be written down again"]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.ClickException(f"{len(faults)} faults.")
    seconds = time.monotonic() - began
    click.echo(f"Every column is classified, shown and erased; a removed address stays out ({seconds:.1f} s).")


def _copies() -> Iterator[tuple[Any, Any]]:
    """A session on a scratch copy, in a company made for it; nothing of what is done in it is kept.

    In one of yours there might be a row already of what a company has one of: its settings, for one.
    """
    from infosoc.db.session import db, transaction
    from infosoc.tenancy.commands import add_tenant
    from infosoc.tenancy.queries import all_tenants, scope_of

    with _scratch():
        try:
            with transaction() as session:
                made = add_tenant(session, "verify-privacy", "Verify", now=clock.now())
                session.flush()
                yield session, scope_of(all_tenants(session), made.id)
                raise _TakenBack
        except _TakenBack:
            db.session.remove()


class _TakenBack(Exception):
    """Ends a transaction whose work is not to be kept."""


@contextmanager
def _scratch() -> Iterator[None]:
    """On SQLite a copy of the file. On PostgreSQL the database itself, in a transaction that is taken back."""
    from dataclasses import replace

    from infosoc.db import wiping

    settings = current_app.extensions["settings"]
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=settings.data_dir) as folder:
        copy = wiping.scratch_copy(Path(folder))
        if copy is None:
            yield
            return
        create_app = current_app.extensions["create_app"]
        app = create_app(replace(settings, database_url=f"sqlite:///{copy}", data_dir=Path(folder)))
        with app.app_context():
            yield
            wiping.let_go()
