"""Who a person is to this tenant: by an address or by the contact person, with all that gives them away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.rules import PointKind, is_contract_customer
from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel import email
from infosoc.kernel.identity import is_sole_trader_number
from infosoc.privacy.needles import Needles
from infosoc.subscriptions.models import Agreement
from infosoc.suppression import pepper

_PHONES = (PointKind.PHONE.value, PointKind.MOBILE.value)


@dataclass(frozen=True)
class Person:
    """A person as this tenant knows them: their contact records, addresses and hashes, and where they work."""

    contacts: frozenset[int] = frozenset()
    public_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    digests: tuple[bytes, ...] = ()
    companies: frozenset[int] = frozenset()
    firms: frozenset[int] = frozenset()  # those of them that are the person: a sole trader's
    customers: frozenset[int] = frozenset()  # those of them that are contract customers of the tenant
    users: frozenset[int] = frozenset()
    has_namesake: bool = False
    near: Needles = field(default_factory=lambda: Needles((), ()))  # in texts about companies where the person works
    needles: Needles = field(default_factory=lambda: Needles((), ()))  # in others: no name that others have too

    @property
    def is_known(self) -> bool:
        return bool(self.contacts or self.users)

    @property
    def is_at_customer(self) -> bool:
        """Whether the person works at a contract customer."""
        return bool(self.customers)


def person(session: Session, *, address: str = "", contact_id: int | None = None) -> Person:
    """Everything that leads to the person, from one contact record or from an address."""
    asked = email.canonical(address) if address else ""
    with seeing_hidden():
        ids = [contact_id] if contact_id is not None else _holders(session, asked)
        people = list(
            session.execute(
                select(Contact.id, Contact.public_id, Contact.name)
                .join(ContactRelation, ContactRelation.contact_id == Contact.id)
                .where(Contact.id.in_(ids))
                .order_by(Contact.id)
            )
        )
        held = frozenset(row.id for row in people)
        points = _points(session, held)
        addresses = tuple(dict.fromkeys([*([asked] if asked else []), *_of(points, (PointKind.EMAIL.value,))]))
        phones, names = tuple(_of(points, _PHONES)), tuple(row.name for row in people)
        companies = frozenset(session.scalars(select(Post.company_id).where(Post.contact_id.in_(held))))
        users = frozenset(_users(session, addresses))
        has_namesake = _has_namesake(session, names, held)
        return Person(
            contacts=held, public_ids=tuple(row.public_id for row in people), names=names, addresses=addresses,
            phones=phones, digests=tuple(pepper.digests(addresses)), companies=companies,
            firms=_firms(session, companies), customers=_customers(session, companies), users=users,
            has_namesake=has_namesake, near=Needles.of(names=names, addresses=addresses, phones=phones),
            needles=Needles.of(names=() if has_namesake else names, addresses=addresses, phones=phones),
        )  # fmt: skip


def _holders(session: Session, address: str) -> list[int]:
    query = (
        select(ContactPoint.contact_id)
        .join(ContactRelation, ContactRelation.contact_id == ContactPoint.contact_id)
        .where(ContactPoint.normalised == address)
    )
    return [one for one in session.scalars(query) if one is not None]


def _points(session: Session, contacts: Iterable[int]) -> list[tuple[str, str]]:
    query = select(ContactPoint.kind, ContactPoint.normalised).where(ContactPoint.contact_id.in_(contacts))
    return [(kind, value) for kind, value in session.execute(query.order_by(ContactPoint.id))]


def _of(points: list[tuple[str, str]], kinds: tuple[str, ...]) -> list[str]:
    return [value for kind, value in points if kind in kinds and (kind in _PHONES or email.is_valid(value))]


def _users(session: Session, addresses: tuple[str, ...]) -> list[int]:
    """Those who work here under one of the addresses."""
    query = select(User.id).join(Membership, Membership.user_id == User.id).where(User.email.in_(addresses))
    return list(session.scalars(query))


def _firms(session: Session, companies: Iterable[int]) -> frozenset[int]:
    """The companies that are sole traders', whose data are their owner's."""
    query = select(Company.id, Company.legal_form, Company.org_number).where(Company.id.in_(companies))
    return frozenset(
        one for one, form, number in session.execute(query)
        if form == "sole_trader" or (number and is_sole_trader_number(number))
    )  # fmt: skip


def _customers(session: Session, companies: Iterable[int]) -> frozenset[int]:
    """Those that are or were customers; one that there is an agreement with is, whatever its status says."""
    agreed = exists().where(Agreement.company_id == CompanyRelation.company_id)
    query = select(CompanyRelation.company_id, CompanyRelation.status, agreed)
    rows = session.execute(query.where(CompanyRelation.company_id.in_(companies)))
    return frozenset(one for one, status, has_agreed in rows if has_agreed or is_contract_customer(status))


def _has_namesake(session: Session, names: tuple[str, ...], held: frozenset[int]) -> bool:
    """Whether somebody else in the register has the same name: texts about other companies may mean them."""
    lowered = [name.lower() for name in names]
    query = select(Contact.id).where(func.lower(Contact.name).in_(lowered), Contact.id.not_in(held))
    return session.scalar(query.limit(1)) is not None
