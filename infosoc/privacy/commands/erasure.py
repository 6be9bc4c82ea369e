"""Removing a person from what one tenant keeps, in one transaction and with a report (GDPR article 17).

The contact log keeps that there was a contact, when and with which company; whom and what was said goes. What the law
or the person's own objection asks us to keep is named in the report, with its ground and how long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import purge, split
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.rules import Status
from infosoc.db import search_index
from infosoc.db.search import COMPANY
from infosoc.db.tenancy import Scope, seeing_hidden, tenant_scope
from infosoc.jobs.commands import enqueue
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.kernel.words import N_
from infosoc.mailings.models import MailingRecipient
from infosoc.privacy.commands import cases, traces
from infosoc.privacy.models import Erasure, PrivacyCase
from infosoc.privacy.queries import people
from infosoc.privacy.queries.people import Person
from infosoc.privacy.rules import CaseChannel, CaseKind
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper
from infosoc.suppression import queries as suppressions
from infosoc.suppression.commands import Evidence
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind

ERASED = N_("person removed")
WIPE = "wipe what was removed"
ONLY_CONTACT = N_("%(company)s is a contract customer and has no contact person any more.")
_CASE_KEPT = timedelta(days=730)


@dataclass(frozen=True)
class Kept:
    """What stays, why, and how long: `what` and `until` are message ids, or `until` a date."""

    table: str
    what: str
    ground: str
    until: str
    rows: int


@dataclass(frozen=True)
class Report:
    """What a removal did. `removed` counts rows by table; `warnings` are message ids with their values."""

    public_id: str
    removed: dict[str, int]
    kept: tuple[Kept, ...]
    warnings: tuple[tuple[str, dict[str, str]], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a wish to be removed: the tenants that did so, and those that opened a case."""

    removed: tuple[int, ...]
    cases: tuple[int, ...]


@dataclass
class _Work:
    """One removal while it is done."""

    counts: Counter[str] = field(default_factory=Counter)
    warnings: list[tuple[str, dict[str, str]]] = field(default_factory=list)


def erase(
    session: Session, contact_id: int, *, channel: Channel | str, by: int | None, now: datetime,
    case_id: int | None = None, suppress: bool = True,
) -> Report:  # fmt: skip
    """Remove a contact person of ours, whoever they work for; raises `NotFound` for one that we do not hold.

    With `suppress` the addresses are kept as hashes, so that no import or colleague writes the person down again.
    """
    person = people.person(session, contact_id=contact_id)
    if not person.contacts:
        raise NotFound
    return _erase(session, person, channel=channel, by=by, now=now, case_id=case_id, suppress=suppress)


def erase_address(
    session: Session, address: str, *, channel: Channel | str, by: int | None, now: datetime,
    case_id: int | None = None, suppress: bool = True,
) -> Report:  # fmt: skip
    """Remove whoever has this address, and every trace of it, also when nobody in the register has it."""
    person = people.person(session, address=address)
    return _erase(session, person, channel=channel, by=by, now=now, case_id=case_id, suppress=suppress)


def erase_digest(
    session: Session, digest: bytes, address: str, *, channel: Channel | str, by: int | None, now: datetime
) -> Report:
    """Remove again whom a journal knows by the keyed hash alone; `address` is whose it is, where that was found out."""
    person = people.person(session, address=address) if address else Person(digests=(digest,))
    return _erase(session, person, channel=channel, by=by, now=now, case_id=None, suppress=False)


def remove_on_request(
    session: Session, tenants: Sequence[int], digest: bytes, *, joint: bool, now: datetime, address: str = ""
) -> Outcome:
    """What a person asks for on a page: gone at once, but for contract customers, where a case is opened.

    Each tenant answers for itself; the first is the one that was asked. May be repeated.
    """
    removed, opened = [], []
    for tenant_id in tenants:
        with tenant_scope(Scope.alone(tenant_id)):
            person = _asking(session, digest, address)
            if person.is_at_customer:
                _open_case(session, person, digest, address, joint=joint, now=now)
                opened.append(tenant_id)
            else:
                _remove(session, person, digest, joint=joint, now=now)
                removed.append(tenant_id)
            session.flush()
    return Outcome(tuple(removed), tuple(opened))


# ---- one person ------------------------------------------------------------------------------------------------------


def _erase(
    session: Session, person: Person, *, channel: Channel | str, by: int | None, now: datetime,
    case_id: int | None, suppress: bool, is_joint: bool = False,
) -> Report:  # fmt: skip
    work = _Work()
    session.flush()
    with seeing_hidden():
        _warn(session, person, work)
        work.counts += traces.remove(session, person)
        _company_points(session, person, work)
        _records(session, person, work)
        session.flush()
    if suppress:
        _suppress(session, person.digests, channel, by=by, now=now, is_joint=is_joint)
    kept = tuple(_kept(session, person, now))
    row = Erasure(
        contact_id=min(person.contacts, default=None), digests=[digest.hex() for digest in person.digests],
        channel=str(channel), case_id=case_id, erased_by=by, erased_at=now,
        report=_as_json(person, work, kept),
    )  # fmt: skip
    session.add(row)
    session.flush()
    for contact_id in sorted(person.contacts):
        audit.record(session, ERASED, "contact", contact_id, by=by)
    _ask_for_wiping(session, row, now)
    return Report(row.public_id, dict(work.counts), kept, tuple(work.warnings))


def _warn(session: Session, person: Person, work: _Work) -> None:
    """A customer who loses its only contact person needs another (P-43)."""
    for company_id in sorted(person.customers):
        others = (
            select(Post.id)
            .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
            .join(CompanyRelation, CompanyRelation.company_id == Post.company_id)
            .where(Post.company_id == company_id, Post.contact_id.not_in(person.contacts))
            .where(ContactRelation.trashed_at.is_(None))
        )
        live = select(Company.name).join(CompanyRelation, CompanyRelation.company_id == Company.id)
        name = session.scalar(live.where(Company.id == company_id, CompanyRelation.status == Status.CUSTOMER))
        if name is not None and session.scalar(others.limit(1)) is None:
            work.warnings.append((ONLY_CONTACT, {"company": name}))


def _company_points(session: Session, person: Person, work: _Work) -> None:
    """The person's address may stand as their company's: there it goes too, where the company is ours alone."""
    query = select(ContactPoint).where(
        ContactPoint.normalised.in_(person.addresses), ContactPoint.company_id.is_not(None)
    )
    for point in list(session.scalars(query)):
        if point.company_id is not None and not split.company_holders(session, point.company_id):
            session.delete(point)
            search_index.mark(session, COMPANY, [point.company_id])
            work.counts["contact_point"] += 1
    session.flush()


def _records(session: Session, person: Person, work: _Work) -> None:
    """The records themselves, and the firm of a sole trader who is nobody's customer."""
    ways = select(func.count()).select_from(ContactPoint).where(ContactPoint.contact_id.in_(person.contacts))
    work.counts["contact_point"] += session.scalar(ways) or 0
    for company_id in sorted(person.firms - person.customers):
        firm = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == company_id))
        if firm is not None and not _others_work_there(session, company_id, person):
            purge.company(session, firm)
            work.counts["company"] += 1
    query = select(ContactRelation).where(ContactRelation.contact_id.in_(person.contacts))
    for relation in list(session.scalars(query)):
        purge.contact(session, relation)
    work.counts["contact"] += len(person.contacts)


def _others_work_there(session: Session, company_id: int, person: Person) -> bool:
    query = (
        select(Post.id)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(Post.company_id == company_id, Post.contact_id.not_in(person.contacts))
    )
    return session.scalar(query.limit(1)) is not None


def _suppress(
    session: Session, digests: Iterable[bytes], channel: Channel | str, *, by: int | None, now: datetime, is_joint: bool
) -> None:
    known = {one.value for one in Channel}
    how = Channel(str(channel)) if str(channel) in known else Channel.ERASURE
    for digest in digests:
        for kind in (Kind.NO_REGISTRATION, Kind.NO_MAILINGS):
            suppression.suppress(session, digest, kind, Evidence(how, by=by), now=now, is_joint=is_joint)


def _ask_for_wiping(session: Session, row: Erasure, now: datetime) -> None:
    """The removed words leave the index of words physically a moment later: that takes longer than a page may."""
    enqueue(
        session, WIPE, args={}, unique_key=f"wipe:{row.public_id}", now=now,
        title=N_("Wipe out what has been removed"),
    )  # fmt: skip


# ---- the report ------------------------------------------------------------------------------------------------------


def _kept(session: Session, person: Person, now: datetime) -> Iterable[Kept]:
    """What stays, by the same tests that the extract uses."""
    duty = N_("Legal obligation")
    hashes = _count(session, Suppression, Suppression.digest.in_(person.digests))
    if hashes:
        yield Kept("suppression", N_("What the person has declined, under a hash of the address"), duty,
                   N_("As long as the objection stands"), hashes)  # fmt: skip
    open_cases = PrivacyCase.digest.in_(person.digests) | PrivacyCase.requester.in_(person.addresses)
    asked = _count(session, PrivacyCase, open_cases, PrivacyCase.reduced_at.is_(None))
    if asked:
        until = (clock.local(now) + _CASE_KEPT).date().isoformat()
        yield Kept("privacy_case", N_("What the person has asked for, with its letters"), duty, until, asked)
    letters = _count(session, MailingRecipient, MailingRecipient.digest.in_(person.digests))
    if letters:
        yield Kept("mailing_recipient", N_("That letters were sent, under a hash of the address"), duty,
                   N_("As long as the unsubscribe address is to work"), letters)  # fmt: skip
    firms = len(person.customers & person.firms)
    if firms:
        yield Kept("company", N_("The firm itself, which is a contract customer"), N_("Contract"),
                   N_("Seven years after the end of the last financial year"), firms)  # fmt: skip
    if person.users:
        yield Kept("user_account", N_("The account of somebody who works here"), N_("Contract"),
                   N_("As long as the person has an account"), len(person.users))  # fmt: skip


def _count(session: Session, model: Any, *where: Any) -> int:
    return session.scalar(select(func.count(model.id)).where(*where)) or 0


def _as_json(person: Person, work: _Work, kept: tuple[Kept, ...]) -> dict[str, Any]:
    """Counts and ids alone: the record of a removal names nobody."""
    return {
        "public_id": next(iter(person.public_ids), ""),
        "records": [list(one) for one in zip(sorted(person.contacts), person.public_ids, strict=True)],
        "removed": dict(work.counts),
        "kept": [{"table": one.table, "until": one.until, "rows": one.rows} for one in kept],
        "warnings": len(work.warnings),
    }


# ---- asked for on a page ---------------------------------------------------------------------------------------------


def _asking(session: Session, digest: bytes, address: str) -> Person:
    """Who asks: by the address, by who got the letter, at last by every address in the register."""
    if not address:
        kept = select(MailingRecipient.address).where(MailingRecipient.digest == digest, MailingRecipient.address != "")
        address = session.scalar(kept.limit(1)) or _address_of(session, digest)
    return people.person(session, address=address) if address else Person(digests=(digest,))


def _address_of(session: Session, digest: bytes) -> str:
    query = (
        select(ContactPoint.normalised)
        .join(ContactRelation, ContactRelation.contact_id == ContactPoint.contact_id)
        .where(ContactPoint.kind == "email")
    )
    with seeing_hidden():
        for address in session.scalars(query.execution_options(yield_per=2000)):
            if pepper.digest(address) == digest:
                return address
    return ""


def _remove(session: Session, person: Person, digest: bytes, *, joint: bool, now: datetime) -> None:
    """Also when nobody is found: the record of it has the person removed again from a backup that knows them."""
    if not (person.is_known or person.addresses) and _is_removed(session, digest):
        return
    _erase(session, person, channel=Channel.PAGE, by=None, now=now, case_id=None, suppress=True, is_joint=joint)


def _is_removed(session: Session, digest: bytes) -> bool:
    there = select(Erasure.id).where(cast(Erasure.digests, Text).contains(digest.hex()))
    return suppressions.standing(session, digest, Kind.NO_REGISTRATION, list_id=None) is not None and (
        session.scalar(there.limit(1)) is not None
    )


def _open_case(session: Session, person: Person, digest: bytes, address: str, *, joint: bool, now: datetime) -> None:
    """Staff at a contract customer: no more mailings from now on, and somebody looks at the rest within a month."""
    for one in {*person.digests, digest}:
        suppression.suppress(session, one, Kind.NO_MAILINGS, Evidence(Channel.PAGE), now=now, is_joint=joint)
    there = select(PrivacyCase.id).where(
        PrivacyCase.kind == CaseKind.ERASE.value, PrivacyCase.closed_at.is_(None), PrivacyCase.digest == digest
    )
    if session.scalar(there.limit(1)) is not None:
        return
    requester = address or next((one for one in person.addresses if pepper.digest(one) == digest), "")
    cases.open_case(
        session,
        cases.NewCase(
            kind=CaseKind.ERASE, channel=CaseChannel.PAGE, received_on=clock.local(now).date(), requester=requester,
            contact_id=min(person.contacts, default=None), is_joint=joint,
        ),
        by=None, now=now,
    )  # fmt: skip
