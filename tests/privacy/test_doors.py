"""M-18: whoever has been removed on request comes in again by no door; a door without its check turns the proof red."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from infosoc.crm.commands import blocked, companies, contacts, import_here, merge, points, take_in, unmerge
from infosoc.crm.commands.contacts import NewContact
from infosoc.crm.commands.points import entry
from infosoc.crm.imports import headings, reading
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.queries import import_matching
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.privacy import folders
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel, Kind
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_named, tenant_named
from infosoc.tenancy.rules import Flag
from tests.builders import NOW, make_company, make_contact
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def by(app):
    with app.app_context():
        yield two_tenants()


def remove(kind: Kind = Kind.NO_REGISTRATION) -> None:
    """Anna has been removed from this tenant on request."""
    with at() as session:
        suppression.suppress(session, pepper.digest(ANNA), kind, Evidence(Channel.PAGE), now=NOW)


def held(session) -> bool:
    """Whether the address stands anywhere in what this tenant holds."""
    own = select(ContactRelation.contact_id)
    of_person = select(ContactPoint.id).where(ContactPoint.normalised == ANNA, ContactPoint.contact_id.in_(own))
    of_company = select(ContactPoint.id).where(ContactPoint.normalised == ANNA, ContactPoint.company_id.is_not(None))
    return session.scalar(of_person.union(of_company).limit(1)) is not None


# ---- the ways in: each tries to bring the address in, whatever it takes ---------------------------------------------


def by_creating_a_person(by: int) -> None:
    with at() as session:
        company = make_company(session)
        new = NewContact("Anna Lönn", points=(entry("emails", ANNA),), source="mässa")
        contacts.create(session, company.public_id, new, by=by, now=NOW, source="mässa")


def by_creating_a_company_with_a_person(by: int) -> None:
    with at() as session:
        person_of = NewContact("Anna Lönn", points=(entry("emails", ANNA),), source="mässa")
        companies.create(session, companies.NewCompany("Ny AB", source="mässa", person=person_of), by=by, now=NOW)


def by_creating_a_company_with_the_address(by: int) -> None:
    with at() as session:
        new = companies.NewCompany("Ny AB", source="mässa", points=(entry("emails", ANNA),))
        companies.create(session, new, by=by, now=NOW)


def by_editing_a_persons_address(by: int) -> None:
    with at() as session:
        other = make_contact(session, make_company(session), "Bo Ek")
        values = {"emails": (entry("emails", ANNA, is_main=True),)}
        contacts.change(session, other.public_id, values, seen={}, by=by, now=NOW, see_protected=True)


def by_editing_a_companys_address(by: int) -> None:
    with at() as session:
        company = make_company(session)
        values = {"emails": (entry("emails", ANNA, is_main=True),)}
        companies.change(session, company.public_id, values, seen={}, by=by, now=NOW)


def by_taking_in(by: int) -> None:
    contact_id = _theirs("rattsdata")
    with at() as session:
        found = session.scalar(select(Contact).where(Contact.id == contact_id))
        company = session.scalar(select(Company).where(Company.name == "Deras AB"))
        contacts.take_in_person(session, found.public_id, company.public_id, by=by, now=NOW, source="dem")


def _theirs(slug: str) -> int:
    """A person that the other tenant shows us."""
    contact_id = person(slug, company="Deras AB")
    with transaction() as session:
        set_flag(session, tenant_named(session, slug).id, Flag.SHARE_REGISTER, True)
    return contact_id


def by_merging(by: int) -> None:
    """The address still stands at a company that another tenant wrote down with us."""
    with at() as session:
        gone, kept = make_company(session, "Åkeri AB"), make_company(session, "Åkeriet AB")
        session.add(ContactPoint(company_id=gone.id, kind="email", value=ANNA, normalised=ANNA))
        session.flush()
        merge.merge(session, gone.id, kept.id, taken={}, by=by, now=NOW)


def by_undoing_a_merge(by: int) -> None:
    with at() as session:
        gone, kept = make_company(session, "Åkeri AB"), make_company(session, "Åkeriet AB")
        session.add(ContactPoint(company_id=gone.id, kind="email", value=ANNA, normalised=ANNA))
        session.flush()
        undo = merge.merge(session, gone.id, kept.id, taken={}, by=by, now=NOW)
        unmerge.unmerge(session, undo.public_id, by=by, now=NOW)


def by_importing(by: int) -> None:
    text = f"Företag;Kontaktperson;E-post\nÅkeri AB;Anna Lönn;{ANNA}\n"
    path = folders.data_dir() / "lista.csv"
    path.write_text(text, encoding="utf-8")
    how = reading.detect(path, heading_row=1)
    with tenant_scope(scope_named(db.session(), "infosoc")):
        mapping = headings.guess(how.headings, how.sample_cells, how.columns)
        import_here.import_file(path, how, mapping, source="lista", now=NOW)


class _NoCheck:
    """What stands in for a forgotten check."""

    emails = staticmethod(blocked.emails)

    @staticmethod
    def refuse(*_: Any, **__: Any) -> None:
        return None

    @staticmethod
    def among(*_: Any, **__: Any) -> set[str]:
        return set()


@dataclass(frozen=True)
class Door:
    """One way in, and where its check is asked: there alone it is left out by the planted fault."""

    go: Callable[[int], None]
    modules: tuple[Any, ...]


DOORS = {
    "create a person": Door(by_creating_a_person, (contacts,)),
    "create a company with a person": Door(by_creating_a_company_with_a_person, (companies, contacts)),
    "create a company": Door(by_creating_a_company_with_the_address, (companies,)),
    "edit a person": Door(by_editing_a_persons_address, (points,)),
    "edit a company": Door(by_editing_a_companys_address, (points,)),
    "take in": Door(by_taking_in, (take_in,)),
    "merge": Door(by_merging, (merge,)),
    "undo a merge": Door(by_undoing_a_merge, (unmerge,)),
    "import": Door(by_importing, ()),
}


def comes_in(door: Door, by: int) -> bool:
    """Whether the address stands in our register afterwards; a refusal must say that it is blocked."""
    with contextlib.suppress(blocked.AddressBlocked):
        door.go(by)
    with at() as session:
        return held(session)


@pytest.mark.parametrize("name", DOORS)
def test_m18_a_removed_address_comes_in_by_no_door(by, name):
    remove()
    assert not comes_in(DOORS[name], by)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", DOORS)
def test_m18_planted_a_door_without_its_check_lets_it_in(by, name, monkeypatch):
    remove()
    for module in DOORS[name].modules:
        monkeypatch.setattr(module, "blocked", _NoCheck)
    if not DOORS[name].modules:
        monkeypatch.setattr(import_matching, "_blocklists", [])
    assert comes_in(DOORS[name], by)


def test_m18_the_company_is_written_down_by_an_import_but_not_the_person(by):
    remove()
    by_importing(by)
    with at() as session:
        assert session.scalar(select(Company.name)) == "Åkeri AB"
        assert session.scalar(select(Contact.id)) is None


def test_m18_the_company_is_written_down_by_hand_but_not_the_person(by):
    remove()
    by_creating_a_company_with_a_person(by)
    with at() as session:
        assert session.scalar(select(Company.name)) == "Ny AB"
        assert session.scalar(select(Contact.id)) is None


def test_m15_an_objection_to_mailings_alone_keeps_nobody_out(by):
    remove(Kind.NO_MAILINGS)
    assert comes_in(DOORS["create a person"], by)


def test_m18_another_tenant_may_still_write_the_person_down(by):
    remove()
    person("rattsdata")
    with transaction() as session, tenant_scope(scope_named(session, "rattsdata")):
        assert held(session)


def test_m18_the_refusal_does_not_say_why(by):
    assert "spärrad" in _in_swedish(blocked.AddressBlocked.message).lower()
    assert not {"objected", "removed", "request"} & set(blocked.AddressBlocked.message.lower().split())


def _in_swedish(text: str) -> str:
    from flask_babel import force_locale, gettext

    with force_locale("sv"):
        return gettext(text)
