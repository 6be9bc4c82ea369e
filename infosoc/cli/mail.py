"""Mail on the command line: off and on, a worker for it alone, what the DNS needs, and mail that comes back."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask, current_app
from flask.globals import app_ctx
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from infosoc.cli.base import Group
from infosoc.cli.worker import load_jobs
from infosoc.config import Settings
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.mailings import deliverability, facts, inbound, letters, mailboxes, tokens
from infosoc.mailings.commands.claims import count
from infosoc.mailings.models import InboundMail
from infosoc.mailings.queries.counts import wrong_counts
from infosoc.outbox import commands, instance, queries, smtp
from infosoc.tenancy.queries import all_tenants, scope_named, scope_numbered
from infosoc.tenancy.rules import TenantFacts

LANES = ("mail", "mailings", "mailbox")
TRY_AGAIN_LATER = 75  # EX_TEMPFAIL: the mail server keeps the mail and tries again


def init_app(app: Flask) -> None:
    app.cli.add_command(mail)


@click.group("mail", cls=Group)
def mail() -> None:
    """Outgoing mail, mailings, and mail that comes back."""


@mail.command("pause")
@click.option("--reason", default="Turned off on the command line.", show_default=True, help="Shown on the mail page.")
def pause(reason: str) -> None:
    """Send nothing until `flask mail resume`."""
    with transaction() as session:
        commands.pause(session, reason, now=clock.now())
    click.echo("Outgoing mail is off.")


@mail.command("resume")
def resume() -> None:
    """Send what waits, from now on, and from this installation."""
    with transaction() as session:
        was_off = commands.resume(session)
        instance.forget(session)
    click.echo("Outgoing mail is on." if was_off else "Outgoing mail was on already.")


@mail.command("status")
def status() -> None:
    """Say whether outgoing mail is on."""
    found = queries.pause(db.session())
    click.echo(f"Outgoing mail is off: {found.reason}" if found else "Outgoing mail is on.")


@mail.command("worker")
def worker() -> None:
    """Send mail and mailings, and nothing else, until told to end (SIGTERM). `flask worker` does this too."""
    from infosoc.jobs.worker import run_worker

    if not _settings().smtp_url:
        raise click.ClickException("SMTP_URL is not set: there is nowhere to hand letters over.")
    try:
        smtp.read_url(_settings().smtp_url or "")
        mailboxes.read_url(_settings().mailbox_url or "imaps://user@localhost")
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    load_jobs()
    run_worker(app_ctx.app, only=LANES)


# ---- what the DNS needs ----------------------------------------------------------------------------------------------


@mail.command("check")
@click.option("--tenant", "slug", help="One company only.")
@click.option("--selector", default=deliverability.SELECTOR, show_default=True, help="The name of the signing key.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Its public half.")
@click.option(
    "--sample", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A letter that was signed."
)
@click.option("--repair", is_flag=True, help="Put counts right that differ from their rows.")
def check(slug: str | None, selector: str, key: Path | None, sample: Path | None, repair: bool) -> None:
    """Print the DNS lines that mail needs, look at a signed letter, and count every mailing again."""
    settings, faults = _settings(), 0
    tenants = [one for one in all_tenants(db.session()) if slug in (None, one.slug)]
    if not tenants:
        raise click.ClickException(f"There is no company at {slug}.")
    for tenant in tenants:
        _print_records(tenant, settings, selector, _public_key(key))
        faults += _look_at(sample, tenant, settings) if sample else 0
        faults += _count_again(tenant, repair=repair)
    click.echo("\nAnd look to it that:")
    for line in deliverability.CHECKLIST:
        click.echo(f"  - {line}")
    faults += _settings_faults(settings)
    if faults:
        sys.exit(1)


def _print_records(tenant: TenantFacts, settings: Settings, selector: str, public_key: str) -> None:
    dns = facts.dns_of(tenant, settings, selector=selector, public_key=public_key)
    click.echo(f"\n{tenant.name}: sent from {dns.way.mail_from}, bounces to {dns.way.bounce_domain}")
    for one in dns.records:
        click.echo(f"  ; {one.why}")
        value = deliverability.quoted(one.value) if one.kind == "TXT" else one.value
        click.echo(f"  {one.name}. IN {one.kind} {value}")


def _public_key(key: Path | None) -> str:
    try:
        return deliverability.key_of(key.read_text()) if key else ""
    except ValueError as error:
        raise click.ClickException(f"{key}: {error}.") from error


def _look_at(sample: Path, tenant: TenantFacts, settings: Settings) -> int:
    by = letters.way(facts.sender_of(tenant), settings)
    problems = deliverability.problems_of(sample.read_bytes(), by.mail_from.rpartition("@")[2])
    for problem in problems or ["The sample is signed, and the signature covers both headers for leaving."]:
        click.echo(f"  {problem}")
    return len(problems)


def _count_again(tenant: TenantFacts, *, repair: bool) -> int:
    with tenant_scope(scope_numbered(db.session(), tenant.id)):
        wrong = wrong_counts(db.session())
        for one in wrong:
            differing = ", ".join(f"{k} {v} (kept {one.kept[k]})" for k, v in one.counted.items() if one.kept[k] != v)
            click.echo(f"  Mailing {one.public_id}: {differing}")
        if wrong and repair:
            with transaction() as session:
                for one in wrong_counts(session):
                    count(session, one.mailing_id, one.counted)
            click.echo("  Put right.")
            return 0
    return len(wrong)


def _settings_faults(settings: Settings) -> int:
    faults = facts.faults_of(settings)
    for line in faults:
        click.echo(line, err=True)
    return len(faults)


# ---- mail that comes back --------------------------------------------------------------------------------------------


@mail.command("bounces")
@click.option("--mbox", type=click.Path(exists=True, path_type=Path), help="A file of mails, or a Maildir.")
@click.option("--imap", "url", help="A mailbox: imaps://user:password@host/INBOX. MAILBOX_URL when given as -.")
@click.option("--recipient", "came_to", multiple=True, help="The envelope's recipient, as the mail server tells it.")
def bounces(mbox: Path | None, url: str | None, came_to: tuple[str, ...]) -> None:
    """Apply mail that came in: one message from standard input, a file of them, or the unseen of a mailbox."""
    try:
        outcomes = _read_all(mbox, url, came_to)
    except OperationalError as error:
        click.echo(f"The database: {error.orig}", err=True)
        sys.exit(TRY_AGAIN_LATER)
    for outcome in sorted(set(outcomes)):
        click.echo(f"{outcome}: {outcomes.count(outcome)}")


def _read_all(mbox: Path | None, url: str | None, came_to: tuple[str, ...]) -> list[str]:
    keys = tokens.read_keys(_settings().unsubscribe_keys)
    outcomes: list[str] = []

    def apply(raw: bytes) -> None:
        outcomes.append(inbound.receive(raw, keys, came_to=came_to, now=clock.now()))

    if url:
        try:
            mailboxes.on_server(mailboxes.read_url(_settings().mailbox_url or "" if url == "-" else url), apply)
        except mailboxes.BadMailboxUrl as error:
            raise click.ClickException(str(error)) from error
    elif mbox:
        for raw in mailboxes.in_file(mbox):
            apply(raw)
    else:
        apply(sys.stdin.buffer.read())
    return outcomes


@mail.command("unread")
@click.option("--tenant", "slug", help="Of which company; without it, what is nobody's.")
@click.option("--settle", "number", type=int, help="It has been seen to: let its text go.")
def unread(slug: str | None, number: int | None) -> None:
    """Mail that no machine could read and that waits for a person."""
    if slug is None:
        with every_tenant("mail that is nobody's is looked at"):
            _show_unread(inbound.nobodys, number)
    else:
        with tenant_scope(scope_named(db.session(), slug)):
            _show_unread(inbound.waiting, number)


def _show_unread(mails: Callable[[Session], list[InboundMail]], number: int | None) -> None:
    if number is not None:
        with transaction() as session:
            inbound.settle(session, mails(session), number, now=clock.now())
        click.echo("Settled.")
        return
    for one in mails(db.session()):
        click.echo(f"---- {one.id}: {one.kind}, {one.received_at:%Y-%m-%d %H:%M}")
        click.echo((one.content or b"").decode("utf-8", "replace"))


def _settings() -> Settings:
    return current_app.extensions["settings"]
