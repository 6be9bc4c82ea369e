"""Companies that may be the one somebody is about to write down: same number, phone, e-mail, or nearly the same name.

Only what this tenant may see is looked at, and the same statements run whatever there is: nothing tells of the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.queries.companies import AFTER
from infosoc.db.tenancy import current_scope
from infosoc.kernel.text import sort_key
from infosoc.kernel.words import N_

SHORTEST_NAME = 3
_FORM_WORDS = re.compile(r" (?:ab|aktiebolag|aktiebolaget|hb|kb|handelsbolag|ek for|publ)$")

REASONS = {
    "org_number": N_("same organisation number"),
    "name": N_("nearly the same name"),
    "phone": N_("same phone"),
    "email": N_("same e-mail"),
}


@dataclass(frozen=True)
class Similar:
    """A company like the one being written. `is_ours` when we hold it, in the trash when `is_trashed`."""

    company: Company
    reason: str
    is_ours: bool
    is_trashed: bool


def similar(
    session: Session, *, name: str = "", org_number: str = "", phone: str = "", email: str = ""
) -> list[Similar]:
    """The companies that may be this one, surest first, at most five. Number, phone and e-mail are normalised."""
    found: dict[int, Similar] = {}
    key = core_of(name)
    looks = (
        ("org_number", Company.org_number == org_number, bool(org_number)),
        ("phone", _has_point(phone), bool(phone)),
        ("email", _has_point(email), bool(email)),
        ("name", _named(key), len(key) >= SHORTEST_NAME),
    )
    for reason, which, is_given in looks:
        for one in _matching(session, reason, which) if is_given else ():
            known = found.get(one.company.id)
            if known is None or (one.is_ours and not known.is_ours):
                found[one.company.id] = (
                    one if known is None else Similar(one.company, known.reason, True, one.is_trashed)
                )
    return list(found.values())[:5]


def core_of(name: str) -> str:
    """The name without its legal form, as a sort key: what two spellings of one company share."""
    key = sort_key(name)
    return _FORM_WORDS.sub("", key).strip()


def _matching(session: Session, reason: str, which) -> list[Similar]:
    own = current_scope().tenant_id
    query = (
        select(CompanyRelation)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(which, or_(CompanyRelation.tenant_id == own, CompanyRelation.trashed_at.is_(None)))
        .options(joinedload(CompanyRelation.company))
        .limit(6)
        .execution_options(shown="register")
    )
    rows = session.scalars(query)
    return [
        Similar(row.company, reason, row.tenant_id == own, row.tenant_id == own and row.trashed_at is not None)
        for row in rows
    ]


def _has_point(normalised: str):
    return Company.id.in_(select(ContactPoint.company_id).where(ContactPoint.normalised == normalised))


def _named(key: str):
    """The same name, with or without words after it; a longer beginning matches in the middle of a word too."""
    begins = CompanyRelation.name_sort.between(key, key + AFTER)
    if len(key) >= SHORTEST_NAME + 2:
        return begins
    return or_(CompanyRelation.name_sort == key, CompanyRelation.name_sort.between(key + " ", key + "!"))
