"""Changing what tenants hold together: who else has it, what they are told, and the copies their lists sort by.

Joint facts may be changed by a tenant that holds a relation to them. Where another holder does not share registers
with us both ways, we change a copy of our own instead (`split`), so that neither sees the other's work.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.commands import Change
from infosoc.crm.commands import copies, split
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.db.tenancy import Scope, current_scope, every_tenant, tenant_scope
from infosoc.kernel.text import sort_key
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import Flag, TenantFacts


def own_company(session: Session, company_id: int, *, by: int | None) -> int:
    """The id of the company whose joint facts we may change: this one, or a copy of our own made now."""
    if all_share(session, split.company_holders(session, company_id)):
        return company_id
    return split.own_identity(session, company_id, by=by)


def own_contact(session: Session, contact_id: int, *, by: int | None) -> int:
    """The id of the contact person whose joint facts we may change: this one, or a copy of our own made now."""
    if all_share(session, split.contact_holders(session, contact_id)):
        return contact_id
    return split.own_contact(session, contact_id, by=by)


def record_company(session: Session, deed: str, company_id: int, changes: dict[str, Change], *, by: int | None) -> None:
    """Write a change of joint facts into the history of every tenant that holds the company."""
    _record(session, deed, "company", company_id, changes, split.company_holders(session, company_id), by=by)


def record_contact(session: Session, deed: str, contact_id: int, changes: dict[str, Change], *, by: int | None) -> None:
    """Write a change of joint facts into the history of every tenant that holds the contact person."""
    _record(session, deed, "contact", contact_id, changes, split.contact_holders(session, contact_id), by=by)


def record_shared(
    session: Session, deed: str, company_id: int, *, own: dict[str, Change], theirs: dict[str, Change], by: int | None
) -> None:
    """Write a deed into our history, and what of it is joint into that of holders who share registers with us.

    They are told which company did it, never who, and nothing that is ours alone.
    """
    others = [one for one in split.company_holders(session, company_id) if all_share(session, [one])]
    _record(session, deed, "company", company_id, own, others, by=by, theirs=theirs)


def refresh_company(session: Session, company: Company) -> None:
    """Bring the name and municipality that lists sort by up to date, for all who hold the company or its people."""
    session.flush()
    key = sort_key(company.name)[:200]
    main_here = select(Post.contact_id).where(Post.company_id == company.id, Post.is_main.is_(True))
    with every_tenant("joint copies"):
        _set(session, CompanyRelation, CompanyRelation.company_id == company.id,
             name_sort=key, municipality=company.municipality)  # fmt: skip
        _set(session, ContactRelation, ContactRelation.contact_id.in_(main_here), company_sort=key)


def refresh_contact(session: Session, contact: Contact) -> None:
    """Bring the name and company that lists sort by up to date, for all who hold the contact person."""
    session.flush()
    with every_tenant("joint copies"):
        employer = session.scalar(
            select(Company.name)
            .join(Post, Post.company_id == Company.id)
            .where(Post.contact_id == contact.id)
            .order_by(Post.is_main.desc(), Post.id)
        )
        _set(session, ContactRelation, ContactRelation.contact_id == contact.id,
             name_sort=sort_key(contact.name)[:120], company_sort=sort_key(employer or "")[:200])  # fmt: skip


def refresh_people(session: Session, company_id: int) -> None:
    """Recount the contact persons at a company for all who hold it."""
    copies.refresh_people(session, company_id)
    for tenant_id in split.company_holders(session, company_id):
        with tenant_scope(Scope.alone(tenant_id)):
            copies.refresh_people(session, company_id)


def _set(session: Session, model: Any, which: Any, **values: Any) -> None:
    query = update(model).where(which).values(**values).execution_options(synchronize_session="fetch")
    session.execute(query)


def all_share(session: Session, others: list[int]) -> bool:
    """Whether each of these tenants shares its register with us, and we ours with it."""
    if not others:
        return True
    tenants = {tenant.id: tenant for tenant in all_tenants(session)}
    own = tenants[current_scope().tenant_id]
    return all(_share_both_ways(own, tenants[other]) for other in others)


def _share_both_ways(one: TenantFacts, other: TenantFacts) -> bool:
    return one.is_on(Flag.SHARE_REGISTER) and other.is_on(Flag.SHARE_REGISTER)


def _record(
    session: Session, deed: str, kind: str, subject_id: int, changes: dict[str, Change], others: list[int], *,
    by: int | None, theirs: dict[str, Change] | None = None,
) -> None:  # fmt: skip
    own_id = current_scope().tenant_id
    names = {tenant.id: tenant.name for tenant in all_tenants(session)} if others else {}
    # Always in the order of ids: two tenants that change the same record take the locks of their chains alike.
    for tenant_id in sorted([own_id, *others]):
        if tenant_id == own_id:
            audit.record(session, deed, kind, subject_id, by=by, changes=changes)
            continue
        with tenant_scope(Scope.alone(tenant_id)):
            told = changes if theirs is None else theirs
            audit.record(session, deed, kind, subject_id, by=None, actor_name=names[own_id], changes=told)
