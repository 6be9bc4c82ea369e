"""Claiming letters, and writing down what became of each. The row is the truth and the claim.

A row goes queued, claimed, sending, and then sent, failed, uncertain or back to queued; each step is one conditional
update, so two workers never have the same one. Whether somebody may still get the letter is asked again here (M-22).
Letters are claimed in their tenant's scope; what becomes of one that is held is written by the number of its row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.changed import rows_changed
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.email import domain
from infosoc.kernel.words import N_
from infosoc.mailings import inbound_rules, pace_rules, rules
from infosoc.mailings.commands import sending
from infosoc.mailings.models import Mailing, MailingPace, MailingRecipient
from infosoc.mailings.queries import recipients
from infosoc.mailings.queries.recipients import Candidate
from infosoc.mailings.rules import Reason, RecipientState, State
from infosoc.suppression import commands as suppression
from infosoc.suppression.commands import Evidence
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind

BATCH = 20
LIVE = (RecipientState.QUEUED, RecipientState.CLAIMED, RecipientState.SENDING)
CUT_OFF = N_("The worker was ended while the letter was being handed over. It may have been sent.")


@dataclass(frozen=True)
class Claimed:
    """A letter that a worker holds, apart from its row."""

    id: int
    tenant_id: int
    mailing_id: int
    list_id: int
    contact_id: int | None
    delivery: bytes
    digest: bytes
    address: str
    fields: Mapping[str, Any] = field(repr=False)
    attempts: int = 0
    tells_source: bool = False


@dataclass
class _Pace:
    """How many letters may go now, in all and to each domain."""

    speed: pace_rules.Speed
    row: MailingPace
    domains: dict[str, MailingPace]
    now: datetime
    free: int = 0
    taken: Counter[str] = field(default_factory=Counter)

    def may_take(self, name: str) -> bool:
        known = self.domains.get(name)
        free = pace_rules.free(DOMAIN_SPEED, known.next_at if known else None, self.now)
        if self.free < 1 or self.taken[name] >= free:
            return False
        self.free -= 1
        self.taken[name] += 1
        return True


DOMAIN_SPEED = pace_rules.a_minute(rules.PER_DOMAIN_PER_MINUTE)


def take(session: Session, mailing_id: int, worker_id: str, *, per_hour: int, now: datetime) -> list[Claimed]:
    """Claim the next letters of a mailing, in its tenant's scope. Ends the mailing when nothing waits any more."""
    mailing = session.scalar(
        select(Mailing).where(Mailing.id == mailing_id, Mailing.state == State.SENDING).with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    if mailing is None:
        return []
    pace = _pace(session, pace_rules.an_hour(per_hour), mailing.tenant_id, now)
    rows = _next(session, mailing_id, pace, now)
    if not rows:
        if pace.free and not _any_left(session, mailing_id):
            sending.finish(session, mailing, now=now)
        return []
    persons = recipients.of_contacts(
        session, [row.contact_id for row in rows if row.contact_id], mailing.list_id, tells_source=mailing.tells_source
    )
    taken: list[Claimed] = []
    skipped = 0
    for row in rows:
        reason = _stop(session, row, persons.get(row.contact_id or 0))
        if reason is not None:
            row.state, row.reason = RecipientState.SKIPPED.value, reason.value
            skipped += 1
        elif pace.may_take(row.domain):
            row.state, row.claimed_by, row.attempts = RecipientState.CLAIMED.value, worker_id, row.attempts + 1
            taken.append(_held(row, mailing))
    _spend(session, pace)
    session.flush()
    if skipped:  # moved from those who get it to those who do not: the sum stays what the filter gave (M-28)
        count(session, mailing_id, {"recipients": Mailing.recipients - skipped, "skipped": Mailing.skipped + skipped})
    return taken


def begin(session: Session, letter: Claimed, worker_id: str, *, message_id: str) -> bool:
    """Say that a letter is being handed over, unless it was taken away, or the person has just said no."""
    declined = exists().where(
        Suppression.tenant_id == letter.tenant_id, Suppression.digest == letter.digest, Suppression.lifted_at.is_(None),
        or_(Suppression.list_id.is_(None), Suppression.list_id == letter.list_id),
    )  # fmt: skip
    values = {"state": RecipientState.SENDING, "message_id": message_id}
    conditions = (MailingRecipient.address == letter.address, ~declined)
    begun = _change(session, letter, worker_id, (RecipientState.CLAIMED,), values, *conditions)
    if not begun:
        give_back(session, [letter], worker_id)
    return begun


def give_back(session: Session, letters: Iterable[Claimed], worker_id: str) -> None:
    """Untried: into the queue again, where the next claim asks whether they may go."""
    values = {"state": RecipientState.QUEUED, "claimed_by": None, "attempts": MailingRecipient.attempts - 1}
    for letter in letters:
        _change(session, letter, worker_id, (RecipientState.CLAIMED, RecipientState.SENDING), values)


def sent(session: Session, letter: Claimed, worker_id: str, *, now: datetime) -> None:
    """It has been handed over. A sweep may have called it uncertain by now; whoever handed it over knows better."""
    values = {"state": RecipientState.SENT, "handed_over_at": now, "claimed_by": None, "problem": ""}
    counts = {"sent": Mailing.sent + 1, "state_reason": ""}
    if not _change(session, letter, worker_id, (RecipientState.SENDING,), values):
        if not _change(session, letter, worker_id, (RecipientState.UNCERTAIN,), values):
            return
        counts["uncertain"] = Mailing.uncertain - 1
    count(session, letter.mailing_id, counts)
    if letter.tells_source and letter.contact_id is not None and not letter.fields.get("informed"):
        _informed(session, letter, letter.contact_id, now)


def failed(session: Session, letter: Claimed, worker_id: str, problem: str, *, now: datetime) -> None:
    """It was refused for good; an address that does not exist is written to no more, a bad mailing stops."""
    values = {"state": RecipientState.FAILED, "claimed_by": None, "problem": problem[:300]}
    if not _change(session, letter, worker_id, (RecipientState.CLAIMED, RecipientState.SENDING), values):
        return
    count(session, letter.mailing_id, {"failed": Mailing.failed + 1})
    with tenant_scope(Scope.alone(letter.tenant_id)):
        if inbound_rules.is_dead_address(problem):
            evidence = Evidence(Channel.BOUNCE, mailing_id=letter.mailing_id)
            suppression.suppress(session, letter.digest, Kind.BOUNCED, evidence, now=now)
        sending.judge(session, letter.mailing_id)
        session.flush()


def later(session: Session, letter: Claimed, worker_id: str, problem: str, *, again_at: datetime) -> None:
    """It was refused for now."""
    values = {"state": RecipientState.QUEUED, "not_before": again_at, "claimed_by": None, "problem": problem[:300]}
    _change(session, letter, worker_id, (RecipientState.CLAIMED, RecipientState.SENDING), values)


def unknown(session: Session, letter: Claimed, worker_id: str, problem: str) -> None:
    """Nobody knows whether it went: a person decides."""
    values = {"state": RecipientState.UNCERTAIN, "claimed_by": None, "problem": problem[:300]}
    if _change(session, letter, worker_id, (RecipientState.CLAIMED, RecipientState.SENDING), values):
        count(session, letter.mailing_id, {"uncertain": Mailing.uncertain + 1})


def release(session: Session, *whose: Any) -> None:
    """Let go of what workers that are gone held: claimed letters go back, those on the wire are left to a person."""
    held = update(MailingRecipient).where(MailingRecipient.claimed_by > "", *whose)
    session.execute(
        held.where(MailingRecipient.state == RecipientState.CLAIMED).values(
            state=RecipientState.QUEUED.value, claimed_by=None, attempts=MailingRecipient.attempts - 1
        ),
        execution_options={"synchronize_session": False},
    )
    cut_off = session.execute(
        held.where(MailingRecipient.state == RecipientState.SENDING)
        .values(state=RecipientState.UNCERTAIN.value, problem=CUT_OFF)
        .returning(MailingRecipient.mailing_id),
        execution_options={"synchronize_session": False},
    )
    for mailing_id, number in Counter(cut_off.scalars()).items():
        count(session, mailing_id, {"uncertain": Mailing.uncertain + number})


def count(session: Session, mailing_id: int, counts: Mapping[str, Any]) -> None:
    """Change a mailing's counts by statement: its version is for people who edit it."""
    session.execute(
        update(Mailing).where(Mailing.id == mailing_id).values(**counts),
        execution_options={"synchronize_session": False},
    )


# ---- claiming --------------------------------------------------------------------------------------------------------


def _pace(session: Session, speed: pace_rules.Speed, tenant_id: int, now: datetime) -> _Pace:
    rows = list(
        session.scalars(
            select(MailingPace)
            .where(or_(MailingPace.domain == "", MailingPace.next_at > now))
            .order_by(MailingPace.domain)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    known = {row.domain: row for row in rows}
    whole = known.pop("", None)
    if whole is None:
        whole = MailingPace(tenant_id=tenant_id, domain="", next_at=now)
        session.add(whole)
        session.flush()
    return _Pace(speed, whole, known, now, free=pace_rules.free(speed, whole.next_at, now))


def _next(session: Session, mailing_id: int, pace: _Pace, now: datetime) -> list[MailingRecipient]:
    """The first that wait and whose domain takes letters now."""
    if not pace.free:
        return []
    full = [name for name, row in pace.domains.items() if not pace_rules.free(DOMAIN_SPEED, row.next_at, now)]
    query = select(MailingRecipient).where(
        MailingRecipient.mailing_id == mailing_id, MailingRecipient.state == RecipientState.QUEUED,
        or_(MailingRecipient.not_before.is_(None), MailingRecipient.not_before <= now),
    )  # fmt: skip
    if full:
        query = query.where(MailingRecipient.domain.not_in(full))
    query = query.order_by(MailingRecipient.id).limit(BATCH).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _any_left(session: Session, mailing_id: int) -> bool:
    live = select(MailingRecipient.id).where(
        MailingRecipient.mailing_id == mailing_id, MailingRecipient.state.in_([state.value for state in LIVE])
    )
    return session.scalar(live.limit(1)) is not None


def _stop(session: Session, row: MailingRecipient, person: Candidate | None) -> Reason | None:
    """Why the letter does not go after all. An address that was corrected since is the one that it goes to."""
    if person is None or not row.address:
        return Reason.GONE
    if person.reason is not None:
        return person.reason
    if person.digest != row.digest:
        others = select(MailingRecipient.id).where(
            MailingRecipient.mailing_id == row.mailing_id, MailingRecipient.digest == person.digest
        )
        if session.scalar(others) is not None:
            return Reason.SAME_ADDRESS
        row.address, row.digest, row.domain = person.address, person.digest, domain(person.address)[:190]
    return None


def _held(row: MailingRecipient, mailing: Mailing) -> Claimed:
    if row.delivery is None or row.digest is None:
        raise RuntimeError("a letter without its number was to be sent")
    return Claimed(
        row.id, row.tenant_id, mailing.id, mailing.list_id, row.contact_id, row.delivery, row.digest, row.address,
        dict(row.fields), row.attempts, mailing.tells_source,
    )  # fmt: skip


def _spend(session: Session, pace: _Pace) -> None:
    total = pace.taken.total()
    if not total:
        return
    pace.row.next_at = pace_rules.after(pace.speed, pace.row.next_at, pace.now, total)
    known = dict(pace.domains)
    missing = pace.taken.keys() - known.keys()
    if missing:
        rows = session.scalars(select(MailingPace).where(MailingPace.domain.in_(sorted(missing))).with_for_update())
        known.update({row.domain: row for row in rows})
    for name, letters in sorted(pace.taken.items()):
        row = known.get(name)
        if row is None:
            row = MailingPace(tenant_id=pace.row.tenant_id, domain=name, next_at=pace.now)
            session.add(row)
        row.next_at = pace_rules.after(DOMAIN_SPEED, row.next_at, pace.now, letters)


# ---- noting ----------------------------------------------------------------------------------------------------------


def _change(
    session: Session, letter: Claimed, worker_id: str, states: Collection[RecipientState], values: Mapping[str, Any],
    *conditions: Any,
) -> bool:  # fmt: skip
    """Change the row if it is still this worker's and in one of these states."""
    changed = (
        update(MailingRecipient)
        .where(MailingRecipient.id == letter.id, MailingRecipient.claimed_by == worker_id)
        .where(MailingRecipient.state.in_([state.value for state in states]), *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(session, changed) == 1


def _informed(session: Session, letter: Claimed, contact_id: int, now: datetime) -> None:
    """The hand-over is what informs a person of where their address is from (P-12)."""
    session.execute(
        update(ContactRelation)
        .where(ContactRelation.tenant_id == letter.tenant_id, ContactRelation.contact_id == contact_id)
        .where(ContactRelation.informed_on.is_(None))
        .values(informed_on=clock.local(now).date()),
        execution_options={"synchronize_session": False},
    )
