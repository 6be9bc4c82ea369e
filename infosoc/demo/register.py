"""Invents the companies, people, contacts and follow-ups of one tenant, and writes them in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from infosoc.crm import municipalities
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    CompanyTag,
    ContactPoint,
    LineOfBusiness,
    Tag,
)
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import CONTACT_KINDS, EntryKind, Outcome, Status
from infosoc.db import search_index
from infosoc.db.search import COMPANY, CONTACT, ENTRY
from infosoc.demo import words
from infosoc.kernel import phone
from infosoc.kernel.identity import LegalForm
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import fold, sort_key

Row = dict[str, Any]
# A few only, so that a list of all of them, imported into the demo, shows what an import does.
MUNICIPALITIES = ("Gnosjö", "Åre", "Lund", "Luleå", "Växjö", "Malung-Sälen", "Upplands Väsby", "Östra Göinge")


@dataclass
class Plan:
    """One tenant's share of the invented register."""

    tenant_id: int
    staff: list[int]
    now: datetime
    rng: random.Random
    notes: list[str] = field(default_factory=lambda: words.CALL_NOTES)
    lines: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    old: int = 30  # one person of so many was written down long ago

    @property
    def today(self) -> date:
        return self.now.date()


def write_lists(session: Session, plan: Plan) -> None:
    """The tenant's own lines of business and tags."""
    lines = [
        {"tenant_id": plan.tenant_id, "name": name, "sni_code": code, "position": at, "public_id": public_id}
        for (at, (name, code)), public_id in zip(
            enumerate(words.BUSINESSES), new_public_ids(len(words.BUSINESSES)), strict=True
        )
    ]
    tags = [
        {"tenant_id": plan.tenant_id, "name": name, "public_id": public_id}
        for name, public_id in zip(words.TAGS, new_public_ids(len(words.TAGS)), strict=True)
    ]
    plan.lines, plan.tags = _ids(session, LineOfBusiness, lines), _ids(session, Tag, tags)


@dataclass(frozen=True)
class Known:
    """What a relation copies of a company."""

    id: int
    name: str
    municipality: str | None


def known(session: Session, company_ids: list[int]) -> list[Known]:
    """Companies that the tenant is shown by the other."""
    query = select(Company.id, Company.name, Company.municipality).where(Company.id.in_(company_ids))
    return [Known(*row) for row in session.execute(query)]


def new_companies(session: Session, plan: Plan, count: int, *, first: int) -> list[Known]:
    """Invent companies and write their joint identity; a few municipalities come first, then the odd names."""
    towns = municipalities.names()
    rows = [_company(plan, number, towns) for number in range(first, first + count)]
    ids = _ids(session, Company, _with_public_ids(rows))
    addresses, points = [], []
    for company_id, row in zip(ids, rows, strict=True):
        if plan.rng.random() < 0.8:
            addresses.append(_address(plan, company_id, row["town"]))
        points += _company_points(plan, company_id, row["name"])
    _write(session, Address, addresses)
    _write(session, ContactPoint, _with_public_ids(points))
    return [Known(company_id, row["name"], row["municipality"]) for company_id, row in zip(ids, rows, strict=True)]


def hold(session: Session, plan: Plan, companies: list[Known]) -> None:
    """Give the tenant its relation to these companies: status, owner, line, tags."""
    relations = [_relation(plan, company) for company in companies]
    ids = _ids(session, CompanyRelation, relations)
    _write(
        session,
        CompanyTag,
        [
            {"tenant_id": plan.tenant_id, "relation_id": relation_id, "tag_id": tag_id}
            for relation_id in ids
            if plan.rng.random() < 0.3
            for tag_id in plan.rng.sample(plan.tags, plan.rng.choice((1, 1, 2)))
        ],
    )
    search_index.mark(session, COMPANY, (company.id for company in companies))


def people(session: Session, plan: Plan, company_ids: list[int]) -> dict[int, list[int]]:
    """Invent contact persons at these companies; a sixth have none."""
    named = session.execute(select(Company.id, Company.name).where(Company.id.in_(company_ids)))
    names = {row.id: row.name for row in named}
    work = [
        (company_id, _person(plan)) for company_id in company_ids for _ in range(plan.rng.choice((0, 1, 1, 1, 2, 3)))
    ]
    rows = [
        {"origin_tenant_id": plan.tenant_id, "name": name, "is_protected": False, "created_at": plan.now,
         "changed_at": plan.now, "language": "sv", "version": 1}
        for _, name in work
    ]  # fmt: skip
    ids = _ids(session, Contact, _with_public_ids(rows))
    posts, relations, points, at = [], [], [], {}
    for contact_id, (company_id, name) in zip(ids, work, strict=True):
        at.setdefault(company_id, []).append(contact_id)
        posts.append({"origin_tenant_id": plan.tenant_id, "contact_id": contact_id, "company_id": company_id,
                      "title": plan.rng.choice(words.TITLES), "is_main": True})  # fmt: skip
        relations.append(_contact_relation(plan, contact_id, name, names[company_id]))
        points += _contact_points(plan, contact_id, name, names[company_id])
    _write(session, Post, posts)
    _write(session, ContactRelation, relations)
    _write(session, ContactPoint, _with_public_ids(points))
    search_index.mark(session, CONTACT, ids)
    return at


def history(session: Session, plan: Plan, company_ids: list[int], people_at: dict[int, list[int]]) -> None:
    """Two years of contacts and attempts, and follow-ups done, due and overdue."""
    entries, follow_ups = [], []
    for company_id in company_ids:
        contacts = people_at.get(company_id, [])
        for _ in range(plan.rng.choice((0, 0, 1, 2, 3, 5, 8))):
            entries.append(_entry(plan, company_id, contacts))
        if plan.rng.random() < 0.14:
            follow_ups.append(_follow_up(plan, company_id, contacts))
    ids = _ids(session, LogEntry, _with_public_ids(entries))
    _write(session, FollowUp, _with_public_ids(follow_ups))
    search_index.mark(session, ENTRY, (one for one, row in zip(ids, entries, strict=True) if row["text"]))
    _note_activity(session, plan, entries, follow_ups, people_at)


def _note_activity(
    session: Session, plan: Plan, entries: list[Row], follow_ups: list[Row], people_at: dict[int, list[int]]
) -> None:
    """Write the copies that lists sort by, as the commands would have."""
    last: dict[int, dict[str, Any]] = {}
    for row in entries:
        name = "last_contact_at" if row["kind"] in CONTACT_KINDS else "last_attempt_at"
        if row["kind"] in CONTACT_KINDS or row["kind"] == EntryKind.ATTEMPT:
            held = last.setdefault(row["company_id"], {})
            held[name] = max(held.get(name, row["happened_at"]), row["happened_at"])
    for row in follow_ups:
        if row["done_at"] is None:
            held = last.setdefault(row["company_id"], {})
            held["next_follow_up_on"] = min(held.get("next_follow_up_on", row["due_on"]), row["due_on"])
    relations = session.scalars(select(CompanyRelation).where(CompanyRelation.company_id.in_({*last, *people_at})))
    for relation in relations:
        for name, value in last.get(relation.company_id, {}).items():
            setattr(relation, name, value)
        relation.contacts = len(people_at.get(relation.company_id, []))
    session.flush()


# ---- one of each ----------------------------------------------------------------------------------------------------


def _company(plan: Plan, number: int, towns: tuple[str, ...]) -> Row:
    rng = plan.rng
    form: str | None
    org_number: str | None
    if number < len(MUNICIPALITIES):
        town = MUNICIPALITIES[number]
        name, form, org_number = f"{town} kommun", "municipality", None
    else:
        town = rng.choice(towns)
        odd = number - len(MUNICIPALITIES)
        pattern = rng.choice(words.NAME_PATTERNS)
        name = (
            words.ODD_NAMES[odd]
            if odd < len(words.ODD_NAMES)
            else pattern.format(place=rng.choice(words.PLACES), town=town)
        )
        form, org_number = _form_of(name), _org_number(number)
        if name.endswith("Äldreboende") and number % 3 == 0:
            form, org_number = LegalForm.SOLE_TRADER.value, None
    return {
        "origin_tenant_id": plan.tenant_id, "name": name, "org_number": org_number, "legal_form": form,
        "size": rng.choice(("1-9", "10-49", "10-49", "50-199", "200-999", None)), "municipality": town, "town": town,
        "parent_id": None, "version": 1, "created_at": plan.now - timedelta(days=rng.randrange(730)),
        "changed_at": plan.now,
    }  # fmt: skip


def _form_of(name: str) -> str | None:
    """The legal form that a name tells of."""
    known = {
        "AB": LegalForm.LIMITED_COMPANY, "HB": LegalForm.TRADING_PARTNERSHIP, "Stiftelsen": LegalForm.FOUNDATION,
        "Ekonomiska": LegalForm.ECONOMIC_ASSOCIATION,
    }  # fmt: skip
    parts = name.split()
    found = known.get(parts[-1]) or known.get(parts[0])
    return found.value if found else None


def _org_number(number: int) -> str:
    """A number in the series of limited companies with a right check digit (Luhn)."""
    body = f"5599{number:05d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(body))
    return body + str(-total % 10)


def _address(plan: Plan, company_id: int, town: str) -> Row:
    return {
        "origin_tenant_id": plan.tenant_id, "company_id": company_id, "kind": "visiting",
        "street": f"{plan.rng.choice(words.PLACES)}vägen {plan.rng.randrange(1, 99)}",
        "postcode": f"{plan.rng.randrange(100, 985)} {plan.rng.randrange(10, 99)}", "town": town, "country": "SE",
    }  # fmt: skip


def _company_points(plan: Plan, company_id: int, name: str) -> list[Row]:
    domain = _domain(name)
    values = [("phone", _phone(plan)), ("email", f"info@{domain}"), ("web", f"https://www.{domain}")]
    return [_point(plan, kind, value, company_id=company_id) for kind, value in values if plan.rng.random() < 0.75]


def _contact_points(plan: Plan, contact_id: int, name: str, company: str) -> list[Row]:
    address = f"{fold(name).replace(' ', '.')}@{_domain(company)}"
    values = [("mobile", _phone(plan)), ("email", address.encode("ascii", "ignore").decode())]
    return [_point(plan, kind, value, contact_id=contact_id) for kind, value in values if plan.rng.random() < 0.85]


def _point(plan: Plan, kind: str, value: str, *, company_id: int | None = None, contact_id: int | None = None) -> Row:
    return {"origin_tenant_id": plan.tenant_id, "company_id": company_id, "contact_id": contact_id, "kind": kind,
            "value": phone.display(value) if value.startswith("+") else value, "normalised": value, "label": "",
            "is_main": True}  # fmt: skip


def _domain(name: str) -> str:
    letters = "".join(sign for sign in fold(name) if sign.isascii() and sign.isalnum())
    return f"{letters[:30] or 'foretag'}.example"


def _phone(plan: Plan) -> str:
    start, first, last = plan.rng.choice(words.PHONE_SERIES)
    return f"{start}{plan.rng.randrange(first, last + 1):02d}"


def _person(plan: Plan) -> str:
    return f"{plan.rng.choice(words.FIRST_NAMES)} {plan.rng.choice(words.LAST_NAMES)}"


def _relation(plan: Plan, company: Known) -> Row:
    rng = plan.rng
    status = rng.choices(list(Status), weights=(25, 10, 55, 10))[0]
    return {
        "tenant_id": plan.tenant_id, "company_id": company.id, "status": status,
        "owner_id": rng.choice([*plan.staff, None]), "line_id": rng.choice(plan.lines), "notes": "", "custom": {},
        "source": rng.choice(words.SOURCES), "source_on": plan.today - timedelta(days=rng.randrange(30, 900)),
        "legal_ground": "contract" if status == Status.CUSTOMER else "legitimate_interest",
        "name_sort": sort_key(company.name)[:200], "municipality": company.municipality, "contacts": 0, "version": 1,
        "created_at": plan.now - timedelta(days=rng.randrange(730)),
    }  # fmt: skip


def _contact_relation(plan: Plan, contact_id: int, name: str, company: str) -> Row:
    rng = plan.rng
    return {
        "tenant_id": plan.tenant_id, "contact_id": contact_id, "notes": "", "source": rng.choice(words.SOURCES),
        "source_on": plan.today - timedelta(days=rng.randrange(30, 900)), "legal_ground": "legitimate_interest",
        "marketing": "opted_out" if rng.random() < 0.06 else "allowed",
        "call_blocked_at": plan.now - timedelta(days=90) if rng.random() < 0.02 else None,
        "name_sort": sort_key(name), "company_sort": sort_key(company)[:200], "version": 1,
        # A few were written down so long ago that their time is out, or soon will be.
        "created_at": plan.now - timedelta(days=720 + contact_id % 35 if contact_id % plan.old == 0 else 0),
    }  # fmt: skip


_KINDS = (
    (EntryKind.CALL, 34), (EntryKind.ATTEMPT, 30), (EntryKind.EMAIL, 18), (EntryKind.MEETING, 5), (EntryKind.DEMO, 5),
    (EntryKind.LETTER, 2), (EntryKind.NOTE, 6),
)  # fmt: skip


def _entry(plan: Plan, company_id: int, contacts: list[int]) -> Row:
    rng = plan.rng
    kind = rng.choices([kind for kind, _ in _KINDS], weights=[weight for _, weight in _KINDS])[0]
    day = plan.today - timedelta(days=int(730 * rng.random() ** 1.2) + 1)
    day -= timedelta(days=max(0, day.weekday() - 4))
    at = datetime(day.year, day.month, day.day, rng.randrange(8, 16), rng.randrange(60), tzinfo=plan.now.tzinfo)
    return {
        "tenant_id": plan.tenant_id, "company_id": company_id, "contact_id": rng.choice(contacts) if contacts else None,
        "kind": kind, "direction": "in" if rng.random() < 0.15 and kind != EntryKind.ATTEMPT else "out",
        "outcome": _outcome(rng, kind), "by_id": rng.choice(plan.staff), "happened_at": at, "text": _note(plan, kind),
        "version": 1, "created_at": at,
    }  # fmt: skip


def _outcome(rng: random.Random, kind: EntryKind) -> str | None:
    if kind == EntryKind.ATTEMPT:
        return rng.choices([Outcome.NO_ANSWER, Outcome.VOICEMAIL, Outcome.BUSY], weights=(7, 2, 1))[0]
    if kind in {EntryKind.CALL, EntryKind.MEETING, EntryKind.DEMO}:
        return rng.choice([Outcome.REACHED, Outcome.INTERESTED, Outcome.NOT_INTERESTED, Outcome.CALL_BACK])
    return None


def _note(plan: Plan, kind: EntryKind) -> str:
    if kind == EntryKind.ATTEMPT:
        return ""
    if kind in {EntryKind.MEETING, EntryKind.DEMO}:
        return plan.rng.choice(words.MEETING_NOTES)
    return plan.rng.choice(words.EMAIL_NOTES if kind in {EntryKind.EMAIL, EntryKind.LETTER} else plan.notes)


def _follow_up(plan: Plan, company_id: int, contacts: list[int]) -> Row:
    rng = plan.rng
    due = plan.today + timedelta(days=rng.choice((-30, -9, -4, -1, 0, 0, 0, 1, 2, 3, 5, 8, 14, 30, 60)))
    done = due < plan.today and rng.random() < 0.6
    return {
        "tenant_id": plan.tenant_id, "company_id": company_id, "contact_id": rng.choice(contacts) if contacts else None,
        "assignee_id": rng.choice(plan.staff), "due_on": due, "note": rng.choice(words.FOLLOW_UPS),
        "done_at": plan.now - timedelta(days=1) if done else None, "version": 1,
        "created_at": plan.now - timedelta(days=40), "created_by": rng.choice(plan.staff),
    }  # fmt: skip


# ---- writing --------------------------------------------------------------------------------------------------------


def _with_public_ids(rows: list[Row]) -> list[Row]:
    for row, public_id in zip(rows, new_public_ids(len(rows)), strict=True):
        row["public_id"] = public_id
    return rows


def _write(session: Session, model: type[Any], rows: list[Row]) -> None:
    if rows:
        session.execute(insert(model).execution_options(render_nulls=True), rows)


def _ids(session: Session, model: type[Any], rows: list[Row]) -> list[int]:
    if not rows:
        return []
    # Nulls written out keep all rows in one statement.
    returning = insert(model).returning(model.id, sort_by_parameter_order=True).execution_options(render_nulls=True)
    return list(session.scalars(returning, rows))
