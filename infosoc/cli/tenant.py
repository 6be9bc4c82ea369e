"""`flask tenant`: the companies of the installation and what each shows the others."""

from __future__ import annotations

import click
from flask import Flask

from infosoc.audit import commands as audit
from infosoc.cli.base import Group
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy import commands, queries, rules

FLAG_NAMES = ", ".join(flag.value for flag in rules.Flag)


@click.group("tenant", cls=Group)
def group() -> None:
    """Companies that use this installation."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="The company's name, as people read it.")
@click.option("--brand", type=click.Choice(list(rules.BRANDS)), default="green", show_default=True, help="Its colour.")
def add(slug: str, name: str, brand: str) -> None:
    """Add a company. SLUG is the first part of its addresses; it shows the others nothing until told to."""
    with transaction() as session:
        tenant = commands.add_tenant(session, slug, name, now=clock.now(), brand=brand)
        with tenant_scope(Scope.alone(tenant.id)):
            audit.record(session, "tenant added", "tenant", tenant.id, by=None)
    click.echo(f"{slug}: {name} has been added.")


@group.command("list")
def list_tenants() -> None:
    """List the companies, one a line, with the flags that are on."""
    for tenant in queries.all_tenants(db.session()):
        flags = " ".join(flag.value for flag in rules.Flag if tenant.is_on(flag))
        click.echo(f"{tenant.slug}\t{tenant.name}\t{flags}".rstrip())


@group.command("set", epilog=f"Flags: {FLAG_NAMES}.")
@click.argument("slug")
@click.argument("flag")
@click.argument("value")
def set_flag(slug: str, flag: str, value: str) -> None:
    """Turn FLAG of the company SLUG on or off (VALUE). It holds at once and is written to the audit log."""
    try:
        chosen = rules.flag_named(flag)
    except rules.UnknownFlag as error:
        raise click.ClickException(f"{error} The flags are {FLAG_NAMES}.") from error
    after = rules.flag_value(value.lower())
    with transaction() as session:
        tenant = queries.tenant_named(session, slug)
        with tenant_scope(queries.scope_named(session, slug)):
            before, _ = commands.set_flag(session, tenant.id, chosen, after)
            if before != after:
                changes = {chosen.value: ("on" if before else "off", "on" if after else "off")}
                audit.record(session, "flag changed", "tenant", tenant.id, by=None, changes=changes)
    said = "was already" if before == after else "is now"
    click.echo(f"{slug}: {chosen.value} {said} {'on' if after else 'off'}.")
