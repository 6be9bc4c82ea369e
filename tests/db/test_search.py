"""Search on both databases: folding, phones, ranking, and that nothing of another tenant is reached."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag, ContactPoint, Tag
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.rules import EntryKind
from infosoc.db import search, search_near
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_entry, make_member, make_tenant


@pytest.fixture
def register(session):
    """Two tenants; ours knows a few companies, theirs one."""
    with transaction() as s:
        ours, theirs = make_tenant(s, "infosoc"), make_tenant(s, "rattsdata")
        us, them = make_member(s, ours), make_member(s, theirs)
        with tenant_scope(Scope.alone(ours.id)):
            lonn = make_company(s, "Lönn & Co AB", org_number="5592870014", municipality="Gnosjö", phone="+46701740690")
            make_company(s, "Lonn Transport AB")
            make_company(s, "Städ Lönnbacken AB")
            anna = make_contact(s, lonn, "Anna Åkerström", title="Inköpschef", email="anna@lonn.example")
            make_entry(s, lonn, us, kind=EntryKind.NOTE, text="Vill ha offert på Kvalitetsmätning i höst", contact=anna)
        with tenant_scope(Scope.alone(theirs.id)):
            secret = make_company(s, "Lönnhemlig AB", phone="+46701740690")
            make_entry(s, secret, them, text="Kvalitetsmätning hos dem")
            tag = Tag(name="julklapp")
            s.add(tag)
            s.flush()
            relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == secret.id))
            s.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
            s.flush()
    return ours.id, theirs.id


def titles(session, tenant_id: int, query: str) -> list[str]:
    with tenant_scope(scope_numbered(session, tenant_id)):
        return [hit.title for hit in search.find(session, query)]


def test_marks_are_folded_but_exact_hits_come_first(session, register):
    assert titles(session, register[0], "lonn")[0] == "Lonn Transport AB"
    assert titles(session, register[0], "lönn")[0] == "Lönn & Co AB"
    assert set(titles(session, register[0], "lonn")) >= {"Lönn & Co AB", "Lonn Transport AB", "Städ Lönnbacken AB"}


@pytest.mark.parametrize(
    "query", ["070-174 06 90", "0701740690", "+46 70 174 06 90", "0046701740690", "0690", "1740690", "070-174", "06 90"]
)
def test_a_phone_is_found_in_any_form_and_by_its_last_four_digits(session, register, query):
    assert titles(session, register[0], query) == ["Lönn & Co AB"]


@pytest.mark.parametrize("query", ["559287-0014", "5592870014", "559287"])
def test_an_organisation_number_is_found_with_and_without_hyphen(session, register, query):
    assert titles(session, register[0], query) == ["Lönn & Co AB"]


@pytest.mark.parametrize(
    ("query", "first"),
    [("gnosjo", "Lönn & Co AB"), ("anna akerstrom", "Anna Åkerström"), ("anna@lonn.example", "Anna Åkerström"),
     ("inköps", "Anna Åkerström"), ("offert kvalitets", "Lönn & Co AB")],
)  # fmt: skip
def test_companies_people_and_notes_are_found_by_their_words(session, register, query, first):
    assert titles(session, register[0], query)[0] == first


@pytest.mark.parametrize(
    ("query", "found"),
    [("anna@lonn.ex", True), ("anna@", True), ("ann@lonn", False), ("ann", True), ("anna @lo", True)],
)
def test_a_word_before_the_at_sign_is_a_whole_word(session, register, query, found):
    assert ("Anna Åkerström" in titles(session, register[0], query)) == found


@pytest.mark.parametrize(
    "query", ["", " ", "a", '"', "*", "lonn OR", "') --", "NEAR(", "å-ö:*", "&|!()", "\x00", "中文"]
)
def test_nothing_that_is_typed_breaks_the_query(session, register, query):
    titles(session, register[0], query)


def test_what_only_the_other_knows_is_not_found_until_it_is_shown(session, register):
    ours, theirs = register
    for query in ("lönnhemlig", "0690", "hos dem"):
        assert "Lönnhemlig AB" not in titles(session, ours, query)
    with transaction() as s:
        set_flag(s, theirs, Flag.SHARE_REGISTER, True)
    assert "Lönnhemlig AB" in titles(session, ours, "lönnhemlig")
    assert titles(session, ours, "julklapp") == [], "tags are the tenant's own"
    assert "Lönnhemlig AB" not in titles(session, ours, "hos dem")
    with transaction() as s:
        set_flag(s, theirs, Flag.SHARE_CONTACT_LOG, True)
    assert titles(session, ours, "hos dem") == ["Lönnhemlig AB"]
    assert "Lönn & Co AB" not in titles(session, theirs, "lönn")
    assert titles(session, theirs, "julklapp lönnhemlig") == ["Lönnhemlig AB"]


def test_the_index_follows_renaming_tagging_trashing_and_removal(session, register):
    ours, _ = register
    with transaction() as s, tenant_scope(Scope.alone(ours)):
        company = s.scalar(select(Company).where(Company.name == "Lönn & Co AB"))
        company.name = "Almen & Co AB"
        relation = s.scalar(select(CompanyRelation).where(CompanyRelation.company_id == company.id))
        tag = Tag(name="julkort")
        s.add(tag)
        s.flush()
        s.add(CompanyTag(relation_id=relation.id, tag_id=tag.id))
        s.flush()
    assert titles(session, ours, "julkort") == ["Almen & Co AB"]
    assert "Lönn & Co AB" not in titles(session, ours, "lönn")
    with tenant_scope(Scope.alone(ours)):
        (anna,) = [hit for hit in search.find(session, "anna") if hit.kind == search.CONTACT]
    assert anna.subtitle == "Inköpschef, Almen & Co AB"
    with transaction() as s, tenant_scope(Scope.alone(ours)):
        s.scalar(select(ContactRelation)).trashed_at = clock.now()
        s.delete(s.scalar(select(ContactPoint)))
        s.flush()
    assert titles(session, ours, "anna") == []
    assert titles(session, ours, "0690") == []


def test_nothing_is_indexed_when_the_transaction_fails(session, register):
    with pytest.raises(RuntimeError), transaction() as s, tenant_scope(Scope.alone(register[0])):
        make_company(s, "Aldrig AB")
        raise RuntimeError
    assert titles(session, register[0], "aldrig") == []


def near(session, tenant_id: int, query: str) -> list[str]:
    with tenant_scope(scope_numbered(session, tenant_id)):
        return [hit.title for hit in search_near.find_near(session, query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("lönnbcken", "Städ Lönnbacken AB"),  # a letter left out
        ("lönnbaccken", "Städ Lönnbacken AB"),  # one too many
        ("lönmbacken", "Städ Lönnbacken AB"),  # one for another
        ("lönnabcken", "Städ Lönnbacken AB"),  # two that changed places
        ("transpot", "Lonn Transport AB"),
        ("lonn trasport", "Lonn Transport AB"),  # the other word is held to
        ("åkerstrom anne", "Anna Åkerström"),
        ("gnosö", "Lönn & Co AB"),
    ],
)
def test_a_word_with_one_slip_is_near(session, register, query, first):
    assert titles(session, register[0], query) == []
    assert near(session, register[0], query)[:1] == [first]


@pytest.mark.parametrize("query", ["lob", "zzqxv", "0691", "559287-0015", "annn@lonn.example", "lön bocken", "", "å"])
def test_two_slips_numbers_and_short_words_are_not_near(session, register, query):
    assert near(session, register[0], query) == []


def test_one_letter_too_many_at_the_end_stands_for_the_word_alone(session, register):
    assert near(session, register[0], "annat") == ["Anna Åkerström"]
    assert near(session, register[0], "trank") == ["Lonn Transport AB"]


def test_what_only_the_other_knows_is_not_near_until_it_is_shown(session, register):
    ours, theirs = register
    assert near(session, ours, "lönnhemlg") == []
    assert near(session, theirs, "lönnhemlg") == ["Lönnhemlig AB"]
    assert near(session, theirs, "julklpp") == ["Lönnhemlig AB"]
    with transaction() as s, tenant_scope(Scope.alone(theirs)):
        set_flag(s, theirs, Flag.SHARE_REGISTER, True)
    assert near(session, ours, "lönnhemlg") == ["Lönnhemlig AB"]
    assert near(session, ours, "julklpp") == []  # a tag is nobody else's
