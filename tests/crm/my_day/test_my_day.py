"""My day, the team and the calendar: what is shown to whom, in how few presses and statements."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from infosoc.accounts.models import Membership, User
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.queries import team as team_queries
from infosoc.crm.queries.my_day import suggested_calls
from infosoc.crm.queries.team import team
from infosoc.crm.rules import EntryKind, Status
from infosoc.kernel import clock
from infosoc.tenancy.rules import Flag
from tests.builders import ContactPoint, csrf_token, make_company
from tests.crm.world import HTMX, counted, days


def send(client, path, **fields):
    fields["csrf_token"] = csrf_token(client, "/infosoc/calendar")
    return client.post(path, data=fields, headers=HTMX)


def section(html: str, name: str) -> str:
    return html.partition(f'id="day-{name}"')[2].partition("</section>")[0]


def suggested(world, user="karin"):
    with world.reading() as session:
        found = suggested_calls(session, world.users[user].id, now=clock.now(), quiet_days=90)
        return [one.company.name for one in found]


def change(world, company, **values):
    with world.writing() as session:
        session.execute(
            update(CompanyRelation).where(CompanyRelation.company_id == world.ids[company]).values(**values)
        )


# ---- what is to be done ---------------------------------------------------------------------------------------------


def test_overdue_today_and_coming_stand_apart_and_colleagues_are_left_out(world):
    for due, note in ((-3, "försenad"), (0, "dagens"), (2, "senare"), (20, "långt borta")):
        world.plan(due=due, note=note)
    world.plan(who="per", note="kollegans")
    html = world.client().get("/infosoc/").text
    assert "försenad" in section(html, "overdue")
    assert "dagens" in section(html, "today")
    assert "senare" in section(html, "coming")
    assert "långt borta" not in html
    assert "kollegans" not in html


def test_after_no_answer_the_row_says_so_and_offers_another_day(world):
    public_id = world.plan(note="dagens")
    client = world.client()
    path = f"/infosoc/companies/{world.companies['akeri']}/no-answer?on=day&follow_up={public_id}"
    assert "Försökt i dag" in section(send(client, path).text, "today")
    row = section(send(client, path).text, "today")
    assert "Försökt 2 gånger i dag" in row
    again = re.search(r'formaction="([^"]*snooze[^"]*due=%2B7[^"]*)"', row)[1].replace("&amp;", "&")
    assert "dagens" not in section(send(client, again).text, "today")


def test_a_deed_on_my_day_answers_the_whole_day_anew(world):
    world.plan(due=-3, note="nästa")
    public_id = world.plan(due=-4, note="klar snart")
    answer = send(world.client(), f"/infosoc/follow-ups/{public_id}/done?on=day")
    html = answer.get_data(as_text=True)
    assert html.lstrip().startswith('<div id="my-day"')
    assert "klar snart" not in html
    assert "nästa" in html
    assert f"/infosoc/follow-ups/{public_id}/reopen" in html


def test_focus_goes_to_the_row_that_followed(world):
    following = world.plan(due=-3)
    public_id = world.plan(due=-4)
    html = world.client().get("/infosoc/").text
    done = re.search(rf'formaction="([^"]*{public_id}/done[^"]*)"', html).group(1).replace("&amp;", "&")
    answer = send(world.client(), done).get_data(as_text=True)
    row = answer.partition(f'id="due-{following}"')[2].partition("</li>")[0]
    assert "data-autofocus" in row


def test_logging_from_my_day_does_the_follow_up(world):
    public_id = world.plan(note="Ring upp")
    client = world.client()
    html = client.get("/infosoc/").text
    form_url = re.search(r'href="([^"]*/log/new\?[^"]*follow_up=[^"]*)"', html).group(1).replace("&amp;", "&")
    form = client.get(form_url, headers=HTMX).text
    assert "Ring upp" in form
    assert re.search(r'<input checked[^>]*name="does"', form)
    path = f"/infosoc/companies/{world.companies['akeri']}/log"
    answer = send(client, path, kind="call", text="Klart", does="y", follow_up=public_id, on="day", follow_up_on="+30")
    assert "Ring upp" not in answer.get_data(as_text=True).partition("<aside")[0]


def test_an_empty_day_says_what_to_do(world):
    with world.writing() as session:
        session.execute(update(CompanyRelation).values(trashed_at=clock.now()))
    html = world.client().get("/infosoc/").text
    assert 'class="empty-title"' in html
    assert 'href="/infosoc/companies"' in html


def test_a_blocked_persons_number_cannot_be_pressed_and_nobody_answers_there(world):
    with world.writing() as session:
        contact = session.scalar(select(Contact))
        session.add(ContactPoint(contact_id=contact.id, kind="mobile", value="+46701740699", normalised="+46701740699"))
        session.scalar(select(ContactRelation)).call_blocked_at = clock.now()
        contact_id = contact.id
    public_id = world.plan(note="Mejla")
    with world.writing() as session:
        from infosoc.crm.models.log import FollowUp

        session.scalar(select(FollowUp).where(FollowUp.public_id == public_id)).contact_id = contact_id
    html = world.client().get("/infosoc/").text
    row = html.partition(f'id="due-{public_id}"')[2].partition("</li>")[0]
    assert "tel:" not in row
    assert "<s class" in row
    assert "no-answer" not in row


# ---- whom to call ---------------------------------------------------------------------------------------------------


def test_prospects_never_contacted_and_customers_long_unheard_of_are_suggested(world):
    change(world, "lonn", status=Status.CUSTOMER, last_contact_at=clock.now() - timedelta(days=91))
    assert suggested(world) == ["Lönns Bygg", "Åkeri AB"]
    change(world, "lonn", last_contact_at=clock.now() - timedelta(days=89))
    assert suggested(world) == ["Åkeri AB"]


def test_an_attempt_takes_a_company_off_the_list_for_a_week(world):
    change(world, "akeri", last_attempt_at=clock.now())
    assert suggested(world) == ["Lönns Bygg"]
    change(world, "akeri", last_attempt_at=clock.now() - timedelta(days=8))
    assert "Åkeri AB" in suggested(world)


def test_what_is_planned_is_not_suggested(world):
    world.plan("akeri", who="per", due=40)
    assert suggested(world) == ["Lönns Bygg"]


def test_a_colleagues_companies_are_not_suggested_and_ones_own_come_first(world):
    change(world, "lonn", owner_id=world.users["karin"].id)
    assert suggested(world) == ["Lönns Bygg", "Åkeri AB"]
    assert suggested(world, "per") == ["Åkeri AB"]


@pytest.mark.parametrize("shut", ["blocked", "protected"])
def test_where_nobody_may_be_called_nobody_is_suggested(world, shut):
    with world.writing() as session:
        if shut == "blocked":
            session.scalar(select(ContactRelation)).call_blocked_at = clock.now()
        else:
            session.scalar(select(Contact)).is_protected = True
    assert suggested(world) == ["Lönns Bygg"]


def test_the_suggestions_are_few_and_the_same_each_time(world):
    with world.writing() as session:
        for number in range(20):
            make_company(session, f"Bolag {number:02}", status=Status.CUSTOMER if number % 2 else Status.PROSPECT)
    first = suggested(world)
    assert len(first) == 6
    assert suggested(world) == first


def test_the_tenant_says_how_long_is_long(world):
    change(world, "lonn", status=Status.CUSTOMER, last_contact_at=clock.now() - timedelta(days=40))
    client = world.client()
    assert "Lönns Bygg" not in section(client.get("/infosoc/").text, "suggested")
    with world.app.app_context():
        from infosoc.db.session import transaction
        from infosoc.tenancy.models import Tenant

        with transaction() as session:
            session.get(Tenant, world.ours).settings = {"quiet_days": 30}
    assert "Lönns Bygg" in section(client.get("/infosoc/").text, "suggested")


def test_what_only_the_others_know_is_never_suggested(world):
    world.share(world.theirs, Flag.SHARE_REGISTER)
    assert "Gnosjö kommun" not in suggested(world)


# ---- what was done, rights, statements ------------------------------------------------------------------------------


def test_my_latest_contacts_tell_attempts_apart(world):
    world.log(kind=EntryKind.ATTEMPT)
    world.log(who="per", company="lonn", text="pers")
    html = world.client().get("/infosoc/").text
    recent = html.partition('class="recent"')[2].partition("</ul>")[0]
    assert 'data-kind="attempt"' in recent
    assert "Lönns Bygg" not in recent


def test_a_reader_sees_no_deeds_and_an_employee_no_register(world):
    world.plan(who="rut", note="Rut läser")
    html = world.client("rut").get("/infosoc/").text
    assert "Rut läser" in html
    assert "/done" not in html
    assert "no-answer" not in html
    bare = world.client("emil").get("/infosoc/", follow_redirects=True)
    assert (bare.status_code, bare.request.path) == (200, "/account/")
    assert "Åkeri" not in bare.text


def test_the_fragment_is_a_whole_page_when_opened_by_hand(world):
    client = world.client()
    assert "<html" in client.get("/infosoc/my-day").text
    assert "<html" not in client.get("/infosoc/my-day", headers=HTMX).text


@pytest.mark.parametrize(
    ("path", "who"), [("/infosoc/", "karin"), ("/infosoc/team", "anna"), ("/infosoc/calendar", "karin")]
)
def test_no_page_sends_more_than_eight_statements(world, path, who):
    for number in range(6):
        world.plan(due=number - 3)
        world.log(kind=EntryKind.ATTEMPT if number % 2 else EntryKind.CALL)
    client = world.client(who)
    with counted(world.app) as statements:
        assert client.get(path).status_code == 200
    assert len(statements) <= 8, "\n".join(statements)


# ---- the team -------------------------------------------------------------------------------------------------------


def test_the_team_page_counts_by_person(world):
    world.plan(due=-2)
    world.plan(due=3)
    world.log(happened_at=clock.now())
    world.log(kind=EntryKind.ATTEMPT, happened_at=clock.now())
    html = world.client("anna").get("/infosoc/team").text
    row = html.partition(f'by={world.users["karin"].public_id}"')[2].partition("</tr>")[0]
    assert re.findall(r">\s*(\d+)[^<]*<", row)[:4] == ["2", "1", "1", "1"]


def test_open_and_overdue_are_counted_in_one_look_to_one_more_than_is_told(world, monkeypatch):
    for due in (-9, -1, 0, 4):
        world.plan(who="per", due=due)
    world.plan(who="karin", due=3)

    def counts() -> dict[str, tuple[int, int]]:
        with world.reading() as session:
            return {
                one.user.name.split()[0].lower(): (one.open, one.overdue)
                for one in team(session, clock.today()).members
            }

    assert {name: counts()[name] for name in ("per", "karin")} == {"per": (4, 2), "karin": (1, 0)}
    monkeypatch.setattr(team_queries, "MOST_TOLD", 2)
    assert counts()["per"] == (3, 2)
    monkeypatch.setattr(team_queries, "MOST_TOLD", 0)
    assert counts()["per"] == (1, 1)


def test_only_who_leads_sees_the_team(world):
    assert world.client("karin").get("/infosoc/team").status_code == 403


# ---- the calendar ---------------------------------------------------------------------------------------------------


def address_of(client):
    send(client, "/infosoc/calendar")
    html = client.get("/infosoc/calendar").text
    return re.search(r'value="http://localhost(/calendar/[^"]+\.ics)"', html).group(1)


def summaries(answer):
    return [str(event["summary"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_the_calendar_holds_days_and_company_names_and_nothing_more(world):
    world.plan(due=2, note="Hemligt om skilsmässan")
    world.plan("lonn", who="per", due=2)
    address = address_of(world.client())
    answer = world.app.test_client().get(address)
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event.decoded("dtstart") == days(2)
    assert "Åkeri AB" in str(event["summary"])
    assert "Hemligt" not in answer.get_data(as_text=True)


def test_the_address_is_shown_once(world):
    client = world.client()
    address_of(client)
    assert ".ics" not in client.get("/infosoc/calendar").text


def test_a_new_address_ends_the_old_one_and_withdrawing_ends_it(world):
    client = world.client()
    old = address_of(client)
    new = address_of(client)
    stranger = world.app.test_client()
    assert stranger.get(old).status_code == 404
    assert stranger.get(new).status_code == 200
    send(client, "/infosoc/calendar/withdraw")
    assert stranger.get(new).status_code == 404


def test_a_wrong_address_is_not_there(world):
    assert world.app.test_client().get("/calendar/nonsense.ics").status_code == 404


@pytest.mark.parametrize("end", ["membership", "user", "role"])
def test_the_address_dies_with_membership_account_and_right(world, end):
    address = address_of(world.client())
    with world.writing() as session:
        karin = world.users["karin"].id
        if end == "user":
            session.execute(update(User).where(User.id == karin).values(disabled_at=clock.now()))
        elif end == "membership":
            session.execute(update(Membership).where(Membership.user_id == karin).values(ends_on=days(-1)))
        else:
            session.execute(update(Membership).where(Membership.user_id == karin).values(roles=["employee"]))
    assert world.app.test_client().get(address).status_code == 404
