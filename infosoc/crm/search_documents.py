"""What can be found by searching: one document a company, contact person and log entry, for each tenant.

Left out: what lies in the trash, sole traders' numbers (they are personal identity numbers), protected persons.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import LogEntry
from infosoc.db import bulk, search_index, search_tokens
from infosoc.db.search import COMPANY, CONTACT, ENTRY, SearchDocument
from infosoc.db.search_tokens import Group
from infosoc.db.tenancy import Scope, current_scope, tenant_scope
from infosoc.jobs.commands import enqueue
from infosoc.kernel import clock
from infosoc.kernel.identity import is_sole_trader_number
from infosoc.kernel.words import N_

Row = dict[str, Any]
PEOPLE, TAGGED, NOTED = "people of", "tagged", "noted of"
# What a request writes itself; for the log of a company with more, the worker is asked.
MOST_AT_ONCE = 500
REINDEX = "index the log of a company"


def companies(session: Session, ids: list[int]) -> list[Row]:
    """A company is found by name, number, place, tags and contact details."""
    rows = session.execute(
        select(CompanyRelation.tenant_id, CompanyRelation.id, Company)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(CompanyRelation.company_id.in_(ids), CompanyRelation.trashed_at.is_(None))
    ).all()
    points, towns = _points(session, ContactPoint.company_id, ids), _towns(session, ids)
    tags = _tags(session, [relation_id for _, relation_id, _ in rows])
    made = []
    for tenant_id, relation_id, company in rows:
        made.append(
            company_document(
                tenant_id, company.id, company.public_id, company.name, company.org_number, company.municipality,
                company.town, towns[company.id], points[company.id], tags[relation_id],
            )
        )  # fmt: skip
    return made


def company_document(
    tenant_id: int, company_id: int, public_id: str, name: str, number: str | None, municipality: str | None,
    town: str | None, towns: list[str], points: list[tuple[str, str]], tags: list[str],
) -> Row:  # fmt: skip
    """The document of one company, from what is known of it."""
    texts = [name, municipality or "", town or "", *towns]
    texts += [] if not number or is_sole_trader_number(number) else [number]
    return _document(tenant_id, company_id, public_id, name, municipality or town or "", texts, points, own=tags)


def contacts(session: Session, ids: list[int]) -> list[Row]:
    """A contact person is found by name, title, workplace and contact details."""
    rows = session.execute(
        select(ContactRelation.tenant_id, Contact)
        .join(Contact, Contact.id == ContactRelation.contact_id)
        .where(
            ContactRelation.contact_id.in_(ids), ContactRelation.trashed_at.is_(None), Contact.is_protected.is_(False)
        )
    ).all()
    points, posts = _points(session, ContactPoint.contact_id, ids), _posts(session, ids)
    made = []
    for tenant_id, contact in rows:
        made.append(
            contact_document(
                tenant_id, contact.id, contact.public_id, contact.name, posts[contact.id], points[contact.id]
            )
        )
    return made


def contact_document(
    tenant_id: int, contact_id: int, public_id: str, name: str, posts: list[tuple[str, str]],
    points: list[tuple[str, str]],
) -> Row:  # fmt: skip
    """The document of one contact person; `posts` are titles and companies, the main one first."""
    work = [text for post in posts for text in post]
    subtitle = ", ".join(text for text in work[:2] if text)
    return _document(tenant_id, contact_id, public_id, name, subtitle, [name, *work], points, group=Group.PERSON)


def entries(session: Session, ids: list[int]) -> list[Row]:
    """A log entry is found by its text; one without text by nothing."""
    rows = session.execute(
        select(LogEntry, Company.name)
        .join(Company, Company.id == LogEntry.company_id)
        .where(LogEntry.id.in_(ids), LogEntry.trashed_at.is_(None), LogEntry.text != "")
    ).all()
    return [
        entry_document(entry.tenant_id, entry.id, entry.public_id, company_name, entry.text)
        for entry, company_name in rows
    ]


def entry_document(tenant_id: int, entry_id: int, public_id: str, company_name: str, text: str) -> Row:
    """The document of one log entry."""
    document = _document(tenant_id, entry_id, public_id, company_name, _excerpt(text), [text], [], group=Group.LOG)
    return {**document, "name_folded": ""}


def add_entry(session: Session, entry_id: int, public_id: str, company_name: str, text: str) -> None:
    """Index an entry of our own that has just been written past the session."""
    document = entry_document(current_scope().tenant_id, entry_id, public_id, company_name, text)
    del document["tenant_id"]
    bulk.add(session, SearchDocument, tuple(document), [tuple(document.values())], kind=ENTRY)


def _document(
    tenant_id: int, subject_id: int, public_id: str, title: str, subtitle: str, texts: list[str],
    points: list[tuple[str, str]], *, group: Group = Group.COMPANY, own: list[str] | None = None,
) -> Row:  # fmt: skip
    phones = [value for kind, value in points if kind in {"phone", "mobile"}]
    texts = texts + [value for kind, value in points if kind not in {"phone", "mobile"}]
    return {
        "tenant_id": tenant_id,
        "subject_id": subject_id,
        "public_id": public_id,
        "title": title[:200],
        "subtitle": subtitle[:300],
        "name_folded": search_tokens.name_key(title),
        "tokens": " ".join(
            search_tokens.tokens(search_tokens.code(tenant_id, group), texts, phones)
            + search_tokens.tokens(search_tokens.code(tenant_id, Group.OWN), own or [], [])
        ),
    }


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119].rstrip() + "…"


def _points(session: Session, owner: Any, ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for owner_id, kind, value in session.execute(
        select(owner, ContactPoint.kind, ContactPoint.normalised).where(owner.in_(ids)).order_by(ContactPoint.id)
    ):
        found[owner_id].append((kind, value))
    return found


def _towns(session: Session, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(Address.company_id, Address.town).where(Address.company_id.in_(ids)).order_by(Address.id)
    for company_id, town in session.execute(query):
        found[company_id].append(town)
    return found


def _tags(session: Session, relation_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(CompanyTag.relation_id, Tag.name)
        .join(Tag, Tag.id == CompanyTag.tag_id)
        .where(CompanyTag.relation_id.in_(relation_ids))
        .order_by(Tag.id)
    )
    for relation_id, name in session.execute(query):
        found[relation_id].append(name)
    return found


def _posts(session: Session, ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    query = (
        select(Post.contact_id, Post.title, Company.name)
        .join(Company, Company.id == Post.company_id)
        .where(Post.contact_id.in_(ids))
        .order_by(Post.is_main.desc(), Post.id)
    )
    for contact_id, title, company in session.execute(query):
        found[contact_id].append((title, company))
    return found


def _of_company(row: Company) -> list[tuple[str, int]]:
    """A company under a new name changes what its people are found by, and what stands over its log entries."""
    renamed = inspect(row).attrs.name.history.has_changes()
    return [(COMPANY, row.id), *([(PEOPLE, row.id), (NOTED, row.id)] if renamed else [])]


def _people_of(session: Session, company_ids: list[int]) -> list[tuple[str, int]]:
    query = select(Post.contact_id).where(Post.company_id.in_(company_ids))
    return [(CONTACT, contact_id) for contact_id in session.scalars(query)]


def _entries_of(session: Session, company_ids: list[int]) -> list[tuple[str, int]]:
    """The log entries of these companies in every tenant; very many are left to a job of their tenant."""
    own = (LogEntry.company_id.in_(company_ids), LogEntry.text != "")
    query = select(LogEntry.tenant_id, LogEntry.company_id, func.count()).where(*own)
    few: list[tuple[str, int]] = []
    for tenant_id, company_id, number in session.execute(query.group_by(LogEntry.tenant_id, LogEntry.company_id)).all():
        if number > MOST_AT_ONCE:
            with tenant_scope(Scope.alone(tenant_id)):
                _ask_for_reindex(session, company_id, number)
            continue
        ids = select(LogEntry.id).where(
            LogEntry.tenant_id == tenant_id, LogEntry.company_id == company_id, LogEntry.text != ""
        )
        few += [(ENTRY, one) for one in session.scalars(ids)]
    return few


def _ask_for_reindex(session: Session, company_id: int, number: int) -> None:
    """A job each time: one that is already at work may have passed some entries under the former name."""
    enqueue(
        session, REINDEX, args={"company": company_id}, unique_key=f"entries:{company_id}:{secrets.token_hex(8)}",
        title=N_("Bring the search of the contact log up to date"), total=number, now=clock.now(),
    )  # fmt: skip


def _companies_of(session: Session, relation_ids: list[int]) -> list[tuple[str, int]]:
    query = select(CompanyRelation.company_id).where(CompanyRelation.id.in_(relation_ids))
    return [(COMPANY, company_id) for company_id in session.scalars(query)]


search_index.builder(COMPANY, companies)
search_index.builder(CONTACT, contacts)
search_index.builder(ENTRY, entries)
search_index.watch(Company, _of_company)
search_index.watch(CompanyTag, lambda row: [(TAGGED, row.relation_id)])
search_index.resolver(PEOPLE, _people_of)
search_index.resolver(TAGGED, _companies_of)
search_index.resolver(NOTED, _entries_of)
search_index.watch(CompanyRelation, lambda row: [(COMPANY, row.company_id)])
search_index.watch(Address, lambda row: [(COMPANY, row.company_id)])
search_index.watch(ContactPoint, lambda row: [(COMPANY, row.company_id), (CONTACT, row.contact_id)])
search_index.watch(Contact, lambda row: [(CONTACT, row.id)])
search_index.watch(ContactRelation, lambda row: [(CONTACT, row.contact_id)])
search_index.watch(Post, lambda row: [(CONTACT, row.contact_id)])
search_index.watch(LogEntry, lambda row: [(ENTRY, row.id)])
