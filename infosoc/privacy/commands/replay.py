"""Doing again what the journal says, in a database that has just been put back from a backup (P-42)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, every_tenant, seeing_hidden, tenant_scope
from infosoc.privacy import journal
from infosoc.privacy.commands import erasure, restriction
from infosoc.privacy.journal import ERASURE, LIFTED, RESTRICTION, SUPPRESSION, UNRESTRICTED, Line
from infosoc.privacy.models import Erasure, Restriction
from infosoc.privacy.queries import addresses, people, restricted
from infosoc.suppression import commands as suppression
from infosoc.suppression import queries as suppressions
from infosoc.suppression.commands import Evidence
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind
from infosoc.tenancy.models import Tenant

AGAIN = "(journal)"  # the reason itself may name somebody, and stands in no journal


@dataclass
class Replayed:
    """What had to be done again."""

    erasures: int = 0
    objections: int = 0
    lifted: int = 0
    restrictions: int = 0


def replay() -> Replayed:
    """Bring the database up to what the journal promises; what holds already is left as it is."""
    done = Replayed()
    with every_tenant("which tenants there are"), transaction() as session:
        known = set(session.scalars(select(Tenant.id)))
    for line in journal.lines():
        if line["tenant"] not in known:
            continue
        with journal.replaying(), tenant_scope(Scope.alone(line["tenant"])), transaction() as session:
            _again(session, line, done)
    return done


def complete() -> int:
    """Write into the journal what the database knows and it does not: a journal that was lost is made anew."""
    with every_tenant("the journal holds every tenant's removals"), transaction() as session:
        told = [journal.of_erasure(row) for row in session.scalars(select(Erasure))]
        told += [journal.of_suppression(row) for row in session.scalars(select(Suppression))]
        with seeing_hidden():
            restrictions = session.execute(
                select(Restriction, Contact.public_id).join(Contact, Contact.id == Restriction.contact_id)
            )
            told += [line for row, public_id in restrictions for line in journal.of_restriction(row, public_id)]
    return journal.write_missing(told)


def _again(session: Session, line: Line, done: Replayed) -> None:
    at = datetime.fromisoformat(line["at"])
    if line["what"] == ERASURE:
        done.erasures += _erase(session, line, at)
        return
    if line["what"] in (RESTRICTION, UNRESTRICTED):
        done.restrictions += _restrict(session, line, at)
        return
    digest, kind = bytes.fromhex(line["digest"]), Kind(line["kind"])
    there = suppressions.standing(session, digest, kind, list_id=line["list"])
    if line["what"] == SUPPRESSION and there is None and not _was_lifted(session, line, digest, at):
        suppression.suppress(
            session, digest, kind, Evidence(Channel(line["channel"])), now=at, list_id=line["list"],
            is_joint=line["is_joint"],
        )  # fmt: skip
        done.objections += 1
    if line["what"] == LIFTED and there is not None and there.made_at <= at:
        suppression.lift(session, there, by=line["by"], now=at)
        done.lifted += 1


def _erase(session: Session, line: Line, at: datetime) -> int:
    """Remove the person once more, in each record they had, if it is the same one: numbers are given anew, the
    addresses of pages are not. Who had none, or has none in this database, is found by the hashes.
    """
    done, is_known = 0, _is_known(session, line, at)
    for number, public_id in line.get("records") or [(line["contact"], line["public_id"])]:
        contact_id = _same(session, number, public_id)
        if contact_id is not None:
            erasure.erase(session, contact_id, channel=line["channel"], by=None, now=at, suppress=False)
            done = 1
    return done if done or is_known else _erase_traces(session, line, at)


def _is_known(session: Session, line: Line, at: datetime) -> bool:
    """Whether the database tells of this removal itself: what came after it is nobody's to remove."""
    there = session.scalars(select(Erasure).where(Erasure.erased_at == at))
    return any(set(row.digests) & set(line["digests"]) for row in there)


def _erase_traces(session: Session, line: Line, at: datetime) -> int:
    """Remove what there is of an address. Others who share the address of a person who was removed stay."""
    by_address, done = line["contact"] is None, 0
    known = addresses.by_digest(session)
    for digest in map(bytes.fromhex, line["digests"]):
        address = known.get(digest, "")
        is_shared = not by_address and bool(address and people.person(session, address=address).contacts)
        if (address or by_address) and not is_shared:
            erasure.erase_digest(session, digest, address, channel=line["channel"], by=None, now=at)
            done = 1
    return done


def _same(session: Session, number: int | None, public_id: str) -> int | None:
    """The record, if this number is still the same person's."""
    query = (
        select(Contact.id)
        .join(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Contact.id == number, Contact.public_id == public_id)
    )
    with seeing_hidden():
        return session.scalar(query)


def _restrict(session: Session, line: Line, at: datetime) -> int:
    """Let the data of the person rest again, or take them into use as somebody has decided since."""
    contact_id = _same(session, line["contact"], line["public_id"])
    if contact_id is None:
        return 0
    current = restricted.current(session, contact_id)
    made = select(Restriction.id).where(Restriction.contact_id == contact_id, Restriction.made_at == at)
    if line["what"] == RESTRICTION and current is None and session.scalar(made) is None:
        restriction.restrict(session, contact_id, reason=AGAIN, by=None, now=at)
        return 1
    if line["what"] == UNRESTRICTED and current is not None and current.made_at <= at:
        restriction.lift(session, contact_id, note=AGAIN, by=None, now=at)
        return 1
    return 0


def _was_lifted(session: Session, line: Line, digest: bytes, at: datetime) -> bool:
    """Whether the person has taken this very objection back since."""
    return any(
        row.kind == line["kind"] and row.list_id == line["list"] and row.made_at == at and row.lifted_at is not None
        for row in suppressions.of_address(session, digest)
    )
