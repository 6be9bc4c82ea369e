"""`flask invoice`: the paper and the Peppol file of an invoice, checking such files, and Peppol's own rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app

from infosoc.cli.base import Group

if TYPE_CHECKING:
    from infosoc.db.tenancy import Scope
    from infosoc.invoicing.peppol.findings import Verdict

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WHO = "The company that issued it; may be left out where only one has issued the number."
_tenant = click.option("--tenant", "slug", metavar="SLUG", help=_WHO)
_WHERE = "Where to write it; - writes to the terminal. Default: the number, in this folder."
_out = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=_WHERE)


@click.group("invoice", cls=Group)
def group() -> None:
    """Invoices and their Peppol files."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("pdf")
@click.argument("number", type=click.IntRange(1))
@_tenant
@_out
def pdf(number: int, slug: str | None, out: Path | None) -> None:
    """Write the archived paper of an invoice or credit note; it is drawn now if nobody has drawn it yet."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing import papers
    from infosoc.invoicing.queries.papers import numbered

    with tenant_scope(_issuer(number, slug)):
        content = papers.pdf(numbered(db.session(), number))
    _write(content, out or Path(f"{number}.pdf"))


@group.command("xml")
@click.argument("number", type=click.IntRange(1))
@_tenant
@_out
def xml(number: int, slug: str | None, out: Path | None) -> None:
    """Write the Peppol file of an invoice or credit note, if it may be sent; else print each broken rule."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing import einvoice, papers
    from infosoc.invoicing.queries.papers import numbered

    with tenant_scope(_issuer(number, slug)):
        file = einvoice.made(numbered(db.session(), number).record, rule_folder=papers.rule_folder())
    _tell(file.verdict)
    if not file.verdict.may_be_sent:
        raise click.ClickException(f"The e-invoice of {number} may not be sent.")
    _write(file.content, out or Path(file.file_name))


def _issuer(number: int, slug: str | None) -> Scope:
    """The scope of the company that is named, else of the only one that has issued the number."""
    from infosoc.db.session import db
    from infosoc.db.tenancy import tenant_scope
    from infosoc.invoicing.queries.papers import NoSuchNumber, has_number
    from infosoc.tenancy import queries as tenancy

    session = db.session()
    if slug is not None:
        return tenancy.scope_named(session, slug)
    found = []
    for tenant in tenancy.all_tenants(session):
        scope = tenancy.scope_numbered(session, tenant.id)
        with tenant_scope(scope):
            if has_number(session, number):
                found.append((tenant.slug, scope))
    if not found:
        raise NoSuchNumber(number=number)
    if len(found) > 1:
        named = " or ".join(f"--tenant {slug}" for slug, _ in found)
        raise click.UsageError(f"{len(found)} companies have issued {number}: add {named}.")
    return found[0][1]


def _write(content: bytes, out: Path) -> None:
    if str(out) == "-":
        click.echo(content, nl=False)
        return
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes.", err=True)


def _tell(verdict: Verdict) -> None:
    """Each broken rule, and for each layer whether it was checked; apart from the file itself."""
    for one in verdict.findings:
        click.echo(f"{one.rule} {one.weight.value} {one.where}: {one.text}", err=True)
    for layer in verdict.layers:
        click.echo(f"{layer.title}: {layer.state}.", err=True)


@group.command("validate")
@click.argument("file", type=_FILE)
def validate(file: Path) -> None:
    """Check an invoice or credit note in UBL. Prints each broken rule, and for each layer whether it was checked."""
    from infosoc.invoicing.peppol.validate import validate as checked

    verdict = checked(file.read_bytes(), rule_folder=_rule_folder())
    for one in verdict.findings:
        click.echo(f"{one.rule} {one.weight.value} {one.where}: {one.text}")
    for layer in verdict.layers:
        click.echo(f"{layer.title}: {layer.state}.")
    if not verdict.may_be_sent:
        raise click.ClickException(f"{file.name} may not be sent.")
    click.echo(f"{file.name} breaks no fatal rule of the layers that were checked.")


@group.command("rules")
@click.argument("file", type=_FILE)
@click.option("--sha256", required=True, metavar="HEX", help="The checksum that the file must have, now and later.")
def rules(file: Path, sha256: str) -> None:
    """Add Peppol's own rules, compiled to XSLT: `flask invoice validate` then runs them too."""
    from infosoc.invoicing.peppol.validate import add_rule_file

    add_rule_file(file.read_bytes(), sha256, rule_folder=_rule_folder())
    click.echo(f"{file.name} is used from now on.")


def _rule_folder() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir / "peppol"
    return folder
