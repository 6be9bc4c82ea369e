"""Removing for good what a tenant knows of a company or a person, and the joint record when nobody holds it any more.

The history keeps that it was done; the values in it are erased.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.commands import copies, split
from infosoc.crm.models.changes import BulkResult
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.history import WITH
from infosoc.db.tenancy import every_tenant


def contact(session: Session, relation: ContactRelation) -> None:
    """Remove our relation to a person; log entries stay with the company, without the person."""
    contact_id = relation.contact_id
    for kind, model in (("entry", LogEntry), ("follow_up", FollowUp)):
        erase_history(session, kind, select(model.id).where(model.contact_id == contact_id), field=WITH)
        _run(session, update(model).where(model.contact_id == contact_id).values(contact_id=None))
    _run(session, update(ImportRow).where(ImportRow.contact_id == contact_id).values(contact_id=None, **_IMAGES))
    companies = list(session.scalars(select(Post.company_id).where(Post.contact_id == contact_id)))
    session.delete(relation)
    session.flush()
    erase_history(session, "contact", [contact_id])
    if not split.contact_holders(session, contact_id):
        _remove_joint_contact(session, contact_id)
    for company_id in companies:
        copies.refresh_people(session, company_id)
    audit.record(session, "contact purged", "contact", contact_id, by=None)


def company(session: Session, relation: CompanyRelation) -> None:
    """Remove our relation to a company with its log, follow-ups and tags, and the people who worked only there."""
    company_id = relation.company_id
    for person in _people_left(session, company_id):
        contact(session, person)
    _let_go_of_entries(session, company_id)
    for kind, model in (("follow_up", FollowUp), ("entry", LogEntry)):
        erase_history(session, kind, select(model.id).where(model.company_id == company_id))
        for row in session.scalars(select(model).where(model.company_id == company_id)):
            session.delete(row)
        session.flush()
    _run(session, delete(CompanyTag).where(CompanyTag.relation_id == relation.id))
    _run(session, delete(BulkResult).where(BulkResult.company_id == company_id))
    _run(session, update(ImportRow).where(ImportRow.company_id == company_id).values(company_id=None, **_IMAGES))
    split.forget_pairs(session, company_id)
    session.delete(relation)
    session.flush()
    erase_history(session, "company", [company_id])
    if not split.company_holders(session, company_id):
        _remove_joint_company(session, company_id)
    audit.record(session, "company purged", "company", company_id, by=None)


def log_trash(session: Session, before: datetime) -> int:
    """Remove log entries and follow-ups that were put in the trash before an instant; says how many."""
    removed = 0
    tables: tuple[tuple[str, Any], ...] = (("follow_up", FollowUp), ("entry", LogEntry))
    for kind, model in tables:
        rows = list(session.scalars(select(model).where(model.trashed_at <= before)))
        ids = [row.id for row in rows]
        if kind == "entry":
            for column in (FollowUp.made_in_id, FollowUp.done_in_id):
                _run(session, update(FollowUp).where(column.in_(ids)).values({column.key: None}))
        erase_history(session, kind, ids)
        for row in rows:
            session.delete(row)
        session.flush()
        removed += len(ids)
    return removed


# What an import row keeps of the record it made or changed.
_IMAGES: dict[str, Any] = {"cells": None, "before": None, "made": None}


def _people_left(session: Session, company_id: int) -> list[ContactRelation]:
    """Our people who would work nowhere once the company is gone."""
    elsewhere = (
        select(Post.contact_id)
        .join(CompanyRelation, CompanyRelation.company_id == Post.company_id)
        .where(Post.company_id != company_id)
    )
    query = (
        select(ContactRelation)
        .join(Post, Post.contact_id == ContactRelation.contact_id)
        .where(Post.company_id == company_id, ContactRelation.contact_id.not_in(elsewhere))
    )
    return list(session.scalars(query))


def _let_go_of_entries(session: Session, company_id: int) -> None:
    """After a merge was undone, a follow-up of another company may have been made or done in an entry of this one."""
    entries = select(LogEntry.id).where(LogEntry.company_id == company_id)
    for column in (FollowUp.made_in_id, FollowUp.done_in_id):
        _run(session, update(FollowUp).where(column.in_(entries)).values({column.key: None}))


def erase_history(session: Session, kind: str, subjects: Any, *, field: str | None = None) -> None:
    """Values of changes (of one field, or all) are erased row by row; the events and their digests stay."""
    events = select(AuditEvent.id).where(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(subjects))
    erasing = delete(AuditValue).where(AuditValue.event_id.in_(events))
    _run(session, erasing if field is None else erasing.where(AuditValue.field == field))


def _remove_joint_contact(session: Session, contact_id: int) -> None:
    with every_tenant("a joint contact that nobody holds goes"):
        _run(session, update(ImportRow).where(ImportRow.contact_id == contact_id).values(contact_id=None))
        for model in (Post, ContactPoint):
            _run(session, delete(model).where(model.contact_id == contact_id))
        _run(session, delete(Contact).where(Contact.id == contact_id))


def _remove_joint_company(session: Session, company_id: int) -> None:
    with every_tenant("a joint company that nobody holds goes"):
        _run(session, update(ImportRow).where(ImportRow.company_id == company_id).values(company_id=None))
        _run(session, update(Company).where(Company.parent_id == company_id).values(parent_id=None))
        _run(session, delete(BulkResult).where(BulkResult.company_id == company_id))
        split.forget_pairs(session, company_id)
        for model in (Post, ContactPoint, Address):
            _run(session, delete(model).where(model.company_id == company_id))
        _run(session, delete(Company).where(Company.id == company_id))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
