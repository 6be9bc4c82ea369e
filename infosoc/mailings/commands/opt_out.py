"""Leaving mailings: one command for the page, the mail program's button and a mail sent to be left alone.

Whoever holds the token of a letter may do it, again and again; it asks nothing of the person. It writes a suppression
under the keyed hash of the address, so it holds also when the person has been removed from the register, and for every
later import. A joint one is one row in each company: the others learn that they may not write, and nothing more (T-10).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.db.changed import rows_changed
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.queries.deliveries import Delivery, addresses_now, delivery
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import Flag, shown_by

UNDO_LASTS = timedelta(minutes=10)


class Breadth(StrEnum):
    """What the person leaves: this list, all mailings of the company, those of all companies that offer it."""

    LIST = "list"
    TENANT = "tenant"
    JOINT = "joint"


@dataclass(frozen=True)
class Made:
    """A suppression that the person may still take back."""

    tenant_id: int
    public_id: str
    made_at: datetime


@dataclass(frozen=True)
class Done:
    """What holds now. `made` is what can be undone: written on the page within the last minutes."""

    delivery: Delivery
    breadth: Breadth
    made: tuple[Made, ...]


def opt_out(session: Session, number: bytes, breadth: Breadth, evidence: Evidence, *, now: datetime) -> Done | None:
    """Write down that the holder of this letter gets no more; None when there is no such letter.

    It may be repeated, it never lifts anything, and it enters the scopes of the companies itself.
    """
    found = delivery(session, number)
    if found is None:
        return None
    told = replace(evidence, mailing_id=found.mailing_id)
    with tenant_scope(Scope.alone(found.tenant_id)):
        _note_on_letter(session, found, now)
    if found.digest is None:
        return Done(found, breadth, ())
    rows = []
    for digest in _digests(session, found):
        if breadth is Breadth.LIST:
            rows.append(_suppress(session, found.tenant_id, digest, told, now=now, list_id=found.list_id))
            continue
        tenants = joint_tenants(session, found.tenant_id) if breadth is Breadth.JOINT else (found.tenant_id,)
        rows += opt_out_address(session, digest, tenants, told, now=now, is_joint=breadth is Breadth.JOINT)
    return Done(found, breadth, _still_undoable(rows, evidence, now))


def opt_out_address(
    session: Session, digest: bytes, tenants: Iterable[int], evidence: Evidence, *, now: datetime, is_joint: bool
) -> list[Suppression]:
    """Write down that an address gets no mailings from these companies; the first is the one that was asked."""
    rows = []
    for place, tenant_id in enumerate(tenants):
        own = evidence if place == 0 else replace(evidence, mailing_id=None)
        rows.append(_suppress(session, tenant_id, digest, own, now=now, is_joint=is_joint))
    return rows


def take_back(session: Session, number: bytes, made: Iterable[Made], *, now: datetime) -> bool:
    """Undo what the page did a moment ago, by the person's own press; whether anything was lifted.

    Only what was written within the minutes that undo lasts, and only for the addresses of who got the letter.
    """
    found, lifted = delivery(session, number), False
    if found is None:
        return False
    theirs = _digests(session, found)
    for one in made:
        with tenant_scope(Scope.alone(one.tenant_id)):
            row = session.scalar(
                select(Suppression).where(
                    Suppression.public_id == one.public_id, Suppression.digest.in_(theirs),
                    Suppression.lifted_at.is_(None), Suppression.made_at > now - UNDO_LASTS,
                )
            )  # fmt: skip
            if row is not None:
                suppression.lift(session, row, by="undo", now=now)
                lifted = True
    if lifted:
        with tenant_scope(Scope.alone(found.tenant_id)):
            _take_note_back(session, found)
    return lifted


def _digests(session: Session, found: Delivery) -> list[bytes]:
    """The hash that the letter went to, and those of the addresses that the person has now (M-12, M-17)."""
    own = [found.digest] if found.digest is not None else []
    return list(dict.fromkeys([*own, *pepper.digests(addresses_now(session, found))]))


def joint_tenants(session: Session, tenant_id: int) -> tuple[int, ...]:
    """The company itself first, then those that take part in a joint unsubscription."""
    return shown_by(all_tenants(session), tenant_id, Flag.JOINT_UNSUBSCRIBE)


def _suppress(
    session: Session, tenant_id: int, digest: bytes, evidence: Evidence, *, now: datetime,
    list_id: int | None = None, is_joint: bool = False,
) -> Suppression:  # fmt: skip
    with tenant_scope(Scope.alone(tenant_id)):
        row = suppression.suppress(
            session, digest, Kind.NO_MAILINGS, evidence, now=now, list_id=list_id, is_joint=is_joint
        )
        session.flush()  # in this scope: the next one is another company's
    return row


def _still_undoable(rows: list[Suppression], evidence: Evidence, now: datetime) -> tuple[Made, ...]:
    """A press on the page can be taken back, also when it was pressed twice; what stood before cannot."""
    if evidence.channel is not Channel.PAGE:
        return ()
    return tuple(
        Made(row.tenant_id, row.public_id, row.made_at)
        for row in rows
        if row.channel == Channel.PAGE.value and row.made_at > now - UNDO_LASTS
    )


def _note_on_letter(session: Session, found: Delivery, now: datetime) -> None:
    """Count the letter once, in one statement, so that two presses at the same moment are one."""
    noted = (
        update(MailingRecipient)
        .where(MailingRecipient.id == found.recipient_id, MailingRecipient.unsubscribed_at.is_(None))
        .values(unsubscribed_at=now)
        .execution_options(synchronize_session=False)
    )
    if rows_changed(session, noted) == 1:
        _count(session, found, 1)


def _take_note_back(session: Session, found: Delivery) -> None:
    left = session.scalar(
        select(Suppression.id)
        .where(
            Suppression.digest == found.digest, Suppression.mailing_id == found.mailing_id,
            Suppression.lifted_at.is_(None),
        )
        .limit(1)
    )  # fmt: skip
    if left is not None:
        return
    taken_back = (
        update(MailingRecipient)
        .where(MailingRecipient.id == found.recipient_id, MailingRecipient.unsubscribed_at.is_not(None))
        .values(unsubscribed_at=None)
        .execution_options(synchronize_session=False)
    )
    if rows_changed(session, taken_back) == 1:
        _count(session, found, -1)


def _count(session: Session, found: Delivery, change: int) -> None:
    # By statement: the version of the mailing is for people who edit it, and is not touched by this.
    session.execute(
        update(Mailing)
        .where(Mailing.id == found.mailing_id)
        .values(unsubscribed=Mailing.unsubscribed + change)
        .execution_options(synchronize_session=False)
    )
