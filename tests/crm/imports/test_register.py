"""What an import makes of the register, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from infosoc.audit.queries import first_break, history
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    ContactPoint,
    LineOfBusiness,
    Tag,
)
from infosoc.crm.models.contacts import Contact, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries import import_matching
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import db
from infosoc.kernel import clock
from tests.crm.imports.place import line, results


def test_a_company_is_found_by_number_then_email_then_name_and_town(place):
    place.make(name="Alfa AB", org_number="5597246270")
    place.make(name="Beta AB", person="Bo Ek", email="bo@beta.example")
    place.make(name="Gamma AB", town="Åre")
    batch = place.bring(
        line(name="Alfa Aktiebolag", number="559724-6270"),
        line(name="Beta i Norr AB", person="Bo Ek", email="BO@beta.example"),
        line(name="GAMMA  AB", town="Åre"),
        line(name="Gamma AB", town="Umeå"),
    )
    assert results(place, batch) == ["unchanged", "unchanged", "changed", "new"]
    assert place.count(Company) == 4
    assert ("Alfa AB",) in place.rows(select(Company.name))


def test_another_number_is_another_company_whatever_the_name(place):
    place.make(name="Alfa AB", org_number="5597246270", person="Bo", email="bo@alfa.example")
    batch = place.bring(line(name="Alfa AB", number="969029-7321", person="Bo", email="bo@alfa.example"))
    assert results(place, batch) == ["new"]


def test_what_is_empty_is_filled_in_and_what_differs_is_kept_and_told(place):
    company = place.make(name="Alfa AB", status=Status.CUSTOMER)
    batch = place.bring(
        line(name="Alfa AB", number="559724-6270", person="Anna Ek", title="Chef", email="anna@alfa.example",
             phone="070-174 06 10", town="Åre", status="Prospekt", line="Omsorg", tags="mässa, nord",
             on="2026-07-16", said="Ringde henne")
    )  # fmt: skip
    assert results(place, batch) == ["changed"]
    assert place.rows(select(Company.org_number, Company.town)) == [("5597246270", "Åre")]
    (row,) = place.rows(select(CompanyRelation.status, CompanyRelation.contacts, CompanyRelation.last_contact_at))
    assert row[:2] == ("customer", 1)
    assert clock.local(row[2]).date().isoformat() == "2026-07-16"
    assert place.rows(select(LineOfBusiness.name)) == [("Omsorg",)]
    assert {name for (name,) in place.rows(select(Tag.name))} == {"mässa", "nord"}
    assert place.rows(select(LogEntry.kind, LogEntry.text, LogEntry.by_id)) == [("call", "Ringde henne", None)]
    reasons = place.rows(select(ImportRow.reason))[0][0]
    assert '"fact_differs", "status", "customer"' in reasons
    with place.app.app_context(), place.scope():
        (deed,) = history(db.session(), [("company", company)])
        told = {value.field: (value.before, value.after) for value in deed.values}
        assert told["imported_from"] == (None, "lista1.csv, 2")
        assert told["org_number"] == (None, "5597246270")
        assert first_break(db.session()) is None
        assert search.find(db.session(), "0701740610")[0].title == "Anna Ek"


def test_the_file_decides_when_the_user_says_so_and_its_first_row_before_the_others(place):
    place.make(name="Alfa AB", org_number="5597246270", status=Status.CUSTOMER)
    lines = (
        line(name="Alfa Nord AB", number="5597246270", status="Tidigare kund"),
        line(name="Alfa Syd AB", number="5597246270", status="Prospekt"),
    )
    first = place.bring(*lines, policy="overwrite")
    assert place.rows(select(Company.name)) == [("Alfa Nord AB",)]
    assert place.rows(select(CompanyRelation.status, CompanyRelation.name_sort)) == [("former", "alfa nord ab")]
    second = place.bring(*lines, policy="overwrite")
    assert (results(place, first), results(place, second)) == (["changed", "unchanged"], ["unchanged", "unchanged"])


def test_a_later_row_meets_what_an_earlier_one_made(place):
    batch = place.bring(
        line(name="Alfa AB", number="5597246270", person="Anna Ek", email="anna@alfa.example"),
        line(name="Alfa AB", number="5597246270", person="Bo Ek", email="bo@alfa.example", town="Åre"),
        line(name="Alfa AB", number="5597246270", person="Anna Ek", email="anna@alfa.example"),
    )
    assert results(place, batch) == ["new", "changed", "unchanged"]
    assert (place.count(Company), place.count(Contact), place.count(Post)) == (1, 2, 2)
    assert place.rows(select(CompanyRelation.contacts)) == [(2,)]
    assert place.rows(select(Address.town)) == [("Åre",)]


def test_companies_under_one_shared_address_stay_companies_of_their_own(place):
    lines = [line(name=f"Hem {n}", email="info@kedjan.example") for n in range(4)]
    assert results(place, place.bring(*lines)) == ["new"] * 4
    assert results(place, place.bring(*lines)) == ["unchanged"] * 4


def test_a_company_in_the_trash_is_refused_and_stays_there(place):
    place.make(name="Alfa AB", org_number="5597246270")
    with place.writing() as session:
        relation = session.scalar(select(CompanyRelation))
        relation.trashed_at = clock.now()
    batch = place.bring(line(name="Alfa AB", number="5597246270"))
    assert results(place, batch) == ["refused"]
    assert place.count(Company) == 1


def test_nothing_is_told_or_written_of_a_protected_person(place):
    place.make(name="Alfa AB", person="Eva Hemlig", email="eva@alfa.example")
    with place.writing() as session:
        session.scalar(select(Contact)).is_protected = True
    place.bring(line(name="Alfa AB", person="Eva Hemlig", email="eva@alfa.example", phone="070-174 06 10"))
    assert place.count(Contact) == 1
    assert place.rows(select(ContactPoint.kind)) == [("email",)]
    assert "Hemlig" not in repr(place.rows(select(ImportRow.reason)))


def test_a_blocked_address_brings_the_company_but_not_the_person(place, monkeypatch):
    monkeypatch.setattr(import_matching, "_blocklists", [])
    import_matching.ask_before_writing_down(lambda _session, asked: set(asked) & {"eva@alfa.example"})
    batch = place.bring(line(name="Alfa AB", person="Eva Ek", email="eva@alfa.example"))
    assert results(place, batch) == ["new"]
    assert (place.count(Company), place.count(Contact), place.count(ContactPoint)) == (1, 0, 0)
    assert "address_blocked" in place.rows(select(ImportRow.reason))[0][0]


def test_what_another_tenant_does_not_show_does_not_exist(place):
    place.make(place.theirs, name="Alfa AB", org_number="5597246270", person="Bo", email="bo@alfa.example")
    batch = place.bring(line(name="Alfa AB", number="5597246270", person="Bo", email="bo@alfa.example"))
    assert results(place, batch) == ["new"]
    assert place.rows(select(ImportRow.reason)) == [("",)]
    assert place.count(Company) == place.count(Company, place.theirs) == 1


def test_a_shown_company_is_taken_in_and_not_made_twice(place):
    theirs = place.make(place.theirs, name="Alfa AB", org_number="5597246270")
    place.share(place.theirs)
    place.share(place.ours)
    batch = place.bring(line(name="Alfa AB", number="5597246270", status="Kund", phone="070-174 06 10"))
    assert results(place, batch) == ["new"]
    assert place.rows(select(CompanyRelation.company_id, CompanyRelation.status)) == [(theirs, "customer")]
    # the phone is theirs to see: both show their register
    assert place.rows(select(ContactPoint.company_id), place.theirs) == [(theirs,)]
    place.take_back(batch)
    assert place.count(CompanyRelation) == 0
    assert place.count(CompanyRelation, place.theirs) == 1


def test_what_we_add_is_not_seen_by_a_tenant_that_we_show_nothing(place):
    theirs = place.make(place.theirs, name="Alfa AB", org_number="5597246270")
    place.share(place.theirs)
    batch = place.bring(line(name="Alfa AB", number="5597246270", phone="070-174 06 10", town="Åre"))
    assert results(place, batch) == ["new"]
    assert place.count(ContactPoint, place.theirs) == 0
    assert place.count(Address, place.theirs) == 0
    ours = place.rows(select(CompanyRelation.company_id))
    assert ours != [(theirs,)]
    assert place.count(ContactPoint) == 1
    again = place.bring(line(name="Alfa AB", number="5597246270", phone="070-174 06 10", town="Åre"))
    assert results(place, again) == ["unchanged"]
