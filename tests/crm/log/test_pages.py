"""The pages of the log: writing, one press, correcting, the timeline, the list."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import EntryKind, Outcome
from infosoc.kernel import clock, sv
from infosoc.tenancy.rules import Flag
from tests.builders import csrf_token
from tests.crm.world import HTMX, counted, days


def send(client, path, *, htmx=True, **fields):
    """Post a form as the page would."""
    fields["csrf_token"] = csrf_token(client, "/infosoc/log")
    return client.post(path, data=fields, headers=HTMX if htmx else {})


def entries(world):
    with world.reading() as session:
        return list(session.scalars(select(LogEntry).where(LogEntry.trashed_at.is_(None)).order_by(LogEntry.id)))


def log_url(world, company="akeri"):
    return f"/infosoc/companies/{world.companies[company]}/log"


def toast_of(response):
    return re.search(r'class="toast-text">([^<]*)', response.get_data(as_text=True)).group(1)


# ---- writing --------------------------------------------------------------------------------------------------------


def test_the_form_shows_kinds_people_and_numbers(world):
    html = world.client().get(log_url(world) + "/new", headers=HTMX).get_data(as_text=True)
    assert "<html" not in html
    assert html.count('name="kind"') == len(EntryKind)
    assert 'href="tel:+46701740610"' in html
    assert "Bo Lönn" in html


def test_the_form_is_a_page_of_its_own_without_htmx(world):
    html = world.client().get(log_url(world) + "/new").get_data(as_text=True)
    assert "<html" in html
    assert 'name="text"' in html


def test_a_call_is_logged_with_its_follow_up_and_without_htmx(world):
    client = world.client()
    answer = send(
        client, log_url(world), htmx=False, kind="call", outcome="interested", text="Vill ha offert",
        contact=world.contacts["bo"], follow_up_on="tor", follow_up_note="Skicka offert",
        follow_up_for=world.users["per"].public_id,
    )  # fmt: skip
    assert answer.status_code == 303
    (entry,) = entries(world)
    assert (entry.kind, entry.outcome, entry.text) == ("call", "interested", "Vill ha offert")
    with world.reading() as session:
        follow_up = session.scalar(select(FollowUp))
        assert follow_up.due_on == sv.parse_day("tor", clock.today())
        assert (follow_up.note, follow_up.assignee_id) == ("Skicka offert", world.users["per"].id)
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Vill ha offert" in page
    assert "Skicka offert" in page


def test_on_the_company_page_the_answer_is_the_timeline_with_the_new_line(world):
    answer = send(world.client(), log_url(world), kind="email", text="Skickade prislista", on="page")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert html.lstrip().startswith('<section id="log-panel"')
    assert "Skickade prislista" in html
    assert "follow-ups-changed" in json.loads(answer.headers["HX-Trigger"])


def test_in_a_row_the_answer_is_a_toast_with_undo(world):
    answer = send(world.client(), log_url(world), kind="call", text="Hej", on="row")
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "activity" in json.loads(answer.headers["HX-Trigger"])
    (entry,) = entries(world)
    assert f"/infosoc/log/{entry.public_id}/undo" in answer.get_data(as_text=True)


def test_an_attempt_takes_the_outcome_of_attempts_and_a_call_that_of_contacts(world):
    client = world.client()
    send(client, log_url(world), kind="attempt", outcome="interested", tried="busy")
    send(client, log_url(world), kind="call", outcome="interested", tried="busy")
    assert [entry.outcome for entry in entries(world)] == ["busy", "interested"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "fax", "text": "behåll mig"}, "behåll mig"),
        ({"kind": "call", "when": "snart", "text": "behåll mig"}, "behåll mig"),
        ({"kind": "call", "when": "2031-01-01 10:00", "text": "behåll mig"}, "behåll mig"),
        ({"kind": "call", "follow_up_on": "i går", "text": "behåll mig"}, "behåll mig"),
        ({"kind": "call", "follow_up_on": "blursdag", "text": "behåll mig"}, "blursdag"),
        ({"kind": "note"}, 'id="text-error"'),
        ({"kind": "call", "follow_up_for": "nobody", "follow_up_on": "+1"}, 'id="follow_up_for-error"'),
    ],
)
def test_wrong_input_answers_422_and_keeps_the_text(world, fields, said):
    answer = send(world.client(), log_url(world), **fields)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert entries(world) == []


def test_a_personal_number_is_refused_with_an_explanation(world):
    answer = send(world.client(), log_url(world), kind="note", text="Han är 19121212-1212")
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.get_data(as_text=True)
    assert entries(world) == []


def test_p14_who_must_not_be_called_is_struck_through_and_warned_of(world):
    with world.writing() as session:
        session.scalar(select(ContactRelation)).call_blocked_at = clock.now()
        contact = session.scalar(select(Contact))
        from tests.builders import ContactPoint

        session.add(ContactPoint(contact_id=contact.id, kind="mobile", value="+46701740699", normalised="+46701740699"))
    html = world.client().get(log_url(world) + "/new", headers=HTMX).get_data(as_text=True)
    assert "tel:+46701740699" not in html
    assert re.search(r"<s>070.174 06 99</s>", html)


def test_a_protected_persons_number_is_not_in_the_form(world):
    with world.writing() as session:
        contact = session.scalar(select(Contact))
        contact.is_protected = True
        from tests.builders import ContactPoint

        session.add(ContactPoint(contact_id=contact.id, kind="mobile", value="+46701740699", normalised="+46701740699"))
    assert "740699" not in world.client().get(log_url(world) + "/new").get_data(as_text=True).replace(" ", "")


# ---- one press ------------------------------------------------------------------------------------------------------


def test_no_answer_is_one_press_and_offers_days_to_try_again(world):
    client = world.client()
    answer = send(client, f"/infosoc/companies/{world.companies['akeri']}/no-answer?on=row")
    (entry,) = entries(world)
    assert (entry.kind, entry.outcome) == (EntryKind.ATTEMPT, Outcome.NO_ANSWER)
    html = answer.get_data(as_text=True)
    offered = re.search(r'action="([^"]*/follow-ups[^"]*)"', html).group(1)
    value = re.search(r'name="due_on" value="([^"]*)"', html).group(1)
    planned = send(client, offered, due_on=value, on="row")
    assert planned.status_code == 200
    with world.reading() as session:
        assert session.scalar(select(FollowUp.due_on)).isoformat() == value


def test_no_answer_works_without_htmx(world):
    answer = send(world.client(), f"/infosoc/companies/{world.companies['akeri']}/no-answer", htmx=False)
    assert answer.status_code == 303
    assert len(entries(world)) == 1


def test_no_answer_on_a_follow_up_offers_to_move_that_one(world):
    public_id = world.plan()
    path = f"/infosoc/companies/{world.companies['akeri']}/no-answer?on=day&follow_up={public_id}"
    client = world.client()
    html = send(client, path).get_data(as_text=True)
    assert f"/infosoc/follow-ups/{public_id}/snooze" in html
    send(client, f"/infosoc/follow-ups/{public_id}/snooze", due_on="+7", on="day")
    with world.reading() as session:
        assert list(session.scalars(select(FollowUp.due_on))) == [days(7)]


def test_what_was_logged_can_be_undone(world):
    client = world.client()
    send(client, log_url(world), kind="call", text="Hej", follow_up_on="+3")
    (entry,) = entries(world)
    assert send(client, f"/infosoc/log/{entry.public_id}/undo").status_code == 200
    assert entries(world) == []
    with world.reading() as session:
        assert session.scalar(select(FollowUp).where(FollowUp.trashed_at.is_(None))) is None


# ---- from anywhere --------------------------------------------------------------------------------------------------


def test_a_company_is_chosen_by_typing_without_marks(world):
    client = world.client()
    html = client.get("/infosoc/log/companies?q=aker", headers=HTMX).get_data(as_text=True)
    assert f'data-value="{world.companies["akeri"]}"' in html
    chosen = client.get(f"/infosoc/log/new?company={world.companies['akeri']}", follow_redirects=True)
    assert 'name="kind"' in chosen.get_data(as_text=True)


def test_without_htmx_the_hits_are_links_to_the_form(world):
    html = world.client().get("/infosoc/log/new?q=akeri").get_data(as_text=True)
    assert f"/infosoc/companies/{world.companies['akeri']}/log/new" in html


def test_a_company_that_is_not_shown_is_not_found(world):
    assert world.companies["gnosjo"] not in world.client().get("/infosoc/log/companies?q=gnosj", headers=HTMX).text
    assert world.client().get(log_url(world, "gnosjo") + "/new").status_code == 404


# ---- correcting -----------------------------------------------------------------------------------------------------


def test_an_entry_is_corrected_and_its_history_says_from_and_to(world):
    client = world.client()
    public_id = world.log(text="Fel text")
    form = client.get(f"/infosoc/log/{public_id}/edit", headers=HTMX).get_data(as_text=True)
    assert "Fel text" in form
    answer = send(client, f"/infosoc/log/{public_id}", kind="call", text="Rätt text", version="1", on="page")
    assert "Rätt text" in answer.get_data(as_text=True)
    history = client.get(f"/infosoc/log/{public_id}/history", headers=HTMX).get_data(as_text=True)
    assert "Fel text" in history
    assert "Rätt text" in history
    assert "Karin Ek" in history


def test_a_conflict_answers_409_shows_both_and_can_be_saved_again(world):
    client = world.client()
    public_id = world.log(text="från början")
    send(client, f"/infosoc/log/{public_id}", kind="call", text="hennes", version="1")
    answer = send(client, f"/infosoc/log/{public_id}", kind="call", text="mitt", version="1")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "hennes" in html
    assert "mitt" in html
    assert 'name="version" value="2"' in html
    assert send(client, f"/infosoc/log/{public_id}", kind="call", text="mitt", version="2").status_code == 200


def test_a_colleagues_entry_is_not_to_be_corrected(world):
    public_id = world.log(who="per")
    client = world.client()
    assert client.get(f"/infosoc/log/{public_id}/edit").status_code == 409
    assert send(client, f"/infosoc/log/{public_id}", kind="call", text="x").status_code == 409
    assert send(client, f"/infosoc/log/{public_id}/trash").status_code == 409


def test_an_entry_in_the_trash_is_listed_there_and_restored(world):
    client = world.client()
    public_id = world.log(text="Slängd")
    send(client, f"/infosoc/log/{public_id}/trash")
    assert "Slängd" not in client.get("/infosoc/log").text
    assert "Slängd" in client.get("/infosoc/log?trash=1").text
    send(client, f"/infosoc/log/{public_id}/restore")
    assert "Slängd" in client.get("/infosoc/log").text


# ---- rights and tenants ---------------------------------------------------------------------------------------------


def test_a_reader_reads_and_does_not_write(world):
    client = world.client("rut")
    world.log(text="Läsbart")
    page = client.get(f"/infosoc/companies/{world.companies['akeri']}/log").get_data(as_text=True)
    assert "Läsbart" in page
    assert "no-answer" not in page
    assert client.get(log_url(world) + "/new").status_code == 403
    assert send(client, log_url(world), kind="call").status_code == 403


def test_another_tenants_entry_is_not_there(world):
    public_id = world.log()
    client = world.client("sven")
    token = csrf_token(client, "/rattsdata/log")
    assert client.get(f"/infosoc/log/{public_id}/edit").status_code == 404
    assert client.get(f"/rattsdata/log/{public_id}/history").status_code == 404
    assert client.post(f"/rattsdata/log/{public_id}/trash", data={"csrf_token": token}).status_code == 404


def test_the_others_log_is_shown_with_their_name_when_their_flags_say_so(world):
    world.share(world.ours, Flag.SHARE_REGISTER)
    public_id = world.log(text="Sagt av Karin")
    path = f"/rattsdata/companies/{world.companies['akeri']}/log"
    client = world.client("sven")
    assert "Sagt av Karin" not in client.get(path).text
    assert "Sagt av Karin" not in client.get("/rattsdata/log").text
    world.share(world.ours, Flag.SHARE_CONTACT_LOG)
    for page in (client.get(path).text, client.get("/rattsdata/log").text):
        assert "Sagt av Karin" in page
        assert "Karin Ek" in page
        assert '<span class="tag">Infosoc</span>' in page
        assert f"/rattsdata/log/{public_id}/edit" not in page
        assert f"/rattsdata/log/{public_id}/history" not in page


# ---- the timeline and the list --------------------------------------------------------------------------------------


def test_attempts_in_a_row_are_one_line_and_a_contact_breaks_it(world):
    now = clock.now()
    for back, kind in enumerate((EntryKind.ATTEMPT, EntryKind.ATTEMPT, EntryKind.CALL, EntryKind.ATTEMPT)):
        world.log(kind=kind, happened_at=now - timedelta(days=back))
    html = world.client().get(log_url(world), headers=HTMX).get_data(as_text=True)
    assert html.count("data-several") == 1
    assert html.count('data-kind="attempt"') == 4  # the line, its two, and the one alone


def test_the_filter_is_in_the_address(world):
    world.log(text="Ett samtal")
    world.log(kind=EntryKind.EMAIL, text="Ett brev")
    answer = world.client().get(log_url(world) + "?kind=email&filter=1", headers=HTMX)
    html = answer.get_data(as_text=True)
    assert "Ett brev" in html
    assert "Ett samtal" not in html
    assert answer.headers["HX-Push-Url"] == f"/infosoc/companies/{world.companies['akeri']}?kind=email"
    page = world.client().get(answer.headers["HX-Push-Url"]).get_data(as_text=True)
    assert "Ett samtal" not in page


def test_older_lines_come_by_key_and_none_is_lost_or_twice(world):
    now = clock.now()
    for number in range(45):
        world.log(text=f"rad-{number:02}", happened_at=now - timedelta(minutes=number // 3))
    client, seen, path = world.client(), [], log_url(world) + "?"
    while path:
        html = client.get(path, headers=HTMX).get_data(as_text=True)
        seen += re.findall(r"rad-\d\d", html)
        older = re.search(r'hx-get="([^"]*before=[^"]*)"', html)
        path = older.group(1).replace("&amp;", "&") if older else None
    assert len(seen) == 45
    assert len(set(seen)) == 45


def test_the_whole_log_is_filtered_by_kind_person_and_period_and_pages_by_key(world):
    now = clock.now()
    for number in range(60):
        world.log(text=f"rad-{number:02}", happened_at=now - timedelta(minutes=number))
    world.log(who="per", kind=EntryKind.DEMO, text="pers demo", happened_at=now - timedelta(days=30))
    client = world.client()
    first = client.get("/infosoc/log").text
    assert len(re.findall(r"rad-\d\d", first)) == 50
    older = re.search(r'href="([^"]*before=[^"]*)"', first).group(1).replace("&amp;", "&")
    assert len(re.findall(r"rad-\d\d", client.get(older).text)) == 10
    assert "pers demo" in client.get(f"/infosoc/log?by={world.users['per'].public_id}").text
    assert "rad-" not in client.get("/infosoc/log?kind=demo").text
    assert "pers demo" not in client.get("/infosoc/log?since=-7").text


# ---- how much it asks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/infosoc/log", "{log}", "{log}/new", "/infosoc/log/new", "{entry}/history"])
def test_no_page_sends_more_than_eight_statements(world, path):
    public_id = ""
    for number in range(8):
        public_id = world.log(kind=EntryKind.ATTEMPT if number % 2 else EntryKind.CALL, text=f"rad {number}")
        world.plan(due=number)
    client = world.client()
    path = path.format(log=log_url(world), entry=f"/infosoc/log/{public_id}")
    with counted(world.app) as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)


def test_logging_a_call_costs_few_statements(world):
    client = world.client()
    token = csrf_token(client, "/infosoc/log")
    with counted(world.app) as statements:
        client.post(log_url(world), data={"csrf_token": token, "kind": "call", "text": "x"}, headers=HTMX)
    assert len(statements) <= 20, "\n".join(statements)


def test_the_rows_of_a_filter_carry_the_export_of_just_these(world):
    world.log()
    html = world.client("anna").get("/infosoc/log/rows?kind=call", headers=HTMX).get_data(as_text=True)
    assert "query=kind%3Dcall" in html
    assert "query=kind%3Dcall" not in world.client("rut").get("/infosoc/log/rows?kind=call", headers=HTMX).text
