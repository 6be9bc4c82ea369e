"""`flask invoice`: check Peppol files, and keep Peppol's own rules beside ours."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app

from infosoc.cli.base import Group

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("invoice", cls=Group)
def group() -> None:
    """Invoices and their Peppol files."""


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("validate")
@click.argument("file", type=_FILE)
def validate(file: Path) -> None:
    """Check an invoice or credit note in UBL. Prints each broken rule, and for each layer whether it was checked."""
    from infosoc.invoicing.peppol.validate import validate as checked

    verdict = checked(file.read_bytes(), rule_folder=_rule_folder())
    for one in verdict.findings:
        click.echo(f"{one.rule} {one.weight.value} {one.where}: {one.text}")
    for layer in verdict.layers:
        click.echo(f"{layer.name}: {layer.state}.")
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
