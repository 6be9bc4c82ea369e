"""Looks through what is there for companies that may be one, and remembers what a person said of each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import combinations
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from infosoc.audit import commands as audit
from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.db.tenancy import current_scope
from infosoc.kernel.errors import NotFound

# How sure each reason is; surest first on the page.
SCORES = {"org_number": 100, "name": 70, "email": 60, "phone": 50}
# More than so many companies with one telephone number is a switchboard, not a duplicate.
LARGEST_GROUP = 6
APART = "apart"
Finder = Callable[[Session], Iterable[tuple[str, list[int]]]]


def look(session: Session, *, now: datetime, progress: Callable[[int, int], None] | None = None) -> int:
    """Find pairs over all that this tenant may see; those settled before stay settled. Returns how many are new."""
    known = {tuple(row) for row in session.execute(select(DuplicatePair.first_id, DuplicatePair.second_id))}
    found: dict[tuple[int, int], str] = {}
    finders = (_same_number, _same_name, _same_point)
    for at, finder in enumerate(finders, start=1):
        for reason, ids in finder(session):
            for pair in combinations(sorted(set(ids)), 2):
                if pair not in known and SCORES[reason] > SCORES.get(found.get(pair, ""), 0):
                    found[pair] = reason
        if progress:
            progress(at, len(finders))
    held, numbers = _held(session), _numbers(session, {one for pair in found for one in pair})
    pairs = [
        (pair, reason)
        for pair, reason in found.items()
        if held & set(pair) and _agree(*(numbers.get(one) for one in pair))
    ]
    session.add_all(
        DuplicatePair(first_id=first, second_id=second, score=SCORES[reason], reason=reason, found_at=now)
        for (first, second), reason in pairs
    )
    session.flush()
    return len(pairs)


def _numbers(session: Session, ids: set[int]) -> dict[int, str]:
    """The organisation numbers of those that have one: two numbers are two companies, whatever they have in common."""
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), 500):
        some = Company.id.in_(wanted[at : at + 500])
        rows = session.execute(select(Company.id, Company.org_number).where(some, Company.org_number.is_not(None)))
        found |= {company_id: number or "" for company_id, number in rows}
    return found


def _agree(one: str | None, other: str | None) -> bool:
    return not one or not other or one == other


def _held(session: Session) -> set[int]:
    """What we hold ourselves: two companies that only the other tenant knows are not ours to merge."""
    return set(session.scalars(select(CompanyRelation.company_id).where(CompanyRelation.trashed_at.is_(None))))


def _same_number(session: Session) -> Iterator[tuple[str, list[int]]]:
    numbers = (
        select(Company.org_number)
        .where(Company.org_number.is_not(None))
        .group_by(Company.org_number)
        .having(func.count() > 1)
    )
    query = select(Company.org_number, Company.id).where(Company.org_number.in_(numbers))
    return _grouped("org_number", session.execute(query))


def _same_name(session: Session) -> Iterator[tuple[str, list[int]]]:
    """The same name in the same municipality, or where one of them has none."""
    names = (
        select(CompanyRelation.name_sort)
        .where(CompanyRelation.trashed_at.is_(None))
        .group_by(CompanyRelation.name_sort)
        .having(func.count(CompanyRelation.company_id.distinct()) > 1)
    )
    query = (
        select(CompanyRelation.name_sort, CompanyRelation.company_id, CompanyRelation.municipality)
        .where(CompanyRelation.name_sort.in_(names), CompanyRelation.trashed_at.is_(None))
        .execution_options(shown="register")
    )
    groups: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    for name, company_id, municipality in session.execute(query):
        groups[name].append((company_id, municipality))
    for rows in groups.values():
        for (one, place), (other, other_place) in combinations(rows[:LARGEST_GROUP], 2):
            if _agree(place, other_place):
                yield "name", [one, other]


def _same_point(session: Session) -> Iterator[tuple[str, list[int]]]:
    other = aliased(ContactPoint)
    twice = select(other.id).where(
        other.normalised == ContactPoint.normalised, other.company_id != ContactPoint.company_id
    )
    query = select(ContactPoint.kind, ContactPoint.normalised, ContactPoint.company_id).where(
        ContactPoint.company_id.is_not(None), ContactPoint.kind.in_(("phone", "mobile", "email")), twice.exists()
    )
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kind, normalised, company_id in session.execute(query):
        if company_id is not None:
            groups["email" if kind == "email" else "phone", normalised].append(company_id)
    for (reason, _), ids in groups.items():
        if len(set(ids)) <= LARGEST_GROUP:
            yield reason, ids


def _grouped(reason: str, rows: Iterable[Any]) -> Iterator[tuple[str, list[int]]]:
    groups: dict[Any, list[int]] = defaultdict(list)
    for value, company_id in rows:
        groups[value].append(company_id)
    for ids in groups.values():
        yield reason, ids[:LARGEST_GROUP]


def keep_apart(session: Session, public_id: str, *, by: int, now: datetime) -> DuplicatePair:
    """Note that two companies are two; they are not proposed again."""
    pair = session.scalar(select(DuplicatePair).where(DuplicatePair.public_id == public_id))
    if pair is None:
        raise NotFound
    pair.settled_at, pair.settled_as = now, APART
    audit.record(session, "kept apart", "company", pair.first_id, by=by)
    return pair


def propose_again(session: Session, public_id: str, *, by: int) -> DuplicatePair:
    """Undo `keep_apart`."""
    pair = session.scalar(select(DuplicatePair).where(DuplicatePair.public_id == public_id))
    if pair is None:
        raise NotFound
    pair.settled_at, pair.settled_as = None, None
    audit.record(session, "proposed again", "company", pair.first_id, by=by)
    return pair


def key_of_look(now: datetime) -> str:
    """One look a minute and tenant is enough, however often the button is pressed."""
    return f"duplicates:{current_scope().tenant_id}:{now:%Y-%m-%dT%H:%M}"
