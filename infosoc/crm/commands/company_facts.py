"""The facts of a company: which there are, how each is read and written."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from infosoc.accounts.models import Membership, User
from infosoc.crm import municipalities
from infosoc.crm.commands import points
from infosoc.crm.commands.facts import Fact, UnknownChoice, plain
from infosoc.crm.commands.tags import tags_named
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    CompanyTag,
    CustomField,
    LineOfBusiness,
)
from infosoc.crm.rules import AddressKind, Status
from infosoc.kernel.errors import Invalid
from infosoc.kernel.identity import LegalForm, guess_legal_form, is_sole_trader_number, mask_org_number
from infosoc.kernel.words import N_

CUSTOM = "custom-"


class Place(NamedTuple):
    """An address as it is typed in."""

    street: str = ""
    postcode: str = ""
    town: str = ""


class Origin(NamedTuple):
    """Where we have it from, since when, and why we may keep it."""

    source: str = ""
    on: date | None = None
    ground: str = ""


class OwnParent(Invalid):
    message = N_("A company cannot be its own parent company, directly or through others.")


class UnknownMunicipality(Invalid):
    message = N_("There is no municipality by that name. Choose one from the list.")


class SoleTraderNumber(Invalid):
    message = N_(
        "The organisation number is a sole trader's, so the legal form is sole trader. Change the number first."
    )


def facts(custom: list[CustomField]) -> dict[str, Fact]:
    """Every fact of a company by key, the tenant's own fields last."""
    return {**FACTS, **{fact.key: fact for fact in map(_custom, custom)}}


def _company(relation: CompanyRelation) -> Company:
    return relation.company


def _itself(relation: CompanyRelation) -> CompanyRelation:
    return relation


def _plain(key: str, label: str, *, joint: bool) -> Fact:
    read, put = plain(_company if joint else _itself, key)
    return Fact(key, label, joint, read, put, told=lambda relation: read(relation) or None)


# ---- numbers and forms ----------------------------------------------------------------------------------------------


def _write_org_number(_session: Session, relation: CompanyRelation, number: str) -> None:
    company = relation.company
    company.org_number = number or None
    if number and is_sole_trader_number(number):
        company.legal_form = LegalForm.SOLE_TRADER.value
    elif number and company.legal_form in {None, LegalForm.SOLE_TRADER.value}:
        guess = guess_legal_form(company.name, number)
        company.legal_form = guess.value if guess else None


def _told_org_number(relation: CompanyRelation) -> str | None:
    """A sole trader's number is personal data: the history gets its masked form only."""
    number = relation.company.org_number
    if not number:
        return None
    return mask_org_number(number) if is_sole_trader_number(number) else f"{number[:6]}-{number[6:]}"


def _write_legal_form(_session: Session, relation: CompanyRelation, form: str) -> None:
    number = relation.company.org_number
    if number and is_sole_trader_number(number) and form != LegalForm.SOLE_TRADER.value:
        raise SoleTraderNumber(field="value")
    relation.company.legal_form = form or None


def _write_municipality(_session: Session, relation: CompanyRelation, name: str) -> None:
    if name and municipalities.named(name) != name:
        raise UnknownMunicipality(field="value")
    relation.company.municipality = name or None
    relation.municipality = name or None


# ---- what points to other rows --------------------------------------------------------------------------------------


def _read_parent(relation: CompanyRelation) -> str:
    parent = relation.company.parent
    return parent.public_id if parent else ""


def _write_parent(session: Session, relation: CompanyRelation, public_id: str) -> None:
    company = relation.company
    parent = session.scalar(select(Company).where(Company.public_id == public_id)) if public_id else None
    if public_id and parent is None:
        raise UnknownChoice(field="value")
    step, seen = parent, 0
    while step is not None and seen < 20:
        if step.id == company.id:
            raise OwnParent(field="value")
        step = session.get(Company, step.parent_id) if step.parent_id else None
        seen += 1
    company.parent_id = parent.id if parent else None
    set_committed_value(company, "parent", parent)


def _write_owner(session: Session, relation: CompanyRelation, public_id: str) -> None:
    owner = colleague(session, public_id) if public_id else None
    relation.owner_id = owner.id if owner else None
    set_committed_value(relation, "owner", owner)


def colleague(session: Session, public_id: str) -> User:
    """A member of this tenant by public id."""
    found = session.scalar(
        select(User).join(Membership, Membership.user_id == User.id).where(User.public_id == public_id)
    )
    if found is None:
        raise UnknownChoice(field="owner")
    return found


def _write_line(session: Session, relation: CompanyRelation, public_id: str) -> None:
    line = session.scalar(select(LineOfBusiness).where(LineOfBusiness.public_id == public_id)) if public_id else None
    if public_id and line is None:
        raise UnknownChoice(field="value")
    relation.line_id = line.id if line else None
    set_committed_value(relation, "line", line)


def _write_tags(session: Session, relation: CompanyRelation, names: tuple[str, ...]) -> None:
    wanted = tags_named(session, names)
    has = {tag.id for tag in relation.tags}
    gone = has - {tag.id for tag in wanted}
    if gone:
        session.execute(delete(CompanyTag).where(CompanyTag.relation_id == relation.id, CompanyTag.tag_id.in_(gone)))
    for tag in wanted:
        if tag.id not in has:
            session.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
    session.flush()
    set_committed_value(relation, "tags", wanted)


# ---- addresses, points, origin --------------------------------------------------------------------------------------


def _read_place(kind: AddressKind, relation: CompanyRelation) -> Place:
    address = next((one for one in relation.company.addresses if one.kind == kind), None)
    return Place(address.street, address.postcode, address.town) if address else Place()


def _write_place(kind: AddressKind, session: Session, relation: CompanyRelation, place: Place) -> None:
    company = relation.company
    address = next((one for one in company.addresses if one.kind == kind), None)
    rest = [one for one in company.addresses if one.kind != kind]
    if any(place):
        if address is None:
            address = Address(company_id=company.id, kind=kind.value)
            session.add(address)
        address.street, address.postcode, address.town = place
        rest.append(address)
    elif address is not None:
        session.delete(address)
    session.flush()
    set_committed_value(company, "addresses", rest)


def _place(kind: AddressKind, label: str) -> Fact:
    read = partial(_read_place, kind)
    return Fact(kind.value, label, True, read, partial(_write_place, kind), told=lambda r: told_place(read(r)))


def told_place(place: Place) -> str | None:
    """The address on one line."""
    line = ", ".join(part for part in (place.street, " ".join(filter(None, (place.postcode, place.town)))) if part)
    return line or None


def _points(group: str, label: str) -> Fact:
    def read(relation: CompanyRelation) -> tuple[points.PointEntry, ...]:
        return points.read(group, relation.company.points)

    def put(session: Session, relation: CompanyRelation, wanted: tuple[points.PointEntry, ...]) -> None:
        points.write(session, group, relation.company, wanted)

    return Fact(group, label, True, read, put, told=lambda relation: points.told(read(relation)))


def _read_origin(relation: CompanyRelation) -> Origin:
    return Origin(relation.source, relation.source_on, relation.legal_ground or "")


def _write_origin(_session: Session, relation: CompanyRelation, origin: Origin) -> None:
    relation.source, relation.source_on, relation.legal_ground = origin.source, origin.on, origin.ground or None


def told_origin(origin: Origin) -> str | None:
    return ", ".join(filter(None, (origin.source, origin.on.isoformat() if origin.on else ""))) or None


def _write_status(_session: Session, relation: CompanyRelation, status: str) -> None:
    relation.status = Status(status)


# ---- the tenant's own fields ----------------------------------------------------------------------------------------


def _custom(field: CustomField) -> Fact:
    name = field.key

    def read(relation: CompanyRelation) -> str:
        return (relation.custom or {}).get(name) or ""

    def put(_session: Session, relation: CompanyRelation, value: str) -> None:
        kept = {key: old for key, old in (relation.custom or {}).items() if key != name}
        relation.custom = {**kept, name: value} if value else kept

    return Fact(CUSTOM + name, field.label, False, read, put, told=lambda relation: read(relation) or None)


_ORG_NUMBER: dict[str, Any] = {
    "read": lambda relation: relation.company.org_number or "",
    "write": _write_org_number,
    "told": _told_org_number,
    # A digest of ten digits could be guessed back; the version of the row serves as well.
    "mark_of": lambda relation: relation.company.version,
}

FACTS: dict[str, Fact] = {
    fact.key: fact
    for fact in (
        _plain("name", N_("Name"), joint=True),
        Fact("status", N_("Status"), False, lambda r: str(r.status), _write_status, told=lambda r: str(r.status)),
        Fact("owner", N_("Owner"), False, lambda r: r.owner.public_id if r.owner else "",
             _write_owner, told=lambda r: r.owner.name if r.owner else None),
        Fact("line", N_("Line of business"), False, lambda r: r.line.public_id if r.line else "", _write_line,
             told=lambda r: r.line.name if r.line else None),
        Fact("tags", N_("Tags"), False, lambda r: tuple(tag.name for tag in r.tags), _write_tags,
             told=lambda r: ", ".join(tag.name for tag in r.tags) or None),
        _plain("notes", N_("Notes"), joint=False),
        Fact("origin", N_("Source"), False, _read_origin, _write_origin, told=lambda r: told_origin(_read_origin(r))),
        Fact("org_number", N_("Organisation number"), True, **_ORG_NUMBER),
        Fact("legal_form", N_("Legal form"), True, lambda r: r.company.legal_form or "", _write_legal_form,
             told=lambda r: r.company.legal_form),
        _plain("size", N_("Size"), joint=True),
        Fact("municipality", N_("Municipality"), True, lambda r: r.company.municipality or "", _write_municipality,
             told=lambda r: r.company.municipality),
        _plain("town", N_("Town"), joint=True),
        Fact("parent", N_("Parent company"), True, _read_parent, _write_parent,
             told=lambda r: r.company.parent.name if r.company.parent else None),
        _points("phones", N_("Phone")),
        _points("emails", N_("E-mail")),
        _points("web", N_("Web")),
        _place(AddressKind.VISITING, N_("Visiting address")),
        _place(AddressKind.POSTAL, N_("Postal address")),
        _place(AddressKind.INVOICE, N_("Invoice address")),
    )
}  # fmt: skip
