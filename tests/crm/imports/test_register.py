"""What an import does to a register that holds something already: matching, filling in, sharing, and taking it back."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.accounts.models import User
from infosoc.audit import commands as audit
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.queries import first_break, history
from infosoc.crm.commands import duplicates, import_here, import_revert, imports
from infosoc.crm.imports import headings, reading
from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import (
    Address,
    Company,
    CompanyRelation,
    CompanyTag,
    ContactPoint,
    LineOfBusiness,
    Tag,
)
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.queries import import_matching
from infosoc.crm.rules import Status
from infosoc.db import search
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_entry, make_follow_up, make_member, make_tenant

HEAD = "Företag;Org.nr;Kontaktperson;Titel;E-post;Telefon;Ort;Status;Verksamhet;Etiketter;Senast kontaktad;Kommentar\n"


class Place:
    """Two tenants and the means to import into one of them."""

    def __init__(self, app, folder: Path) -> None:
        self.app, self.folder, self.number = app, folder, 0
        with app.app_context(), transaction() as session:
            ours, theirs = make_tenant(session), make_tenant(session, "rattsdata")
            self.ours, self.theirs = ours.id, theirs.id
            self.karin = make_member(session, ours).id

    def scope(self, tenant: int | None = None):
        return tenant_scope(scope_numbered(db.session(), tenant or self.ours))

    def share(self, tenant: int) -> None:
        with self.app.app_context(), transaction() as session:
            set_flag(session, tenant, Flag.SHARE_REGISTER, True)

    @contextmanager
    def writing(self, tenant: int | None = None):
        with self.app.app_context(), self.scope(tenant), transaction() as session:
            yield session

    def make(self, tenant: int | None = None, **facts) -> int:
        with self.writing(tenant) as session:
            person, email = facts.pop("person", None), facts.pop("email", None)
            company = make_company(session, **facts)
            if person:
                make_contact(session, company, person, email=email)
            return company.id

    def bring(self, *lines: str, tenant: int | None = None, policy: str = "fill", head: str = HEAD) -> ImportBatch:
        """Import these lines; returns the batch."""
        self.number += 1
        path = self.folder / f"lista{self.number}.csv"
        path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
        how = reading.detect(path, heading_row=1)
        mapping = headings.guess(how.headings, how.sample_cells, how.columns)
        with self.app.app_context(), self.scope(tenant):
            public_id = import_here.import_file(path, how, mapping, source="prov", now=clock.now(), policy=policy)
            return db.session.scalar(select(ImportBatch).where(ImportBatch.public_id == public_id))

    def take_back(self, batch: ImportBatch, tenant: int | None = None) -> None:
        with self.app.app_context(), self.scope(tenant):
            import_revert.revert_here(batch.public_id, by=None, now=clock.now())

    def rows(self, query, tenant: int | None = None) -> list:
        with self.app.app_context(), self.scope(tenant):
            return [tuple(row) for row in db.session.execute(query)]

    def count(self, model, tenant: int | None = None) -> int:
        return self.rows(select(func.count()).select_from(model), tenant)[0][0]


@pytest.fixture
def place(app, tmp_path) -> Place:
    return Place(app, tmp_path)


def line(**cells: str) -> str:
    names = ("name", "number", "person", "title", "email", "phone", "town", "status", "line", "tags", "on", "said")
    return ";".join(cells.get(name, "") for name in names)


def results(place: Place, batch: ImportBatch) -> list[str]:
    query = select(ImportRow.result).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number)
    return [result for (result,) in place.rows(query)]


# ---- matching --------------------------------------------------------------------------------------------------------


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


# ---- two tenants -----------------------------------------------------------------------------------------------------


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


# ---- taking it back --------------------------------------------------------------------------------------------------


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


def facts(place: Place) -> list:
    own = CompanyRelation
    return place.rows(select(Company.name, Company.org_number, Company.town)) + place.rows(
        select(own.status, own.line_id, own.notes, own.contacts, own.last_contact_at)
    )


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


def told_of(place: Place) -> list:
    query = select(AuditEvent.deed, AuditValue.field, AuditValue.before, AuditValue.after)
    return place.rows(
        query.join(AuditValue, AuditValue.event_id == AuditEvent.id).where(
            AuditEvent.subject_kind.in_(("company", "contact", "entry")), AuditEvent.deed != "import reverted"
        )
    )


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
