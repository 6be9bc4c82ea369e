"""The page that the link of a letter leads to, and the one-click of mail programs (M-03, M-10 to M-15)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.mailings import tokens
from infosoc.mailings.models import MailingRecipient
from infosoc.suppression.models import Suppression
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.crm.world import counted
from tests.privacy.public_world import mailing, make_world, recipient, standing, suppressions

CHANGES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@pytest.fixture
def world(app):
    return make_world(app)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).partition("<main")[2]))


def writes(app, client, method: str, path: str) -> list[str]:
    """The statements of a request that change anything."""
    with counted(app) as statements:
        client.open(path, method=method)
    return [one for one in statements if one.lstrip().upper().startswith(CHANGES)]


# ---- the page --------------------------------------------------------------------------------------------------------


def test_m11_the_page_names_the_sender_masks_the_address_and_offers_all_ways_out(client, world):
    answer = client.get(world.letter.path)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Infosoc" in text
    assert "a•••@gnosjo.example" in text
    assert "anna.svensson" not in answer.get_data(as_text=True)
    assert set(re.findall(r'name="leave" value="(\w+)"', answer.get_data(as_text=True))) == {"list", "tenant", "joint"}
    assert f"{world.letter.path}/remove" in answer.get_data(as_text=True)


def test_m11_the_page_has_no_script_no_cookie_and_asks_for_nothing(client, world):
    answer = client.get(world.letter.path)
    page = answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in page
    assert "csrf" not in page
    assert 'type="text"' not in page
    assert 'type="email"' not in page
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_m11_one_press_is_enough(app, client, world):
    answer = client.post(world.letter.path, data={"leave": "tenant"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert standing(app) == {(world.ours, None)}


def test_m11_the_page_speaks_the_language_of_the_browser_and_can_be_asked_for_another(client, world):
    assert "Avregistrera" in text_of(client.get(world.letter.path, headers={"Accept-Language": "sv-SE,sv;q=0.9"}))
    assert "Unsubscribe" in text_of(client.get(world.letter.path, headers={"Accept-Language": "en-GB,en;q=0.9"}))
    assert "Avregistrera" in text_of(client.get(world.letter.path, headers={"Accept-Language": "fi"}))
    english = client.get(world.letter.path + "?lang=en", headers={"Accept-Language": "sv"}).get_data(as_text=True)
    assert f'action="{world.letter.path}?lang=en"' in english


def test_the_joint_way_out_is_offered_only_where_the_companies_take_part(app, client):
    alone = make_world(app, is_joint=False)
    assert 'value="joint"' not in client.get(alone.letter.path).get_data(as_text=True)
    assert "Rättsdata" not in text_of(client.get(alone.letter.path))
    client.post(alone.letter.path, data={"leave": "joint"})
    assert standing(app) == {(alone.ours, None)}


@pytest.mark.parametrize(("ours", "theirs", "offered"), [(True, False, False), (False, True, True)])
def test_the_joint_way_out_follows_the_flag_of_the_company_that_is_left_as_well(app, client, ours, theirs, offered):
    world = make_world(app, is_joint=False)
    with app.app_context(), transaction() as session:
        set_flag(session, world.ours, Flag.JOINT_UNSUBSCRIBE, ours)
        set_flag(session, world.theirs, Flag.JOINT_UNSUBSCRIBE, theirs)
    assert ('value="joint"' in client.get(world.letter.path).get_data(as_text=True)) == offered


# ---- nothing happens by reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("below", ["", "/remove"])
def test_m10_a_scanner_changes_nothing(app, client, world, method, below):
    assert writes(app, client, method, world.letter.path + below) == []
    assert (suppressions(app), recipient(app, world.letter).unsubscribed_at) == ([], None)


def test_m10_a_get_that_writes_is_found(app, client, world):
    """Planted fault: the page notes that it has been opened."""
    show = app.view_functions["unsubscribe.show"]

    def nosy(token):
        with every_tenant("planted"), transaction() as session:
            session.execute(update(MailingRecipient).values(problem="opened"))
        return show(token)

    nosy.access = "public"
    app.view_functions["unsubscribe.show"] = nosy
    assert writes(app, client, "GET", world.letter.path) != []


def test_m10_nobody_can_undo_by_reading(client, world):
    assert client.get(world.letter.path + "/undo").status_code == 405


# ---- one click, as mail programs send it -----------------------------------------------------------------------------

ONE_CLICK = "List-Unsubscribe=One-Click"
GMAIL = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "Mozilla/5.0 (compatible; Google-Gmail-Unsubscribe)",
    "Origin": "null",
}
MULTIPART = '--frontier\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--frontier--\r\n'
APPLE = {"Content-Type": "multipart/form-data; boundary=frontier", "User-Agent": "Mail/3774 CFNetwork/1490 Darwin/23"}
SENDERS = {
    "Gmail": (GMAIL, ONE_CLICK),
    "Apple Mail": (APPLE, MULTIPART),
    "from another site": ({**GMAIL, "Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}, ONE_CLICK),
    "without a word": ({}, ""),
    "with an old cookie": ({**GMAIL, "Cookie": "infosoc=stale; other=1"}, ONE_CLICK),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_m03_one_click_answers_200_with_a_short_text_and_leaves_the_list(app, client, world, sender):
    headers, body = SENDERS[sender]
    answer = client.post(world.letter.path, data=body.encode(), headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert len(answer.get_data()) < 200
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert standing(app) == {(world.ours, world.letter.list_id)}


def test_m03_one_click_is_idempotent(app, client, world):
    answers = {client.post(world.letter.path, data={"List-Unsubscribe": "One-Click"}).get_data() for _ in range(3)}
    assert (len(answers), len(suppressions(app)), mailing(app, world.letter).unsubscribed) == (1, 1, 1)


def test_m03_a_check_of_the_origin_is_found(app, client, world):
    """Planted fault: the view is treated like any other form."""
    del app.view_functions["unsubscribe.leave"].without_cookie
    try:
        headers, body = SENDERS["from another site"]
        assert client.post(world.letter.path, data=body.encode(), headers=headers).status_code == 403
    finally:
        app.view_functions["unsubscribe.leave"].without_cookie = True


def test_m33_how_it_came_is_kept_and_no_more(app, client, world):
    client.post(
        world.letter.path, data={"leave": "tenant"},
        headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1"},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )  # fmt: skip
    client.post(world.letter.path, data=ONE_CLICK.encode(), headers=GMAIL)
    page, click = suppressions(app)
    assert (page.channel, page.address_short, page.agent) == ("page", "203.0.113.0/24", "Safari, iPhone")
    assert (page.mailing_id, click.channel, click.mailing_id) == (world.letter.mailing_id, "one_click", page.mailing_id)


# ---- what a token is good for ----------------------------------------------------------------------------------------


def flipped(token: str, place: int) -> str:
    other = "a" if token[place] != "a" else "b"
    return token[:place] + other + token[place + 1 :]


@pytest.mark.parametrize("place", [0, 1, 20, 40, 51])
@pytest.mark.parametrize("below", ["", "/remove"])
def test_m13_a_wrong_token_gets_a_neutral_page(app, client, world, place, below):
    wrong = client.get(f"/unsubscribe/{flipped(world.letter.token, place)}{below}")
    nothing = client.get(f"/unsubscribe/{'x' * 53}{below}")
    assert wrong.status_code == nothing.status_code == 404
    assert "anna" not in text_of(wrong).lower()
    assert "a•••" not in text_of(wrong)
    assert re.sub('/unsubscribe/[^?"]*', "", wrong.get_data(as_text=True)) == re.sub(
        '/unsubscribe/[^?"]*', "", nothing.get_data(as_text=True)
    )
    assert "Set-Cookie" not in wrong.headers


def test_m13_a_wrong_token_changes_nothing(app, client, world):
    path = f"/unsubscribe/{flipped(world.letter.token, 30)}"
    assert {client.post(path, data=data).status_code for data in ({}, {"leave": "joint"})} == {404}
    assert client.post(path + "/remove", data={"remove": "tenant"}).status_code == 404
    assert suppressions(app) == []


def test_m14_the_answer_is_the_same_when_the_person_is_no_longer_there(app, client, world):
    before = client.get(world.letter.path), client.post(world.letter.path, data={"List-Unsubscribe": "One-Click"})
    with app.app_context(), every_tenant("test"), transaction() as session:
        session.execute(update(MailingRecipient).values(contact_id=None, company_id=None, address="", fields={}))
        session.execute(update(Suppression).values(lifted_at=clock.now()))
    after = client.get(world.letter.path), client.post(world.letter.path, data={"List-Unsubscribe": "One-Click"})
    assert [one.status_code for one in before] == [one.status_code for one in after] == [200, 200]
    assert before[1].get_data() == after[1].get_data()
    page = before[0].get_data(as_text=True).replace("a•••@gnosjo.example", "den adress som brevet gick till")
    assert page == after[0].get_data(as_text=True)
    assert standing(app) == {(world.ours, world.letter.list_id)}  # and it holds for whoever is imported later


def test_m12_a_token_survives_that_the_keys_are_changed(app, client, world):
    settings = app.extensions["settings"]
    newer = settings.unsubscribe_keys + "\n" + tokens.new_key_line(2)
    app.extensions["settings"] = replace(settings, unsubscribe_keys=newer, secret_key="another" * 9)
    app.config["SECRET_KEY"] = "another" * 9
    assert client.post(world.letter.path, data={"leave": "list"}).status_code == 200
    assert len(suppressions(app)) == 1


# ---- breadths and undo -----------------------------------------------------------------------------------------------


def test_m15_joint_is_one_row_in_each_company_and_tells_the_other_nothing_more(app, client, world):
    client.post(world.letter.path, data={"leave": "joint"})
    assert standing(app) == {(world.ours, None), (world.theirs, None)}
    theirs = next(one for one in suppressions(app) if one.tenant_id == world.theirs)
    assert (theirs.is_joint, theirs.mailing_id) == (True, None)


def test_m15_a_narrow_press_after_a_broad_one_takes_nothing_back(app, client, world):
    client.post(world.letter.path, data={"leave": "tenant"})
    client.post(world.letter.path, data={"leave": "list"})
    assert (world.ours, None) in standing(app)


def deed_of(answer) -> str:
    return re.search(r'name="deed" value="([^"]+)"', answer.get_data(as_text=True))[1]


@pytest.mark.parametrize("breadth", ["list", "tenant", "joint"])
def test_a_press_can_be_taken_back_for_ten_minutes(app, client, world, breadth):
    deed = deed_of(client.post(world.letter.path, data={"leave": breadth}))
    assert mailing(app, world.letter).unsubscribed == 1
    assert "Du får utskick som förut." in text_of(client.post(world.letter.path + "/undo", data={"deed": deed}))
    assert (standing(app), mailing(app, world.letter).unsubscribed) == (set(), 0)
    assert {one.lifted_by for one in suppressions(app)} == {"undo"}
    assert mailing(app, world.letter).version == 1


def test_a_second_press_can_be_taken_back_as_well(app, client, world):
    client.post(world.letter.path, data={"leave": "tenant"})
    deed = deed_of(client.post(world.letter.path, data={"leave": "tenant"}))
    client.post(world.letter.path + "/undo", data={"deed": deed})
    assert standing(app) == set()


def test_after_ten_minutes_it_stays(app, client, world):
    deed = deed_of(client.post(world.letter.path, data={"leave": "tenant"}))
    with app.app_context(), every_tenant("test"), transaction() as session:
        for row in session.query(Suppression):
            row.made_at -= timedelta(minutes=10)
    assert "För sent" in text_of(client.post(world.letter.path + "/undo", data={"deed": deed}))
    assert standing(app) == {(world.ours, None)}


@pytest.mark.parametrize("deed", ["", "made up", "{deed}x"])
def test_a_forged_undo_lifts_nothing(app, client, world, deed):
    given = deed_of(client.post(world.letter.path, data={"leave": "tenant"}))
    client.post(world.letter.path + "/undo", data={"deed": deed.format(deed=given)})
    assert standing(app) == {(world.ours, None)}


def test_one_click_offers_no_undo_and_what_stood_before_cannot_be_undone(app, client, world):
    client.post(world.letter.path, data={"List-Unsubscribe": "One-Click"})
    page = client.post(world.letter.path, data={"leave": "list"}).get_data(as_text=True)
    assert 'name="deed"' not in page


def test_m16_nothing_but_mailings_is_stopped(app, client, world):
    client.post(world.letter.path, data={"leave": "joint"})
    assert {one.kind for one in suppressions(app)} == {"no_mailings"}
