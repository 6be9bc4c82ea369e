"""Writing what the rows of a file do: a chunk of plans in one transaction.

What is new goes in by bulk statements, with its search documents, copies and history; what the register has already is
changed as a person would change it, so that every rule about joint records holds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.commands import Deed
from infosoc.crm.commands import import_changes
from infosoc.crm.commands.import_changes import IMPORTED_FROM
from infosoc.crm.commands.import_chunk import Chunk, happened_at
from infosoc.crm.imports import reasons
from infosoc.crm.imports.planning import NewPoint, Plan, Result
from infosoc.crm.models import companies as tables
from infosoc.crm.models.companies import Address, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import CONTACT_KINDS, LegalGround
from infosoc.crm.search_documents import company_document, contact_document, entry_document
from infosoc.db import bulk, search_index
from infosoc.db.search import COMPANY, CONTACT, ENTRY, SearchDocument
from infosoc.db.tenancy import current_scope
from infosoc.kernel.public_id import new_public_ids

_DOCUMENT = ("subject_id", "public_id", "title", "subtitle", "name_folded", "tokens")


def write(session: Session, chunk: Chunk) -> None:
    """Write all that these plans do, and a row for each that says what became of it."""
    acting = [plan for plan in chunk.plans if plan.result in (Result.NEW, Result.CHANGED)]
    chunk.made = {plan.number: {} for plan in acting}
    import_changes.make_lists(session, chunk)
    _give_ids(session, chunk, acting)
    _note_contacts(chunk, acting)
    _write_companies(session, chunk)
    import_changes.change_known(session, chunk, acting)
    _write_people(session, chunk)
    import_changes.recount_people(session, chunk, acting)
    points = _write_points(session, chunk, acting)
    _write_tags(session, chunk, acting)
    _write_entries(session, chunk, acting)
    _index_new(session, chunk, points)
    audit.record_bulk(session, _deeds(chunk, acting), by=chunk.origin.by)
    import_changes.tell_others(session, chunk, acting)
    _write_rows(session, chunk)


def _give_ids(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    chunk.new_companies = [plan.company for plan in acting if plan.is_new and plan.company is not None]
    chunk.new_people = [(plan.person, plan) for plan in acting if plan.makes_person and plan.person is not None]
    ids = bulk.new_ids(session, tables.Company, len(chunk.new_companies))
    chunk.companies = {company.id: one for company, one in zip(chunk.new_companies, ids, strict=True)}
    ids = bulk.new_ids(session, Contact, len(chunk.new_people))
    chunk.people = {person.id: one for (person, _), one in zip(chunk.new_people, ids, strict=True)}
    owners = [("company", one) for one in chunk.companies.values()] + [("person", one) for one in ids]
    chunk.public_ids = dict(zip(owners, new_public_ids(len(owners)), strict=True))


def _note_contacts(chunk: Chunk, acting: list[Plan]) -> None:
    """The newest contact and attempt of each company and person, which their rows carry as copies."""
    for plan in acting:
        if plan.entry is None or plan.company is None:
            continue
        at = happened_at(plan.entry)
        kind = "contact" if plan.entry.kind in CONTACT_KINDS else "attempt"
        held = [(kind, plan.company.id)]
        if plan.person is not None and kind == "contact":
            held.append(("person", plan.person.id))
        for key in held:
            chunk.last[key] = max(chunk.last.get(key, at), at)


# ---- new companies and people ----------------------------------------------------------------------------------------


def _write_companies(session: Session, chunk: Chunk) -> None:
    origin, new = chunk.origin, chunk.new_companies
    ids = [chunk.company_id(company.id) for company in new]
    bulk.add(
        session,
        tables.Company,
        ("id", "public_id", "name", "org_number", "legal_form", "size", "municipality", "town"),
        [
            (one, chunk.public_ids["company", one], of.name, of.org_number, of.legal_form, of.size, of.municipality,
             of.town)
            for one, of in zip(ids, new, strict=True)
        ],
        version=1, created_at=origin.now, changed_at=origin.now,
    )  # fmt: skip
    bulk.add(
        session,
        Address,
        ("company_id", "kind", "street", "postcode", "town"),
        [(one, kind, *place) for one, of in zip(ids, new, strict=True) for kind, place in of.addresses.items()],
        country="SE",
    )
    _write_relations(session, chunk, ids)


def _write_relations(session: Session, chunk: Chunk, ids: list[int]) -> None:
    """What we know of the new companies, with the copies that lists sort by."""
    origin, new = chunk.origin, chunk.new_companies
    people: dict[int, int] = defaultdict(int)
    for person, _ in chunk.new_people:
        for company_id in person.posts:
            people[company_id] += 1
    sources = {plan.company.id: plan.own["source"][1] for plan in chunk.plans if plan.company and "source" in plan.own}
    relation_ids = bulk.new_ids(session, CompanyRelation, len(new))
    bulk.add(
        session,
        CompanyRelation,
        ("id", "company_id", "status", "owner_id", "line_id", "notes", "source", "name_sort", "municipality",
         "last_contact_at", "last_attempt_at", "contacts"),
        [
            (
                relation_id, one, of.status, of.owner_id, of.line_id, of.notes, sources.get(of.id, origin.source),
                of.key[:200], of.municipality, chunk.last.get(("contact", of.id)), chunk.last.get(("attempt", of.id)),
                people.get(of.id, 0),
            )
            for relation_id, one, of in zip(relation_ids, ids, new, strict=True)
        ],
        custom={}, source_on=origin.today, legal_ground=LegalGround.LEGITIMATE_INTEREST.value, version=1,
        created_at=origin.now,
    )  # fmt: skip


def _write_people(session: Session, chunk: Chunk) -> None:
    origin, new = chunk.origin, chunk.new_people
    ids = [chunk.person_id(person.id) for person, _ in new]
    bulk.add(
        session,
        Contact,
        ("id", "public_id", "name"),
        [(one, chunk.public_ids["person", one], of.name) for one, (of, _) in zip(ids, new, strict=True)],
        is_protected=False, version=1, created_at=origin.now, changed_at=origin.now,
    )  # fmt: skip
    bulk.add(
        session,
        Post,
        ("contact_id", "company_id", "title", "is_main"),
        [
            (one, chunk.company_id(company_id), title, at == 0)
            for one, (of, _) in zip(ids, new, strict=True)
            for at, (company_id, title) in enumerate(of.posts.items())
        ],
    )
    bulk.add(
        session,
        ContactRelation,
        ("contact_id", "source", "name_sort", "company_sort", "last_contact_at"),
        [
            (
                one, plan.own["source"][1] if "source" in plan.own else origin.source, of.key[:120],
                plan.company.key[:200] if plan.company else "", chunk.last.get(("person", of.id)),
            )
            for one, (of, plan) in zip(ids, new, strict=True)
        ],
        notes="", source_on=origin.today, legal_ground=LegalGround.LEGITIMATE_INTEREST.value, marketing="allowed",
        version=1, created_at=origin.now,
    )  # fmt: skip


# ---- what hangs on them ----------------------------------------------------------------------------------------------

Points = dict[tuple[str, int], list[tuple[str, str]]]


def _write_points(session: Session, chunk: Chunk, acting: list[Plan]) -> Points:
    """Ways to reach them; returns those of each owner for the index."""
    rows: list[tuple[Any, ...]] = []
    owners: Points = defaultdict(list)
    total = sum(len(plan.points) + len(plan.person_points) for plan in acting)
    ids = iter(bulk.new_ids(session, ContactPoint, total))
    public_ids = iter(new_public_ids(total))

    def take(points: list[NewPoint], company_id: int | None, person_id: int | None) -> list[int]:
        taken = []
        for kind, value, normalised, is_main in points:
            one = next(ids)
            rows.append((one, next(public_ids), company_id, person_id, kind, value, normalised, is_main))
            owners["company" if company_id else "person", company_id or person_id or 0].append((kind, normalised))
            taken.append(one)
        return taken

    for plan in acting:
        made = chunk.made[plan.number]
        if plan.points and plan.company is not None:
            made["points"] = take(plan.points, chunk.company_id(plan.company.id), None)
        if plan.person_points and plan.person is not None:
            made["person_points"] = take(plan.person_points, None, chunk.person_id(plan.person.id))
    columns = ("id", "public_id", "company_id", "contact_id", "kind", "value", "normalised", "is_main")
    bulk.add(session, ContactPoint, columns, rows, label="")
    return owners


def _write_tags(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    tagged = [plan for plan in acting if plan.tags and plan.company is not None]
    if not tagged:
        return
    relations = import_changes.relation_ids(session, {chunk.company_of(plan) for plan in tagged})
    rows = []
    for plan in tagged:
        relation_id = relations[chunk.company_of(plan)]
        chunk.made[plan.number]["tags"] = [chunk.lists.tags[key] for key in plan.tags]
        rows += [(relation_id, chunk.lists.tags[key]) for key in plan.tags]
    bulk.add(session, CompanyTag, ("relation_id", "tag_id"), rows)


def _write_entries(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    logged = [plan for plan in acting if plan.entry is not None]
    ids = bulk.new_ids(session, LogEntry, len(logged))
    rows, documents = [], []
    tenant_id = current_scope().tenant_id
    for plan, one, public_id in zip(logged, ids, new_public_ids(len(logged)), strict=True):
        entry, company = plan.entry, plan.company
        if entry is None or company is None:
            continue
        person_id = chunk.person_id(plan.person.id) if plan.person else None
        rows.append((one, public_id, chunk.company_id(company.id), person_id, entry.kind.value,
                     entry.outcome.value if entry.outcome else None, happened_at(entry), entry.text))  # fmt: skip
        chunk.made[plan.number]["entry"] = one
        if entry.text:
            documents.append(entry_document(tenant_id, one, public_id, company.name, entry.text))
    columns = ("id", "public_id", "company_id", "contact_id", "kind", "outcome", "happened_at", "text")
    bulk.add(session, LogEntry, columns, rows, direction="out", version=1, created_at=chunk.origin.now)
    _add_documents(session, ENTRY, documents)


def _index_new(session: Session, chunk: Chunk, points: Points) -> None:
    """The search documents of what is new are made from what was just written; others are made again."""
    tenant_id = current_scope().tenant_id
    documents = []
    for company in chunk.new_companies:
        one = chunk.company_id(company.id)
        towns = [place[2] for place in company.addresses.values()]
        tags = [chunk.lists.tag_names[key] for key in sorted(company.tags)]
        documents.append(
            company_document(
                tenant_id, one, chunk.public_ids["company", one], company.name, company.org_number,
                company.municipality, company.town, towns, points.pop(("company", one), []), tags,
            )
        )  # fmt: skip
    _add_documents(session, COMPANY, documents)
    names = {plan.company.id: plan.company.name for plan in chunk.plans if plan.company is not None}
    documents = []
    for person, _ in chunk.new_people:
        one = chunk.person_id(person.id)
        posts = [(title, names[company_id]) for company_id, title in person.posts.items()]
        public_id = chunk.public_ids["person", one]
        documents.append(
            contact_document(tenant_id, one, public_id, person.name, posts, points.pop(("person", one), []))
        )
    _add_documents(session, CONTACT, documents)
    for owner, one in points:
        search_index.mark(session, COMPANY if owner == "company" else CONTACT, [one])


def _add_documents(session: Session, kind: str, documents: list[dict[str, Any]]) -> None:
    rows = [tuple(document[name] for name in _DOCUMENT) for document in documents]
    bulk.add(session, SearchDocument, _DOCUMENT, rows, kind=kind)


# ---- the history, and the rows of the batch --------------------------------------------------------------------------


def _deeds(chunk: Chunk, acting: list[Plan]) -> list[Deed]:
    """What the history of each record gets; what other holders of joint records are told, `import_changes` writes."""
    deeds: list[Deed] = []
    for plan in acting:
        made, company, person = chunk.made[plan.number], plan.company, plan.person
        if company is None:
            continue
        came_from = (IMPORTED_FROM, None, f"{chunk.origin.file}, {plan.number}")
        if plan.is_new or plan.takes_in or plan.touches_company:
            changes = [] if plan.is_new else import_changes.told(plan, chunk.lists)
            deeds.append(("company imported", "company", chunk.company_id(company.id), [came_from, *changes]))
            made["company_events"] = 1
        if person is not None and (plan.makes_person or plan.touches_person):
            changes = [] if plan.makes_person else import_changes.told_person(plan)
            deeds.append(("contact imported", "contact", chunk.person_id(person.id), [came_from, *changes]))
            made["person_events"] = 1
        if plan.entry is not None:
            deeds.append(("entry imported", "entry", made["entry"], [came_from]))
    return deeds


def _write_rows(session: Session, chunk: Chunk) -> None:
    """One row for each row of the file: what became of it, and what takes it back."""
    rows = []
    for plan in chunk.plans:
        company, person, refused = plan.company, plan.person, plan.result is Result.REFUSED
        before, made = (None, None) if plan.number not in chunk.made else import_changes.images(plan, chunk)
        rows.append((
            plan.number, plan.result.value, reasons.write(plan.reasons), chunk.cells[plan.number] if refused else None,
            before, made, chunk.company_id(company.id) if company else None,
            chunk.person_id(person.id) if person else None,
        ))  # fmt: skip
    columns = ("number", "result", "reason", "cells", "before", "made", "company_id", "contact_id")
    bulk.add(session, ImportRow, columns, rows, batch_id=chunk.origin.batch_id)
