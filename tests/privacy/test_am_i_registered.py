"""“Am I registered?”: the same answer to everybody, then a link and a code (P-20, P-22, P-24, P-25, M-14)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import answers, request_jobs
from infosoc.privacy.commands import requests
from infosoc.privacy.models import PrivacyCase, RequestLink
from tests.builders import make_company, make_contact
from tests.crm.world import counted
from tests.privacy.public_world import ADDRESS, make_world, standing
from tests.privacy.test_unsubscribe import CHANGES, text_of

ASK = "/infosoc/privacy/request"
STRANGER = "nobody@elsewhere.example"


@pytest.fixture
def world(app):
    return make_world(app)


def ask(client, address: str = ADDRESS, **more) -> str:
    """Ask, and read the code off the page."""
    answer = client.post(ASK, data={"email": address, **more})
    assert answer.status_code == 200
    return re.search(r'class="public-code">([\d ]+)<', answer.get_data(as_text=True))[1]


def letters_to(app, address: str) -> list[OutboxMessage]:
    with app.app_context(), every_tenant("test"):
        return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == address)))


def path_in(app, address: str = ADDRESS) -> str:
    return re.search(r"http://localhost(/\S+)", letters_to(app, address)[-1].text_body)[1]


def cases(app) -> list[PrivacyCase]:
    with app.app_context(), every_tenant("test"):
        return list(db.session.scalars(select(PrivacyCase).order_by(PrivacyCase.id)))


def test_m14_the_answer_to_a_stranger_is_the_same_whether_or_not_the_address_is_known(app, client, world):
    ask(client, "warm@up.example")
    pages, statements = [], []
    for address in (ADDRESS, STRANGER):
        with counted(app) as seen:
            answer = client.post(ASK, data={"email": address})
        pages.append(re.sub(r"[\d]{3} [\d]{3}", "", answer.get_data(as_text=True).replace(address, "")))
        statements.append(sorted(re.sub(r"\s+", " ", one) for one in seen))
        assert "Set-Cookie" not in answer.headers
    assert pages[0] == pages[1]
    assert statements[0] == statements[1]  # nothing is looked up, so nothing can be measured
    assert len(letters_to(app, ADDRESS)) == len(letters_to(app, STRANGER)) == 1


def test_p25_the_letter_holds_the_link_and_not_the_code(app, client, world):
    code = ask(client)
    (letter,) = letters_to(app, ADDRESS)
    assert letter.is_secret
    assert code.replace(" ", "") not in letter.text_body.replace(" ", "")
    with app.app_context(), every_tenant("test"):
        (link,) = db.session.scalars(select(RequestLink))
    assert path_in(app).rpartition("/")[2] not in str(vars(link))


def test_m10_a_scanner_that_opens_the_letter_uses_nothing_up(app, client, world):
    code = ask(client)
    path = path_in(app)
    with counted(app) as statements:
        for method in ("GET", "HEAD", "OPTIONS"):
            client.open(path, method=method)
    assert [one for one in statements if one.lstrip().upper().startswith(CHANGES)] == []
    assert client.post(path, data={"code": code}).status_code == 200


def test_p23_the_answer_is_a_page_a_pdf_and_json_of_the_same_rows(app, client, world):
    code = ask(client)
    path = path_in(app)
    page = client.post(path, data={"code": code})
    assert "Anna Svensson" in text_of(page)
    assert "Du är registrerad" in text_of(page)
    told = client.post(path, data={"code": code, "as": "json"})
    paper = client.post(path, data={"code": code, "as": "pdf"})
    assert paper.mimetype == "application/pdf"
    assert paper.get_data().startswith(b"%PDF-")
    assert "attachment" in told.headers["Content-Disposition"]
    (answer,) = json.loads(told.get_data())["answers"]
    assert (answer["company"], answer["registered"]) == ("Infosoc", True)
    values = {value for part in answer["parts"] for row in part["rows"] for value in row.values()}
    assert {"Anna Svensson", ADDRESS} <= values
    told_in_words = {label: value for part in answer["parts"] for row in part["rows"] for label, value in row.items()}
    assert told_in_words["Språk"] == "Svenska"


def test_p25_what_the_pdf_is_drawn_from_holds_every_value_of_the_json(app, client, world, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr(answers.pdf, "draw", lambda html: drawn.append(html) or b"%PDF-")
    code = ask(client)
    path = path_in(app)
    told = json.loads(client.post(path, data={"code": code, "as": "json"}).get_data())
    client.post(path, data={"code": code, "as": "pdf"})
    (html,) = drawn
    parts = [part for answer in told["answers"] for part in answer["parts"]]
    values = {line for part in parts for row in part["rows"] for value in row.values() for line in value.splitlines()}
    values |= {line for answer in told["answers"] for line in answer["recipients"]}
    values -= {""}
    assert len(values) > 5
    missing = {value for value in values if value.replace("&", "&amp;").replace('"', "&#34;") not in html}
    assert missing == set()


def test_p22_who_is_in_no_register_gets_a_negative_answer(app, client, world):
    code = ask(client, STRANGER)
    answer = client.post(path_in(app, STRANGER), data={"code": code})
    assert "Du är inte registrerad" in text_of(answer)
    assert "Genomsökt" in text_of(answer)
    assert [(case.kind, case.outcome, case.channel) for case in cases(app)] == [("access", "not_found", "page")]
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count(ContactRelation.id))) == 2  # nobody was made of the question


def test_p20_the_request_is_a_case_that_is_closed_when_it_has_been_answered_once(app, client, world):
    code = ask(client)
    assert cases(app) == []  # nothing before the address has been confirmed
    for _ in range(2):
        client.post(path_in(app), data={"code": code})
    (case,) = cases(app)
    assert (case.outcome, case.identity_method, case.requester) == ("done", "reply", ADDRESS)
    assert case.closed_at
    assert case.answered_at


def test_p24_texts_that_may_name_others_wait_for_a_person_and_the_case_stays_open(app, client, world):
    with app.app_context(), tenant_scope(Scope.alone(world.ours)), transaction() as session:
        session.execute(update(ContactRelation).values(notes="Ringde Sven Kollega om Anna Svensson"))
    code = ask(client)
    path = path_in(app)
    for data in ({"code": code}, {"code": code, "as": "json"}):
        assert "Sven Kollega" not in client.post(path, data=data).get_data(as_text=True)
    assert "En människa läser igenom" in text_of(client.post(path, data={"code": code}))
    (case,) = cases(app)
    assert case.closed_at is None
    assert case.due_on > case.received_on


def test_p24_texts_that_one_company_has_looked_through_do_not_open_the_others(app, client, world):
    with app.app_context(), transaction() as session:
        for tenant_id, name in ((world.ours, "Sven"), (world.theirs, "Tage")):
            with tenant_scope(Scope.alone(tenant_id)):
                session.execute(update(ContactRelation).values(notes=f"{name} känner Anna Svensson"))
        with tenant_scope(Scope.alone(world.ours)):
            link = requests.make(
                session, ADDRESS, language="sv", now=clock.now(), is_joint=True, is_reviewed=True, case_id=1
            )
    text = text_of(client.post(f"{ASK}/{link.token}", data={"code": link.code}))
    assert "Sven känner" in text
    assert "Tage känner" not in text
    assert [(case.tenant_id, case.closed_at) for case in cases(app)] == [(world.theirs, None)]


def test_an_address_that_several_people_have_tells_nothing_of_any_before_somebody_has_looked(app, client, world):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(world.ours)):
        make_contact(session, make_company(session, "Lund & Co"), "Bo Skyddad", email=ADDRESS).is_protected = True
        session.flush()
    code = ask(client)
    path = path_in(app)
    told = client.post(path, data={"code": code, "as": "json"}).get_data(as_text=True)
    page = client.post(path, data={"code": code}).get_data(as_text=True)
    for name in ("Bo Skyddad", "Anna Svensson", "Lund"):
        assert (name in told, name in page) == (False, False)
    (case,) = cases(app)
    assert (case.closed_at, case.identity_method) == (None, "")


def test_both_companies_can_be_asked_at_once_and_each_answers(app, client, world):
    code = ask(client, joint="y")
    told = json.loads(client.post(path_in(app), data={"code": code, "as": "json"}).get_data())
    assert [one["company"] for one in told["answers"]] == ["Infosoc", "Rättsdata"]
    assert {case.tenant_id for case in cases(app)} == {world.ours, world.theirs}


def test_p25_the_link_is_over_an_hour_after_it_was_opened_and_a_week_after_it_was_made(app, client, world):
    code = ask(client)
    path = path_in(app)
    client.post(path, data={"code": code})
    move(app, used_at=clock.now() - timedelta(hours=1, seconds=1))
    assert client.post(path, data={"code": code}).status_code == client.get(path).status_code == 404
    move(app, used_at=None, ends_at=clock.now())
    assert client.get(path).status_code == 404


def test_old_links_and_their_addresses_are_forgotten(app, client, world):
    ask(client)
    with app.app_context():
        request_jobs.forget_links(clock.now() + timedelta(days=6))
        assert links(app) == 1
        request_jobs.forget_links(clock.now() + timedelta(days=7))
    assert links(app) == 0


def test_a_code_cannot_be_guessed(app, client, world):
    code = ask(client).replace(" ", "")
    path, wrong = path_in(app), f"{(int(code) + 1) % 10**6:06d}"
    statuses = [client.post(path, data={"code": wrong}).status_code for _ in range(8)]
    assert statuses[:5] == [422] * 5
    assert statuses[-1] == 429
    assert client.post(path, data={"code": code}).status_code == 429  # also the right one has to wait


def test_asking_again_and_again_mails_only_a_few_links_and_says_the_same(app, client, world):
    for _ in range(6):
        ask(client)
    assert len(letters_to(app, ADDRESS)) == 3


def test_the_holder_can_leave_and_be_removed_from_the_answer(app, client, world):
    code = ask(client, joint="y")
    path = path_in(app)
    assert client.post(path + "/leave", data={"code": "000000"}).status_code in {422, 429}
    assert standing(app) == set()
    client.post(path + "/leave", data={"code": code})
    assert standing(app) == {(world.ours, None), (world.theirs, None)}
    asked = client.post(path + "/remove", data={"code": code})
    assert "Det går inte att ångra" in text_of(asked)
    assert "Du är borttagen" in text_of(client.post(path + "/remove", data={"code": code, "remove": "joint"}))
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count(ContactRelation.id))) == 0


def test_who_has_been_removed_is_told_so_with_what_that_has_left(app, client, world):
    client.post(world.letter.path + "/remove", data={"remove": "tenant"})
    code = ask(client)
    text = text_of(client.post(path_in(app), data={"code": code}))
    assert "Du är inte registrerad" in text
    assert "Borttagen på egen begäran" in text


@pytest.mark.parametrize("address", ["", "fel", "a@b", "<script>@x.se"])
def test_what_is_no_address_is_sent_back_with_the_form(app, client, world, address):
    answer = client.post(ASK, data={"email": address})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (422, False)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_a_company_that_is_not_there_is_answered_neutrally(client, world):
    assert client.get("/nowhere/privacy/request").status_code == 404
    assert client.post("/nowhere/privacy/request", data={"email": ADDRESS}).status_code == 404


def move(app, **values) -> None:
    with app.app_context(), every_tenant("test"), transaction() as session:
        session.execute(update(RequestLink).values(**values))


def links(app) -> int:
    with app.app_context(), every_tenant("test"):
        return db.session.scalar(select(func.count(RequestLink.id)))
