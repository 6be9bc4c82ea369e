"""Leaving by one click while a large mailing is being sent, against the same at rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from flask import Flask
from sqlalchemy import String, cast, func, select, update

from bench.client import Browser
from bench.databases import ROOT, UNSUBSCRIBE_KEYS, Databases, Place
from bench.goals.freezing import MOST_ROWS, TENANT, USER, _clear, _draft
from bench.pairs import Options, Result, middle, milliseconds, timings
from bench.server import INFOSOC, environment, serving
from infosoc.crm.lists.spec import Reader
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.mailings import tokens
from infosoc.mailings.commands import freezing
from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.rules import RecipientState, State
from infosoc.tenancy.commands import set_setting
from tests.outbox.sink import Sink

TITLE = "11. Leave by one click while a mailing is being sent against the same at rest"
LIMIT, CALLS, PAIRS = 3.0, 40, 3
FASTEST = 100_000_000  # letters an hour: as fast as the mail server takes them
PATIENCE = 60.0
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """At the largest size asked for, at most 100 000 recipients; each press is another recipient's first."""
    rows = max(size for size in options.rows if size <= MOST_ROWS or size == min(options.rows))
    for backend in options.backends:
        place, app = databases.place(backend, rows), databases.app(backend, rows)
        with app.app_context(), tenant_scope(Scope.alone(TENANT)):
            mailing_id = _mailing_under_way()
            paths = _paths(mailing_id)
        with serving(INFOSOC, place) as server:
            found, sent = _pairs(server.stranger(), place, app, paths)
        with app.app_context(), tenant_scope(Scope.alone(TENANT)):
            _clear()
        ratio, ours, floor = middle(found)
        yield Result(f"{backend}: {rows} recipients", ratio, LIMIT, f"{milliseconds(ours, floor)}, {sent} letters sent")


def _pairs(
    browser: Browser, place: Place, app: Flask, paths: Iterator[str]
) -> tuple[list[tuple[float, float, float]], int]:
    def press() -> None:
        browser.post(next(paths), ONE_CLICK, expect=200)

    found = []
    timings(press, CALLS)
    for _ in range(PAIRS):
        rest = median(timings(press, CALLS))
        with _sending(place, app):
            busy = median(timings(press, CALLS))
        found.append((busy / rest, busy, rest))
    return found, _sent(app)


@contextmanager
def _sending(place: Place, app: Flask) -> Iterator[None]:
    """The worker, from when letters have begun to arrive."""
    before, sink = _sent(app), Sink()
    told = environment(place) | {"SMTP_URL": sink.url, "MAIL_FROM": "bench@infosoc.example"}
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while _sent(app) < before + 20:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the worker sends nothing")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)
        sink.stop()


def _sent(app: Flask) -> int:
    with app.app_context(), tenant_scope(Scope.alone(TENANT)):
        sent = select(func.count(MailingRecipient.id)).where(MailingRecipient.state == RecipientState.SENT.value)
        number = db.session.scalar(sent) or 0
        db.session.rollback()
        return number


def _mailing_under_way() -> int:
    mailing_id, public_id = _draft()
    with transaction() as session:
        set_setting(session, TENANT, "letters_per_hour", FASTEST)
        freezing.freeze(session, public_id, reader=Reader(USER, clock.today()), by=USER, now=clock.now())
    with transaction() as session:
        mailing = session.scalars(select(Mailing).where(Mailing.id == mailing_id)).one()
        mailing.state, mailing.started_at = State.SENDING.value, clock.now()
        # Each recipient a domain of their own, so that no domain's pace spares us the load.
        session.execute(update(MailingRecipient).values(domain=cast(MailingRecipient.id, String)))
    return mailing_id


def _paths(mailing_id: int) -> Iterator[str]:
    """Addresses to leave at, from those whose letters go last."""
    keys = tokens.read_keys(UNSUBSCRIBE_KEYS)
    query = select(MailingRecipient.delivery).where(
        MailingRecipient.mailing_id == mailing_id, MailingRecipient.state == RecipientState.QUEUED.value
    )
    numbers = list(db.session.scalars(query.order_by(MailingRecipient.id.desc()).limit(CALLS * (2 * PAIRS + 1))))
    db.session.rollback()
    return iter([f"/unsubscribe/{tokens.token(number, keys)}" for number in numbers if number])
