"""Where in each table a person's rows are. The extract shows them, the erasure takes them away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, ColumnElement, LargeBinary, Text, and_, cast, false, inspect, or_, select
from sqlalchemy.orm import Session, load_only

from infosoc.accounts.models import AccountLink, Membership, User, UserSession
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.models.companies import Address, Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db.base import Base
from infosoc.db.search import CONTACT, SearchDocument
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.models import Delivery, InvoiceDraft
from infosoc.mailings.models import InboundMail, MailingRecipient
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy.classes import Holds, Table
from infosoc.privacy.columns import TABLES
from infosoc.privacy.models import CaseLetter, Erasure, PrivacyCase, RequestLink, Restriction, RetentionNotice
from infosoc.privacy.needles import Needles
from infosoc.privacy.queries.people import Person
from infosoc.reminders.models import Reminder
from infosoc.subscriptions.models import Agreement
from infosoc.suppression.models import Suppression

Condition = ColumnElement[bool]
Finder = Callable[[Person], Condition]


def model_of(table: str) -> type[Any]:
    """The mapped class of a table."""
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


def _of_contact(model: Any) -> Finder:
    return lambda person: model.contact_id.in_(person.contacts)


def _of_user(model: Any) -> Finder:
    return lambda person: model.user_id.in_(person.users)


def _events(person: Person) -> Condition:
    """The deeds on the person's records: the person, and the entries and follow-ups about them."""
    entries = select(LogEntry.id).where(LogEntry.contact_id.in_(person.contacts))
    tasks = select(FollowUp.id).where(FollowUp.contact_id.in_(person.contacts))
    return or_(
        and_(AuditEvent.subject_kind == "contact", AuditEvent.subject_id.in_(person.contacts)),
        and_(AuditEvent.subject_kind == "entry", AuditEvent.subject_id.in_(entries)),
        and_(AuditEvent.subject_kind == "follow_up", AuditEvent.subject_id.in_(tasks)),
        and_(AuditEvent.subject_kind == "company", AuditEvent.subject_id.in_(person.firms)),
    )


def _cases(person: Person) -> Condition:
    return or_(
        PrivacyCase.contact_id.in_(person.contacts),
        PrivacyCase.digest.in_(person.digests),
        PrivacyCase.requester.in_(person.addresses),
    )


def _erasures(person: Person) -> Condition:
    hashes = [cast(Erasure.digests, Text).contains(digest.hex()) for digest in person.digests]
    return or_(false(), *hashes)


FINDERS: dict[str, Finder] = {
    "contact": lambda person: Contact.id.in_(person.contacts),
    "post": _of_contact(Post),
    "contact_point": lambda person: or_(
        ContactPoint.contact_id.in_(person.contacts),
        ContactPoint.company_id.in_(person.firms),
        ContactPoint.normalised.in_(person.addresses),
    ),
    "contact_relation": _of_contact(ContactRelation),
    "company": lambda person: Company.id.in_(person.firms),
    "address": lambda person: Address.company_id.in_(person.firms),
    "company_relation": lambda person: CompanyRelation.company_id.in_(person.firms),
    "contact_log_entry": lambda person: or_(
        LogEntry.contact_id.in_(person.contacts), LogEntry.company_id.in_(person.firms)
    ),
    "follow_up": lambda person: or_(
        FollowUp.contact_id.in_(person.contacts), FollowUp.company_id.in_(person.firms)
    ),
    "import_row": lambda person: or_(
        ImportRow.contact_id.in_(person.contacts), ImportRow.company_id.in_(person.firms)
    ),
    "search_document": lambda person: and_(
        SearchDocument.kind == CONTACT, SearchDocument.subject_id.in_(person.contacts)
    ),
    "audit_event": _events,
    "audit_value": lambda person: AuditValue.event_id.in_(select(AuditEvent.id).where(_events(person))),
    "outbox_message": lambda person: OutboxMessage.recipient.in_(person.addresses),
    "mailing_recipient": lambda person: or_(
        MailingRecipient.contact_id.in_(person.contacts),
        MailingRecipient.digest.in_(person.digests),
        MailingRecipient.address.in_(person.addresses),
    ),
    "agreement": lambda person: or_(
        Agreement.contact_id.in_(person.contacts), Agreement.recipient_email.in_(person.addresses)
    ),
    "invoice_draft": lambda person: InvoiceDraft.recipient_email.in_(person.addresses),
    "invoice_delivery": lambda person: Delivery.recipient.in_(person.addresses),
    "reminder": lambda person: Reminder.recipient.in_(person.addresses),
    "suppression": lambda person: Suppression.digest.in_(person.digests),
    "privacy_case": _cases,
    "case_letter": lambda person: CaseLetter.case_id.in_(select(PrivacyCase.id).where(_cases(person))),
    "request_link": lambda person: RequestLink.address.in_(person.addresses),
    "erasure": _erasures,
    "restriction": _of_contact(Restriction),
    "retention_notice": _of_contact(RetentionNotice),
    "user_account": lambda person: User.id.in_(person.users),
    "membership": _of_user(Membership),
    "user_session": _of_user(UserSession),
    "account_link": _of_user(AccountLink),
}  # fmt: skip


def linked(table: str, person: Person) -> Condition:
    """The rows of a table that keys or addresses lead to."""
    finder = FINDERS.get(table)
    return finder(person) if finder else false()


def may_mention(table: str, person: Person) -> Condition:
    """The rows of a table whose free text may name the person; `mentions` looks again."""
    model, classified = model_of(table), TABLES[table]
    names = classified.named(Holds.TEXT)
    if not names or not person.near:
        return false()
    found = or_(*(_fits(getattr(model, name), person) for name in names))
    if model is InboundMail:
        own = current_scope().tenant_id
        return and_(found, or_(InboundMail.tenant_id == own, InboundMail.tenant_id.is_(None)))
    return found


def _fits(column: Any, person: Person) -> Condition:
    if isinstance(column.type, LargeBinary):
        return column.is_not(None)
    text = cast(column, Text) if isinstance(column.type, JSON) else column
    return or_(*(and_(*(text.ilike(part) for part in group)) for group in person.near.patterns))


def needles_for(row: Any, person: Person) -> Needles:
    """What gives the person away in a row: the name too, where it is about a company of theirs or nobody shares it."""
    return person.near if getattr(row, "company_id", None) in person.companies else person.needles


def mentions(row: Any, table: str, person: Person) -> bool:
    """Whether a row's free text does name the person."""
    needles = needles_for(row, person)
    return any(needles.is_in(getattr(row, name)) for name in TABLES[table].named(Holds.TEXT))


def rows(session: Session, table: Table, person: Person, *, most: int | None = None) -> list[tuple[Any, bool]]:
    """The rows of a table about the person, each with whether keys lead to it or only its text names them."""
    model = model_of(table.name)
    own, may = linked(table.name, person), may_mention(table.name, person)
    hidden = {name for name, column in table.columns.items() if column.holds in (Holds.STAFF, Holds.NOTHING)}
    keep = {"id", "company_id", "contact_id", "mailing_id", "list_id", "unique_key", "is_secret"}
    columns = [one.key for one in inspect(model).column_attrs if one.key in keep or one.key not in hidden]
    query = select(model, own.label("is_linked")).where(or_(own, may)).order_by(*inspect(model).primary_key)
    query = query.options(load_only(*(getattr(model, name) for name in columns))).limit(most)
    found = session.execute(query.execution_options(populate_existing=True))
    return [(row, bool(is_linked)) for row, is_linked in found if is_linked or mentions(row, table.name, person)]
