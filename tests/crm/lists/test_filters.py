"""Each filter lets through what it says, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import exists, select, update

from infosoc.accounts.roles import Role
from infosoc.crm.lists import registry
from infosoc.crm.lists.filters import FlagFilter
from infosoc.crm.models.companies import CompanyRelation, CompanyTag, LineOfBusiness, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import Status
from tests.builders import NOW, make_company, make_contact, make_entry
from tests.crm.lists.conftest import TODAY, company_named, make_register, set_activity, user_of


@pytest.fixture
def few(ours):
    """Four companies that differ in everything a filter asks for."""
    with ours.writing() as s:
        tag, line = Tag(name="Mässa"), LineOfBusiness(name="Skola")
        s.add_all([tag, line])
        s.flush()
        ada = make_company(s, "Ada", status=Status.CUSTOMER, municipality="Gnosjö", owner_id=ours.user_id)
        bo = make_company(s, "Bo", status=Status.PROSPECT, municipality="Åre")
        make_company(s, "Ceder", status=Status.FORMER)
        doris = make_company(s, "Doris", status=Status.NOT_RELEVANT, municipality="Åre")
        make_contact(s, ada, "Åsa Ek")
        relations = {row.company_id: row for row in s.scalars(select(CompanyRelation))}
        relations[bo.id].line_id = line.id
        s.add(CompanyTag(relation_id=relations[bo.id].id, tag_id=tag.id))
        s.flush()
        set_activity(s, ada.id, contacted=NOW - timedelta(days=10), due=TODAY - timedelta(days=1))
        set_activity(s, bo.id, contacted=NOW - timedelta(days=100), due=TODAY)
        set_activity(s, doris.id, due=TODAY + timedelta(days=30))
        s.execute(update(CompanyRelation).where(CompanyRelation.company_id != ada.id).values(contacts=0))
    return ours


COMPANY_FILTERS = (
    ("status=customer", "Ada"),
    ("status=customer&status=former", "Ada Ceder"),
    ("status=nonsense", ""),
    ("status=nonsense&status=customer", "Ada"),
    ("status=", "Ada Bo Ceder Doris"),
    ("contacted=abc", ""),
    ("contacted=99999999999999999999", ""),
    ("follow_up=someday", ""),
    ("people=many", ""),
    ("q=***", ""),
    ("municipality=%C3%85re", "Bo Doris"),
    ("municipality=%C3%85re&municipality=Gnosj%C3%B6", "Ada Bo Doris"),
    ("owner=me", "Ada"),
    ("owner=none", "Bo Ceder Doris"),
    ("owner=me&owner=none", "Ada Bo Ceder Doris"),
    ("owner=22222222222", ""),
    ("line=none", "Ada Ceder Doris"),
    ("tag=22222222222", ""),
    ("contacted=90", "Bo"),
    ("contacted=5", "Ada Bo"),
    ("contacted=never", "Ceder Doris"),
    ("follow_up=overdue", "Ada"),
    ("follow_up=today", "Bo"),
    ("follow_up=week", "Bo"),
    ("follow_up=none", "Ceder"),
    ("follow_up=overdue&follow_up=none", "Ada Ceder"),
    ("people=none", "Bo Ceder Doris"),
    ("people=some", "Ada"),
    ("q=d", "Doris"),
    ("q=doris", "Doris"),
    ("status=prospect&municipality=%C3%85re&contacted=90", "Bo"),
    ("trash=1", ""),
)


def test_a_company_filter_lets_through_what_it_says(few):
    with few.scope():
        for address, found in COMPANY_FILTERS:
            page = few.page("companies", address)
            assert [row[3] for row in page.rows] == found.split(), address
            assert (page.matching, page.total) == (len(found.split()), 4), address


def test_own_lists_are_filtered_by_public_id(few):
    with few.scope():
        tag, line = (few.session.scalar(select(model.public_id)) for model in (Tag, LineOfBusiness))
        user = user_of(few).public_id
        assert few.names("companies", f"tag={tag}") == ["Bo"]
        assert few.names("companies", f"line={line}&line=none") == ["Ada", "Bo", "Ceder", "Doris"]
        assert few.names("companies", f"line={line}") == ["Bo"]
        assert few.names("companies", f"owner={user}") == ["Ada"]


def test_what_lies_in_the_trash_is_only_there(few):
    with few.writing() as s:
        s.execute(
            update(CompanyRelation)
            .where(CompanyRelation.company_id == company_named(s, "Bo").id)
            .values(trashed_at=NOW, trashed_by=few.user_id)
        )
    with few.scope():
        assert few.names("companies") == ["Ada", "Ceder", "Doris"]
        assert few.names("companies", "trash=1") == ["Bo"]
        assert few.page("companies", "status=prospect").matching == 0


def test_a_higher_domain_can_add_a_filter(few, monkeypatch):
    monkeypatch.setattr(registry.COMPANIES, "filters", list(registry.COMPANIES.filters))
    entries = select(LogEntry.id).where(LogEntry.company_id == CompanyRelation.company_id)
    logged = FlagFilter("logged", "Logged", {"yes": ("Yes", lambda: exists(entries))})
    registry.add_filter("companies", logged, before="owner")
    with pytest.raises(ValueError, match="logged"):
        registry.add_filter("companies", logged)
    seller = user_of(few)
    with few.writing() as s:
        make_entry(s, company_named(s, "Ceder"), seller)
    with few.scope():
        assert few.names("companies", "logged=yes") == ["Ceder"]
        assert few.names("companies", "logged=no") == []


@pytest.fixture
def people(few):
    with few.writing() as s:
        make_contact(s, company_named(s, "Bo"), "Britt Al", email="britt@ex.example")
        make_contact(s, company_named(s, "Doris"), "Dan Öst")
        contacts = {row.name: row.id for row in s.scalars(select(Contact))}

        def tell(name, **values):
            s.execute(update(ContactRelation).where(ContactRelation.contact_id == contacts[name]).values(**values))

        tell("Britt Al", marketing="opted_out", last_contact_at=NOW - timedelta(days=200))
        tell("Dan Öst", call_blocked_at=NOW)
    return few


CONTACT_FILTERS = (
    ("", "Britt Al,Dan Öst,Åsa Ek"),
    ("sort=company", "Åsa Ek,Britt Al,Dan Öst"),
    ("municipality=%C3%85re", "Britt Al,Dan Öst"),
    ("marketing=opted_out", "Britt Al"),
    ("calls=blocked", "Dan Öst"),
    ("calls=allowed", "Britt Al,Åsa Ek"),
    ("status=customer", "Åsa Ek"),
    ("owner=me", "Åsa Ek"),
    ("owner=none", "Britt Al,Dan Öst"),
    ("contacted=never", "Dan Öst,Åsa Ek"),
    ("contacted=90", "Britt Al"),
    ("q=britt", "Britt Al"),
)


def test_a_contact_filter_lets_through_what_it_says(people):
    with people.scope():
        for address, found in CONTACT_FILTERS:
            page = people.page("contacts", address)
            assert [row[3] for row in page.rows] == [name for name in found.split(",") if name], address
            assert page.total == 3, address


def test_protected_persons_are_in_no_list_and_no_count_but_for_those_who_may_know(people):
    with people.writing() as s:
        s.execute(update(Contact).where(Contact.name == "Dan Öst").values(is_protected=True))
    with people.scope():
        for address in ("", "calls=blocked", "q=dan", "q=d", "status=not_relevant"):
            assert "Dan Öst" not in people.names("contacts", address)
        page = people.page("contacts")
        assert (page.total, page.matching) == (2, 2)
        officer = people.page("contacts", "", Role.PRIVACY_OFFICER)
        assert "Dan Öst" in [row[3] for row in officer.rows]
        assert officer.total == 3


def test_more_than_is_counted_is_told_as_such(few, monkeypatch):
    from infosoc.crm.queries import lists, lists_walk

    monkeypatch.setattr(lists_walk, "MOST_COUNTED", 2)
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    with few.scope():
        page = few.page("companies", "owner=none")
        assert (page.matching, page.is_more, page.pages) == (2, True, None)
        assert not few.page("companies", "owner=me").is_more


def test_a_colleague_of_another_company_cannot_be_filtered_by(few):
    stranger = user_of(make_register(few.app, "andra"))
    with few.scope():
        assert few.names("companies", f"owner={stranger.public_id}") == []
