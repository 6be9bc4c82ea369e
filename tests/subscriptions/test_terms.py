"""Changing the terms of a signed agreement: by the command, in the database, and on its pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from infosoc.audit.models import AuditEvent
from infosoc.kernel import clock
from infosoc.kernel.errors import Refused, Stale
from infosoc.subscriptions.commands import deeds, increases, terms
from infosoc.subscriptions.commands.increases import NewIncrease
from infosoc.subscriptions.commands.terms import NewTerms
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries import calendar, charges, figures
from infosoc.subscriptions.queries.deeds import course_of, signed
from tests.subscriptions.world import NOW, World, post

JULY = date(2024, 7, 1)


def change(world: World, public_id: str, on: date, *, trial_until: date | None = None, **values) -> None:
    """Change terms from a day; those that are not named stay."""
    with world.writing() as session:
        agreement = queries.head(session, public_id).agreement
        agreed = replace(course_of(agreement).versions[-1].agreed, **values)
        new = NewTerms(on, agreed, trial_until, "Överenskommet")
        terms.change(session, public_id, new, seen=None, by=world.users["anna"].id, now=NOW)


def coming(world: World, public_id: str, first: date, through: date) -> list[tuple[str, str, int]]:
    with world.reading() as session:
        one = session.scalar(select(Agreement.id).where(Agreement.public_id == public_id))
        found = charges.charges(session, [one], first=first, through=through)
        return [(charge.part.starts_on.isoformat(), charge.part.end.isoformat(), charge.net_ore) for charge in found]


def history(world: World, public_id: str) -> list[tuple[str, bool]]:
    with world.reading() as session:
        card = queries.card(session, public_id, on=clock.today())
        return [(row.deed.kind, row.is_undone) for row in card.deeds]


def test_a_changed_billing_period_is_a_deed_and_what_was_signed_stays(world: World):
    public_id = world.sign(billing_months=1)
    change(world, public_id, JULY, billing_months=12, anchor_on=JULY, payment_days=20)
    assert coming(world, public_id, date(2024, 5, 1), date(2025, 7, 1)) == [
        ("2024-05-01", "2024-06-01", 120_000), ("2024-06-01", "2024-07-01", 120_000),
        ("2024-07-01", "2025-07-01", 1_440_000), ("2025-07-01", "2026-07-01", 1_440_000),
    ]  # fmt: skip
    with world.reading() as session:
        card = queries.card(session, public_id, on=date(2024, 6, 1))
        assert (card.agreed.billing_months, card.next_terms_on) == (1, JULY)
        assert queries.card(session, public_id, on=JULY).agreed.payment_days == 20
        assert (signed(card.agreement).billing_months, signed(card.agreement).payment_days) == (1, 30)
        row = card.deeds[0]
        assert (row.deed.kind, row.deed.effective_on, row.by) == ("terms", JULY, "Anna Berg")
        assert row.deed.terms == {
            "billing_months": [1, 12], "anchor_on": ["2024-01-01", "2024-07-01"], "payment_days": [30, 20],
        }  # fmt: skip
        assert card.agreement.state_from == date(2024, 1, 1)  # no state has changed
        logged = select(func.count()).select_from(AuditEvent).where(AuditEvent.deed == "agreement terms changed")
        assert session.scalar(logged) == 1
        months = figures.recurring(session, date(2024, 6, 1), 3).months
        assert [one.mrr_ore for one in months] == [120_000, 120_000, 120_000]
        assert sum(abs(change.difference_ore) for one in months for change in one.changes) == 0


def test_the_database_lets_nobody_write_terms_anew(world: World):
    public_id = world.sign(billing_months=1)
    change(world, public_id, JULY, billing_months=12)
    terms_written = {"terms": {"billing_months": [1, 3]}}
    for model, values in ((Agreement, {"billing_months": 3}), (Agreement, {"index_from": JULY}),
                          (AgreementDeed, terms_written)):  # fmt: skip
        with pytest.raises(DBAPIError, match="final"), world.writing() as session:
            session.execute(update(model).values(**values))
    with world.writing() as session:  # how it is invoiced may be changed, as ever
        session.execute(update(Agreement).values(reference="ZZ17"))


def test_a_change_is_taken_back_and_stays_in_the_history(world: World):
    public_id = world.sign(billing_months=1)
    change(world, public_id, JULY, billing_months=12)
    by = world.users["anna"].id
    with world.writing() as session:
        deed = session.scalars(select(AgreementDeed.id).where(AgreementDeed.kind == "terms")).one()
        deeds.take_back(session, public_id, deed, reason="", by=by, now=NOW)
    assert coming(world, public_id, JULY, JULY) == [("2024-07-01", "2024-08-01", 120_000)]
    assert ("terms", True) in history(world, public_id)
    with pytest.raises(Refused), world.writing() as session:
        deeds.take_back(session, public_id, deed, reason="", by=by, now=NOW)


@pytest.mark.sqlite_only
def test_the_trial_is_moved_by_deeds(world: World):
    public_id = world.sign(billing_months=1)
    change(world, public_id, date(2024, 1, 1), trial_until=date(2024, 2, 14))
    assert coming(world, public_id, date(2024, 1, 1), date(2024, 3, 1)) == [
        ("2024-02-15", "2024-03-01", 62_069), ("2024-03-01", "2024-04-01", 120_000),
    ]  # fmt: skip
    change(world, public_id, date(2024, 1, 1), trial_until=None)
    assert coming(world, public_id, date(2024, 1, 1), date(2024, 1, 1)) == [("2024-01-01", "2024-02-01", 120_000)]
    kinds = [kind for kind, _ in history(world, public_id)]
    assert (kinds.count("start"), kinds.count("trial"), kinds.count("withdraw")) == (3, 1, 2)
    with world.writing() as session:
        deeds.pause(session, public_id, on=date(2024, 5, 1), reason="", by=world.users["anna"].id, now=NOW)
    with pytest.raises(terms.HasPaused):
        change(world, public_id, date(2024, 1, 1), trial_until=date(2024, 6, 14))


@pytest.mark.sqlite_only
def test_notice_prices_and_increases_follow_the_terms_of_the_day(world: World):
    public_id = world.sign(billing_months=1, notice_months=1)
    change(world, public_id, JULY, notice_months=6, billing_months=12, anchor_on=JULY, renewal_months=12,
           binding_months=12, index_kind="percent", index_from=date(2025, 1, 1), index_percent=1000)  # fmt: skip
    with world.writing() as session:
        card = queries.head(session, public_id)
        course = course_of(card.agreement)
        assert (course.notice_on(date(2024, 6, 30)).notice, course.notice_on(JULY).notice) == (1, 6)
        events = calendar.events(session, date(2025, 1, 1), date(2025, 7, 31))
        assert [(one.on, one.kind.value) for one in events] == [
            (date(2025, 1, 1), "index"), (date(2025, 1, 1), "notice"), (date(2025, 7, 1), "renewal"),
        ]  # fmt: skip
        mrr = [month.mrr_ore for month in figures.recurring(session, date(2024, 12, 1), 2).months]
        assert mrr == [120_000, 132_000]
        new = NewIncrease("Höjning", 500, date(2025, 2, 1), "", "", "")
        made = increases.prepare(session, new, by=world.users["anna"].id, now=NOW, today=JULY)
        increases.apply(session, made.public_id, version=made.version, by=world.users["anna"].id, now=NOW)
        query = select(AgreementLine.starts_on).where(AgreementLine.replaces_id.is_not(None))
        assert list(session.scalars(query)) == [date(2025, 7, 1)]  # the first period that is not charged


@pytest.mark.sqlite_only
def test_who_has_not_seen_the_newest_deed_is_told(world: World):
    public_id = world.sign()
    with world.reading() as session:
        one = queries.head(session, public_id).agreement
        seen, agreed = terms.newest(one), course_of(one).versions[-1].agreed
    change(world, public_id, JULY, payment_days=20)
    new = NewTerms(JULY, replace(agreed, payment_days=10))
    with pytest.raises(Stale), world.writing() as session:
        terms.change(session, public_id, new, seen=seen, by=None, now=NOW)


# ---- pages -----------------------------------------------------------------------------------------------------------

FIELDS = {
    "effective_on": "2027-01-01", "billing_months": "1", "timing": "advance", "anchor_on": "2024-01-01",
    "binding_months": "0", "notice_months": "3", "renewal_months": "0", "payment_days": "30", "index_kind": "",
}  # fmt: skip


@pytest.mark.sqlite_only
def test_the_form_shows_what_happens_before_anything_is_changed(world: World, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 9, tzinfo=clock.STOCKHOLM))
    public_id, client = world.sign(), world.client()
    form = client.get(f"/infosoc/agreements/{public_id}/terms").text
    assert 'value="2027-01-01"' in form  # the next period to begin
    look = post(client, f"/infosoc/agreements/{public_id}/terms/look", **FIELDS)
    assert look.status_code == 200
    assert "14\u00a0400,00" in look.text
    assert "1\u00a0200,00" in look.text
    assert len(history(world, public_id)) == 1
    done = post(client, f"/infosoc/agreements/{public_id}/terms", **FIELDS, reason="Ringde i dag")
    assert done.status_code == 303
    page = client.get(f"/infosoc/agreements/{public_id}").text
    assert "Ringde i dag" in page
    assert "år → månad" in page
    assert "2027-01-01" in page or "1 jan" in page


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [({"effective_on": "2023-01-01"}, "effective_on", "2024-01-01"), ({"effective_on": "x"}, "effective_on", "2026"),
     ({"billing_months": "2"}, "billing_months", ""), ({"notice_months": "999"}, "notice_months", "120"),
     ({"payment_days": ""}, "payment_days", ""), ({"anchor_on": "2050-01-01"}, "anchor_on", ""),
     ({"index_kind": "percent"}, "index_kind", ""), ({"trial_until": "2020-01-01"}, "trial_until", ""),
     ({"anchor_on": "2027-01-03"}, "effective_on", "2027-01-01"),
     ({"reason": "Hon har nr 811228-9874"}, "reason", "")],
)  # fmt: skip
@pytest.mark.parametrize("address", ["terms", "terms/look"])
def test_what_is_wrong_stands_beside_its_field(world: World, address, fields, field, said):
    public_id = world.sign()
    wrong = post(world.client(), f"/infosoc/agreements/{public_id}/{address}", **(FIELDS | fields))
    assert wrong.status_code == 422
    assert f'aria-describedby="{field}-error' in wrong.text or f'id="{field}-error"' in wrong.text
    assert said in wrong.text
    assert len(history(world, public_id)) == 1


@pytest.mark.sqlite_only
def test_only_who_may_write_agreements_changes_terms(world: World):
    public_id = world.sign()
    reader = world.client("rut")
    assert reader.get(f"/infosoc/agreements/{public_id}/terms").status_code in (403, 404)
    assert "terms" not in reader.get(f"/infosoc/agreements/{public_id}").text.split("<main")[1].split("href")[0]
    assert post(reader, f"/infosoc/agreements/{public_id}/terms", **FIELDS).status_code in (403, 404)
    stranger = world.client("sven")
    assert stranger.get(f"/rattsdata/agreements/{public_id}/terms").status_code == 404
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(AgreementDeed)) == 1


@pytest.mark.sqlite_only
def test_the_page_of_a_form_made_for_older_terms_says_so(world: World):
    public_id, client = world.sign(), world.client()
    old = post(client, f"/infosoc/agreements/{public_id}/terms", **(FIELDS | {"version": "0"}))
    assert old.status_code == 409
