"""Agreements by the commands: what is signed, changed and cancelled, and what the database itself refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, true, update
from sqlalchemy.exc import DBAPIError

from infosoc.crm.commands import merge, trash
from infosoc.crm.commands.holding import IsHeld
from infosoc.crm.models.companies import CompanyRelation
from infosoc.kernel import clock
from infosoc.subscriptions import jobs
from infosoc.subscriptions.commands import agreements, copies, deeds, increases, prices
from infosoc.subscriptions.commands.agreements import InvoiceDetails, PriceNeeded
from infosoc.subscriptions.commands.deeds import TooEarly
from infosoc.subscriptions.commands.increases import NewIncrease
from infosoc.subscriptions.commands.prices import NewPrice
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine, AgreementProduct, ListPrice
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries import calendar, charges, figures
from infosoc.subscriptions.rules.amounts import PriceMissing
from infosoc.subscriptions.rules.figures import Move
from infosoc.subscriptions.views import renewals
from tests.subscriptions.world import NOW, World

DAY = timedelta(days=1)


def status(world: World, company: str = "akeri") -> str:
    with world.reading() as session:
        query = select(CompanyRelation.status).where(CompanyRelation.company_id == world.ids[company])
        return str(session.scalar(query))


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=clock.STOCKHOLM)


def charged(world: World, public_id: str, first: date, through: date) -> list[tuple[str, str, int]]:
    with world.reading() as session:
        one = session.scalar(select(Agreement.id).where(Agreement.public_id == public_id))
        found = charges.charges(session, [one], first=first, through=through)
        return [(charge.part.starts_on.isoformat(), charge.part.end.isoformat(), charge.net_ore) for charge in found]


def test_a_company_is_a_customer_while_an_agreement_holds_and_a_former_one_after(world: World):
    public_id = world.sign()
    assert status(world) == "customer"
    with world.writing() as session:
        deeds.cancel(session, public_id, last_day=date(2024, 3, 31), reason="", lets_go=True, by=None, now=clock.now())
    assert status(world) == "former"


@pytest.mark.sqlite_only
def test_a_trial_makes_no_customer_until_it_is_over(world: World):
    public_id = world.sign(company="bygg", trial_until=clock.today() + DAY)
    assert status(world, "bygg") == "prospect"
    with world.writing() as session:
        assert copies.refresh_due(session, on=clock.today() + 2 * DAY) == 1
    assert status(world, "bygg") == "customer"
    with world.reading() as session:
        assert session.scalar(select(Agreement.state).where(Agreement.public_id == public_id)) == "active"


@pytest.mark.sqlite_only
def test_the_nightly_job_ends_what_is_over(world: World):
    public_id = world.sign()
    with world.writing() as session:
        last_day = clock.today()
        deeds.cancel(session, public_id, last_day=last_day, reason="", lets_go=True, by=None, now=clock.now())
    assert status(world) == "customer"
    with world.app.app_context():
        jobs.follow_the_days(clock.now() + 2 * DAY)
    assert status(world) == "former"


@pytest.mark.sqlite_only
def test_an_agreement_ends_by_binding_time_and_notice_unless_the_customer_is_let_go(world: World):
    public_id = world.sign(binding_months=12)
    early = {"last_day": date(2024, 6, 30), "reason": "", "by": None, "now": at(2024, 3, 1)}
    with pytest.raises(TooEarly) as error, world.writing() as session:
        deeds.cancel(session, public_id, lets_go=False, **early)
    assert error.value.values == {"day": "2024-12-31"}
    with world.writing() as session:
        assert deeds.cancel(session, public_id, lets_go=True, **early).ends_on == date(2024, 7, 1)


def test_what_has_been_agreed_cannot_be_written_anew_in_the_database(world: World):
    public_id = world.sign()
    changes = (
        (AgreementLine, {"price_ore": 1}), (AgreementLine, {"quantity_thousandths": 1}),
        (AgreementDeed, {"effective_on": date(2020, 1, 1)}), (ListPrice, {"price_ore": 1}),
    )  # fmt: skip
    for model, values in changes:
        with pytest.raises(DBAPIError, match="final"), world.writing() as session:
            session.execute(update(model).values(**values))
    with pytest.raises(DBAPIError, match="final"), world.writing() as session:
        session.delete(session.scalars(select(AgreementDeed)).first())
    with world.reading() as session:
        card = queries.card(session, public_id, on=date(2024, 2, 1))
        assert card.lines[0].price.ore == 120_000


@pytest.mark.sqlite_only
def test_a_year_is_charged_once_in_advance_and_a_pause_is_left_out(world: World):
    public_id = world.sign()
    assert charged(world, public_id, date(2024, 1, 1), date(2025, 1, 1)) == [
        ("2024-01-01", "2025-01-01", 1_440_000), ("2025-01-01", "2026-01-01", 1_440_000),
    ]  # fmt: skip
    monthly = world.sign(company="bygg", billing_months=1, in_advance=False)
    with world.writing() as session:
        by = world.users["anna"].id
        deeds.pause(session, monthly, on=date(2024, 2, 11), reason="", by=by, now=at(2024, 2, 1))
        deeds.resume(session, monthly, on=date(2024, 3, 1), reason="", by=by, now=at(2024, 2, 1))
    found = charged(world, monthly, date(2024, 1, 1), date(2024, 3, 31))
    assert found == [
        ("2024-01-01", "2024-02-01", 120_000), ("2024-02-01", "2024-02-11", 41_379),
        ("2024-03-01", "2024-04-01", 120_000),
    ]  # fmt: skip


@pytest.mark.sqlite_only
def test_months_of_runs_charge_the_same_as_one_long_run_and_nothing_twice(world: World):
    public_id = world.sign(world.line(), world.line("avvik", None), billing_months=3, starts_on=date(2024, 1, 15))
    with world.reading() as session:
        one = session.scalar(select(Agreement.id).where(Agreement.public_id == public_id))
        whole = charges.charges(session, [one], first=date(2024, 1, 1), through=date(2025, 12, 31))
        sources = []
        for month in range(24):
            first = date(2024 + month // 12, month % 12 + 1, 1)
            last = date(2024 + (month + 1) // 12, (month + 1) % 12 + 1, 1) - DAY
            sources += [charge.source for charge in charges.charges(session, [one], first=first, through=last)]
    assert sorted(sources) == sorted(charge.source for charge in whole)
    assert len(set(sources)) == len(sources) == 16


@pytest.mark.sqlite_only
def test_a_price_that_is_missing_for_a_day_is_named_and_the_rest_goes_on(world: World):
    with world.writing() as session:
        price = NewPrice(date(2024, 1, 1), 100_000, valid_until=date(2024, 12, 31))
        prices.set_price(session, world.price_list, world.products["journal"], price, by=None, now=NOW)
    public_id = world.sign(world.line(ore=None), world.line("avvik", None))
    with world.reading() as session:
        one = session.scalar(select(Agreement.id).where(Agreement.public_id == public_id))
        found = charges.charges(session, [one], first=date(2025, 1, 1), through=date(2025, 1, 31))
        assert [type(charge.problem) for charge in found] == [PriceMissing, type(None)]
        assert found[1].net_ore == 600_000
        revenue = figures.recurring(session, date(2024, 12, 1), 3)
        assert [month.mrr_ore for month in revenue.months] == [150_000, 150_000, 150_000]


@pytest.mark.sqlite_only
def test_a_line_needs_a_price_of_its_own_where_there_is_no_list(world: World):
    with pytest.raises(PriceNeeded):
        world.sign(world.line(ore=None), price_list_id="")


@pytest.mark.sqlite_only
def test_the_recipient_is_taken_from_the_contact_person(world: World):
    details = InvoiceDetails(contact_id=world.contact)
    public_id = world.sign(details=details)
    with world.reading() as session:
        one = queries.card(session, public_id, on=clock.today())
        assert (one.agreement.recipient_name, one.agreement.recipient_email) == ("Bo Lönn", "bo@aker.example")
        assert one.recipient.public_id == world.contact


def test_agreements_follow_a_company_that_is_merged_and_come_back(world: World):
    from infosoc.crm.commands import unmerge

    public_id = world.sign(company="bygg")
    by = world.users["anna"].id
    with world.writing() as session:
        undo = merge.merge(session, world.ids["bygg"], world.ids["akeri"], taken={}, by=by, now=NOW).public_id
    assert status(world) == "customer"
    with world.reading() as session:
        assert set(session.scalars(select(Agreement.company_id))) == {world.ids["akeri"]}
        assert set(session.scalars(select(AgreementProduct.company_id))) == {world.ids["akeri"]}
    with world.writing() as session:
        unmerge.unmerge(session, undo, by=by, now=clock.now())
    with world.reading() as session:
        found = session.scalar(select(Agreement).where(Agreement.public_id == public_id))
        assert found.company_id != world.ids["akeri"]
        assert set(session.scalars(select(AgreementProduct.company_id))) == {found.company_id}


@pytest.mark.sqlite_only
def test_a_company_with_agreements_stays_out_of_the_trash(world: World):
    world.sign()
    with pytest.raises(IsHeld), world.writing() as session:
        trash.trash_company(session, world.companies["akeri"], by=world.users["anna"].id, now=NOW)


@pytest.mark.sqlite_only
def test_the_calendar_tells_renewal_and_the_last_day_for_notice(world: World):
    world.sign(binding_months=12, renewal_months=12, notice_months=3, index_kind="percent", index_percent=250,
               index_from=date(2025, 1, 1))  # fmt: skip
    with world.reading() as session:
        found = [(one.on.isoformat(), one.kind.value) for one in calendar.events(session, NOW.date(), date(2025, 2, 1))]
    assert found == [("2024-10-01", "notice"), ("2025-01-01", "index"), ("2025-01-01", "renewal")]


def test_agreements_that_the_calendar_does_not_read_have_nothing_to_tell(world: World, monkeypatch):
    by = world.users["anna"].id
    world.sign()
    world.sign(binding_months=6)
    world.sign(binding_months=36, starts_on=date(2022, 2, 1))
    world.sign(renewal_months=3, notice_months=1)
    world.sign(index_kind="percent", index_percent=200, index_from=date(2024, 6, 1))
    world.sign(trial_until=date(2024, 1, 20))
    ended, paused = world.sign(), world.sign()
    with world.writing() as session:
        deeds.cancel(session, ended, last_day=date(2024, 8, 31), reason="", lets_go=True, by=by, now=at(2024, 1, 5))
        deeds.pause(session, paused, on=date(2024, 3, 1), reason="", by=by, now=at(2024, 1, 5))
        deeds.resume(session, paused, on=date(2024, 5, 1), reason="", by=by, now=at(2024, 1, 5))
    told = []
    for _ in range(2):
        with world.reading() as session:
            found = [calendar.events(session, day, date(2025, 1, 31)) for day in (date(2024, 1, 1), date(2024, 6, 15))]
            told.append([[(one.on, one.kind, one.agreement.number) for one in events] for events in found])
        monkeypatch.setattr(calendar, "_may_have_events", lambda *_: true())
    assert told[0] == told[1]
    assert {kind for _, kind, _ in told[0][0]} == set(calendar.Kind)


@pytest.mark.sqlite_only
def test_the_calendar_shows_whole_months_and_the_rest_from_the_next(world: World, monkeypatch):
    world.sign(renewal_months=1, notice_months=1)
    monkeypatch.setattr(renewals, "MOST", 3)
    client = world.client("anna")
    page = client.get("/infosoc/renewals").text
    later = re.search(r'href="(/infosoc/renewals[?]from=\d{4}-\d\d)"', page)
    assert later
    assert "Från i dag" not in page
    after = client.get(later[1]).text
    assert "Från i dag" in after
    days = [set(re.findall(r'<time[^>]*datetime="([-0-9]+)"', one)) for one in (page, after)]
    assert days[0]
    assert not days[0] & days[1]
    for odd in ("9999-12", "0001-01", "x", "2024-13"):
        assert client.get(f"/infosoc/renewals?from={odd}").status_code == 200


@pytest.mark.sqlite_only
def test_the_figures_follow_what_happens_and_each_opens_its_rows(world: World):
    first = world.sign()
    world.sign(company="bygg", starts_on=date(2024, 2, 10))
    by = world.users["anna"].id
    with world.writing() as session:
        line = session.scalars(select(AgreementLine).order_by(AgreementLine.id)).first()
        new = replace(world.line(ore=150_000))
        agreements.change_line(session, first, line.public_id, new, on=date(2024, 3, 5), by=by, now=at(2024, 3, 1))
        deeds.cancel(session, first, last_day=date(2024, 4, 29), reason="", lets_go=True, by=by, now=at(2024, 3, 2))
    with world.reading() as session:
        months = figures.recurring(session, date(2024, 1, 1), 4).months
        assert [month.mrr_ore for month in months] == [120_000, 240_000, 270_000, 120_000]
        assert [months[at].moved_ore(move) for at, move in enumerate(
            (Move.NEW, Move.NEW, Move.EXPANSION, Move.CHURN))] == [120_000, 120_000, 30_000, 150_000]  # fmt: skip
        (behind,) = figures.companies(session, months[3].behind(Move.CHURN))
        assert (behind.company.name, behind.change.before_ore) == ("Åkeri AB", 150_000)


def test_a_price_increase_is_looked_through_carried_out_and_told(world: World):
    own = world.sign()
    listed = world.sign(world.line(ore=None), company="bygg")
    left_out = world.sign(world.line(ore=None), company="bygg")
    by, rise_on = world.users["anna"].id, date(2025, 1, 1)
    new = NewIncrease("Nyår", 500, rise_on, letter_subject="Nytt [day]", letter="[recipient]: [prices]")
    with world.writing() as session:
        made = increases.prepare(session, new, by=by, now=NOW, today=NOW.date()).public_id
    with world.writing() as session:
        line = session.scalars(
            select(AgreementLine.public_id)
            .join(Agreement, Agreement.id == AgreementLine.agreement_id)
            .where(Agreement.public_id == left_out)
        ).one()
        increases.leave_out(session, made, {line}, version=None)
        increases.apply(session, made, version=None, by=by, now=NOW)
    for public_id, before, after in ((own, 120_000, 126_000), (listed, 100_000, 105_000), (left_out, 100_000, 100_000)):
        found = charged(world, public_id, date(2024, 1, 1), rise_on)
        assert [net for *_, net in found] == [before * 12, after * 12], public_id
    with world.writing() as session:
        assert increases.queue_letters(session, made, by=by, now=NOW, sender="Infosoc") == 2
        assert increases.queue_letters(session, made, by=by, now=NOW, sender="Infosoc") == 2
        with pytest.raises(increases.IsApplied):
            increases.apply(session, made, version=None, by=by, now=NOW)


def test_a_price_increase_leaves_what_has_been_charged_in_advance(world: World):
    public_id = world.sign()  # 1 200 kr a month, a year in advance from January
    rise_on, by = date(2024, 7, 1), world.users["anna"].id
    with world.writing() as session:
        new = NewIncrease("Sommar", 500, rise_on)
        made = increases.prepare(session, new, by=by, now=NOW, today=NOW.date()).public_id
    with world.writing() as session:
        increases.apply(session, made, version=None, by=by, now=NOW)
    found = charged(world, public_id, date(2024, 1, 1), date(2025, 12, 31))
    assert [net for *_, net in found] == [120_000 * 12, 126_000 * 12]
