"""What the audit log may say of the register: names and addresses, words of fields, and what is kept back."""

from __future__ import annotations

from functools import partial

from flask import url_for
from sqlalchemy import String, literal, or_, select

from infosoc.accounts.request import may
from infosoc.audit import visibility, words
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.subjects import Question, name_subjects
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.history import WITH
from infosoc.crm.views.history import LABELS, VALUES
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_

# What the history of a company or person does not tell of, but the log of the tenant does.
FIELDS = {
    "due_on": N_("Planned for"),
    "note": N_("What to do"),
    "assignee": N_("Who does it"),
    "done_at": N_("Done"),
    "label": N_("Name"),
    "sni_code": N_("SNI code"),
    "query": N_("Search and filter"),
    "points": N_("Contact details"),
}


def register() -> None:
    """Answer for the register's part of the log."""
    words.name_fields(LABELS | FIELDS)
    words.name_values(VALUES)
    company = partial(url_for_record, "companies.show")
    name_subjects("company", _companies, company)
    name_subjects("contact", _contacts, partial(url_for_record, "contacts.show"))
    name_subjects("entry", _entries, company)
    name_subjects("follow_up", _follow_ups, company)
    visibility.hide_values("contact", _open_contacts, finds_open=True)
    visibility.hide_values("entry", partial(_told_of_protected, "entry"))
    visibility.hide_values("follow_up", partial(_told_of_protected, "follow_up"))


def url_for_record(endpoint: str, public_id: str) -> str:
    return url_for(endpoint, public_id=public_id)


def _companies(ids: set[int]) -> Question:
    return select(Company.id, Company.name, Company.public_id).where(Company.id.in_(ids))


def _contacts(ids: set[int]) -> Question:
    query = select(Contact.id, Contact.name, Contact.public_id).where(Contact.id.in_(ids))
    return query if may(Permission.PROTECTED_READ) else query.where(Contact.is_protected.is_(False))


def _entries(ids: set[int]) -> Question:
    query = select(LogEntry.id, Company.name, Company.public_id).join(Company, Company.id == LogEntry.company_id)
    return query.where(LogEntry.id.in_(ids))


def _follow_ups(ids: set[int]) -> Question:
    query = select(FollowUp.id, Company.name, Company.public_id).join(Company, Company.id == FollowUp.company_id)
    return query.where(FollowUp.id.in_(ids))


def _open_contacts(ids: set[int]) -> Question:
    """Contacts whose identity is not protected; one that cannot be asked about is, when in doubt, kept back."""
    return select(Contact.id, literal("", String()).label("name"), literal("", String()).label("public_id")).where(
        Contact.id.in_(ids), Contact.is_protected.is_(False)
    )


def _told_of_protected(kind: str, ids: set[int]) -> Question:
    """Entries and follow-ups of which the log tells that they were with a protected person, by name."""
    names = select(Contact.name).where(Contact.is_protected.is_(True))
    return (
        select(AuditEvent.subject_id, literal("", String()).label("name"), literal("", String()).label("public_id"))
        .join(AuditValue, AuditValue.event_id == AuditEvent.id)
        .where(
            AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(ids), AuditValue.field == WITH,
            or_(AuditValue.before.in_(names), AuditValue.after.in_(names)),
        )
    )  # fmt: skip
