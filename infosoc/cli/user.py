"""`flask user`: the people who can sign in."""

from __future__ import annotations

import sys
from datetime import datetime

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from infosoc.accounts import letters, links, queries, rules
from infosoc.accounts.commands import members, people
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.cli.base import Group
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.queries import scope_named, tenant_named

ROLE_NAMES = [role.value for role in Role]


@click.group("user", cls=Group)
def group() -> None:
    """People who can sign in."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("add")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--tenant", "slug", required=True, metavar="SLUG", help="The company they belong to.")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice(ROLE_NAMES), help="May be repeated.")
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]), help="The last day of the membership.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Send an invitation by e-mail.")
def add(
    email: str,
    name: str,
    slug: str,
    roles: tuple[str, ...],
    ends_on: datetime | None,
    password_stdin: bool,
    invite: bool,
) -> None:  # fmt: skip
    """Let a person into a company. Without --password-stdin or --invite, a link to choose a password is printed."""
    if password_stdin and invite:
        raise click.UsageError("Choose one of --password-stdin and --invite.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    now, last_day = clock.now(), ends_on.date() if ends_on else None
    with transaction() as session:
        tenant = tenant_named(session, slug)
        with tenant_scope(scope_named(session, slug)):
            added = members.add(session, email, name, roles, ends_on=last_day, by=None, now=now, today=clock.today())
            if password is not None:
                _set_first_password(session, added, password)
            elif invite:
                letters.send_invitation(session, added, tenant, by_name="", now=now)
    click.echo(f"{added.user.email} can use {slug} as {', '.join(added.membership.roles)}.")
    if invite:
        click.echo("An invitation is in the outbox.")
    elif password is None:
        _print_link(added.token, Purpose.INVITATION)


@group.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut an account: every session ends at once and nobody signs in with it."""
    with transaction() as session:
        ended = people.disable(session, _user(session, email).id, now=clock.now(), by=None)
    click.echo(f"{email} is shut out; {ended} session{'' if ended == 1 else 's'} ended.")


@group.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Open an account again."""
    with transaction() as session:
        people.enable(session, _user(session, email).id, by=None)
    click.echo(f"{email} can sign in again.")


@group.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Print a link, good for one use within the hour, by which the person chooses a new password."""
    with transaction() as session:
        user = _user(session, email)
        if user.disabled_at is not None:
            raise click.ClickException(f"{email} is shut out. Run `flask user enable {email}` first.")
        token = links.make(session, user.id, Purpose.RESET, now=clock.now())
        people.note(session, user.id, "password link made", by=None)
    _print_link(token, Purpose.RESET)


def _set_first_password(session: Session, added: members.Invited, password: str) -> None:
    if added.token is None:
        raise click.ClickException(f"{added.user.email} has a password already; it is not changed by this command.")
    people.set_password(
        session, current_app.extensions["hasher"], added.user.id, password, deed="password chosen", by=None
    )


def _user(session: Session, email: str) -> User:
    user = queries.user_by_email(session, email)
    if user is None:
        raise rules.NoSuchUser(email=email)
    return user


def _print_link(token: str | None, purpose: Purpose) -> None:
    if token is None:
        click.echo("The person signs in with the password they already have.")
        return
    days, hours = links.LASTS[purpose].days, links.LASTS[purpose].seconds // 3600
    within = f"{days} days" if days else f"{hours} hour"
    click.echo(f"Choose a password within {within} at {letters.address_of(token)}")
