"""Runs of reminders: what is written, booked and queued, once; what cannot be is named and the others go on."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import CustomerAccount, Invoice
from infosoc.invoicing.rules import archive
from infosoc.jobs.worker import run_waiting
from infosoc.kernel.errors import Stale
from infosoc.ledger.commands.posting import PeriodLocked
from infosoc.ledger.models import FiscalYear, VoucherLine
from infosoc.outbox.models import OutboxMessage
from infosoc.rates.book import MissingReferenceRate, RateName
from infosoc.reminders import letters
from infosoc.reminders.commands import collection, costs, losses, policy, sending, stops
from infosoc.reminders.models import BadDebt, Reminder, ReminderCost, ReminderRun
from infosoc.reminders.queries import late, rules_of, runs
from infosoc.reminders.rules.letter import Printed
from infosoc.reminders.rules.steps import Hold, Policy, Step, StepKind, TooShortDemand
from tests.invoicing.world import NOW, new_invoice
from tests.ledger.test_final import sql
from tests.subscriptions.world import World

# Issued on 1 February and due on the 28th of it: 1 250 kr.
DUE, FIRST, SECOND, THIRD = date(2024, 2, 28), date(2024, 3, 10), date(2024, 4, 2), date(2024, 5, 1)
PAYABLE = 125_000


def balance(session, account: int) -> int:
    query = select(func.coalesce(func.sum(VoucherLine.amount_ore), 0)).where(VoucherLine.account == account)
    return session.scalar(query)


def set_policy(house: World, **more) -> None:
    with house.writing() as session:
        steps = rules_of.USUAL.steps
        policy.save(session, Policy(steps, **more), version=None, by=None)


def run(house: World, on: date, only=None) -> str:
    with house.writing() as session:
        public_id = sending.start(session, on=on, only=only, page="/x", by=None, now=NOW).public_id
    run_waiting(house.app)
    return public_id


def address_of(house: World, number: int = 1) -> str:
    with house.reading() as session:
        return session.scalars(select(Invoice.public_id).where(Invoice.number == number)).one()


def owe(house: World, source: str = "draft:1", says: str = "Dröjsmålsränta enligt räntelagen.", **more) -> int:
    """An invoice of 1 250 kr that says what being late costs, so that interest runs after 2 March; its number."""
    with house.writing() as session:
        new = new_invoice(session, house, source, **more)
        told = replace(new.record, terms=replace(new.record.terms, late=says))
        made = issue.issue(session, replace(new, record=told), by=None, now=NOW)
        return int(made.record.heading.number)


def agree_on_fees(house: World) -> None:
    with house.writing() as session:
        session.add(CustomerAccount(number=1, company_id=house.ids["akeri"], has_agreed_fee=True, created_at=NOW))


def reminders(house: World) -> list[Reminder]:
    with house.reading() as session:
        return list(session.scalars(select(Reminder).order_by(Reminder.id)))


def assert_books_agree(house: World) -> None:
    """Invoices are the customer ledger, costs are on their own account."""
    with house.reading() as session:
        left = session.scalar(select(func.sum(Invoice.open_ore)))
        costs_left = session.scalar(
            select(func.coalesce(func.sum(ReminderCost.amount_ore), 0)).where(ReminderCost.kind != "interest")
        )
        assert (balance(session, 1510) + balance(session, 1560), balance(session, 1680)) == (left, costs_left)


def test_a_letter_is_written_booked_and_mailed_once(house: World):
    owe(house)
    set_policy(house, asks_compensation=True)
    public_id = run(house, FIRST)
    (letter,) = reminders(house)
    assert (letter.kind, letter.pay_by, letter.interest_ore) == ("reminder", date(2024, 3, 20), 329)
    assert (letter.compensation_ore, letter.fees_ore, letter.to_pay_ore) == (45_000, 0, PAYABLE + 45_000 + 329)
    with house.reading() as session:
        done = runs.run(session, public_id)
        assert (done.state, done.made, done.failed) == ("done", 1, 0)
        assert (balance(session, 1680), balance(session, 3590)) == (45_000, -45_000)
        message = session.scalars(select(OutboxMessage)).one()
        assert (message.recipient, message.attached) == ("bo@aker.example", [{"kind": "reminder", "number": letter.id}])
        assert "1703,29" in "".join(message.text_body.split())
    with pytest.raises(sending.NobodyToRemind):
        run(house, FIRST)
    assert_books_agree(house)


def test_the_same_chunk_sent_again_writes_nothing(house: World):
    owe(house)
    run(house, FIRST)
    with house.writing() as session:
        (run_id, invoice_id) = session.execute(select(Reminder.run_id, Reminder.invoice_id)).one()
        assert sending.send(session, run_id, [invoice_id], letters.mail, by=None, now=NOW) == 0
    assert len(reminders(house)) == 1


def test_steps_follow_one_another_and_only_the_increase_is_booked(house: World):
    owe(house)
    agree_on_fees(house)
    run(house, FIRST)
    with pytest.raises(sending.NobodyToRemind):
        run(house, date(2024, 3, 20))
    run(house, SECOND)
    first, second = reminders(house)
    assert (first.fees_ore, second.fees_ore, second.kind) == (6_000, 24_000, "collection_demand")
    assert (second.interest_ore, second.to_pay_ore) == (1_274, PAYABLE + 24_000 + 1_274)
    with house.reading() as session:
        assert list(session.scalars(select(ReminderCost.amount_ore).order_by(ReminderCost.id))) == [6_000, 18_000]
    assert_books_agree(house)


def test_fees_are_asked_for_only_where_they_were_agreed(house: World):
    owe(house)
    run(house, FIRST)
    assert [one.fees_ore for one in reminders(house)] == [0]
    assert_books_agree(house)


def test_an_invoice_that_says_nothing_of_interest_has_none_until_thirty_days_after_the_letter(house: World):
    owe(house, says="")
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    run(house, date(2024, 4, 19))
    first, second = reminders(house)
    assert (first.interest_ore, first.compensation_ore) == (0, 0)
    # The letter of 10 March is the demand: interest runs after 9 April.
    assert (second.interest_ore, second.compensation_ore, second.fees_ore) == (411, 45_000, 0)


def test_a_missing_rate_is_named_and_the_others_are_reminded(house: World):
    """The half-year of 2025 is not checked: who owes interest in it waits, who owes none does not."""
    owe(house, "draft:1")
    owe(house, "draft:2", says="", on=date(2025, 1, 2))
    with house.writing() as session:
        account = session.scalars(select(Invoice).where(Invoice.number == 2)).one()
        assert account.due_on == date(2025, 1, 28)
    public_id = run(house, date(2025, 2, 10))
    with house.reading() as session:
        done = runs.run(session, public_id)
        assert (done.made, done.failed, done.state) == (1, 1, "done")
        (problem,) = runs.problems(session, done)
        assert problem.number == 1
        assert "2025-01-01" in problem.said
    with house.writing() as session:
        policy.enter_rate(session, date(2025, 1, 1), 300, "riksbank.se", by=None, now=NOW)
    run(house, date(2025, 2, 10))
    assert len(reminders(house)) == 2


def test_a_rate_of_a_later_half_year_does_not_check_the_one_before(house: World):
    with house.writing() as session:
        policy.enter_rate(session, date(2025, 7, 1), 200, "riksbank.se", by=None, now=NOW)
        policy.enter_rate(session, date(2025, 7, 1), 250, "riksbank.se, read again", by=None, now=NOW)
    with house.reading() as session:
        book = rules_of.rates(session)
        assert book.on(RateName.REFERENCE_RATE, date(2025, 8, 1)) == Decimal("2.5")
        with pytest.raises(MissingReferenceRate):
            book.on(RateName.REFERENCE_RATE, date(2025, 3, 1))


@pytest.mark.parametrize(("starts_on", "hundredths", "source", "error"), [
    (date(2025, 2, 1), 300, "riksbank.se", policy.NotAHalfYear), (date(2025, 1, 1), 301, "x", policy.UnlikelyRate),
    (date(2025, 1, 1), -50, "x", policy.UnlikelyRate), (date(2025, 1, 1), 300, " ", policy.SourceMissing),
    (date(2024, 1, 1), 300, "x", policy.RateIsKnown),
])  # fmt: skip
def test_a_rate_that_cannot_be_right_is_refused(house: World, starts_on, hundredths, source, error):
    with pytest.raises(error), house.writing() as session:
        policy.enter_rate(session, starts_on, hundredths, source, by=None, now=NOW)


def test_a_stopped_invoice_gets_no_letter_until_it_goes_on(house: World):
    address = address_of(house, owe(house))
    with house.writing() as session:
        stops.stop(session, address, "Kunden bestrider", by=None, now=NOW)
    with pytest.raises(stops.StoppedAlready), house.writing() as session:
        stops.stop(session, address, "igen", by=None, now=NOW)
    with house.reading() as session:
        found = sending.preview(session, on=FIRST).preview
        assert [why for _, why in found.held] == [Hold.STOPPED]
    with house.writing() as session:
        stops.resume(session, address, by=None, now=NOW)
    with pytest.raises(stops.NotStopped), house.writing() as session:
        stops.resume(session, address, by=None, now=NOW)
    run(house, FIRST)
    assert len(reminders(house)) == 1


def test_only_the_chosen_invoices_are_reminded_of(house: World):
    owe(house, "draft:1")
    chosen = address_of(house, owe(house, "draft:2"))
    run(house, FIRST, only=[chosen])
    with house.reading() as session:
        assert [one.number for one in session.scalars(
            select(Invoice).join(Reminder, Reminder.invoice_id == Invoice.id))] == [2]  # fmt: skip


def test_a_locked_period_stops_the_run_before_it_begins(house: World):
    owe(house)
    with house.writing() as session:
        session.scalars(select(FiscalYear).where(FiscalYear.starts_on == date(2024, 1, 1))).one().locked_through = FIRST
    with pytest.raises(PeriodLocked):
        run(house, FIRST)
    with house.reading() as session:
        assert session.scalars(select(ReminderRun)).all() == []


def test_money_beside_the_invoice_covers_costs_first_and_then_interest(house: World):
    address = address_of(house, owe(house))
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    with house.writing() as session:
        costs.receive(session, address, 46_000, on=FIRST, by=None, now=NOW)
        assert (balance(session, 1680), balance(session, 8313)) == (0, -1_000)
        found = late.one(session, session.scalars(select(Reminder.invoice_id)).one(), on=SECOND)
        assert (found.charged_ore, found.covered_ore, found.interest_paid_ore) == (45_000, 45_000, 1_000)
    run(house, SECOND)
    assert reminders(house)[1].to_pay_ore == PAYABLE + 1_274 - 1_000
    assert_books_agree(house)


def test_costs_that_are_let_go_of_are_not_asked_for_again(house: World):
    address = address_of(house, owe(house))
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    with house.writing() as session:
        costs.let_go(session, address, on=FIRST, by=None, now=NOW)
    with pytest.raises(costs.NothingCharged), house.writing() as session:
        costs.let_go(session, address, on=FIRST, by=None, now=NOW)
    run(house, SECOND)
    assert reminders(house)[1].to_pay_ore == PAYABLE + 1_274
    assert_books_agree(house)


def test_claims_that_have_come_so_far_are_handed_over_once_with_their_file(house: World):
    owe(house)
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    with pytest.raises(collection.NothingToHandOver), house.writing() as session:
        collection.hand_over(session, "Inkassobolaget AB", on=SECOND, only=None, by=None, now=NOW)
    run(house, SECOND)
    with pytest.raises(sending.NobodyToRemind):
        run(house, THIRD)
    with house.writing() as session:
        batch = collection.hand_over(session, "Inkassobolaget AB", on=THIRD, only=None, by=None, now=NOW)
        (row,) = csv.DictReader(io.StringIO(batch.content), delimiter=";")
        assert (row["debtor"], row["principal"], row["compensation"], row["interest_rate_percent"]) == (
            "Åkeri AB", "1250.00", "450.00", "12.00",
        )  # fmt: skip
        assert (row["reminded_on"], row["demanded_on"], row["interest_from"]) == (
            "2024-03-10", "2024-04-02", "2024-03-03",
        )  # fmt: skip
        assert batch.total_ore == PAYABLE + 45_000 + 2_466
    with pytest.raises(collection.NothingToHandOver), house.writing() as session:
        collection.hand_over(session, "Inkassobolaget AB", on=date(2024, 6, 1), only=None, by=None, now=NOW)


def test_a_confirmed_loss_ends_the_claim_and_takes_the_vat_back(house: World):
    address = address_of(house, owe(house))
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    with house.writing() as session:
        losses.expect(session, address, "Konkursansökan", on=SECOND, by=None, now=NOW)
        assert (balance(session, 6352), balance(session, 1519)) == (100_000, -100_000)
    with pytest.raises(losses.AlreadyExpected), house.writing() as session:
        losses.expect(session, address, "igen", on=SECOND, by=None, now=NOW)
    with house.writing() as session:
        losses.write_off(session, address, "Konkurs avslutad", on=THIRD, by=None, now=NOW)
        assert {account: balance(session, account) for account in (1510, 1519, 1680, 2611, 3590, 6351, 6352)} == {
            1510: 0, 1519: 0, 1680: 0, 2611: 0, 3590: 0, 6351: 100_000, 6352: 0,
        }  # fmt: skip
        lines = session.scalars(select(VoucherLine).where(VoucherLine.account.in_((6351, 2611)))).all()
        assert {(one.account, one.vat_code, one.amount_ore) for one in lines if one.amount_ore > 0} == {
            (6351, "S25", 100_000), (2611, "O25", 25_000),
        }  # fmt: skip
        assert session.scalars(select(Invoice.open_ore)).one() == 0
        kinds = session.execute(select(BadDebt.kind, BadDebt.net_ore, BadDebt.vat_ore).order_by(BadDebt.id)).all()
        assert [tuple(one) for one in kinds] == [
            ("expected", 100_000, 0), ("not_expected", -100_000, 0), ("confirmed", 100_000, 25_000),
        ]  # fmt: skip
    with pytest.raises(losses.NothingToLose), house.writing() as session:
        losses.write_off(session, address, "igen", on=THIRD, by=None, now=NOW)
    assert_books_agree(house)


def test_a_write_off_is_taken_back_by_new_entries_and_can_be_made_again(house: World):
    address = address_of(house, owe(house))
    with house.writing() as session:
        losses.expect(session, address, "Konkursansökan", on=FIRST, by=None, now=NOW)
    with pytest.raises(losses.NotWrittenOff), house.writing() as session:
        losses.take_back(session, address, on=SECOND, by=None, now=NOW)
    for _ in range(2):
        with house.writing() as session:
            losses.write_off(session, address, "Konkurs", on=SECOND, by=None, now=NOW)
        with house.writing() as session:
            losses.take_back(session, address, on=THIRD, by=None, now=NOW)
            kept = {account: balance(session, account) for account in (1510, 1519, 2611, 6351, 6352)}
            assert kept == {1510: PAYABLE, 1519: 0, 2611: -25_000, 6351: 0, 6352: 0}
            lines = session.scalars(select(VoucherLine).where(VoucherLine.account.in_((6351, 2611)))).all()
            assert sum(one.amount_ore for one in lines if one.vat_code == "S25") == 0
            assert session.scalars(select(Invoice.open_ore)).one() == PAYABLE
    with pytest.raises(losses.NotWrittenOff), house.writing() as session:
        losses.take_back(session, address, on=THIRD, by=None, now=NOW)
    assert_books_agree(house)


def test_a_feared_loss_that_is_not_one_is_taken_back(house: World):
    address = address_of(house, owe(house))
    with house.writing() as session:
        losses.expect(session, address, "Betalar inte", on=SECOND, by=None, now=NOW)
        losses.no_longer_expect(session, address, on=THIRD, by=None, now=NOW)
        assert (balance(session, 6352), balance(session, 1519)) == (0, 0)
    with pytest.raises(losses.LossNotExpected), house.writing() as session:
        losses.no_longer_expect(session, address, on=THIRD, by=None, now=NOW)


FINAL = (
    "update reminder set to_pay_ore = 1", "update reminder set record = '{}'", "delete from reminder",
    "update reminder_cost set amount_ore = 1", "delete from reminder_cost", "delete from reminder_stop",
    "update reminder_stop set reason = 'x'", "update collection_batch set content = ''", "delete from collection_item",
    "update bad_debt set net_ore = 1", "delete from bad_debt",
    "update reference_rate set percent_hundredths = 50",
)  # fmt: skip


def test_the_database_itself_keeps_what_went_out_or_was_booked(house: World):
    address = address_of(house, owe(house))
    agree_on_fees(house)
    run(house, FIRST)
    run(house, SECOND)
    with house.writing() as session:
        policy.enter_rate(session, date(2025, 1, 1), 300, "riksbank.se", by=None, now=NOW)
        collection.hand_over(session, "Inkassobolaget AB", on=THIRD, only=None, by=None, now=NOW)
        losses.write_off(session, address, "Konkurs", on=THIRD, by=None, now=NOW)
        stops.stop(session, address, "Färdigt", by=None, now=NOW)
    for statement in FINAL:
        with house.app.app_context(), pytest.raises(DBAPIError, match="final"):
            sql(statement)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_letter_is_drawn_once_and_is_the_same_for_ever(house: World, language):
    owe(house)
    set_policy(house, asks_compensation=True)
    run(house, FIRST)
    with house.reading():
        letter = letters.with_id(1)
        first = letters.pdf(letter)
    with house.reading():
        assert letters.pdf(letters.at(letter.public_id)) == first
        assert letters.with_id(1).paper is not None
    with house.app.test_request_context():
        html = letters.html(replace(letter.printed, language=language))
    assert ("Förseningsersättning" if language == "sv" else "Compensation for late payment") in html
    # The amount has its line to itself: the day stands under it, not before it.
    day, to_pay = letter.printed.pay_by, ("Att betala", "senast") if language == "sv" else ("To pay", "by")
    assert f'<dt>{to_pay[0]}<span class="below">{to_pay[1]} {day}' in html


def test_a_letter_goes_by_post_where_there_is_no_address_for_mail_and_else_is_named(house: World):
    owe(house, recipient="")
    run(house, FIRST)
    (letter,) = reminders(house)
    assert (letter.channel, letter.outbox_id) == ("print", None)
    assert archive.read(Printed, letter.record).buyer.address.city == "Umeå"


def test_the_policy_is_checked_and_kept_by_version(house: World):
    steps = (Step(StepKind.REMINDER, 5), Step(StepKind.COLLECTION_DEMAND, 20, 8))
    with house.writing() as session:
        version = policy.save(session, Policy(steps, 5_000), version=None, by=None).version
        assert rules_of.policy(session) == Policy(steps, 5_000)
    with pytest.raises(Stale), house.writing() as session:
        policy.save(session, Policy(steps), version=version + 1, by=None)
    with pytest.raises(TooShortDemand), house.writing() as session:
        policy.save(session, Policy((Step(StepKind.COLLECTION_DEMAND, 20, 7),)), version=version, by=None)
