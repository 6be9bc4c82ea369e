"""P-31: data that are kept and not used are nowhere to be seen, and come back when the restriction is lifted."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from infosoc.crm.commands import blocked, contacts, merge
from infosoc.crm.commands.points import entry
from infosoc.crm.lists import state
from infosoc.crm.lists.contacts import CONTACTS
from infosoc.crm.lists.spec import Reader
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.queries import lists_walk
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.queries.people import people_at
from infosoc.db import search, tenancy
from infosoc.db.session import db
from infosoc.kernel.errors import NotFound
from infosoc.mailings.queries.recipients import candidates, of_contacts
from infosoc.mailings.rules import Reason
from infosoc.privacy.commands import erasure, restriction
from infosoc.privacy.queries import restricted
from infosoc.privacy.queries.extract import extract
from infosoc.suppression.rules import Channel
from tests.builders import NOW, make_company
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def anna(app):
    with app.app_context():
        two_tenants()
        yield person()
        db.session.remove()


def restrict(contact_id: int) -> None:
    with at() as session:
        restriction.restrict(session, contact_id, reason="bestrider uppgifterna", by=None, now=NOW)


def seen() -> dict[str, int]:
    """In how many places the person shows."""
    with at() as session:
        reader = Reader(0, NOW.date())
        query = state.read(CONTACTS, {}, reader, choices(session, "contacts", reader))
        company = session.scalar(select(Company))
        return {
            "list": lists_walk.count(session, lists_walk.walk(session, query)),
            "search": len(search.find(session, "Anna")),
            "company": len(people_at(session, company.id, see_protected=True)),
            "count": session.scalar(select(CompanyRelation.contacts)),
            "relation": session.scalar(select(func.count(ContactRelation.id))),
            "person": session.scalar(select(func.count(Contact.id))),
        }


ONCE = {"list": 1, "search": 1, "company": 1, "count": 1, "relation": 1, "person": 1}
NEVER = dict.fromkeys(ONCE, 0)


@pytest.fixture
def counted(anna):
    """The copies are right from the start."""
    with at() as session:
        from infosoc.crm.commands import copies

        copies.refresh_people(session, session.scalar(select(Company.id)))
    return anna


def test_p31_the_person_is_in_no_list_search_page_or_count(counted):
    assert seen() == ONCE
    restrict(counted)
    assert seen() == NEVER


def test_p31_planted_without_the_hiding_the_person_shows(counted, monkeypatch):
    restrict(counted)
    monkeypatch.setattr(tenancy, "_hidden_rules", [])
    tenancy.criteria.cache_clear()
    from infosoc.db import prepared

    prepared._kept.clear()
    try:
        assert seen() != NEVER
    finally:
        tenancy.criteria.cache_clear()
        prepared._kept.clear()


def test_p31_lifting_needs_a_note_and_brings_the_person_back(counted):
    restrict(counted)
    with pytest.raises(restriction.NoteMissing), at() as session:
        restriction.lift(session, counted, note=" ", by=None, now=NOW)
    with at() as session:
        restriction.lift(session, counted, note="uppgifterna stämmer", by=None, now=NOW)
    assert seen() == ONCE


def test_p31_nobody_edits_the_person(anna):
    with at() as session:
        public_id = session.scalar(select(Contact.public_id))
    restrict(anna)
    with pytest.raises(NotFound), at() as session:
        contacts.change(session, public_id, {"name": "Anna Berg"}, seen={}, by=None, now=NOW, see_protected=True)


def test_p31_nobody_writes_the_person_down_a_second_time(anna):
    restrict(anna)
    with pytest.raises(blocked.AddressBlocked), at() as session:
        new = contacts.NewContact("Anna Lönn", points=(entry("emails", ANNA),), source="mässa")
        contacts.create(session, make_company(session, "Ny AB").public_id, new, by=None, now=NOW, source="mässa")


def test_p31_a_merge_of_the_company_leaves_the_person_at_it(counted):
    restrict(counted)
    with at() as session:
        gone, kept = session.scalar(select(Company.id)), make_company(session, "Åkeriet AB").id
        from infosoc.accounts.models import Membership

        by = session.scalar(select(Membership.user_id))
        merge.merge(session, gone, kept, taken={}, by=by, now=NOW)
    with at() as session:
        restriction.lift(session, counted, note="klart", by=None, now=NOW)
    with at() as session:
        assert session.scalar(select(Contact.name)) == "Anna Lönn"


def test_p31_the_privacy_role_finds_the_person_by_the_whole_name_or_address(anna):
    restrict(anna)
    with at() as session:
        assert [one.contact_id for one in restricted.find(session, "anna lönn")] == [anna]
        assert [one.contact_id for one in restricted.find(session, ANNA)] == [anna]
        assert restricted.find(session, "Anna") == []
        assert [one.name for one in restricted.listed(session)] == ["Anna Lönn"]


def test_p31_another_company_here_is_not_touched(anna):
    theirs = person("rattsdata")
    restrict(anna)
    with at("rattsdata") as session:
        assert list(session.scalars(select(ContactRelation.contact_id))) == [theirs]


def test_p31_a_mailing_skips_the_person_with_the_reason_and_without_the_name_shown(anna):
    restrict(anna)
    with at() as session:
        (before,) = candidates(session, "", None, reader=Reader(0, NOW.date()))
        (at_claim,) = of_contacts(session, [anna], None).values()
        for one in (before, at_claim):
            assert (one.reason, one.address, one.is_protected) == (Reason.RESTRICTED, "", True)


def test_p31_an_extract_and_a_removal_still_reach_the_person(anna):
    restrict(anna)
    with at() as session:
        parts = {part.name for part in extract(session, address=ANNA).parts}
        assert {"contact", "contact_point", "contact_relation", "restriction"} <= parts
    with at() as session:
        erasure.erase(session, anna, channel=Channel.STAFF, by=None, now=NOW)
    with at() as session, tenancy.seeing_hidden():
        assert session.scalar(select(ContactRelation.id)) is None
