"""What the audit log may say of the register: names and addresses, words of fields, and what is kept back."""

from __future__ import annotations

from functools import partial

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infosoc.accounts.request import may
from infosoc.audit import visibility, words
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.subjects import Subject, name_subjects
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.history import WITH
from infosoc.crm.views.history import LABELS, VALUES
from infosoc.kernel.permission import Permission


def register() -> None:
    """Answer for the register's part of the log."""
    words.name_fields(LABELS)
    words.name_values(VALUES)
    name_subjects("company", _companies)
    name_subjects("contact", _contacts)
    name_subjects("entry", _entries)
    name_subjects("follow_up", _follow_ups)
    visibility.hide_values("contact", _protected)
    visibility.hide_values("entry", partial(_told_of_protected, "entry"))
    visibility.hide_values("follow_up", partial(_told_of_protected, "follow_up"))


def _companies(session: Session, ids: set[int]) -> dict[int, Subject]:
    query = select(Company.id, Company.name, Company.public_id).where(Company.id.in_(ids))
    return {number: _company(name, public_id) for number, name, public_id in session.execute(query)}


def _contacts(session: Session, ids: set[int]) -> dict[int, Subject]:
    query = select(Contact.id, Contact.name, Contact.public_id).where(Contact.id.in_(ids))
    if not may(Permission.PROTECTED_READ):
        query = query.where(Contact.is_protected.is_(False))
    return {
        number: Subject(name, url_for("contacts.show", public_id=public_id))
        for number, name, public_id in session.execute(query)
    }


def _entries(session: Session, ids: set[int]) -> dict[int, Subject]:
    query = select(LogEntry.id, Company.name, Company.public_id).join(Company, Company.id == LogEntry.company_id)
    rows = session.execute(query.where(LogEntry.id.in_(ids)))
    return {number: _company(name, public_id) for number, name, public_id in rows}


def _follow_ups(session: Session, ids: set[int]) -> dict[int, Subject]:
    query = select(FollowUp.id, Company.name, Company.public_id).join(Company, Company.id == FollowUp.company_id)
    rows = session.execute(query.where(FollowUp.id.in_(ids)))
    return {number: _company(name, public_id) for number, name, public_id in rows}


def _company(name: str, public_id: str) -> Subject:
    return Subject(name, url_for("companies.show", public_id=public_id))


def _protected(session: Session, ids: set[int]) -> set[int]:
    """Contacts whose identity is protected, and those that cannot be asked about: when in doubt, kept back."""
    open_ones = session.scalars(select(Contact.id).where(Contact.id.in_(ids), Contact.is_protected.is_(False)))
    return ids - set(open_ones)


def _told_of_protected(kind: str, session: Session, ids: set[int]) -> set[int]:
    """Entries and follow-ups of which the log tells that they were with a protected person, by name."""
    names = select(Contact.name).where(Contact.is_protected.is_(True))
    query = (
        select(AuditEvent.subject_id)
        .join(AuditValue, AuditValue.event_id == AuditEvent.id)
        .where(
            AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(ids), AuditValue.field == WITH,
            or_(AuditValue.before.in_(names), AuditValue.after.in_(names)),
        )
    )  # fmt: skip
    return {found for found in session.scalars(query) if found is not None}
