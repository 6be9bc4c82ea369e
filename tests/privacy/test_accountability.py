"""The register of processing, balancing tests, incidents, printed texts, mail to the privacy address, much reading."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from infosoc.accounts.models import Membership
from infosoc.accounts.roles import Role
from infosoc.audit.models import AuditEvent
from infosoc.crm.models.imports import Export
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel.errors import Invalid, Stale
from infosoc.mailings import inbound as mail
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import case_jobs, inbound, printed, watch
from infosoc.privacy.commands import incidents, processing, readings
from infosoc.privacy.commands import printed as settings
from infosoc.privacy.commands.incidents import NewIncident
from infosoc.privacy.commands.processing import NewLine, NewTest
from infosoc.privacy.models import IncidentEntry, PersonReading, PrivacyCase
from infosoc.privacy.processing import BY_KEY, DEFAULTS, FACT_LABELS
from infosoc.privacy.queries import incidents as incident_queries
from infosoc.privacy.queries import notice
from infosoc.privacy.queries import processing as queries
from infosoc.privacy.rules import EntryKind, IncidentRole, ProcessingRole
from infosoc.tenancy.queries import scope_named, tenant_named
from tests.builders import NOW, csrf_token, make_member, make_tenant, sign_in
from tests.privacy.world import ANNA, at, person, two_tenants

FACTS = {"purpose": "Att sälja", "ground": "Avtal", "kept": "1 år"}
LINE = NewLine(ProcessingRole.CONTROLLER, "Kundregister", FACTS, True)


@pytest.fixture
def by(session) -> int:
    return two_tenants()


@pytest.fixture
def officer(app, client):
    with app.app_context(), transaction() as session:
        user = make_member(session, make_tenant(session), None, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
    sign_in(client, user)
    return client


# ---- the register of processing --------------------------------------------------------------------------------------


def test_p45_the_register_names_the_suppression_hashes_and_where_the_pepper_is():
    facts = BY_KEY["suppressions"].facts
    assert "hash" in facts["data"]
    assert "pseudonymised" in facts["data"]
    assert "pepper" in facts["security"]


def test_art30_every_delivered_line_says_all_that_the_law_asks():
    assert [line.key for line in DEFAULTS if set(line.facts) != set(FACT_LABELS)] == []
    assert {line.role for line in DEFAULTS} == set(ProcessingRole)


def test_art30_a_change_is_a_new_edition_and_the_old_one_stays(by):
    with at() as session:
        processing.change_line(session, "mailings", LINE, seen=0, by=by, now=NOW)
    with at() as session, pytest.raises(Stale):
        processing.change_line(session, "mailings", LINE, seen=0, by=by, now=NOW)
    with at() as session:
        processing.change_line(session, "mailings", LINE, seen=1, by=by, now=NOW)
        assert [one.edition for one in queries.editions(session, "mailings")] == [2, 1, 0]
        assert len([one for one in queries.lines(session) if one.key == "mailings"]) == 1
    with at("rattsdata") as session:
        assert queries.line(session, "mailings").edition == 0


def test_p73_the_public_page_shows_the_delivered_lines_and_what_has_been_changed(by):
    with at() as session:
        processing.change_line(session, "mailings", LINE, seen=0, by=by, now=NOW)
    with transaction() as session:
        names = [one.name for one in notice.purposes(session, tenant_named(session, "infosoc").id)]
    assert "Kundregister" in names
    assert BY_KEY["suppressions"].name in names
    assert BY_KEY["accounts"].name not in names  # kept off the public page
    assert BY_KEY["products"].name not in names  # as processor


def test_art30_the_export_holds_every_line(officer):
    answer = officer.get("/infosoc/privacy/processing/export.json").get_json()
    assert len(answer["lines"]) == len(DEFAULTS)
    file = officer.get("/infosoc/privacy/processing/export.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(file.get_data())).active
    assert sheet.max_row == len(DEFAULTS) + 1


def test_art30_a_line_is_edited_on_its_page(officer):
    token = csrf_token(officer, "/infosoc/privacy/processing")
    form = {"csrf_token": token, "version": "0", "role": "controller", "name": "Utskick", "fact_purpose": "Nyheter",
            "fact_ground": "Intresse", "fact_kept": "24 månader"}  # fmt: skip
    assert officer.post("/infosoc/privacy/processing/lines/mailings", data=form).status_code == 303
    assert officer.post("/infosoc/privacy/processing/lines/mailings", data=form).status_code == 409
    for page in ("", "/lines/mailings"):
        assert "Nyheter" in officer.get(f"/infosoc/privacy/processing{page}").get_data(as_text=True)
    for line in DEFAULTS:
        assert officer.get(f"/infosoc/privacy/processing/lines/{line.key}").status_code == 200
    assert officer.post("/infosoc/privacy/processing/lines/new", data=form | {"fact_purpose": ""}).status_code == 422
    assert officer.post("/infosoc/privacy/processing/lines/new", data=form).status_code == 303


def test_p15_a_balancing_test_is_shown_as_due_after_two_years(by):
    with at() as session:
        made = processing.write_test(session, NewTest("Utskick", "a", "b", "c"), by=by, now=NOW)
        public_id, day = made.public_id, made.review_on
    with at() as session:
        assert [one.is_due for one in queries.balancing_tests(session, today=day - timedelta(days=1))] == [False]
        assert [one.is_due for one in queries.balancing_tests(session, today=day)] == [True]
        processing.write_test(session, NewTest("Utskick", "a", "b", "d"), by=by, now=NOW, replaces=public_id)
        assert [one.test.balance for one in queries.balancing_tests(session, today=day)] == ["d"]


def test_p15_a_balancing_test_is_written_on_its_page(officer):
    token = csrf_token(officer, "/infosoc/privacy/processing")
    form = {"csrf_token": token, "purpose": "Utskick", "interest": "a", "necessity": "b", "balance": "c"}
    assert officer.post("/infosoc/privacy/processing/tests/new", data=form).status_code == 303
    assert "Utskick" in officer.get("/infosoc/privacy/processing").get_data(as_text=True)


# ---- incidents -------------------------------------------------------------------------------------------------------


def incident(by: int, role: IncidentRole = IncidentRole.CONTROLLER) -> str:
    with at() as session:
        return incidents.open_incident(
            session, NewIncident("Fel brev", role, NOW, "Ett brev"), by=by, now=NOW
        ).public_id


def test_p70_the_clock_runs_from_when_we_knew_and_stops_when_it_is_reported(by):
    public_id, late = incident(by), NOW + timedelta(hours=73)
    with at() as session:
        row = incident_queries.incident(session, public_id)
        clock = incident_queries.clock_of(row, is_decided=False, now=late)
        assert (clock.is_over, clock.hours, clock.stopped) == (True, 1, False)
        incidents.note(session, public_id, EntryKind.REPORTED, "Anmäld", by=by, now=NOW + timedelta(hours=10))
        clock = incident_queries.clock_of(row, is_decided=False, now=late)
        assert (clock.is_over, clock.hours, clock.stopped) == (False, 62, True)


def test_p70_it_is_not_closed_before_somebody_has_written_why_it_was_not_reported(by):
    public_id = incident(by)
    with at() as session, pytest.raises(incidents.NotDecidedYet):
        incidents.note(session, public_id, EntryKind.CLOSED, "Klart", by=by, now=NOW)
    with at() as session:
        incidents.note(session, public_id, EntryKind.NOT_REPORTED, "Ingen risk: brevet kom oöppnat", by=by, now=NOW)
        incidents.note(session, public_id, EntryKind.CLOSED, "Klart", by=by, now=NOW)
    with at() as session, pytest.raises(incidents.IncidentClosed):
        incidents.note(session, public_id, EntryKind.MEASURE, "Mer", by=by, now=NOW)


def test_p70_a_customers_incident_is_about_telling_the_customer(by):
    public_id = incident(by, IncidentRole.PROCESSOR)
    with at() as session:
        incidents.note(session, public_id, EntryKind.TOLD, "Ringde", by=by, now=NOW)
        row = incident_queries.incident(session, public_id)
        assert incident_queries.clock_of(row, is_decided=False, now=NOW).stopped


@pytest.mark.parametrize("statement", ["update incident_entry set text = 'x'", "delete from incident_entry"])
def test_p70_the_database_refuses_to_change_the_log(by, statement):
    incident(by)
    with pytest.raises(DatabaseError, match="final"), at() as session:
        assert session.scalar(select(IncidentEntry.id))  # the session says whose rows it sees
        session.connection().execute(text(statement))
    with at() as session:
        assert session.scalar(select(IncidentEntry.text)) == "Ett brev"


def test_p70_an_incident_on_its_pages(officer):
    token = csrf_token(officer, "/infosoc/privacy/incidents")
    form = {"csrf_token": token, "title": "Fel mottagare", "role": "controller", "aware_at": "2026-11-22T09:00",
            "text": "Ett brev kom fel"}  # fmt: skip
    made = officer.post("/infosoc/privacy/incidents/new", data=form)
    assert made.status_code == 303
    page = made.headers["Location"]
    assert "2026-11-25 09:00" in officer.get(page).get_data(as_text=True)
    log = {"csrf_token": token, "kind": "closed", "text": "Klart"}
    assert officer.post(f"{page}/log", data=log).status_code == 409
    assert officer.post(f"{page}/log", data=log | {"kind": "reported"}).status_code == 303
    assert officer.post(f"{page}/log", data=log).status_code == 303
    future = form | {"aware_at": "2199-01-01T00:00"}
    assert officer.post("/infosoc/privacy/incidents/new", data=future).status_code == 422


# ---- printed texts ---------------------------------------------------------------------------------------------------

GIVEN = {"printed_name": "Infosoc AB", "org_number": "5560360793", "address": "Storgatan 1\n111 22 Stockholm",
         "phone": "08-123 45 67", "privacy_email": "Dataskydd@Infosoc.example", "mail_from": "",
         "bounce_domain": "studs.infosoc.example", "list_domain": "", "letters_per_hour": 1000,
         "retention_months": 24}  # fmt: skip


def test_printed_texts_are_kept_in_one_form_and_logged(by):
    with at() as session:
        settings.change(session, tenant_named(session, "infosoc"), GIVEN, by=by, version=None)
    with at() as session:
        tenant = tenant_named(session, "infosoc")
        assert tenant.settings["privacy_email"] == "dataskydd@infosoc.example"
        assert printed.printed(tenant).address == "Storgatan 1\n111 22 Stockholm"
        assert printed.printed(tenant_named(session, "rattsdata")).name == "Rattsdata"
        assert session.scalar(select(AuditEvent.deed).order_by(AuditEvent.id.desc())) == "printed texts changed"
        settings.change(session, tenant, GIVEN, by=by, version=None)  # nothing new: nothing is written


@pytest.mark.parametrize(
    ("field", "value"),
    [("privacy_email", "inte en adress"), ("bounce_domain", "ingen domän"), ("org_number", "1"),
     ("letters_per_hour", 0), ("retention_months", 500)],
)  # fmt: skip
def test_a_wrong_printed_text_is_refused_beside_its_field(field, value):
    with pytest.raises(Invalid) as error:
        printed.checked(GIVEN | {field: value})
    assert error.value.field == field


def test_m30_a_printed_name_holds_no_line_breaks_or_signs_of_control():
    assert "\x00" not in printed.checked(GIVEN | {"printed_name": "A\x00B"})["printed_name"]


def test_printed_texts_on_their_page(officer):
    token = csrf_token(officer, "/infosoc/settings/printed")
    form = {"csrf_token": token, **{key: str(value) for key, value in GIVEN.items()}}
    assert officer.post("/infosoc/settings/printed", data=form).status_code == 303
    assert "Storgatan 1" in officer.get("/infosoc/settings/printed").get_data(as_text=True)
    assert officer.post("/infosoc/settings/printed", data=form | {"mail_from": "x"}).status_code == 422
    assert officer.post("/infosoc/settings/printed", data=form | {"version": "1", "phone": "1"}).status_code == 409


# ---- mail to the privacy address -------------------------------------------------------------------------------------


def letter(subject: str = "Fråga", body: str = "Jag vill ha ett registerutdrag", sender: str = ANNA) -> mail.Letter:
    return mail.Letter(1, sender, subject, body, NOW)


def test_p20_mail_to_the_privacy_address_becomes_a_case(by):
    person()
    with at() as session:
        assert inbound.take(session, letter()) == inbound.OPENED
    with at() as session:
        case = session.scalars(select(PrivacyCase)).one()
        assert (case.kind, case.channel, case.requester) == ("access", "mail", ANNA)
        assert case.contact_id is not None
        assert case.due_on == date(2026, 12, 22)


def test_p20_the_handler_hangs_on_the_mail_reader(app):
    assert inbound.take in mail.handlers


def test_p20_an_answer_is_added_to_its_case_and_only_from_the_same_address(by):
    with at() as session:
        inbound.take(session, letter())
    with at() as session:
        assert inbound.take(session, letter("Sv: (ärende 1)", "Tack")) == inbound.ADDED
    with at() as session:
        assert inbound.take(session, letter("Sv: (ärende 1)", "Ge mig allt", "x@elsewhere.example")) == inbound.OPENED
    with at() as session:
        first = session.scalars(select(PrivacyCase).where(PrivacyCase.number == 1)).one()
        assert "Tack" in first.text
        assert "Ge mig allt" not in first.text


def test_p27_files_in_a_mail_are_named_in_its_case_and_not_kept(by):
    with at() as session:
        inbound.take(session, replace(letter(), files=("pass.pdf",)))
    with at() as session:
        inbound.take(session, replace(letter("Sv: (ärende 1)", "Tack"), files=("19811228-9874.jpg", "pass.pdf")))
    with at() as session:
        names = session.scalars(select(PrivacyCase)).one().report["files"]
        assert names[0] == "pass.pdf"
        assert len(names) == 2
        assert "9874" not in names[1]


def test_p05_a_personal_identity_number_in_a_mail_is_not_kept(by):
    with at() as session:
        inbound.take(session, letter(body="Jag är 19811228-9874"))
    with at() as session:
        assert "9874" not in session.scalars(select(PrivacyCase.text)).one()


# ---- much reading ----------------------------------------------------------------------------------------------------


def officers_mail() -> list[str]:
    with at() as session:
        return list(session.scalars(select(OutboxMessage.subject)))


def make_officer(by: int) -> None:
    with at() as session:
        session.scalars(select(Membership).where(Membership.user_id == by)).one().roles = ["privacy_officer"]


@pytest.mark.parametrize(("pages", "letters"), [(200, 0), (201, 1)])
def test_p71_more_than_two_hundred_persons_pages_in_a_day_are_noticed_once(by, pages, letters):
    make_officer(by)
    with at() as session:
        readings.add_pages(session, by, date(2026, 11, 22), pages)
    for _ in range(2):
        case_jobs.look_for_much_reading(NOW)
    assert len(officers_mail()) == letters


@pytest.mark.parametrize(("rows", "letters"), [(500, 0), (501, 1)])
def test_p71_more_than_five_hundred_persons_taken_out_are_noticed(by, rows, letters):
    make_officer(by)
    with at() as session:
        session.add(Export(list_name="contacts", columns=[], rows=rows, by_id=by, made_at=NOW))
    case_jobs.look_for_much_reading(NOW)
    assert len(officers_mail()) == letters


def test_p71_opening_persons_pages_is_counted_in_batches(app, officer):
    app.extensions["watch"] = watch.Watch(batch=2)
    with app.app_context():
        contact = person_page()
    for _ in range(5):
        assert officer.get(contact).status_code == 200
    officer.get("/infosoc/contacts")
    with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
        assert db.session().scalar(select(PersonReading.pages)) == 4


def test_p71_the_proof_sees_pages_that_are_not_watched(app, officer, monkeypatch):
    monkeypatch.setattr(watch, "PAGES", frozenset())
    app.extensions["watch"] = watch.Watch(batch=1)
    with app.app_context():
        contact = person_page()
    officer.get(contact)
    with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
        assert db.session().scalar(select(PersonReading.pages)) is None


def person_page() -> str:
    from infosoc.crm.models.contacts import Contact

    number = person()
    with at() as session:
        public_id = session.scalar(select(Contact.public_id).where(Contact.id == number))
        return f"/infosoc/contacts/{public_id}"
