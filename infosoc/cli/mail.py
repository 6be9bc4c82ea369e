"""Turning outgoing mail off and on."""

from __future__ import annotations

import click
from flask import Flask

from infosoc.cli.base import Group
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.outbox import commands, queries


def init_app(app: Flask) -> None:
    app.cli.add_command(mail)


@click.group("mail", cls=Group)
def mail() -> None:
    """Turn outgoing mail off and on, for the whole installation."""


@mail.command("pause")
@click.option("--reason", default="Turned off on the command line.", show_default=True, help="Shown on the mail page.")
def pause(reason: str) -> None:
    """Send nothing until `flask mail resume`."""
    with transaction() as session:
        commands.pause(session, reason, now=clock.now())
    click.echo("Outgoing mail is off.")


@mail.command("resume")
def resume() -> None:
    """Send what waits, from now on."""
    with transaction() as session:
        was_off = commands.resume(session)
    click.echo("Outgoing mail is on." if was_off else "Outgoing mail was on already.")


@mail.command("status")
def status() -> None:
    """Say whether outgoing mail is on."""
    found = queries.pause(db.session())
    click.echo(f"Outgoing mail is off: {found.reason}" if found else "Outgoing mail is on.")
