"""Taking a backup of everything, and putting it back."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import delete

from infosoc.cli.base import Command
from infosoc.kernel import clock
from infosoc.suppression import rules

MAILINGS_CAME, DELIVERIES_CAME = "0007", "0013"  # the revisions that brought their tables
NOUNS = {"tenant": "companies", "user_account": "users"}


def init_app(app: Flask) -> None:
    app.cli.add_command(backup)
    app.cli.add_command(restore)


@click.command("backup", cls=Command)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write a backup of everything into FILE (tar.gz): the database, uploaded files and key files.

    It may be taken while people work. It holds personal data and keys: encrypt it before it leaves the machine.
    """
    from infosoc.db import archive, dumps
    from infosoc.db.revision import database_revision
    from infosoc.db.session import db

    if file.exists():
        raise click.ClickException(f"{file} exists already.")
    if not file.resolve().parent.is_dir():
        raise click.ClickException(f"There is no folder {file.parent}. Make it first.")
    revision = database_revision(db.session())
    db.session.remove()
    if revision is None:
        raise click.ClickException("The database is empty: there is nothing to back up.")
    data_dir = current_app.extensions["settings"].data_dir
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.resolve().parent) as scratch:
        copy = dumps.dump(db.engine, Path(scratch))
        manifest = archive.pack(
            file.resolve(), database=copy, data_dir=data_dir, backend=db.engine.dialect.name, revision=revision,
            made_at=clock.now().isoformat(timespec="seconds"), pepper=rules.fingerprint(_pepper()),
        )  # fmt: skip
    click.echo(f"{file}: the database and {len(manifest.members) - 1} files, at revision {revision}.")
    click.echo("The pepper of the suppressions is not in it, on purpose: keep a copy of it apart, once.", err=True)
    if not any(member.name.endswith("/secret_key") for member in manifest.members):
        click.echo("The keys come from the environment and are not in it: keep them elsewhere.", err=True)


@click.command("restore", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that holds something.")
@click.option("--pepper-lost", is_flag=True, help="Restore without the pepper: nobody who has objected is known again.")
@with_appcontext
def restore(file: Path, yes: bool, pepper_lost: bool) -> None:
    """Put back everything from FILE, made by `flask backup`. Stop the web server and the worker first.

    Outgoing mail is off afterwards, until `flask mail resume`; everybody signs in again.
    """
    from infosoc.db import archive, dumps
    from infosoc.db.session import db

    data_dir = current_app.extensions["settings"].data_dir
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as scratch:
        folder = Path(scratch)
        manifest = archive.unpack(file, folder)
        _check(manifest, dumps.held(db.engine), yes=yes)
        if not pepper_lost:
            _check_pepper(manifest)
        copy = next(folder / member.name for member in manifest.members if member.name.startswith("database/"))
        db.session.remove()
        dumps.load(db.engine, copy, _statements(manifest.revision))
        count = archive.put_back(manifest, folder, data_dir)
    _tell(manifest, count)
    _replay(manifest)


def _check(manifest, held: dict[str, int], *, yes: bool) -> None:
    from infosoc.db.revision import known_revisions
    from infosoc.db.session import db

    here = db.engine.dialect.name
    if manifest.backend != here:
        raise click.ClickException(f"The backup is of {manifest.backend}, and DATABASE_URL says {here}.")
    if manifest.revision not in known_revisions():
        raise click.ClickException("The backup was made by a newer version of Infosoc. Restore it with that one.")
    if held and not yes:
        words = " and ".join(f"{count} {NOUNS[name]}" for name, count in held.items())
        raise click.ClickException(f"The database holds {words}. Add --yes to replace all of it.")
    if held and _is_worked_on():
        raise click.ClickException("A worker is running on this database. Stop it first.")


def _pepper() -> bytes:
    return current_app.extensions["settings"].pepper.encode()


def _check_pepper(manifest) -> None:
    """With another pepper nobody who has objected would be known again (M-17)."""
    if manifest.pepper and manifest.pepper != rules.fingerprint(_pepper()):
        place = current_app.extensions["settings"].data_dir / "suppression_pepper"
        raise click.ClickException(
            f"The suppressions in the backup were made with another pepper. Put your copy of it into {place} first "
            "(or set SUPPRESSION_PEPPER): without it, people who have objected would be written to again."
        )


def _is_worked_on() -> bool:
    """Whether a worker that may live has this database; one known to be dead does not count."""
    from sqlalchemy import select

    from infosoc.db.session import db
    from infosoc.jobs.models import WorkerBeat
    from infosoc.jobs.worker import is_dead

    now = clock.now()
    return any(not is_dead(beat, now) for beat in db.session().scalars(select(WorkerBeat)))


def _statements(revision: str) -> list:
    """What must be so before anybody can see the restored database."""
    from infosoc.accounts.models import UserSession
    from infosoc.db.revision import has_come_by
    from infosoc.invoicing.commands.deliveries import statements_after_restore as deliveries_after_restore
    from infosoc.jobs.models import WorkerBeat
    from infosoc.mailings.commands.sending import statements_after_restore as mailings_after_restore
    from infosoc.outbox.commands import statements_after_restore

    of_mailings = mailings_after_restore(clock.now()) if has_come_by(MAILINGS_CAME, revision) else []
    of_deliveries = deliveries_after_restore(clock.now()) if has_come_by(DELIVERIES_CAME, revision) else []
    return [
        *statements_after_restore(clock.now()),
        *of_mailings,
        *of_deliveries,
        delete(UserSession),
        delete(WorkerBeat),
    ]


def _tell(manifest, count: int) -> None:
    from infosoc.db.revision import program_revision

    click.echo(f"Restored: the database and {count} files, as they were at {manifest.made_at}.")
    if manifest.revision != program_revision():
        click.echo("The backup is from an older version: run `flask db upgrade` now.")
    click.echo("Outgoing mail is off. Go through the uncertain messages and letters, then run `flask mail resume`.")


def _replay(manifest) -> None:
    """Removals and objections made since the backup hold again before anybody opens it (P-42)."""
    from infosoc.db.revision import program_revision
    from infosoc.privacy.commands import replay

    if manifest.revision != program_revision():
        click.echo("Then run `flask privacy replay`, before anybody signs in: people have been removed since.")
        return
    done = replay.replay()
    click.echo(
        f"Done again since the backup: {done.erasures} removals, {done.objections} objections, "
        f"{done.restrictions} restrictions."
    )
