"""`flask demo`: an invented register to try the product on."""

from __future__ import annotations

import click
from flask import Flask, current_app

from infosoc.cli.base import Command


def init_app(app: Flask) -> None:
    app.cli.command("demo", cls=Command)(demo)


def demo() -> None:
    """Fill an empty database with two invented companies and their register; print who can sign in."""
    from infosoc.demo import whole
    from infosoc.kernel import clock

    parts = current_app.extensions
    logins, password = whole.load(parts["hasher"].hash, parts["settings"], now=clock.now())
    click.echo("Demo logins (password for all: " + password + ")")
    for login in logins:
        click.echo(f"  {login.tenant:<10} {login.email:<28} {login.name:<16} {', '.join(login.roles)}")
