"""The whole demo: the register, what lies on the desks, the nights' retention, and mail that came from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from infosoc.config import Settings
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.demo import commands, mailings, privacy
from infosoc.demo.desk import WORDS, desk
from infosoc.kernel import clock
from infosoc.mailings import inbound, tokens
from infosoc.privacy.commands import retention
from infosoc.privacy.queries import retention as due
from infosoc.tenancy.queries import scope_named

MAIL, TEXTS = WORDS["mail"], WORDS["requests"]
OFFICES = ("infosoc", "rattsdata")
NIGHTS = (12, 0)  # days ago


def load(hash_password: Callable[[str], str], settings: Settings, *, now: datetime) -> tuple[list[commands.Login], str]:
    """Fill an empty database; returns who can sign in and the password they share."""
    with transaction() as session:
        logins, password = commands.load(session, hash_password, now=now)
        for slug in OFFICES:
            with tenant_scope(scope_named(session, slug)):
                _fill_desk(session, slug, settings, now)
    # Retention and mail from outside work in transactions of their own, as they do every day.
    for days in NIGHTS:
        retention.run(now=now - timedelta(days=days), apply=True)
    _keep_one(now)
    for slug in OFFICES:
        _receive(slug, settings, now)
    return logins, password


def _fill_desk(session: Session, slug: str, settings: Settings, now: datetime) -> None:
    bare = desk(session, slug, now=now)
    privacy.print_texts(session, bare.tenant, by=bare.people[privacy.OFFICERS[slug]])
    office = desk(session, slug, now=now)  # as it is with its texts
    mailings.write(session, office, settings)
    privacy.write(session, office)


def _keep_one(now: datetime) -> None:
    with tenant_scope(scope_named(db.session(), "infosoc")), transaction() as session:
        rows = due.due(session, limit=3)
        by = desk(session, "infosoc", now=now).people["pia"]
        for one in rows[1:2]:
            until = clock.local(now).date() + timedelta(days=180)
            retention.keep(session, one.contact_id, WORDS["kept"], until=until, by=by, now=now)


def _receive(slug: str, settings: Settings, now: datetime) -> None:
    """Two bounces, a mail server's answer that no machine can read, and a question to the privacy address."""
    keys, words = tokens.read_keys(settings.unsubscribe_keys), WORDS["printed"][slug]
    with tenant_scope(scope_named(db.session(), slug)):
        sent = mailings.tokens_of_sent(db.session(), settings, 3)
    domain = words["bounce_domain"]
    mails = [MAIL["bounce"].format(token=token, address=address, domain=domain) for token, address in sent[:2]]
    if slug == "infosoc":
        mails += [
            _letter(f"b+{token}@{domain}", f"postmaster@{address.partition('@')[2]}", "unread_subject", "unread", MAIL)
            for token, address in sent[2:]
        ]
        asker = "Britt Hallberg <britt.hallberg@lund.example>"
        mails.append(_letter(words["privacy_email"], asker, "question_subject", "question", TEXTS))
    for at, mail in enumerate(mails):
        inbound.receive(mail.lstrip().encode(), keys, now=now - timedelta(hours=9 * (len(mails) - at)))


def _letter(to: str, sender: str, subject: str, text: str, words: dict[str, str]) -> str:
    return str(MAIL["letter"].format(to=to, sender=sender, subject=words[subject], text=words[text]))
