"""What the global search shows: hits in three groups, each with the address of its page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.crm.models.log import LogEntry
from infosoc.db import search
from infosoc.db.search import COMPANY, CONTACT, ENTRY, Hit


@dataclass(frozen=True)
class Found:
    """The hits of one query. `company_of` gives the company's public id for a hit in the log."""

    companies: list[Hit]
    contacts: list[Hit]
    entries: list[Hit]
    company_of: dict[int, str]

    @property
    def count(self) -> int:
        return len(self.companies) + len(self.contacts) + len(self.entries)


def found(session: Session, query: str, *, each: int) -> Found:
    """The best hits of each kind, at most `each` of them."""
    hits = search.find(session, query, limit=400)
    groups = {kind: [hit for hit in hits if hit.kind == kind][:each] for kind in (COMPANY, CONTACT, ENTRY)}
    company_of = _companies_of(session, groups[ENTRY])
    # A note may be shown where its company is not; then it has no page to lead to and is left out.
    entries = [hit for hit in groups[ENTRY] if hit.subject_id in company_of]
    return Found(groups[COMPANY], groups[CONTACT], entries, company_of)


def _companies_of(session: Session, entries: list[Hit]) -> dict[int, str]:
    if not entries:
        return {}
    rows = session.execute(
        select(LogEntry.id, Company.public_id)
        .join(Company, Company.id == LogEntry.company_id)
        .where(LogEntry.id.in_([hit.subject_id for hit in entries]))
        .execution_options(shown="log")
    )
    return dict(tuple(row) for row in rows)
