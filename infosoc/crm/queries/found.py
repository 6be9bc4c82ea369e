"""What the global search shows: hits in three groups, each with the address of its page.

Where nothing answers, what is spelt nearly so can be shown instead, and is said to be that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries import reach
from infosoc.db import prepared, search, search_near, search_tokens
from infosoc.db.dialects import IdList, among
from infosoc.db.search import COMPANY, CONTACT, ENTRY, Hit
from infosoc.kernel import identity, phone


@dataclass(frozen=True)
class Found:
    """The hits of one query. `company_of` gives the company's public id for a hit in the log.

    `is_near` says that nothing answers, and that these are spelt nearly so.
    """

    companies: list[Hit]
    contacts: list[Hit]
    entries: list[Hit]
    company_of: dict[int, str]
    is_near: bool = False

    @property
    def count(self) -> int:
        return len(self.companies) + len(self.contacts) + len(self.entries)


def found(session: Session, query: str, *, each: int) -> Found:
    """The best hits of each kind, at most `each` of them."""
    hits = search.find(session, query, limit=400)
    groups = _groups(hits, each)
    company_of = _companies_of(session, groups[ENTRY])
    # A note may be shown where its company is not; then it has no page to lead to and is left out.
    entries = [hit for hit in groups[ENTRY] if hit.subject_id in company_of]
    companies, contacts = _told_why(session, query, groups[COMPANY], groups[CONTACT])
    return Found(companies, contacts, entries, company_of)


def near(session: Session, query: str, *, each: int) -> Found:
    """Where nothing answers: what is spelt nearly so. It takes a hundred times as long as `found`."""
    groups = _groups(search_near.find_near(session, query), each)
    return Found(groups[COMPANY], groups[CONTACT], [], {}, is_near=True)


def _groups(hits: list[Hit], each: int) -> dict[str, list[Hit]]:
    return {kind: [hit for hit in hits if hit.kind == kind][:each] for kind in (COMPANY, CONTACT, ENTRY)}


def _told_why(session: Session, query: str, companies: list[Hit], contacts: list[Hit]) -> tuple[list[Hit], list[Hit]]:
    """The hits; beside those whose name does not tell, the number or address that answers the query."""
    items = search_tokens.asked(query)
    unclear = {(hit.kind, hit.subject_id) for hit in (*companies, *contacts) if not _shows(hit, items)}
    if not unclear:
        return companies, contacts
    known = reach.points(session, _ids(unclear, COMPANY), _ids(unclear, CONTACT))
    numbers = _org_numbers(session, _ids(unclear, COMPANY))

    def told(hit: Hit) -> Hit:
        if (hit.kind, hit.subject_id) not in unclear:
            return hit
        points = (known.of_company if hit.kind == COMPANY else known.of_contact)[hit.subject_id]
        number = numbers.get(hit.subject_id) if hit.kind == COMPANY else None
        why = _org_number_found(number, items) or next((_shown(one) for one in points if _answers(one, items)), "")
        return hit._replace(subtitle=" · ".join(filter(None, (hit.subtitle, why))))

    return [told(hit) for hit in companies], [told(hit) for hit in contacts]


def _ids(found: set[tuple[str, int]], kind: str) -> list[int]:
    return [one for what, one in found if what == kind]


def _shows(hit: Hit, items: list[list[str]]) -> bool:
    """Whether the reader sees in the hit what they typed."""
    words = search_tokens.words(f"{hit.title} {hit.subtitle}")
    return all(any(word.startswith(one) for one in item for word in words) for item in items)


def _answers(point: ContactPoint, items: list[list[str]]) -> bool:
    is_phone = point.kind in reach.PHONES
    words = search_tokens.phone_tokens(point.normalised) if is_phone else search_tokens.words(point.normalised)
    return any(word.startswith(one) for item in items for one in item for word in words)


def _shown(point: ContactPoint) -> str:
    return phone.display(point.normalised) if point.kind in reach.PHONES else point.value


def _org_number_found(known: tuple[str, bool] | None, items: list[list[str]]) -> str:
    """The organisation number as people write it; a sole trader's is masked."""
    if known is None or not any(known[0].startswith(one) for item in items for one in item):
        return ""
    number, is_sole_trader = known
    return identity.mask_org_number(number) if is_sole_trader else identity.format_org_number(number)


def _org_numbers(session: Session, ids: list[int]) -> dict[int, tuple[str, bool]]:
    rows = session.scalars(select(Company).where(Company.id.in_(ids), Company.org_number.is_not(None))) if ids else ()
    return {company.id: (company.org_number or "", company.is_sole_trader) for company in rows}


def _companies_of(session: Session, entries: list[Hit]) -> dict[int, str]:
    if not entries:
        return {}
    values = {"entries": [hit.subject_id for hit in entries]}
    found: Any = prepared.rows(session, "of entries", _company_of, values, shown="log")
    return dict(found)


def _company_of() -> Any:
    return (
        select(LogEntry.id, Company.public_id)
        .join(Company, Company.id == LogEntry.company_id)
        .where(among(LogEntry.id, prepared.bound("entries", IdList())))
    )
