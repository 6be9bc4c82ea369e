"""Asking who has objected; the only answer to "may I write to this address, may I register it?"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.suppression import pepper
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import STOPS_REGISTRATION, Kind

AT_ONCE = 500


def refused_registration(session: Session, addresses: Iterable[str]) -> set[str]:
    """Those of these addresses that may not be registered in this tenant again (requirement M-18)."""
    by_digest = pepper.digests(addresses)
    found: set[str] = set()
    for some in _some(by_digest):
        query = select(Suppression.digest).where(
            Suppression.digest.in_(some),
            Suppression.kind.in_([kind.value for kind in STOPS_REGISTRATION]),
            Suppression.lifted_at.is_(None),
        )
        found.update(by_digest[digest] for digest in session.scalars(query))
    return found


def stops_for(session: Session, digests: Collection[bytes], *, list_id: int | None) -> dict[bytes, set[Kind]]:
    """What keeps these addresses out of a list's mailings, by keyed hash; who is not in it may be written to."""
    found: dict[bytes, set[Kind]] = defaultdict(set)
    for some in _some(digests):
        query = select(Suppression.digest, Suppression.kind).where(
            Suppression.digest.in_(some), Suppression.lifted_at.is_(None), _concerns(list_id)
        )
        for digest, kind in session.execute(query):
            found[digest].add(Kind(kind))
    return dict(found)


Stops = dict[bytes, set[tuple[Kind, bool]]]


def all_stops(session: Session, list_id: int | None) -> Stops:
    """All that this tenant keeps out of a list's mailings, by keyed hash, each with whether it is of this list alone.

    For a whole mailing at once: one question, where `stops_of` would ask one for every few hundred addresses.
    """
    return _stops(session, [_concerns(list_id)])


def stops_of(session: Session, digests: Collection[bytes], list_id: int | None) -> Stops:
    """The same for some addresses alone."""
    found: Stops = {}
    for some in _some(digests):
        found |= _stops(session, [_concerns(list_id), Suppression.digest.in_(some)])
    return found


def _stops(session: Session, conditions: list[Any]) -> Stops:
    found: Stops = defaultdict(set)
    query = select(Suppression.digest, Suppression.kind, Suppression.list_id)
    for digest, kind, of_list in session.execute(query.where(Suppression.lifted_at.is_(None), *conditions)):
        found[digest].add((Kind(kind), of_list is not None))
    return dict(found)


def of_address(session: Session, digest: bytes) -> list[Suppression]:
    """All that this tenant keeps under a keyed hash, lifted ones too, newest first; for extracts and timelines."""
    query = select(Suppression).where(Suppression.digest == digest)
    return list(session.scalars(query.order_by(Suppression.made_at.desc(), Suppression.id.desc())))


def standing(session: Session, digest: bytes, kind: Kind, *, list_id: int | None) -> Suppression | None:
    """The suppression of exactly this kind and breadth that holds now."""
    return session.scalar(
        select(Suppression).where(
            Suppression.digest == digest, Suppression.kind == kind.value, Suppression.lifted_at.is_(None),
            Suppression.list_id.is_(None) if list_id is None else Suppression.list_id == list_id,
        )
    )  # fmt: skip


def _concerns(list_id: int | None):
    broad = Suppression.list_id.is_(None)
    return broad if list_id is None else or_(broad, Suppression.list_id == list_id)


def _some(digests: Iterable[bytes]) -> Iterator[list[bytes]]:
    waiting = iter(digests)
    while some := list(islice(waiting, AT_ONCE)):
        yield some
