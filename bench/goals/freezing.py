"""Fixing the recipients of a mailing against one bare INSERT..SELECT of as many rows into the same table."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import delete, select, update

from bench.databases import Databases, Place
from bench.floors import store
from bench.pairs import Options, Result, middle
from infosoc.crm.lists.spec import Reader
from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.mailings.commands import freezing, lists, writing
from infosoc.mailings.commands.lists import ListFacts
from infosoc.mailings.commands.writing import Content
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient

TITLE = "10. Fix the recipients of a mailing against a bare INSERT..SELECT of as many rows"
MOST_ROWS, LIMIT, PAIRS = 100_000, 3.0, 3
TENANT, USER = 1, 1
COLUMNS = (
    "tenant_id, mailing_id, contact_id, company_id, delivery, digest, address, domain, fields, state, reason, problem, "
    "attempts"
)
# What the bare statement makes of each person, without asking whether they may be written to.
SELECT = """
    SELECT r.tenant_id, {mailing}, r.contact_id, p.company_id, {delivery}, {digest}, a.normalised,
           {domain}, {fields}, 'queued', '', '', 0
    FROM contact_relation r JOIN contact c ON c.id = r.contact_id JOIN post p ON p.contact_id = c.id AND p.is_main
    JOIN company f ON f.id = p.company_id
    JOIN contact_point a ON a.contact_id = c.id AND a.kind = 'email'
    WHERE r.tenant_id = 1 AND r.trashed_at IS NULL
"""
SQLITE = {
    "delivery": "randomblob(16)", "digest": "randomblob(32)",
    "domain": "substr(a.normalised, instr(a.normalised, '@') + 1)",
    "fields": "json_object('name', c.name, 'company', f.name, 'title', p.title, 'first_name', c.name, 'source', "
    "r.source)",
}  # fmt: skip
POSTGRESQL = {
    "delivery": "uuid_send(gen_random_uuid())",
    "digest": "uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
    "domain": "split_part(a.normalised, '@', 2)",
    "fields": "json_build_object('name', c.name, 'company', f.name, 'title', p.title, 'first_name', c.name, 'source', "
    "r.source)",
}  # fmt: skip


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """At the largest size asked for, at most 100 000 recipients."""
    rows = max(size for size in options.rows if size <= MOST_ROWS or size == min(options.rows))
    for backend in options.backends:
        place, app = databases.place(backend, rows), databases.app(backend, rows)
        with app.app_context(), tenant_scope(Scope.alone(TENANT)):
            mailing_id, public_id = _draft()
            found = [_pair(app, place, mailing_id, public_id) for _ in range(PAIRS + 1)][1:]
            _clear()
        ratio, ours, floor = middle([(a / b, a, b) for a, b, _ in found])
        yield Result(f"{backend}: {found[0][2]} recipients", ratio, LIMIT, f"{ours:.2f} s against {floor:.2f} s")


def _pair(app: Flask, place: Place, mailing_id: int, public_id: str) -> tuple[float, float, int]:
    started = time.perf_counter()
    with transaction() as session:
        reader = Reader(USER, clock.today())
        mailing = freezing.freeze(session, public_id, reader=reader, by=USER, now=clock.now())
        total = mailing.recipients
    ours = time.perf_counter() - started
    with transaction() as session:
        freezing.thaw(session, public_id, by=USER)
    db.session.rollback()
    return ours, _bare(place, mailing_id), total


def _bare(place: Place, mailing_id: int) -> float:
    connection = store.connect(place.plain)
    words = SQLITE if store.is_sqlite(place.plain) else POSTGRESQL
    statement = f"INSERT INTO mailing_recipient ({COLUMNS}) " + SELECT.format(mailing=mailing_id, **words)
    started = time.perf_counter()
    connection.execute("BEGIN")
    connection.execute(statement)
    connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.execute("BEGIN")
    connection.execute(f"DELETE FROM mailing_recipient WHERE mailing_id = {mailing_id}")
    connection.execute("COMMIT")
    connection.close()
    return taken


def _draft() -> tuple[int, str]:
    """A finished letter to the whole register; the generated persons get the ground that a real one notes."""
    with transaction() as session:
        session.execute(
            update(ContactRelation)
            .where(ContactRelation.legal_ground.is_(None))
            .values(legal_ground="legitimate_interest")
        )
        of_list = lists.add_list(session, ListFacts(f"Bench {time.time()}"), by=USER, now=clock.now())
        made = writing.start_mailing(session, "Bench", of_list.public_id, "sv", by=USER, now=clock.now())
        content = Content("Bench", of_list.public_id, "Hej [förnamn]", "Hej [förnamn]", "sv", True)
        writing.write_letter(session, made.public_id, content, version=None, by=USER)
        return made.id, made.public_id


def _clear() -> None:
    with transaction() as session:
        ours = select(MailingList.id).where(MailingList.name.startswith("Bench "))
        session.execute(delete(MailingRecipient))
        session.execute(delete(Mailing).where(Mailing.list_id.in_(ours)))
        session.execute(delete(MailingList).where(MailingList.name.startswith("Bench ")))
