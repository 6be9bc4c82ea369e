"""The demo's lists and mailings: one sent with what became of it, one that waits for its day, and one half written.

All by the commands that people and workers use; a sent letter was claimed, handed over and settled like any other.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.config import Settings
from infosoc.crm.commands import contacts as crm
from infosoc.crm.commands.company_facts import Origin
from infosoc.crm.rules import LegalGround, Status
from infosoc.demo.desk import WORDS, Desk, somebody
from infosoc.kernel import clock
from infosoc.mailings import facts, jobs, letters
from infosoc.mailings.commands import claims, freezing, lists, sending, writing
from infosoc.mailings.commands.claims import Claimed
from infosoc.mailings.commands.lists import ListFacts
from infosoc.mailings.commands.opt_out import Breadth, opt_out
from infosoc.mailings.commands.writing import Content
from infosoc.mailings.letters import RecipientFacts
from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.rules import RecipientState
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel

WORKER = "demo"
REFUSED = "550 5.7.1 Message rejected by policy"  # the sender, not the address: it is written to again
CUSTOMERS, PROSPECTS = "status=customer", "status=prospect&calls=allowed"


def write(session: Session, desk: Desk, settings: Settings) -> None:
    """All that the company has in its mailings."""
    if desk.tenant.slug == "infosoc":
        _infosoc(session, desk, settings)
    else:
        _sister(session, desk, settings)


def _infosoc(session: Session, desk: Desk, settings: Settings) -> None:
    karin, malin, jonas = desk.people["karin"], desk.people["malin"], desk.people["jonas"]
    news, courses, fairs = _lists(session, desk, by=karin)
    lists.retire_list(session, fairs, by=karin, now=desk.at(60, 9))
    _opt_in(session, desk, by=malin)
    sent = _draft(session, desk, "autumn", news, f"{CUSTOMERS}&owner=me", who="malin", now=desk.at(24, 14))
    _send(session, desk, sent, who="malin", by=karin, at=desk.at(21, 9), settings=settings)
    later = _draft(session, desk, "audit", news, CUSTOMERS, who="karin", now=desk.at(3, 10))
    freezing.freeze(session, later.public_id, reader=desk.reader("karin"), by=karin, now=desk.at(1, 10))
    _approve(session, later, desk.at(1, 13), by=karin, on=_next_tuesday(desk.now))
    _draft(session, desk, "course", courses, PROSPECTS, who="jonas", now=desk.at(0, 8))
    start = writing.start_mailing(session, "Julhälsning till kunderna", news, "sv", by=jonas, now=desk.at(0, 8, 30))
    writing.cancel(session, start.public_id, by=jonas, now=desk.at(0, 9))


def _sister(session: Session, desk: Desk, settings: Settings) -> None:
    petter = desk.people["petter"]
    (news,) = _lists(session, desk, by=petter)
    sent = _draft(session, desk, "law", news, CUSTOMERS, who="eva", now=desk.at(12, 15))
    _send(session, desk, sent, who="eva", by=petter, at=desk.at(11, 8), settings=settings)
    _draft(session, desk, "next", news, "", who="eva", now=desk.at(1, 11))


def _lists(session: Session, desk: Desk, *, by: int) -> list[str]:
    """The public ids of the company's lists."""
    return [
        lists.add_list(session, ListFacts(name, text), by=by, now=desk.at(400, 10)).public_id
        for name, text in WORDS["lists"][desk.tenant.slug]
    ]


def _opt_in(session: Session, desk: Desk, *, by: int) -> None:
    """Some have said yes at a fair: consent is their ground."""
    for one in somebody(session, Status.PROSPECT, 12):
        origin = Origin("Anmälde sig på Kvalitetsmässan", clock.local(desk.at(90, 10)).date(), LegalGround.CONSENT)
        crm.change(session, one.public_id, {"origin": origin}, seen={}, by=by, now=desk.at(90, 10), see_protected=False)


def _draft(session: Session, desk: Desk, name: str, of_list: str, query: str, *, who: str, now: datetime) -> Mailing:
    """A mailing with its letter and its filter, as somebody wrote it."""
    words, by = WORDS["letters"][name], desk.people[who]
    made = writing.start_mailing(session, words["title"], of_list, "sv", by=by, now=now)
    content = Content(words["title"], of_list, words["subject"], words["body"], "sv", True)
    writing.write_letter(session, made.public_id, content, version=None, by=by)
    if query:
        writing.choose_audience(session, made.public_id, query, by=by)
    return made


def _approve(session: Session, mailing: Mailing, now: datetime, *, by: int, on: datetime | None = None) -> None:
    seen = freezing.fingerprint(mailing)
    freezing.approve(session, mailing.public_id, seen=seen, scheduled_at=on, by=by, now=now)


def _next_tuesday(now: datetime) -> datetime:
    """Nine o'clock on the Tuesday of next week or the week after: never within the next days."""
    day = clock.local(now) + timedelta(days=4)
    return (day + timedelta(days=(1 - day.weekday()) % 7)).replace(hour=9, minute=0, second=0, microsecond=0)


# ---- on the wire -----------------------------------------------------------------------------------------------------


def _send(
    session: Session, desk: Desk, mailing: Mailing, *, who: str, by: int, at: datetime, settings: Settings
) -> None:
    """Fix, approve and send a mailing, a batch a minute, and let some of those who got it answer."""
    freezing.freeze(session, mailing.public_id, reader=desk.reader(who), by=desk.people[who], now=at)
    _approve(session, mailing, at + timedelta(minutes=20), by=by)
    at += timedelta(minutes=25)
    sending.start(session, mailing.public_id, by=by, now=at)
    told = facts.facts_of(session, desk.tenant, mailing.id)
    rng, number = random.Random(3), 0
    while batch := claims.take(session, mailing.id, WORKER, per_hour=1200, now=at):
        for letter in batch:
            number += 1
            recipient = RecipientFacts(letter.address, letter.delivery, letter.fields)
            name = letters.message_id(recipient, settings, told.sender)
            if claims.begin(session, letter, WORKER, message_id=name):
                _hand_over(session, letter, number, at + timedelta(seconds=rng.randrange(55)))
        at += timedelta(minutes=1)
    session.expire(mailing)
    _answers(session, mailing, at)


def _hand_over(session: Session, letter: Claimed, number: int, now: datetime) -> None:
    """What the mail servers say: two in some hundred are not taken, of one nobody knows."""
    if number == 17:
        claims.unknown(session, letter, WORKER, jobs.BROKEN)
    elif number == 41:
        claims.failed(session, letter, WORKER, REFUSED, now=now)
    else:
        claims.sent(session, letter, WORKER, now=now)


def _answers(session: Session, mailing: Mailing, at: datetime) -> None:
    """Three leave: one the list, one everything, and one by the mail program's own button."""
    ways = ((Breadth.LIST, Channel.PAGE), (Breadth.TENANT, Channel.PAGE), (Breadth.LIST, Channel.ONE_CLICK))
    sent = session.scalars(
        select(MailingRecipient.delivery)
        .where(MailingRecipient.mailing_id == mailing.id, MailingRecipient.state == RecipientState.SENT.value)
        .order_by(MailingRecipient.id)
        .offset(5)
        .limit(len(ways))
    ).all()
    for hours, (delivery, (breadth, channel)) in enumerate(zip(sent, ways, strict=True), 1):
        if delivery is not None:
            opt_out(session, delivery, breadth, Evidence(channel), now=at + timedelta(hours=3 * hours))


def tokens_of_sent(session: Session, settings: Settings, count: int) -> list[tuple[str, str]]:
    """Some letters of the company's sent mailing, by token and address: what comes back is about them."""
    query = (
        select(MailingRecipient.address, MailingRecipient.delivery)
        .where(MailingRecipient.state == RecipientState.SENT.value, MailingRecipient.unsubscribed_at.is_(None))
        .order_by(MailingRecipient.id.desc())
        .limit(count)
    )
    return [
        (letters.token_of(RecipientFacts(address, delivery), settings), address)
        for address, delivery in session.execute(query)
        if delivery is not None
    ]
