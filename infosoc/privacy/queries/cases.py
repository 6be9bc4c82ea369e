"""Reading cases: the work list with its warnings, one case with its letters, and who it may be about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.accounts.queries import names_of
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, Post
from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel import email
from infosoc.kernel.errors import NotFound
from infosoc.privacy import rules
from infosoc.privacy.models import CaseLetter, PrivacyCase

ROWS = 50


@dataclass(frozen=True)
class Row:
    """A case in the list, with who handles it and how near its due day is."""

    case: PrivacyCase
    handler: str
    days_left: int
    warning: int | None


@dataclass(frozen=True)
class Worklist:
    """A page of cases and how many there are: open ones by due day, closed ones newest first."""

    rows: list[Row]
    open: int
    closed: int
    number: int
    shows_closed: bool

    @property
    def pages(self) -> int:
        return max(1, -(-(self.closed if self.shows_closed else self.open) // ROWS))

    @property
    def late(self) -> int:
        return sum(row.days_left < 0 for row in self.rows if not self.shows_closed)


@dataclass(frozen=True)
class Person:
    """Somebody whom a case may be about."""

    public_id: str
    name: str
    company: str


def case(session: Session, public_id: str, *, lock: bool = False) -> PrivacyCase:
    query = select(PrivacyCase).where(PrivacyCase.public_id == public_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def letters(session: Session, case_id: int) -> list[CaseLetter]:
    """The letters of a case, oldest first."""
    return list(session.scalars(select(CaseLetter).where(CaseLetter.case_id == case_id).order_by(CaseLetter.id)))


def letter(session: Session, public_id: str) -> CaseLetter:
    found = session.scalar(select(CaseLetter).where(CaseLetter.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def worklist(session: Session, *, today: date, shows_closed: bool, number: int) -> Worklist:
    """The cases of the tenant in whose scope this runs."""
    is_open = PrivacyCase.closed_at.is_(None)
    counts = dict(session.execute(select(is_open, func.count()).group_by(is_open)).all())
    query = select(PrivacyCase).limit(ROWS).offset((max(1, number) - 1) * ROWS)
    if shows_closed:
        query = query.where(PrivacyCase.closed_at.is_not(None)).order_by(PrivacyCase.closed_at.desc())
    else:
        query = query.where(is_open).order_by(PrivacyCase.due_on, PrivacyCase.id)
    found = list(session.scalars(query))
    names = names_of(session, {one.handler_id for one in found if one.handler_id})
    rows = [
        Row(
            one, names.get(one.handler_id or 0, ""), rules.days_left(one.due_on, today),
            None if shows_closed else rules.warning(one.due_on, today),
        )
        for one in found
    ]  # fmt: skip
    total = {bool(key): value for key, value in counts.items()}
    return Worklist(rows, total.get(True, 0), total.get(False, 0), max(1, number), shows_closed)


def of_contact(session: Session, contact_id: int) -> list[PrivacyCase]:
    """The open cases about a person, nearest due day first."""
    query = select(PrivacyCase).where(PrivacyCase.contact_id == contact_id, PrivacyCase.closed_at.is_(None))
    return list(session.scalars(query.order_by(PrivacyCase.due_on)))


def to_warn_about(session: Session, *, today: date) -> list[PrivacyCase]:
    """Open cases that have reached a warning (P-21)."""
    query = select(PrivacyCase).where(PrivacyCase.closed_at.is_(None)).order_by(PrivacyCase.due_on)
    return [one for one in session.scalars(query) if rules.warning(one.due_on, today) is not None]


def people_with(session: Session, address: str) -> list[Person]:
    """Contact persons of ours with this address, those under restriction too: whom a request may be about."""
    if not email.is_valid(address):
        return []
    query = _people().where(ContactPoint.normalised == email.canonical(address))
    with seeing_hidden():
        found = session.execute(query).all()
    return list({row[0]: Person(row[0], row[1], row[2] or "") for row in found}.values())


def person(session: Session, contact_id: int) -> Person | None:
    query = (
        select(Contact.public_id, Contact.name, Company.name)
        .outerjoin(Post, (Post.contact_id == Contact.id) & Post.is_main.is_(True))
        .outerjoin(Company, Company.id == Post.company_id)
        .where(Contact.id == contact_id)
    )
    with seeing_hidden():
        row = session.execute(query).first()
    return Person(row[0], row[1], row[2] or "") if row else None


def _people() -> Any:
    return (
        select(Contact.public_id, Contact.name, Company.name)
        .join(ContactPoint, ContactPoint.contact_id == Contact.id)
        .outerjoin(Post, (Post.contact_id == Contact.id) & Post.is_main.is_(True))
        .outerjoin(Company, Company.id == Post.company_id)
        .where(ContactPoint.kind == "email")
    )
