"""Removing what an import made and nobody has touched since: companies with all that hangs on them, many at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditEvent
from infosoc.crm.commands import holding, purge
from infosoc.crm.models.changes import BulkResult, DuplicatePair
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries.history import WITH
from infosoc.crm.queries.import_matching import others_holding
from infosoc.db.search import COMPANY, CONTACT, ENTRY, SearchDocument
from infosoc.db.tenancy import current_scope, every_tenant

READ_ONLY = "org number read"


class Unit:
    """A company that an import made, with all rows of the file that speak of it."""

    def __init__(self, company_id: int) -> None:
        self.company_id = company_id
        self.rows: list[ImportRow] = []
        self.people: set[int] = set()
        self.entries: set[int] = set()
        self.company_events = 0
        self.person_events: Counter[int] = Counter()
        self.was_changed = False

    def take(self, row: ImportRow) -> None:
        made = row.made or {}
        self.rows.append(row)
        self.company_events += made.get("company_events", 0)
        if row.contact_id is not None:
            self.person_events[row.contact_id] += made.get("person_events", 0)
            if made.get("person"):
                self.people.add(row.contact_id)
        if "entry" in made:
            self.entries.add(made["entry"])
        self.was_changed = self.was_changed or bool({"facts", "own", "places"} & made.keys())


def units(session: Session, batch_id: int, company_ids: Collection[int]) -> dict[int, Unit]:
    """The rows of a batch by the company they are about, for companies that it made."""
    found = {company_id: Unit(company_id) for company_id in company_ids}
    query = select(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.company_id.in_(company_ids))
    for row in session.scalars(query.order_by(ImportRow.number)):
        if row.company_id is not None:
            found[row.company_id].take(row)
    return found


def touched(session: Session, found: dict[int, Unit]) -> set[int]:
    """Companies that somebody has worked with since: by their history, their versions, and what hangs on them."""
    ids = list(found)
    people = {person for unit in found.values() for person in unit.people}
    seen = _events(session, "company", ids)
    persons_seen = _events(session, "contact", people)
    changed = {one for one, unit in found.items() if seen[one] != unit.company_events}
    for one, unit in found.items():
        if any(persons_seen[person] != unit.person_events[person] for person in unit.people):
            changed.add(one)
    versions = select(CompanyRelation.company_id, CompanyRelation.version, Company.version).join(
        CompanyRelation.company
    )
    for one, own, joint in session.execute(versions.where(CompanyRelation.company_id.in_(ids))):
        if max(own, joint) > 1 and not found[one].was_changed:
            changed.add(one)
    entries = select(LogEntry.company_id, LogEntry.id, LogEntry.version, LogEntry.trashed_at)
    for one, entry, version, trashed_at in session.execute(entries.where(LogEntry.company_id.in_(ids))):
        if entry not in found[one].entries or version > 1 or trashed_at is not None:
            changed.add(one)
    changed |= set(session.scalars(select(FollowUp.company_id).where(FollowUp.company_id.in_(ids))))
    changed |= holding.held(session, ids)
    working = (
        select(Post.company_id, Post.contact_id)
        .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
        .where(Post.company_id.in_(ids))
    )
    known = {one: {row.contact_id for row in unit.rows} for one, unit in found.items()}
    changed |= {one for one, person in session.execute(working) if person not in known[one]}
    return changed


def _events(session: Session, kind: str, ids: Collection[int]) -> Counter[int]:
    query = (
        select(AuditEvent.subject_id, func.count())
        .where(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(ids), AuditEvent.deed != READ_ONLY)
        .group_by(AuditEvent.subject_id)
    )
    return Counter({row[0]: row[1] for row in session.execute(query)}) if ids else Counter()


def untouched_people(session: Session, expected: dict[int, int]) -> set[int]:
    """Of people that an import made: those of whom only it has written."""
    seen = _events(session, "contact", expected)
    elsewhere: dict[int, int] = defaultdict(int)
    for person in session.scalars(select(Post.contact_id).where(Post.contact_id.in_(expected))):
        elsewhere[person] += 1
    return {person for person, number in expected.items() if seen[person] == number and elsewhere[person] <= 1}


def remove_companies(session: Session, ids: set[int], people: set[int], *, by: int | None) -> set[int]:
    """Remove these companies and people of ours; returns the companies that another tenant holds, which stay for it."""
    if not ids:
        return set()
    entries = select(LogEntry.id).where(LogEntry.company_id.in_(ids))
    for column in (FollowUp.made_in_id, FollowUp.done_in_id):  # of another company, after a merge was undone
        _run(session, update(FollowUp).where(column.in_(entries)).values({column.key: None}))
    purge.erase_history(session, "entry", entries)
    purge.erase_history(session, "company", ids)
    _run(session, delete(SearchDocument).where(SearchDocument.kind == ENTRY, SearchDocument.subject_id.in_(entries)))
    _run(session, delete(LogEntry).where(LogEntry.company_id.in_(ids)))
    relations = select(CompanyRelation.id).where(CompanyRelation.company_id.in_(ids))
    _run(session, delete(CompanyTag).where(CompanyTag.relation_id.in_(relations)))
    _run(session, delete(BulkResult).where(BulkResult.company_id.in_(ids)))
    _run(session, delete(DuplicatePair).where(or_(DuplicatePair.first_id.in_(ids), DuplicatePair.second_id.in_(ids))))
    _run(session, update(ImportRow).where(ImportRow.company_id.in_(ids)).values(company_id=None, contact_id=None))
    remove_people(session, people)
    _run(session, delete(SearchDocument).where(SearchDocument.kind == COMPANY, SearchDocument.subject_id.in_(ids)))
    _run(session, delete(CompanyRelation).where(CompanyRelation.company_id.in_(ids)))
    own = current_scope().tenant_id
    held = others_holding(session, CompanyRelation, CompanyRelation.company_id, ids, own)
    _remove_joint_companies(session, ids - held)
    audit.record_bulk(session, [("company purged", "company", one, []) for one in sorted(ids)], by=by)
    return held


def remove_people(session: Session, people: set[int]) -> None:
    """Remove these contact persons of ours, and their joint record where nobody else holds them."""
    if not people:
        return
    purge.erase_history(session, "contact", people)
    for kind, model in (("entry", LogEntry), ("follow_up", FollowUp)):
        with_them = model.contact_id.in_(people)
        purge.erase_history(session, kind, select(model.id).where(with_them), field=WITH)
        _run(session, update(model).where(with_them).values(contact_id=None))
    _run(session, update(ImportRow).where(ImportRow.contact_id.in_(people)).values(contact_id=None))
    _run(session, delete(SearchDocument).where(SearchDocument.kind == CONTACT, SearchDocument.subject_id.in_(people)))
    _run(session, delete(ContactRelation).where(ContactRelation.contact_id.in_(people)))
    own = current_scope().tenant_id
    free = people - others_holding(session, ContactRelation, ContactRelation.contact_id, people, own)
    with every_tenant("contact persons that nobody holds go"):
        for part in (Post, ContactPoint):
            _run(session, delete(part).where(part.contact_id.in_(free)))
        _run(session, delete(Contact).where(Contact.id.in_(free)))


def _remove_joint_companies(session: Session, ids: set[int]) -> None:
    with every_tenant("companies that nobody holds go"):
        _run(session, update(Company).where(Company.parent_id.in_(ids)).values(parent_id=None))
        _run(session, update(ImportRow).where(ImportRow.company_id.in_(ids)).values(company_id=None))
        pairs = or_(DuplicatePair.first_id.in_(ids), DuplicatePair.second_id.in_(ids))
        _run(session, delete(DuplicatePair).where(pairs))
        for model in (Post, ContactPoint, Address):
            _run(session, delete(model).where(model.company_id.in_(ids)))
        _run(session, delete(Company).where(Company.id.in_(ids)))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
