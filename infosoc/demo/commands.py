"""Builds the demo: two companies that share their register but not their log, their staff, and what they know."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import Role
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.demo import agreements, books, invoices, payments, register, words
from infosoc.kernel.errors import Refused
from infosoc.kernel.text import fold
from infosoc.kernel.words import N_
from infosoc.tenancy import commands as tenancy
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag

COMPANIES, ONLY_SISTER, HELD_BY_BOTH, CHUNK = 2_800, 200, 600, 700

STAFF = (
    ("infosoc", "Karin Ek", "karin@infosoc.example", (Role.ADMINISTRATOR, Role.SELLER)),
    ("infosoc", "Jonas Lindqvist", "jonas@infosoc.example", (Role.SELLER,)),
    ("infosoc", "Malin Sjögren", "malin@infosoc.example", (Role.SELLER,)),
    ("infosoc", "Örjan Hägg", "orjan@infosoc.example", (Role.SUPPORT,)),
    ("infosoc", "Pia Dahl", "pia@infosoc.example", (Role.PRIVACY_OFFICER,)),
    ("infosoc", "Rolf Revisor", "rolf@redovisning.example", (Role.ACCOUNTANT,)),
    ("infosoc", "Lisa Läsare", "lisa@infosoc.example", (Role.READER,)),
    ("rattsdata", "Petter Nyström", "petter@rattsdata.example", (Role.ADMINISTRATOR, Role.SELLER)),
    ("rattsdata", "Eva Holm", "eva@rattsdata.example", (Role.SELLER,)),
    ("rattsdata", "Karin Ek", "karin@infosoc.example", (Role.READER,)),
)
KEEPS_BOOKS = {"infosoc": "rolf@redovisning.example", "rattsdata": "petter@rattsdata.example"}
SHOWN = (Flag.SHARE_REGISTER, Flag.SHARE_PRODUCT_STATUS, Flag.JOINT_UNSUBSCRIBE, Flag.MODULE_FINANCE)


class NotEmpty(Refused):
    message = N_("The demo is only loaded into an empty database; this one holds something.")


@dataclass(frozen=True)
class Login:
    """One way into the demo, to be printed once."""

    tenant: str
    name: str
    email: str
    roles: tuple[str, ...]


def load(session: Session, hash_password: Callable[[str], str], *, now: datetime) -> tuple[list[Login], str]:
    """Fill an empty database; returns who can sign in and the password they share, made up on the spot."""
    with every_tenant("the demo looks whether anything is there"):
        if session.scalar(select(Tenant.id).limit(1)) or session.scalar(select(User.id).limit(1)):
            raise NotEmpty
    password = "-".join(fold(secrets.choice(words.PLACES)) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"
    infosoc = tenancy.add_tenant(session, "infosoc", "Infosoc", now=now, brand="green")
    sister = tenancy.add_tenant(session, "rattsdata", "Infosoc Rättsdata", now=now, brand="blue")
    tenants = {"infosoc": infosoc.id, "rattsdata": sister.id}
    staff = _staff(session, tenants, hash_password(password), now=now)
    for tenant_id in tenants.values():
        for flag in SHOWN:
            tenancy.set_flag(session, tenant_id, flag, True)
    _registers(session, tenants, staff, now=now)
    _books(session, tenants, now=now)
    return [
        Login(tenant, name, email, tuple(role.value for role in roles)) for tenant, name, email, roles in STAFF
    ], password


def _staff(session: Session, tenants: dict[str, int], password_hash: str, *, now: datetime) -> dict[str, list[int]]:
    """The people, and for each company the ids of those who make contacts."""
    users: dict[str, User] = {}
    sellers: dict[str, list[int]] = {"infosoc": [], "rattsdata": []}
    for slug, name, email, roles in STAFF:
        if email not in users:
            users[email] = User(name=name, email=email, password_hash=password_hash, created_at=now)
            session.add(users[email])
            session.flush()
        ends_on = now.date() + timedelta(days=200) if Role.ACCOUNTANT in roles else None
        with tenant_scope(scope_numbered(session, tenants[slug])):
            session.add(
                Membership(
                    user_id=users[email].id, roles=[role.value for role in roles], ends_on=ends_on, created_at=now
                )
            )
            session.flush()
        if Role.SELLER in roles:
            sellers[slug].append(users[email].id)
    return sellers


def _books(session: Session, tenants: dict[str, int], *, now: datetime) -> None:
    """Both companies keep books; in infosoc an accountant from outside does."""
    for slug, email in KEEPS_BOOKS.items():
        keeper = session.scalars(select(User.id).where(User.email == email)).one()
        with tenant_scope(scope_numbered(session, tenants[slug])):
            books.write(session, by=keeper, now=now)
            invoices.write(session, slug, by=keeper, now=now)
            payments.write(session, by=keeper, now=now)
            books.lock(session, by=keeper, now=now)


def _registers(session: Session, tenants: dict[str, int], staff: dict[str, list[int]], *, now: datetime) -> None:
    """Infosoc's companies first; some of them Rättsdata knows as well, and some only Rättsdata."""
    ours = register.Plan(tenants["infosoc"], staff["infosoc"], now, random.Random(1))
    theirs = register.Plan(
        tenants["rattsdata"], staff["rattsdata"], now, random.Random(2), notes=words.LEGAL_NOTES, old=8
    )
    made: list[int] = []
    with tenant_scope(scope_numbered(session, ours.tenant_id)):
        register.write_lists(session, ours)
        for first in range(0, COMPANIES, CHUNK):
            companies = register.new_companies(session, ours, min(CHUNK, COMPANIES - first), first=first)
            register.hold(session, ours, companies)
            ids = [company.id for company in companies]
            register.history(session, ours, ids, register.people(session, ours, ids))
            made += ids
    with tenant_scope(scope_numbered(session, theirs.tenant_id)):
        register.write_lists(session, theirs)
        both = register.known(session, theirs.rng.sample(made, HELD_BY_BOTH))
        own = register.new_companies(session, theirs, ONLY_SISTER, first=COMPANIES)
        register.hold(session, theirs, [*both, *own])
        people = register.people(session, theirs, [company.id for company in own])
        register.history(session, theirs, [company.id for company in (*both, *own)], people)
    for slug, tenant_id in tenants.items():
        with tenant_scope(scope_numbered(session, tenant_id)):
            agreements.write(session, slug, by=staff[slug], now=now, rng=random.Random(3))
