"""What staff write down when somebody calls or writes: no more mailings, remove me, or a question (P-13, P-04).

One deed each: what the person is owed at once happens in the same transaction as the case that tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.commands import contacts as crm
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import Marketing
from infosoc.db.tenancy import Scope, current_scope, tenant_scope
from infosoc.kernel import clock, email, phone
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.mailings.commands.opt_out import joint_tenants, opt_out_address
from infosoc.privacy.commands import cases, elsewhere, erasure
from infosoc.privacy.commands.cases import NewCase
from infosoc.privacy.commands.erasure import Outcome
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.queries import people
from infosoc.privacy.rules import CaseChannel, CaseKind, CaseOutcome
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel

DONE_AT_ONCE = frozenset({CaseKind.OBJECT, CaseKind.ERASE})


class NobodyNamed(Invalid):
    message = N_("Enter the person's e-mail address, or how to reach them.")


@dataclass(frozen=True)
class Request:
    """What somebody has asked for, as it is written down. `contact_id` when it came from their page."""

    kind: CaseKind
    channel: CaseChannel
    address: str = ""
    text: str = ""
    contact_id: int | None = None
    public_id: str = ""
    is_joint: bool = False
    received_on: date | None = None


@dataclass(frozen=True)
class Registered:
    """The case, and whether the person is gone from our register; what became of a removal, to be told at `address`."""

    case: PrivacyCase
    is_removed: bool = False
    outcome: Outcome = field(default_factory=lambda: Outcome((), ()))
    address: str = ""
    language: str = ""


def register(session: Session, request: Request, *, by: int, now: datetime, see_protected: bool) -> Registered:
    """Write down a request and do what is owed at once. Who is asked about may be anybody, known or not."""
    if not request.address.strip() and request.contact_id is None:
        raise NobodyNamed(field="requester")
    known = _addresses(session, request)
    case = cases.open_case(
        session,
        NewCase(
            request.kind, request.channel, request.received_on or clock.local(now).date(),
            request.address or next(iter(known), ""),
            request.text, _contact_id(session, request), request.is_joint,
        ),
        by=by, now=now,
    )  # fmt: skip
    if request.kind not in DONE_AT_ONCE:
        return Registered(case)
    _stop_mailings(session, request, known, by=by, now=now, see_protected=see_protected)
    if request.kind is CaseKind.OBJECT:
        return Registered(cases.close(session, case.public_id, CaseOutcome.DONE, "", by=by, now=now))
    return _remove(session, request, case, known, by=by, now=now)


def stop_for_case(session: Session, public_id: str, *, by: int, now: datetime) -> PrivacyCase:
    """Do what an objection that came as a letter asks for."""
    case = cases.open_for_change(session, public_id)
    contact = None
    if case.contact_id is not None:
        contact = session.scalar(select(Contact.public_id).where(Contact.id == case.contact_id))
    request = Request(
        CaseKind.OBJECT, CaseChannel(case.channel), case.requester, contact_id=case.contact_id if contact else None,
        public_id=contact or "", is_joint=case.is_joint,
    )  # fmt: skip
    known = _addresses(session, request)
    if not known and contact is None:
        raise NobodyNamed(field="requester")
    _stop_mailings(session, request, known, by=by, now=now, see_protected=True)
    return case


def _stop_mailings(
    session: Session, request: Request, known: dict[str, bytes], *, by: int, now: datetime, see_protected: bool
) -> None:
    """All the person's addresses are kept out of mailings, and every record of theirs says so (P-13)."""
    own = current_scope().tenant_id
    tenants = joint_tenants(session, own) if request.is_joint else (own,)
    evidence = Evidence(Channel.STAFF, by=by)
    for digest in known.values():
        opt_out_address(session, digest, tenants, evidence, now=now, is_joint=request.is_joint)
    if request.public_id and _is_ours(session, request.contact_id):
        crm.change(
            session, request.public_id, {"marketing": Marketing.OPTED_OUT.value}, seen={}, by=by, now=now,
            see_protected=see_protected,
        )  # fmt: skip
    for tenant_id in tenants:
        with tenant_scope(Scope.alone(tenant_id)):
            crm.decline_mailings(session, _held(session, request, known), by=by if tenant_id == own else None)


def _held(session: Session, request: Request, known: dict[str, bytes]) -> set[int]:
    """The records that the company of the scope has of the person: the one asked about, and those with an address."""
    found = [people.person(session, address=address).contacts for address in known]
    return set().union({request.contact_id} if request.contact_id is not None else (), *found)


def _remove(
    session: Session, request: Request, case: PrivacyCase, known: dict[str, bytes], *, by: int, now: datetime
) -> Registered:
    """Remove at once, or leave the case open where the employer is a contract customer."""
    person = people.person(session, address=_address(request), contact_id=request.contact_id)
    own, removed, waits = current_scope().tenant_id, set[int](), set[int]()
    for done in _remove_elsewhere(session, request, person, known, now=now) if request.is_joint else ():
        removed, waits = removed | set(done.removed), waits | set(done.cases)
    removed -= waits
    told = {"address": _address(request) or next(iter(known), ""), "language": _language(session, person)}
    if person.is_at_customer:
        return Registered(case, False, Outcome(tuple(sorted(removed)), (own, *sorted(waits))), **told)
    how: dict[str, Any] = {"channel": Channel.STAFF, "by": by, "now": now, "case_id": case.id}
    if request.contact_id is not None:
        report = erasure.erase(session, request.contact_id, **how)
    elif known:
        report = erasure.erase_address(session, _address(request), **how)
    else:
        return Registered(case)
    case.report = {**case.report, "removed": report.removed}
    case = cases.close(session, case.public_id, CaseOutcome.DONE, "", by=by, now=now)
    return Registered(case, True, Outcome((own, *sorted(removed)), tuple(sorted(waits))), **told)


def _language(session: Session, person: people.Person) -> str:
    query = select(Contact.language).where(Contact.id.in_(person.contacts), Contact.language.is_not(None))
    return session.scalar(query.limit(1)) or ""


def _remove_elsewhere(
    session: Session, request: Request, person: people.Person, known: dict[str, bytes], *, now: datetime
) -> list[Outcome]:
    """The other companies that take part answer for themselves: each removes, or opens a case of its own (T-09)."""
    own = current_scope().tenant_id
    others = tuple(one for one in joint_tenants(session, own) if one != own)
    if others and not known:
        return [elsewhere.remove(session, others, request.contact_id, _case_elsewhere(request, person, now), now=now)]
    return [
        erasure.remove_on_request(session, others, digest, joint=True, now=now, address=address)
        for address, digest in (known.items() if others else ())
    ]


def _case_elsewhere(request: Request, person: people.Person, now: datetime) -> NewCase:
    """Who asks, for a company that cannot find the person by an address: what they are called and how to reach them."""
    who = request.address.strip() or ", ".join([*person.names, *map(phone.display, person.phones)])
    day = request.received_on or clock.local(now).date()
    return NewCase(CaseKind.ERASE, request.channel, day, who, is_joint=True)


def _address(request: Request) -> str:
    return request.address if email.is_valid(request.address) else ""


def _addresses(session: Session, request: Request) -> dict[str, bytes]:
    """Every address that the request concerns, with its keyed hash (M-17: both of the person's)."""
    if not _address(request) and request.contact_id is None:
        return {}
    person = people.person(session, address=_address(request), contact_id=request.contact_id)
    return dict(zip(person.addresses, person.digests, strict=True))


def _contact_id(session: Session, request: Request) -> int | None:
    """Whom it is about: the person of the page, or the only one with the address."""
    if request.contact_id is not None or not _address(request):
        return request.contact_id
    found = people.person(session, address=_address(request)).contacts
    return next(iter(found)) if len(found) == 1 else None


def _is_ours(session: Session, contact_id: int | None) -> bool:
    held = select(ContactRelation.id).where(
        ContactRelation.contact_id == contact_id, ContactRelation.trashed_at.is_(None)
    )
    return session.scalar(held) is not None
