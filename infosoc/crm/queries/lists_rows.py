"""The rows of a page as people read them: numbers masked, numbers to call and tags beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, String, literal, select, union_all
from sqlalchemy.orm import Session

from infosoc.crm.lists.spec import PAGE_SIZE, Choices
from infosoc.crm.models.companies import CompanyTag, ContactPoint
from infosoc.crm.queries.lists import Page
from infosoc.db import prepared
from infosoc.kernel import identity
from infosoc.kernel.clock import local
from infosoc.kernel.phone import display

_PHONES = ("phone", "mobile")
_NOBODY = -1


class CompanyRow(NamedTuple):
    """A company in a list. What another tenant shows has identity only: the rest is empty."""

    public_id: str
    name: str
    org_number: str
    town: str | None
    municipality: str | None
    status: str | None
    line: str
    owner: str
    contacted: date | None
    follow_up: date | None
    people: int | None
    added: date | None
    phone: str
    phone_uri: str
    email: str
    tags: str


class ContactRow(NamedTuple):
    """A contact person in a list."""

    public_id: str
    name: str
    title: str
    company: str
    company_id: str
    marketing: str
    is_blocked: str
    contacted: date | None
    phone: str
    phone_uri: str
    email: str


def companies(session: Session, page: Page, choices: Choices, columns: Sequence[str]) -> list[CompanyRow]:
    """The page's companies with what the chosen columns need."""
    beside = _beside(session, page, "company", 1, columns)
    other = page.walk.other_id is not None
    lines, people, tags = choices.lines, choices.people, choices.tags
    made = []
    for (
        relation_id, company_id, public_id, name, number, form, town, municipality, status, line_id, owner_id,
        contacted, follow_up, contacts, *more,
    ) in page.rows:  # fmt: skip
        points = beside.points.get(company_id, _NO_POINTS)
        carried = beside.tags.get(relation_id)
        shown = shown_number(number, form)
        if other:
            made.append(_identity(public_id, name, shown, town, municipality, points))
            continue
        made.append(
            CompanyRow(
                public_id, name, shown, town, municipality, status,
                lines[line_id].label if line_id in lines else "", people[owner_id].label if owner_id in people else "",
                _day(contacted), follow_up, contacts, _day(more[0]) if more else None, *points,
                ", ".join(tags[one].label for one in tags if one in carried) if carried else "",
            )
        )  # fmt: skip
    return made


def contacts(session: Session, page: Page, columns: Sequence[str]) -> list[ContactRow]:
    """The page's contact persons."""
    beside = _beside(session, page, "contact", 1, columns)
    return [
        ContactRow(
            public_id, name, title or "", company or "", company_public_id or "", marketing,
            "blocked" if blocked_at else "", _day(contacted), *beside.points.get(contact_id, _NO_POINTS),
        )
        for (
            _id, contact_id, public_id, name, title, _company_id, company_public_id, company, marketing, blocked_at,
            contacted,
        ) in page.rows
    ]  # fmt: skip


@lru_cache(maxsize=4096)
def _day(instant: datetime | None) -> date | None:
    return local(instant).date() if instant else None


def shown_number(number: str | None, legal_form: str | None) -> str:
    """An organisation number as lists show it. A sole trader's is a personal identity number: masked for everybody,
    since reading one in full is logged (on the company's own page)."""
    if not number:
        return ""
    if legal_form == "sole_trader" or identity.is_sole_trader_number(number):
        return identity.mask_org_number(number)
    return identity.format_org_number(number)


def _identity(
    public_id: str, name: str, number: str, town: str | None, municipality: str | None, points: _Points
) -> CompanyRow:
    return CompanyRow(public_id, name, number, town, municipality, None, "", "", None, None, None, None, *points, "")


# ---- numbers, addresses and tags ------------------------------------------------------------------------------------

_Points = tuple[str, str, str]  # phone as written, phone to dial, e-mail
_NO_POINTS = ("", "", "")


class _Beside(NamedTuple):
    points: dict[int, _Points]
    tags: dict[int, set[int]]


def _beside(session: Session, page: Page, kind: str, place: int, columns: Sequence[str]) -> _Beside:
    """Main phone and e-mail, and the tags' ids, of a page's rows: one statement, or none when no column wants them."""
    wants_points = "phone" in columns or "email" in columns
    wants_tags = "tags" in columns and page.walk.other_id is None
    if not page.rows or not (wants_points or wants_tags):
        return _Beside({}, {})
    values = _ids("subject", [row[place] for row in page.rows])
    if wants_tags:
        values.update(_ids("relation", [row[0] for row in page.rows]))
    key = ("beside", kind, wants_points, wants_tags)
    found = prepared.rows(session, key, lambda: _statement(kind, wants_points, wants_tags), values)
    points: dict[int, _Points] = {}
    tags: dict[int, set[int]] = {}
    for owner, what, value, normalised, number, is_main in found:
        if what == "tag":
            tags.setdefault(owner, set()).add(number)
            continue
        phone, dialled, email = points.get(owner, _NO_POINTS)
        if what == "email":
            email = value if is_main or not email else email
        elif is_main or not phone:
            phone, dialled = display(value), normalised
        points[owner] = (phone, dialled, email)
    return _Beside(points, tags)


def _ids(name: str, ids: list[int]) -> dict[str, int]:
    ids = ids + [_NOBODY] * (PAGE_SIZE - len(ids))
    return {f"{name}_{at}": value for at, value in enumerate(ids)}


def _bound(name: str) -> list[Any]:
    return [prepared.bound(f"{name}_{at}", BigInteger()) for at in range(PAGE_SIZE)]


def _statement(kind: str, wants_points: bool, wants_tags: bool) -> Any:
    parts = []
    if wants_points:
        owner = ContactPoint.company_id if kind == "company" else ContactPoint.contact_id
        parts.append(
            select(
                owner, ContactPoint.kind, ContactPoint.value, ContactPoint.normalised, literal(0, BigInteger()),
                ContactPoint.is_main,
            )
            .where(owner.in_(_bound("subject")), ContactPoint.kind.in_([*_PHONES, "email"]))
        )  # fmt: skip
    if wants_tags:
        parts.append(
            select(
                CompanyTag.relation_id, literal("tag", String()), literal("", String()), literal("", String()),
                CompanyTag.tag_id, CompanyTag.id.is_(None),
            ).where(CompanyTag.relation_id.in_(_bound("relation")))
        )  # fmt: skip
    return union_all(*parts) if len(parts) > 1 else parts[0]
