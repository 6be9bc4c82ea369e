"""The privacy pages for staff: in at most two presses, without JavaScript, and only for whom they are meant."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import func, select

from infosoc.accounts.roles import Role
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import rules
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.request_rules import LAST_LETTER
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_named, tenant_named
from infosoc.tenancy.rules import Flag
from tests.builders import csrf_token, make_company, make_contact, make_member, make_tenant, sign_in
from tests.privacy.world import ANNA, at

HTMX = {"HX-Request": "true"}


@pytest.fixture
def world(app):
    """Two companies, one of each role in the first, and a person at a prospect and at a customer."""
    with app.app_context(), transaction() as session:
        own = make_tenant(session)
        make_tenant(session, "rattsdata")
        users = {role: make_member(session, own, None, role) for role in Role}
        users["second"] = make_member(session, own, None, Role.PRIVACY_OFFICER)
        with tenant_scope(scope_named(session, "infosoc")):
            anna = make_contact(session, make_company(session), "Anna Lönn", email=ANNA)
            customer = make_company(session, "Kund AB", status=Status.CUSTOMER)
            bo = make_contact(session, customer, "Bo Ek", email="bo@kund.example")
            return {"users": users, "anna": anna.public_id, "bo": bo.public_id}


class Browser:
    """Somebody without JavaScript."""

    def __init__(self, app, user):
        self.client = app.test_client()
        sign_in(self.client, user)
        self.token = csrf_token(self.client, "/infosoc/companies")

    def get(self, path, **more):
        return self.client.get(f"/infosoc{path}", **more)

    def text(self, path, **more):
        return self.get(path, **more).get_data(as_text=True)

    def post(self, path, status=303, **fields):
        answer = self.client.post(f"/infosoc{path}", data={"csrf_token": self.token, **fields})
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return answer


@pytest.fixture
def officer(app, world):
    return Browser(app, world["users"][Role.PRIVACY_OFFICER])


@pytest.fixture
def seller(app, world):
    return Browser(app, world["users"][Role.SELLER])


def only_case(app) -> PrivacyCase:
    with app.app_context(), tenant_scope(scope_named(db.session(), "infosoc")):
        return db.session().scalars(select(PrivacyCase).order_by(PrivacyCase.id.desc())).first()


def new_case(browser, app, **fields) -> str:
    given = {"kind": "access", "channel": "phone", "requester": ANNA} | fields
    browser.post("/privacy/cases/new", **given)
    return only_case(app).public_id


# ---- the person's page ----------------------------------------------------------------------------------------------


def test_p13_the_panel_is_on_the_persons_page_and_is_a_page_without_javascript(seller, world):
    page = seller.text(f"/contacts/{world['anna']}")
    address = f"/infosoc/privacy/people/{world['anna']}"
    assert f'hx-get="{address}"' in page
    assert f'<a href="{address}"' in page
    alone = seller.text(f"/privacy/people/{world['anna']}")
    assert "<html" in alone
    assert f'action="{address}/object"' in alone
    assert seller.text(f"/privacy/people/{world['anna']}", headers=HTMX).strip().startswith("<section")


def test_p13_one_press_on_the_persons_page_stops_the_mailings(app, seller, world):
    seller.post(f"/privacy/people/{world['anna']}/object", channel="phone")
    with app.app_context(), at() as session:
        query = select(ContactRelation.marketing).join(Contact, Contact.id == ContactRelation.contact_id)
        assert session.scalar(query.where(Contact.public_id == world["anna"])) == "opted_out"
    case = only_case(app)
    assert (case.kind, case.channel, case.closed_at is not None) == ("object", "phone", True)
    assert "/object" not in seller.text(f"/privacy/people/{world['anna']}")


def test_p04_two_presses_remove_a_person_who_is_not_at_a_customer(app, seller, world):
    asked = seller.text(f"/privacy/people/{world['anna']}/remove")
    assert f'action="/infosoc/privacy/people/{world["anna"]}/remove"' in asked
    answer = seller.post(f"/privacy/people/{world['anna']}/remove", channel="phone")
    assert answer.headers["Location"].endswith("/infosoc/contacts")
    assert seller.get(f"/contacts/{world['anna']}").status_code == 404


def test_p04_who_was_removed_by_staff_gets_a_last_letter(app, seller, world):
    seller.post(f"/privacy/people/{world['anna']}/remove", channel="phone")
    with app.app_context(), at() as session:
        (letter,) = session.scalars(select(OutboxMessage))
        assert (letter.recipient, letter.is_secret) == (ANNA, True)
        assert letter.unique_key.startswith(LAST_LETTER)
        assert "inte längre i registret" in letter.text_body
        assert "glöms" not in letter.text_body  # the case that tells of it keeps the address


def test_p04_who_stays_in_the_register_gets_no_last_letter(app, seller, world):
    seller.post(f"/privacy/people/{world['bo']}/remove", channel="phone")
    with app.app_context(), at() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_m18_a_company_is_written_down_without_the_person_who_is_blocked(app, seller, world):
    seller.post(f"/privacy/people/{world['anna']}/remove", channel="phone")
    written = {
        "name": "Ny AB",
        "status": "prospect",
        "contact_name": "Anna Lönn",
        "contact_email": ANNA,
        "line": "",
        "owner": "",
    }
    page = seller.client.post(
        "/infosoc/companies/new", data={"csrf_token": seller.token, **written}, follow_redirects=True
    ).get_data(as_text=True)
    assert "Ny AB" in page
    assert "men inte Anna Lönn: spärrad adress" in page


def test_p04_at_a_customer_the_second_press_opens_a_case(app, seller, world):
    answer = seller.post(f"/privacy/people/{world['bo']}/remove", channel="letter")
    assert answer.headers["Location"].endswith(world["bo"])
    assert only_case(app).closed_at is None
    assert seller.get(f"/contacts/{world['bo']}").status_code == 200


def test_p12_a_person_is_noted_as_told_once(app, seller, world):
    seller.post(f"/privacy/people/{world['anna']}/informed")
    with app.app_context(), at() as session:
        query = select(ContactRelation.informed_on).join(Contact, Contact.id == ContactRelation.contact_id)
        assert session.scalar(query.where(Contact.public_id == world["anna"])) is not None


def test_p13_a_get_changes_nothing(app, seller, world):
    for path in ("", "/remove"):
        seller.get(f"/privacy/people/{world['anna']}{path}")
    assert only_case(app) is None


def test_t05_a_person_of_the_other_company_has_no_panel(app, seller):
    with app.app_context(), at("rattsdata") as session:
        theirs = make_contact(session, make_company(session, "Annans AB"), "Cia").public_id
    for path in ("", "/remove"):
        assert seller.get(f"/privacy/people/{theirs}{path}").status_code == 404
    seller.post(f"/privacy/people/{theirs}/object", status=404)


def test_t10_both_companies_are_offered_where_the_other_takes_part(app, seller, world):
    assert "joint" not in seller.text(f"/privacy/people/{world['anna']}")
    with app.app_context(), transaction() as session:
        set_flag(session, tenant_named(session, "rattsdata").id, Flag.JOINT_UNSUBSCRIBE, True)
    assert 'name="joint"' in seller.text(f"/privacy/people/{world['anna']}")


# ---- cases ----------------------------------------------------------------------------------------------------------


def test_p13_anybody_is_written_down_with_one_form(app, seller):
    seller.post("/privacy/cases/new", kind="object", channel="phone", requester="nobody@elsewhere.example")
    assert only_case(app).requester == "nobody@elsewhere.example"


def test_p20_a_form_without_anybody_says_how_to_get_it_right(seller):
    answer = seller.post("/privacy/cases/new", status=422, kind="object", channel="phone", requester="")
    assert "field-error" in answer.get_data(as_text=True)


def test_p05_a_personal_identity_number_is_refused(seller):
    answer = seller.post("/privacy/cases/new", status=422, kind="access", channel="phone", requester=ANNA,
                         text="Jag heter Anna, 811228-9874")  # fmt: skip
    assert "field-error" in answer.get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.SELLER, Role.READER, Role.SUPPORT])
def test_cases_are_read_by_privacy_officers_only(app, world, officer, role):
    public_id = new_case(officer, app)
    other = Browser(app, world["users"][role])
    for path in ("/privacy/cases", f"/privacy/cases/{public_id}", "/privacy/processing", "/privacy/incidents"):
        assert other.get(path).status_code == 403, path


def test_t05_a_case_of_the_other_company_is_not_there(app, world, officer):
    public_id = new_case(officer, app)
    with app.app_context(), transaction() as session:
        theirs = make_member(session, tenant_row(session, "rattsdata"), None, Role.PRIVACY_OFFICER)
    client = app.test_client()
    sign_in(client, theirs)
    assert client.get(f"/rattsdata/privacy/cases/{public_id}").status_code == 404
    assert client.get(f"/infosoc/privacy/cases/{public_id}").status_code == 404


def tenant_row(session, slug):
    from infosoc.tenancy.models import Tenant

    return session.scalars(select(Tenant).where(Tenant.slug == slug)).one()


def test_p20_the_officer_answers_an_access_request_from_beginning_to_end(app, world, officer):
    public_id = new_case(officer, app)
    case = f"/privacy/cases/{public_id}"
    assert ANNA in officer.text("/privacy/cases")
    officer.post(f"{case}/take")
    officer.post(f"{case}/identity", method="reply")
    assert "Anna Lönn" in officer.text(f"{case}/extract")
    draft = officer.text(f"{case}/letter/extract")
    assert "[[link]]" in draft
    released = officer.client.post(
        f"/infosoc{case}/letter/extract",
        data={"csrf_token": officer.token, "way": "mail", "subject": "Utdraget", "text": "Här: [[link]]"},
    )
    if released.status_code == 409:  # there was free text: a colleague gives it out
        officer.post(f"{case}/extract/review")
        second = Browser(app, world["users"]["second"])
        released = second.post(f"{case}/letter/extract", 200, way="mail", subject="Utdraget", text="Här: [[link]]")
    assert re.search(r'class="release-code">\d{3} \d{3}<', released.get_data(as_text=True))
    officer.post(f"{case}/close", outcome="done")
    assert ANNA in officer.text("/privacy/cases?show=closed")
    with app.app_context(), at() as session:
        sent = session.scalar(select(OutboxMessage.text_body).where(OutboxMessage.subject == "Utdraget")) or ""
    link = re.search(r"/infosoc/privacy/request/\S+", sent)
    assert link is not None
    assert app.test_client().get(link[0]).status_code == 200


def test_p22_the_negative_answer_names_what_was_searched(app, officer):
    public_id = new_case(officer, app, requester="nobody@elsewhere.example")
    letter = officer.text(f"/privacy/cases/{public_id}/letter/not_found")
    assert letter.count("\n- ") >= 10
    assert "35" in letter


@pytest.mark.parametrize(
    "kind", ["received", "identity", "extension", "extract", "not_found", "done", "refused", "refer", "lifted"]
)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_letter_is_proposed_in_both_languages(app, officer, kind, language):
    public_id = new_case(officer, app)
    page = officer.get(f"/privacy/cases/{public_id}/letter/{kind}?language={language}")
    assert page.status_code == 200
    text = page.get_data(as_text=True).partition("<textarea")[2]
    assert ("Hello" in page.get_data(as_text=True)) == (language == "en"), text[:300]


@pytest.mark.parametrize("kind", ["refused", "refer"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_p28_a_letter_with_a_place_that_nobody_filled_in_does_not_go(app, officer, kind, language):
    public_id = new_case(officer, app, kind="refer")
    page = officer.text(f"/privacy/cases/{public_id}/letter/{kind}?language={language}")
    proposed = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])
    form = {"way": "mail", "subject": "Svar", "language": language}
    officer.post(f"/privacy/cases/{public_id}/letter/{kind}", status=409, text=proposed, **form)
    with app.app_context(), at() as session:
        assert session.scalar(select(func.count(OutboxMessage.id))) == 0
    told = rules.filled_in(proposed, "Kunden AB, dataskydd@kunden.example")
    officer.post(f"/privacy/cases/{public_id}/letter/{kind}", text=told, **form)
    with app.app_context(), at() as session:
        assert "Kunden AB" in session.scalar(select(OutboxMessage.text_body))


def test_p28_what_is_in_the_customers_systems_is_referred_and_not_searched(app, officer):
    public_id = new_case(officer, app, kind="refer")
    page = officer.text(f"/privacy/cases/{public_id}")
    assert f"/privacy/cases/{public_id}/letter/refer" in page
    assert f"/privacy/cases/{public_id}/extract" not in page


def test_p27_files_that_came_with_a_mail_are_named_on_its_case(app, officer):
    public_id = new_case(officer, app, text="Se bilagan")
    with app.app_context(), at() as session:
        session.scalars(select(PrivacyCase)).one().report = {rules.FILES: ["pass <b>.pdf"]}
    assert "pass &lt;b&gt;.pdf" in officer.text(f"/privacy/cases/{public_id}")


def test_p21_more_time_from_the_page(app, officer):
    public_id = new_case(officer, app)
    due = only_case(app).due_on
    form = {"way": "mail", "subject": "Mer tid", "text": "Vi behöver mer tid."}
    officer.post(f"/privacy/cases/{public_id}/letter/extension", status=409, **form)
    officer.post(f"/privacy/cases/{public_id}/letter/extension", **form, reason="Mycket att gå igenom")
    assert only_case(app).due_on > due


def test_p40_a_case_at_a_customer_ends_in_removal_when_somebody_decides_so(app, officer, world):
    officer.post(f"/privacy/people/{world['bo']}/remove", channel="phone")
    public_id = only_case(app).public_id
    officer.post(f"/privacy/cases/{public_id}/erase", status=409)
    officer.post(f"/privacy/cases/{public_id}/identity", method="switchboard")
    assert "Bo Ek" in officer.text(f"/privacy/cases/{public_id}/erase"), "it is said who is removed before it is done"
    officer.post(f"/privacy/cases/{public_id}/erase")
    assert officer.get(f"/contacts/{world['bo']}").status_code == 404
    assert officer.get(f"/privacy/cases/{public_id}").status_code == 200


def test_p31_a_restricted_person_is_named_to_the_officer_alone(app, officer, seller, world):
    public_id = new_case(officer, app, kind="restrict", requester=ANNA)
    officer.post(f"/privacy/cases/{public_id}/restrict")
    assert officer.get(f"/contacts/{world['anna']}").status_code == 404
    assert "Anna Lönn" in officer.text("/privacy/cases")
    assert "Anna Lönn" not in seller.text("/contacts")


@pytest.mark.parametrize("shares", [True, False])
def test_p31_my_day_opens_while_somebody_is_restricted(app, officer, seller, world, shares):
    with app.app_context(), transaction() as session:
        set_flag(session, tenant_named(session, "rattsdata").id, Flag.SHARE_REGISTER, shares)
    public_id = new_case(officer, app, kind="restrict", requester=ANNA)
    officer.post(f"/privacy/cases/{public_id}/restrict")
    for path in ("/my-day", "/contacts", "/companies", "/log"):
        page = seller.get(path)
        assert page.status_code == 200, path
        assert "Anna Lönn" not in page.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["access", "correct", "restrict", "port", "information", "refer"])
def test_p20_no_letter_is_offered_twice_and_few_are(app, officer, kind):
    page = officer.text(f"/privacy/cases/{new_case(officer, app, kind=kind, requester='x@elsewhere.example')}")
    steps = page[page.index('<ol class="case-steps"') : page.index("</ol>")]
    offered = re.findall(r"/letter/(\w+)", steps)
    assert len(offered) == len(set(offered)) <= 5, offered


def test_every_page_of_a_case_opens_for_every_kind(app, officer):
    for kind in ("access", "correct", "erase", "restrict", "object", "port", "information", "refer"):
        public_id = new_case(officer, app, kind=kind, requester=f"{kind}@elsewhere.example")
        for path in ("", "/erase", "/extract"):
            assert officer.get(f"/privacy/cases/{public_id}{path}").status_code == 200, (kind, path)
    with app.app_context(), at() as session:
        assert session.scalar(select(func.count(PrivacyCase.id))) == 8
