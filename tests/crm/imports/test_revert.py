"""Taking an import back, and what is kept then, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from infosoc.accounts.models import User
from infosoc.audit import commands as audit
from infosoc.audit.queries import first_break, history
from infosoc.crm.commands import duplicates, import_revert, imports
from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    CompanyTag,
    ContactPoint,
)
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import db
from infosoc.kernel import clock
from tests.builders import make_company, make_entry, make_follow_up
from tests.crm.imports.place import facts, line, told_of


def test_what_was_changed_is_as_before_and_what_was_made_is_gone(place):
    place.make(name="Alfa AB", status=Status.CUSTOMER)
    with place.writing() as session:
        session.scalar(select(CompanyRelation)).notes = "Gammal kund"
    tables = (Company, Contact, ContactRelation, Post, ContactPoint, Address, LogEntry, CompanyTag)
    before = [place.count(table) for table in tables], facts(place)
    batch = place.bring(
        line(name="Alfa AB", number="559724-6270", person="Anna Ek", title="Chef", email="anna@alfa.example",
             phone="070-174 06 10", town="Åre", line="Omsorg", tags="mässa", on="2026-07-16", said="Ringde")
    )  # fmt: skip
    assert facts(place) != before[1]
    place.take_back(batch)
    assert ([place.count(table) for table in tables], facts(place)) == before
    assert place.rows(select(ImportRow.reverted)) == [("yes",)]
    with place.app.app_context(), place.scope():
        assert search.find(db.session(), "0701740610") == []
        assert first_break(db.session()) is None


def test_what_is_imported_after_an_import_was_taken_back_has_a_history_of_its_own(place):
    told = {"company": Company, "contact": Contact, "entry": LogEntry, "import": ImportBatch}

    def bring(name: str) -> tuple[ImportBatch, dict[str, int]]:
        batch = place.bring(line(name=name, person="Anna Ek", on="2026-07-16", said="Ringde"))
        return batch, {kind: place.rows(select(func.max(model.id)))[0][0] for kind, model in told.items()}

    batch, gone = bring("Alfa AB")
    place.take_back(batch)
    assert place.count(Company) == 0
    _, made = bring("Beta AB")
    for kind, one in made.items():
        assert one > gone[kind], kind
        with place.app.app_context(), place.scope():
            deeds = [item.event.deed for item in history(db.session(), [(kind, one)])]
        assert deeds == ["file imported" if kind == "import" else f"{kind} imported"]


def test_the_history_of_what_an_import_made_keeps_no_values_once_it_is_taken_back(place):
    place.make(name="Kvar AB")
    batch = place.bring(
        line(name="Alfa AB", number="559724-6270", person="Anna Ek", title="Chef", email="anna@alfa.example",
             phone="070-174 06 10", town="Åre", on="2026-07-16", said="Ringde"),
        line(name="Kvar AB", person="Bo Ek", email="bo@kvar.example"),
    )  # fmt: skip
    assert "Anna Ek" in repr(told_of(place)) + repr(place.rows(select(Contact.name)))
    with place.writing() as session:
        anna = session.scalar(select(Contact.id).where(Contact.name == "Anna Ek"))
        event = audit.record(session, "contact logged", "entry", session.scalar(select(LogEntry.id)), by=None,
                             changes={"contact": (None, "Anna Ek"), "text": (None, "Ringde")})  # fmt: skip
        assert anna
        assert event.id
    place.take_back(batch)
    left = repr(told_of(place))
    for value in ("Alfa", "Anna", "alfa.example", "Ringde", "Bo Ek", "bo@kvar"):
        assert value not in left, value
    with place.app.app_context(), place.scope():
        assert first_break(db.session()) is None


@pytest.mark.parametrize("link", ["made_in_id", "done_in_id"])
def test_a_plan_of_another_company_that_came_from_an_imported_entry_stays_when_it_goes(place, link):
    other = place.make(name="Kvar AB")
    batch = place.bring(line(name="Alfa AB", on="2026-07-16", said="Ringde"))
    with place.writing() as session:
        company = session.scalar(select(Company).where(Company.id == other))
        user = session.get_one(User, place.karin)
        plan = make_follow_up(session, company, user, due_on=clock.today())
        setattr(plan, link, session.scalar(select(LogEntry.id)))
        session.flush()
    place.take_back(batch)
    assert place.rows(select(Company.name)) == [("Kvar AB",)]
    assert place.rows(select(FollowUp.made_in_id, FollowUp.done_in_id)) == [(None, None)]


def test_what_another_tenant_was_proposed_as_a_duplicate_goes_all_the_same(place):
    for tenant in (place.ours, place.theirs):
        place.share(tenant)
    batch = place.bring(line(name="Alfa AB", number="559724-6270"))
    with place.writing(place.theirs) as session:
        make_company(session, "Deras Alfa AB", org_number="5597246270")
        assert duplicates.look(session, now=clock.now()) == 1
    place.take_back(batch)
    assert place.count(DuplicatePair, place.theirs) == 0
    assert place.rows(select(CompanyRelation.id)) == []


def test_what_somebody_has_worked_with_since_is_kept_and_named(place):
    batch = place.bring(line(name="Alfa AB", number="559724-6270"), line(name="Beta AB"), line(name="Gamma AB"))
    with place.writing() as session:
        from infosoc.accounts.models import User

        by = {row.name: row for row in session.scalars(select(Company))}
        make_entry(session, by["Alfa AB"], session.get_one(User, place.karin))
        session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == by["Beta AB"].id)).notes = "Viktig"
    place.take_back(batch)
    assert sorted(place.rows(select(Company.name))) == [("Alfa AB",), ("Beta AB",)]
    kept = place.rows(select(ImportRow.number, ImportRow.reverted).order_by(ImportRow.number))
    assert kept == [(2, "kept"), (3, "kept"), (4, "yes")]
    assert place.rows(select(ImportBatch.counts))[0][0]["kept"] == 2


def test_only_the_fact_that_was_changed_since_is_kept(place):
    place.make(name="Alfa AB")
    batch = place.bring(line(name="Alfa AB", number="559724-6270", line="Omsorg", town="Åre"))
    with place.writing() as session:
        session.scalar(select(Company)).town = "Umeå"
    place.take_back(batch)
    assert place.rows(select(Company.org_number, Company.town)) == [(None, "Umeå")]
    assert place.rows(select(CompanyRelation.line_id)) == [(None,)]
    assert place.rows(select(ImportRow.reverted)) == [("part",)]


def test_an_import_that_another_has_built_on_is_kept_in_that_part(place):
    first = place.bring(line(name="Alfa AB"))
    place.bring(line(name="Alfa AB", number="559724-6270"))
    place.take_back(first)
    assert place.rows(select(Company.name)) == [("Alfa AB",)]


def test_an_import_cannot_be_taken_back_twice_nor_after_thirty_days(place):
    from infosoc.crm import import_rules as rules

    batch = place.bring(line(name="Alfa AB"))
    with pytest.raises(rules.TooLate), place.writing() as session:
        import_revert.begin(session, batch.public_id, by=None, now=clock.now() + timedelta(days=31))
    place.take_back(batch)
    with pytest.raises(rules.NotNow):
        place.take_back(batch)


def test_images_are_forgotten_after_thirty_days_and_drafts_after_seven(place):
    from infosoc.db.tenancy import every_tenant

    place.bring(line(name="Alfa AB", number="559724-6270"), line(name="", number="969029-7321"))
    with place.app.app_context(), every_tenant("a test tidies up"):
        imports.forget_old(clock.now() + timedelta(days=29), place.folder / "imports")
    assert place.rows(select(func.count(ImportRow.id)).where(ImportRow.made.is_not(None)))[0][0] == 1
    with place.app.app_context(), every_tenant("a test tidies up"):
        imports.forget_old(clock.now() + timedelta(days=31), place.folder / "imports")
    left = select(func.count(ImportRow.id)).where(ImportRow.made.is_not(None) | ImportRow.cells.is_not(None))
    assert place.rows(left)[0][0] == 0
