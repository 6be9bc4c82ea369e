"""Reading companies and what this tenant knows of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Load, Session, aliased, contains_eager, joinedload

from infosoc.crm.models.companies import Company, CompanyRelation, CustomField, LineOfBusiness, Tag
from infosoc.crm.queries.people import Person, people_at
from infosoc.crm.rules import Status
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import NotFound
from infosoc.kernel.text import sort_key

# Sorts after everything a sort key can hold: the end of "begins with".
AFTER = "~"
PRODUCT = "product_status"


def relation(session: Session, public_id: str) -> CompanyRelation:
    """Our relation to the company with this address, its company loaded; also one in the trash."""
    found = session.scalar(
        select(CompanyRelation)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(Company.public_id == public_id)
        .options(joinedload(CompanyRelation.company))
    )
    if found is None:
        raise NotFound
    return found


def company(session: Session, public_id: str) -> Company:
    """The company with this address: ours, or one that another tenant shows us."""
    found = session.scalar(select(Company).where(Company.public_id == public_id))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class CompanyPage:
    """What the page of a company shows. `relation` is None when only another tenant knows it so far."""

    company: Company
    relation: CompanyRelation | None
    people: list[Person]
    fields: list[CustomField]
    statuses: list[tuple[int, Status]]
    shown_by: list[int]

    @property
    def is_ours(self) -> bool:
        return self.relation is not None and self.relation.trashed_at is None


def page(session: Session, public_id: str, *, see_protected: bool) -> CompanyPage:
    """The company with its facts, people and fields: three statements when it is ours."""
    others = [tenant for tenant in current_scope().product_status if tenant != current_scope().tenant_id]
    row = session.execute(_with_facts(public_id, others)).unique().first()
    if row is None:
        return _page_of_others(session, public_id, others, see_protected=see_protected)
    relation = row[0]
    return CompanyPage(
        relation.company,
        relation,
        people_at(session, relation.company_id, see_protected=see_protected),
        custom_fields(session),
        _statuses(others, row[1:]),
        [],
    )


def _page_of_others(session: Session, public_id: str, others: list[int], *, see_protected: bool) -> CompanyPage:
    query = (
        select(Company, *(_status_with(tenant) for tenant in others))
        .where(Company.public_id == public_id)
        .options(*_joint_parts(Load(Company)))
    )
    row = session.execute(query.execution_options(shown=PRODUCT) if others else query).unique().first()
    if row is None:
        raise NotFound
    company = row[0]
    holds = select(CompanyRelation.tenant_id).where(
        CompanyRelation.company_id == company.id,
        CompanyRelation.tenant_id != current_scope().tenant_id,
        CompanyRelation.trashed_at.is_(None),
    )
    shown_by = list(session.scalars(holds.execution_options(shown="register")))
    people = people_at(session, company.id, see_protected=see_protected)
    return CompanyPage(company, None, people, [], _statuses(others, row[1:]), shown_by)


def _statuses(others: list[int], found: Sequence[Any]) -> list[tuple[int, Status]]:
    return [(tenant, Status(status)) for tenant, status in zip(others, found, strict=True) if status]


def relation_with_facts(session: Session, public_id: str) -> CompanyRelation:
    """Our relation with everything its facts are read from."""
    query = _with_facts(public_id, []).execution_options(populate_existing=True)
    found = session.scalars(query).unique().first()
    if found is None:
        raise NotFound
    return found


def lock(session: Session, public_id: str) -> None:
    """Let others who want to change the company wait their turn."""
    session.scalar(select(Company.id).where(Company.public_id == public_id).with_for_update())


def _with_facts(public_id: str, others: list[int]):
    """Our relation with its facts, and beside it the status the company has with each of these other tenants."""
    query = (
        select(CompanyRelation, *(_status_with(tenant) for tenant in others))
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(Company.public_id == public_id, CompanyRelation.tenant_id == current_scope().tenant_id)
        .options(
            contains_eager(CompanyRelation.company).options(*_joint_parts(Load(Company))),
            joinedload(CompanyRelation.owner),
            joinedload(CompanyRelation.line),
            joinedload(CompanyRelation.tags),
        )
    )
    return query.execution_options(shown=PRODUCT) if others else query


def _joint_parts(load):
    return load.joinedload(Company.parent), load.joinedload(Company.addresses), load.joinedload(Company.points)


def _status_with(tenant_id: int):
    theirs = aliased(CompanyRelation)
    return (
        select(theirs.status)
        .where(theirs.company_id == Company.id, theirs.tenant_id == tenant_id, theirs.trashed_at.is_(None))
        .correlate(Company)
        .scalar_subquery()
    )


def custom_fields(session: Session) -> list[CustomField]:
    """The tenant's own fields that are in use, in their order."""
    query = (
        select(CustomField)
        .where(CustomField.retired_at.is_(None))
        .order_by(CustomField.position, CustomField.label, CustomField.id)
    )
    return list(session.scalars(query))


def lines(session: Session, *, keep: str = "") -> list[LineOfBusiness]:
    """The lines of business to choose among: those in use, and the one a company already has."""
    in_use = or_(LineOfBusiness.retired_at.is_(None), LineOfBusiness.public_id == keep)
    query = select(LineOfBusiness).where(in_use).order_by(LineOfBusiness.position, LineOfBusiness.name)
    return list(session.scalars(query))


def tags(session: Session) -> list[str]:
    """The names of all tags."""
    return sorted(session.scalars(select(Tag.name)), key=sort_key)


def named_like(session: Session, text: str, *, limit: int = 8) -> list[CompanyRelation]:
    """Companies of ours whose name begins so, for picking one."""
    key = sort_key(text)
    if not key:
        return []
    query = (
        select(CompanyRelation)
        .where(
            CompanyRelation.trashed_at.is_(None),
            CompanyRelation.name_sort >= key,
            CompanyRelation.name_sort < key + AFTER,
        )
        .options(joinedload(CompanyRelation.company))
        .order_by(CompanyRelation.name_sort, CompanyRelation.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def picked(session: Session, words: str, public_id: str) -> str | None:
    """The company meant by a type-to-find field: what was picked while it still stands there, else the only one of
    ours that is called so."""
    if public_id:
        chosen = session.scalar(select(Company).where(Company.public_id == public_id))
        if chosen is not None and chosen.name == words:
            return chosen.public_id
    found = named_like(session, words[:200]) if words else []
    exact = [row for row in found if row.company.name.casefold() == words.casefold()] or found
    return exact[0].company.public_id if len(exact) == 1 else None
