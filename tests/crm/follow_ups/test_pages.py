"""Follow-ups: planned, done, put off, changed, removed; each undone again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from infosoc.audit.models import AuditValue
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.log import FollowUp
from infosoc.crm.rules import Status
from infosoc.kernel import clock, sv
from infosoc.tenancy.rules import Flag
from tests.builders import csrf_token
from tests.crm.world import HTMX, days


def send(client, path, *, htmx=True, tenant="infosoc", **fields):
    fields["csrf_token"] = csrf_token(client, f"/{tenant}/log")
    return client.post(path, data=fields, headers=HTMX if htmx else {})


def follow_up(world):
    with world.reading() as session:
        return session.scalar(select(FollowUp))


def next_day(world, company="akeri"):
    with world.reading() as session:
        query = select(CompanyRelation.next_follow_up_on).where(CompanyRelation.company_id == world.ids[company])
        return session.scalar(query)


def plan_url(world, company="akeri"):
    return f"/infosoc/companies/{world.companies[company]}/follow-ups"


def undo_of(answer):
    """The last form of the toast: before it may stand days for what comes next."""
    return re.findall(r'hx-post="([^"]*)"', answer.get_data(as_text=True))[-1].replace("&amp;", "&")


@pytest.mark.parametrize("text", ["i morgon", "tor", "+14", "om en månad"])
def test_a_follow_up_is_planned_on_a_day_written_in_words(world, text):
    answer = send(world.client(), plan_url(world), due_on=text, note="Ring om avtalet", contact=world.contacts["bo"])
    assert answer.status_code == 200
    made = follow_up(world)
    assert (made.due_on, made.note) == (sv.parse_day(text, clock.today()), "Ring om avtalet")
    assert made.assignee_id == world.users["karin"].id
    assert next_day(world) == made.due_on


def test_the_form_is_a_page_of_its_own_and_a_plain_form(world):
    client = world.client()
    assert "<html" in client.get(plan_url(world) + "/new").text
    answer = send(client, plan_url(world), htmx=False, due_on="+1")
    assert answer.status_code == 303
    assert follow_up(world) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"due_on": ""},
        {"due_on": "i går"},
        {"due_on": "blursdag"},
        {"due_on": "2050-01-01"},
        {"due_on": "+1", "note": "19121212-1212"},
        {"due_on": "+1", "assignee": "nobody"},
        {"due_on": "+1", "contact": "nobody"},
    ],
)
def test_wrong_input_answers_422_and_plans_nothing(world, fields):
    answer = send(world.client(), plan_url(world), **fields)
    assert answer.status_code == 422
    assert '-error"' in answer.get_data(as_text=True)
    assert follow_up(world) is None


def test_planning_takes_in_what_the_others_show(world):
    world.share(world.theirs, Flag.SHARE_REGISTER)
    assert send(world.client(), plan_url(world, "gnosjo"), due_on="+3").status_code == 200
    with world.reading() as session:
        ours = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == world.ids["gnosjo"]))
        assert (ours.status, ours.next_follow_up_on) == (Status.PROSPECT, days(3))


def test_done_is_one_press_and_is_undone_by_another(world):
    public_id = world.plan(due=-2)
    client = world.client()
    answer = send(client, f"/infosoc/follow-ups/{public_id}/done?on=row")
    assert follow_up(world).done_by == world.users["karin"].id
    assert next_day(world) is None
    send(client, undo_of(answer))
    assert follow_up(world).done_at is None
    assert next_day(world) == days(-2)


def test_done_twice_is_done_once(world):
    public_id = world.plan()
    client = world.client()
    for _ in range(2):
        assert send(client, f"/infosoc/follow-ups/{public_id}/done").status_code == 200
    with world.reading() as session:
        assert session.scalar(select(AuditValue)) is None


@pytest.mark.parametrize(("text", "day"), [("+1", "+1"), ("+7", "+7"), ("next week", "next week"), ("tor", "tor")])
def test_putting_off_counts_from_today_and_can_be_undone(world, text, day):
    public_id = world.plan(due=-9)
    client = world.client()
    answer = send(client, f"/infosoc/follow-ups/{public_id}/snooze", due_on=text)
    assert follow_up(world).due_on == sv.parse_day(day, clock.today())
    assert next_day(world) == follow_up(world).due_on
    send(client, undo_of(answer))
    assert follow_up(world).due_on == days(-9)


def test_putting_off_works_by_address_alone_and_without_htmx(world):
    public_id = world.plan(due=-9)
    answer = send(world.client(), f"/infosoc/follow-ups/{public_id}/snooze?due=%2B7&on=day", htmx=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/infosoc/")
    assert follow_up(world).due_on == days(7)


def test_a_day_that_has_passed_comes_back_with_the_form(world):
    public_id = world.plan()
    answer = send(world.client(), f"/infosoc/follow-ups/{public_id}/snooze", due_on="i går")
    assert answer.status_code == 422
    assert 'id="due_on-error"' in answer.get_data(as_text=True)


def test_day_note_and_who_are_changed_and_told(world):
    public_id = world.plan(note="Gammalt")
    client = world.client()
    assert "Gammalt" in client.get(f"/infosoc/follow-ups/{public_id}/move", headers=HTMX).text
    answer = send(
        client, f"/infosoc/follow-ups/{public_id}", due_on="+4", note="Nytt", version="1", on="follow-ups",
        assignee=world.users["per"].public_id,
    )  # fmt: skip
    assert 'id="follow-ups"' in answer.get_data(as_text=True)
    changed = follow_up(world)
    assert (changed.due_on, changed.note, changed.assignee_id) == (days(4), "Nytt", world.users["per"].id)
    with world.reading() as session:
        values = {row.field: (row.before, row.after) for row in session.scalars(select(AuditValue))}
        assert values["assignee"] == ("Karin Ek", "Per Alm")
        assert values["note"] == ("Gammalt", "Nytt")


def test_a_change_of_an_older_version_answers_409_with_the_form(world):
    public_id = world.plan()
    client = world.client()
    send(client, f"/infosoc/follow-ups/{public_id}", due_on="+4", note="ett", version="1")
    answer = send(client, f"/infosoc/follow-ups/{public_id}", due_on="+5", note="två", version="1")
    assert answer.status_code == 409
    assert "två" in answer.get_data(as_text=True)


def test_an_overdue_one_can_get_a_new_note_without_a_new_day(world):
    public_id = world.plan(due=-5)
    day = days(-5).isoformat()
    answer = send(world.client(), f"/infosoc/follow-ups/{public_id}", due_on=day, note="Ny", version="1")
    assert answer.status_code == 200
    assert follow_up(world).note == "Ny"


def test_a_removed_one_is_restored(world):
    public_id = world.plan(due=2)
    client = world.client()
    answer = send(client, f"/infosoc/follow-ups/{public_id}/trash")
    assert next_day(world) is None
    send(client, undo_of(answer))
    assert next_day(world) == days(2)


@pytest.mark.parametrize("deed", ["done", "reopen", "snooze?due=%2B1", "put-back?due=%2B1", "trash", "restore"])
def test_another_tenants_follow_up_is_not_there_and_a_reader_may_not(world, deed):
    public_id = world.plan()
    sven, rut = world.client("sven"), world.client("rut")
    assert send(sven, f"/rattsdata/follow-ups/{public_id}/{deed}", tenant="rattsdata").status_code == 404
    assert send(sven, f"/infosoc/follow-ups/{public_id}/{deed}", tenant="rattsdata").status_code == 404
    assert send(rut, f"/infosoc/follow-ups/{public_id}/{deed}").status_code == 403


def test_one_that_was_done_without_an_entry_stands_in_the_timeline(world):
    public_id = world.plan(note="Bjud på lunch")
    client = world.client()
    send(client, f"/infosoc/follow-ups/{public_id}/done")
    assert "Bjud på lunch" in client.get(f"/infosoc/companies/{world.companies['akeri']}/log", headers=HTMX).text


def test_done_offers_days_for_the_next_one_with_the_same_person(world):
    client = world.client()
    public_id = world.plan(due=0)
    toast = send(client, f"/infosoc/follow-ups/{public_id}/done?on=row").text
    form = re.search(r'<form class="toast-days".*?</form>', toast, re.S).group(0)
    address = re.search(r'hx-post="([^"]+)"', form).group(1).replace("&amp;", "&")
    day = re.search(r'name="due_on" value="([^"]+)"', form).group(1)
    assert send(client, address, due_on=day).status_code == 200
    with world.reading() as session:
        planned = session.scalars(select(FollowUp).order_by(FollowUp.id)).all()
        assert [one.done_at is None for one in planned] == [False, True]
