"""The background worker: jobs, regular work and outgoing mail."""

from __future__ import annotations

import logging
from importlib import import_module
from importlib.util import find_spec

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask.globals import app_ctx

from infosoc.cli.base import Command

# The modules that register jobs, regular work and lanes. Web processes need none of them.
JOB_MODULES = (
    "infosoc.jobs.jobs",
    "infosoc.outbox.jobs",
    "infosoc.accounts.jobs",
    "infosoc.crm.jobs",
    "infosoc.crm.change_jobs",
    "infosoc.privacy.core_jobs",
    "infosoc.mailings.jobs",
    "infosoc.subscriptions.jobs",
    "infosoc.invoicing.jobs",
    "infosoc.payments.jobs",
    "infosoc.invoicing.outgoing_jobs",
    "infosoc.reminders.jobs",
    "infosoc.privacy.request_jobs",
    "infosoc.privacy.case_jobs",
)


def init_app(app: Flask) -> None:
    app.cli.add_command(worker)


@click.command("worker", cls=Command)
@with_appcontext
def worker() -> None:
    """Work through jobs and send mail, until told to end (SIGTERM)."""
    from infosoc.jobs.worker import run_worker
    from infosoc.outbox.smtp import BadSmtpUrl, read_url

    try:
        read_url(current_app.extensions["settings"].smtp_url or "smtp://localhost")
    except BadSmtpUrl as error:
        raise click.ClickException(str(error)) from error
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    load_jobs()
    run_worker(app_ctx.app)


def load_jobs() -> None:
    """Import what registers jobs."""
    for name in JOB_MODULES:
        if find_spec(name) is not None:
            import_module(name)
