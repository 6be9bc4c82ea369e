"""What a request without a session meets: a way back, a dialog that sends it again, a form that survives."""

from __future__ import annotations

import json
from html import unescape

from sqlalchemy import update

from infosoc.accounts.models import UserSession
from infosoc.db.session import transaction
from infosoc.kernel import clock
from tests.accounts.conftest import HIDDEN, form_on, hidden_in
from tests.accounts.test_sign_in import log_in
from tests.builders import PASSWORD

HTMX = {"HX-Request": "true"}


# ---- a request that met the end of a session ------------------------------------------------------------------------


def end_sessions(app) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(UserSession).values(ends_at=clock.now()))


def test_a_fragment_is_answered_401_and_leads_back_to_the_page(client, office):
    headers = HTMX | {"HX-Current-URL": "http://localhost/infosoc/members"}
    answer = client.get("/infosoc/audit", headers=headers)
    assert (answer.status_code, answer.get_data()) == (401, b"")
    assert answer.headers["HX-Redirect"] == "/login?next=/infosoc/members"


def test_a_fragment_asked_for_from_elsewhere_leads_nowhere_else(client, office):
    answer = client.get("/infosoc/audit", headers=HTMX | {"HX-Current-URL": "https://evil.example/"})
    assert answer.headers["HX-Redirect"] == "/login"


def test_a_history_restore_gets_a_page_to_sign_in_on(client, office):
    answer = client.get("/infosoc/audit", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert answer.status_code == 303


def test_an_unsafe_htmx_request_gets_a_dialog_and_then_a_new_token(app, browser_of, office):
    client = browser_of(office.admin)
    end_sessions(app)
    answer = client.post("/account/profile", data={"name": "Karin Ö"}, headers=HTMX)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "<html" not in html
    assert 'value="karin@infosoc.example"' in html
    fields = hidden_in(html, "/login") | {"email": "karin@infosoc.example"}
    wrong = client.post("/login", data=fields | {"password": "wrong"}, headers=HTMX)
    assert wrong.status_code == 422
    assert "<html" not in wrong.get_data(as_text=True)
    right = client.post("/login", data=fields | {"password": PASSWORD}, headers=HTMX)
    assert (right.status_code, right.get_data()) == (204, b"")
    csrf = json.loads(right.headers["HX-Trigger"])["signed-in"]["csrf"]
    profile = {"name": "Karin Ö", "csrf_token": csrf, "language": "sv"}
    again = client.post("/account/profile", data=profile, headers=HTMX)
    assert again.status_code < 400


def test_a_plain_form_survives_signing_in_again(app, browser_of, office):
    client = browser_of(office.admin)
    fields = form_on(client, "/infosoc/members/new", "/infosoc/members")
    end_sessions(app)
    typed = fields | {"name": 'Åsa "Ås" Öst', "email": "asa@infosoc.example", "roles": ["seller", "reader"]}
    stopped = client.post("/infosoc/members?x=å", data=typed)
    html = stopped.get_data(as_text=True)
    assert stopped.status_code == 401
    carried = hidden_pairs(html)
    assert ("again.field.roles", "reader") in carried
    assert not any(name.endswith("csrf_token") and name != "csrf_token" for name, _ in carried)
    wrong = client.post("/login", data=data_of(carried) | {"email": "karin@infosoc.example", "password": "wrong"})
    assert wrong.status_code == 422
    carried = hidden_pairs(wrong.get_data(as_text=True))
    signed_in = client.post("/login", data=data_of(carried) | {"email": "karin@infosoc.example", "password": PASSWORD})
    html = signed_in.get_data(as_text=True)
    assert signed_in.status_code == 200
    assert "Åsa &#34;Ås&#34; Öst" in html
    done = client.post("/infosoc/members?x=å", data=data_of(hidden_pairs(html)))
    assert (done.status_code, done.headers["Location"]) == (303, "/infosoc/members")
    assert "asa@infosoc.example" in client.get("/infosoc/members").get_data(as_text=True)


def hidden_pairs(html: str) -> list[tuple[str, str]]:
    main = html.partition("<main")[2]
    return [(unescape(name), unescape(value)) for name, value in HIDDEN.findall(main)]


def data_of(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


def test_an_interrupted_form_is_never_sent_to_another_site(client, office):
    answer = log_in(client, **{"again.target": "https://evil.example/", "again.field.text": "x y"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_form_from_another_site_is_refused_before_it_can_ride_along(client, office):
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        answer = client.post("/infosoc/members", data={"name": "planted words"}, headers=headers)
        assert answer.status_code == 403, headers
        assert "planted words" not in answer.get_data(as_text=True)
    own = client.post("/infosoc/members", data={"name": "own words"}, headers={"Origin": "http://localhost"})
    assert own.status_code == 401
