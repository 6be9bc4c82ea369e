"""Creating companies, changing their facts, taking in those that another tenant shows us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked, company_facts, contacts, facts, joint, points
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.commands.take_in import company as take_in
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint, CustomField, LineOfBusiness
from infosoc.crm.queries import companies as queries
from infosoc.crm.rules import LegalGround, Status
from infosoc.kernel.identity import guess_legal_form, is_sole_trader_number
from infosoc.kernel.text import sort_key

__all__ = ["NewCompany", "change", "create", "reveal_org_number", "take_in"]


@dataclass(frozen=True)
class NewCompany:
    """What is said of a company when it is written down the first time. Owner and line are public ids."""

    name: str
    org_number: str = ""
    municipality: str = ""
    town: str = ""
    status: Status = Status.PROSPECT
    line: str = ""
    owner: str = ""
    points: tuple[points.PointEntry, ...] = ()
    source: str = ""
    source_on: date | None = None
    legal_ground: str = LegalGround.LEGITIMATE_INTEREST.value
    notes: str = ""
    person: contacts.NewContact | None = None


def create(session: Session, new: NewCompany, *, by: int | None, now: datetime) -> Company:
    """Write down a company, our relation to it, and its first contact person if one is named.

    A person whose address is blocked is left out, and the company is written down all the same (M-18).
    """
    blocked.refuse(session, blocked.emails(new.points))
    if leaves_out_person(session, new):
        new = replace(new, person=None)
    number = new.org_number or None
    form = guess_legal_form(new.name, number)
    company = Company(
        name=new.name, org_number=number, legal_form=form.value if form else None, town=new.town or None,
        municipality=new.municipality or None, created_at=now, changed_at=now,
    )  # fmt: skip
    session.add(company)
    session.flush()
    for point in new.points:
        session.add(ContactPoint(company_id=company.id, **point._asdict()))
    session.add(_relation(session, company, new, now=now))
    changes = {"name": (None, new.name), "status": (None, new.status.value)}
    if number and not is_sole_trader_number(number):
        changes["org_number"] = (None, f"{number[:6]}-{number[6:]}")
    audit.record(session, "company created", "company", company.id, by=by, changes=changes)
    if new.person is not None:
        contacts.add_person(session, company, new.person, by=by, now=now)
    return company


def leaves_out_person(session: Session, new: NewCompany) -> bool:
    """Whether the company's first contact person is somebody who is not to be written down."""
    return new.person is not None and bool(blocked.among(session, blocked.emails(new.person.points)))


def _relation(session: Session, company: Company, new: NewCompany, *, now: datetime) -> CompanyRelation:
    line = session.scalar(select(LineOfBusiness).where(LineOfBusiness.public_id == new.line)) if new.line else None
    owner = company_facts.colleague(session, new.owner) if new.owner else None
    return CompanyRelation(
        company_id=company.id, status=new.status, owner_id=owner.id if owner else None,
        line_id=line.id if line else None, notes=new.notes, source=new.source, source_on=new.source_on,
        legal_ground=new.legal_ground or None, name_sort=sort_key(company.name)[:200],
        municipality=company.municipality, created_at=now,
    )  # fmt: skip


def change(
    session: Session,
    public_id: str,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, str],
    by: int,
    now: datetime,
) -> CompanyRelation:
    """Change facts of a company. `seen` holds the marks of what the editor showed; see `facts.FactChanged`.

    The answer's company may have another address than before: a joint one that its other holder does not share with
    us is parted from first.
    """
    relation = _for_change(session, public_id)
    known = company_facts.facts(list(session.scalars(select(CustomField))))
    new = facts.changed(known, relation, values, seen)
    if any(fact.joint for fact in new):
        own_id = joint.own_company(session, relation.company_id, by=by)
        if own_id != relation.company_id:
            relation = queries.relation_with_facts(session, session.get_one(Company, own_id).public_id)
    told = facts.write(session, new, relation, values)
    _finish(session, relation, new, told, by=by, now=now)
    return relation


def _for_change(session: Session, public_id: str) -> CompanyRelation:
    queries.lock(session, public_id)
    relation = queries.relation_with_facts(session, public_id)
    if relation.trashed_at is not None:
        raise InTheTrash
    return relation


def _finish(
    session: Session, relation: CompanyRelation, new: list[facts.Fact], told: dict[str, Any], *, by: int, now: datetime
) -> None:
    """Stamp the row, bring the copies up to date and write the history: joint facts first, for all who hold them."""
    company = relation.company
    joint_told = {fact.key: told[fact.key] for fact in new if fact.joint and fact.key in told}
    own_told = {fact.key: told[fact.key] for fact in new if not fact.joint and fact.key in told}
    if joint_told:
        company.changed_at = now
        session.flush()
        if {"name", "municipality"} & joint_told.keys():
            joint.refresh_company(session, company)
        joint.record_company(session, "company changed", company.id, joint_told, by=by)
    session.flush()
    if own_told:
        audit.record(session, "company changed", "company", company.id, by=by, changes=own_told)


def reveal_org_number(session: Session, public_id: str, *, by: int) -> str:
    """A sole trader's number in full; that it was read is written down."""
    company = queries.company(session, public_id)
    audit.record(session, "org number read", "company", company.id, by=by)
    return company.org_number or ""
