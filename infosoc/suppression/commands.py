"""Writing suppressions down and lifting them. Nothing here is ever removed: a lifted one stays as what happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from infosoc.suppression import queries
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind

_OF_THE_PERSON = frozenset({Kind.NO_MAILINGS, Kind.COMPLAINED})


@dataclass(frozen=True)
class Evidence:
    """How an objection came (requirement M-33): the address of the computer shortened, the browser as two words."""

    channel: Channel
    mailing_id: int | None = None
    address_short: str = ""
    agent: str = ""
    by: int | None = None


def suppress(
    session: Session,
    digest: bytes,
    kind: Kind,
    evidence: Evidence,
    *,
    now: datetime,
    list_id: int | None = None,
    is_joint: bool = False,
) -> Suppression:
    """Note that an address gets no more of this from the tenant in whose scope this runs; once said is enough."""
    there = queries.standing(session, digest, kind, list_id=list_id)
    if there is not None:
        there.is_joint = there.is_joint or is_joint
        return there
    made = Suppression(
        digest=digest, kind=kind.value, list_id=list_id, is_joint=is_joint, channel=evidence.channel.value,
        mailing_id=evidence.mailing_id, address_short=evidence.address_short[:45], agent=evidence.agent[:60],
        made_at=now, made_by=evidence.by,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def follow(session: Session, gone: Iterable[bytes], left: Collection[bytes]) -> None:
    """Somebody has another address than the one they objected under: the objection is the person's, and goes along.

    A bounce says something of the address alone, and stays with it.
    """
    for before in gone:
        for row in queries.of_address(session, before):
            if row.lifted_at is not None or row.kind not in _OF_THE_PERSON:
                continue
            told = Evidence(Channel(row.channel), row.mailing_id, row.address_short, row.agent, row.made_by)
            for digest in left:
                suppress(
                    session, digest, Kind(row.kind), told, now=row.made_at, list_id=row.list_id, is_joint=row.is_joint
                )


def lift(session: Session, suppression: Suppression, *, by: str, now: datetime) -> None:
    """End a suppression by the person's own act; `by` is that act (`undo`, `opt_in`)."""
    if suppression.lifted_at is None:
        suppression.lifted_at, suppression.lifted_by = now, by
        session.flush()
