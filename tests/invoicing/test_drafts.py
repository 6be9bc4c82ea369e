"""Drafts and credit notes as commands, on both databases; and the rows as they are typed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from infosoc.crm.commands import merge
from infosoc.crm.commands.holding import IsHeld
from infosoc.crm.commands.trash import trash_company
from infosoc.invoicing.commands import claims, customers, drafts
from infosoc.invoicing.commands import settings as settings_commands
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.invoicing.commands.draft_records import BeforeItsInvoice
from infosoc.invoicing.commands.drafts import DraftFacts
from infosoc.invoicing.models import CustomerAccount, Invoice, InvoiceDraft, InvoicingSettings, Settlement
from infosoc.invoicing.queries import invoices
from infosoc.invoicing.queries.drafts import account_of
from infosoc.invoicing.queries.invoices import InvoiceFilter
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.credit import CreditsTooMuch
from infosoc.invoicing.rules.drafts import (
    NotADiscount,
    NotAPrice,
    kept_line,
    line_of,
    parse_discount,
    parse_price,
    print_discount,
    print_price,
)
from infosoc.invoicing.rules.totals import Line
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound, Stale
from infosoc.ledger.models import VoucherLine
from tests.invoicing.world import DAY, JOURNAL, NOW
from tests.subscriptions.world import World

PAYABLE = 125_000
FACTS = DraftFacts(issued_on=DAY, recipient_email="bo@aker.example", rows=[kept_line(JOURNAL)])


def write(house: World, facts: DraftFacts = FACTS, company: str = "akeri") -> str:
    with house.writing() as session:
        return drafts.write(session, house.companies[company], facts, by=house.users["ekman"].id, now=NOW).public_id


def issue(house: World, draft: str, **more) -> str:
    more = {"version": None, "brand": "green", "today": date(2024, 3, 1), **more}
    with house.writing() as session:
        return drafts.issue_draft(session, draft, by=house.users["ekman"].id, now=NOW, **more).public_id


def begin(house: World, invoice: str, *, is_whole: bool = True) -> str:
    with house.writing() as session:
        return drafts.begin_credit(session, invoice, reason="Fel", is_whole=is_whole, by=None, now=NOW).public_id


def by_number(session) -> list[Invoice]:
    return list(session.scalars(select(Invoice).order_by(Invoice.number)))


def ledger_is_right(session) -> bool:
    """All claims less all settlements are what stands on the claim accounts."""
    owed = session.scalar(select(func.sum(Invoice.open_ore))) or 0
    booked = session.scalar(select(func.sum(VoucherLine.amount_ore)).where(VoucherLine.account.in_([1510, 1560]))) or 0
    paid = session.scalar(select(func.sum(Settlement.amount_ore))) or 0
    return owed == booked - paid


def test_issuing_takes_the_draft_away_or_neither(house: World):
    draft = write(house)
    with pytest.raises(Stale):
        issue(house, draft, version=99)
    invoice = issue(house, draft)
    with pytest.raises(NotFound):
        issue(house, draft)
    with house.reading() as session:
        (made,) = by_number(session)
        assert (made.public_id, made.source, made.payable_ore) == (invoice, f"draft:{draft}", PAYABLE)
        assert session.scalar(select(InvoiceDraft)) is None
        record = archive.from_json(made.record)
        assert (record.references.customer_number, record.buyer.email) == ("1001", "bo@aker.example")
        assert record.terms.late


def test_a_draft_without_a_day_is_dated_when_it_is_issued(house: World):
    invoice = issue(house, write(house, DraftFacts(recipient_email="bo@aker.example", rows=[kept_line(JOURNAL)])))
    with house.reading() as session:
        (made,) = by_number(session)
        assert (made.public_id, made.issued_on, made.due_on) == (invoice, date(2024, 3, 1), date(2024, 3, 31))


@pytest.mark.parametrize(("paid", "left", "credit_left"), [(0, 0, 0), (25_000, 0, -25_000), (PAYABLE, 0, -PAYABLE)])
def test_a_credit_note_is_netted_as_far_as_its_invoice_is_open(house: World, paid, left, credit_left):
    invoice = issue(house, write(house))
    if paid:
        with house.writing() as session:
            (made,) = by_number(session)
            claims.settle(session, [NewSettlement(made.id, DAY, How.PAYMENT, paid, "pay:1")], by=None, now=NOW)
    issue(house, begin(house, invoice))
    with house.reading() as session:
        first, note = by_number(session)
        assert (first.open_ore, note.open_ore, note.payable_ore) == (left, credit_left, -PAYABLE)
        assert (note.credits_id, note.issued_on) == (first.id, date(2024, 3, 1))
        assert ledger_is_right(session)
        credited = session.scalars(select(Settlement.amount_ore).where(Settlement.kind == "credit"))
        assert sum(credited) == 0


def test_no_more_is_credited_than_there_is(house: World):
    invoice = issue(house, write(house))
    whole, other = begin(house, invoice), begin(house, invoice)
    issue(house, whole)
    with pytest.raises(CreditsTooMuch):
        issue(house, other)
    with pytest.raises(drafts.NothingLeftToCredit):
        begin(house, invoice)
    with house.reading() as session:
        assert len(by_number(session)) == 2


def test_a_part_is_credited_on_the_rows_that_are_left(house: World):
    invoice = issue(house, write(house))
    draft = begin(house, invoice, is_whole=False)
    less = kept_line(Line("Journal", 400, 10_000_000, "S25", account=3010))
    half = DraftFacts(recipient_email="bo@aker.example", reason="Halva", rows=[less])
    with house.writing() as session:
        drafts.change(session, draft, half, version=None, by=None, now=NOW)
    issue(house, draft)
    with house.reading() as session:
        first, note = by_number(session)
        assert (first.open_ore, note.payable_ore, note.open_ore) == (75_000, -50_000, 0)
        assert ledger_is_right(session)
    with pytest.raises(CreditsTooMuch):
        begin(house, invoice)
    rest = begin(house, invoice, is_whole=False)
    with pytest.raises(CreditsTooMuch):
        issue(house, rest)  # all its rows, though a part has been credited


def test_a_credit_note_is_not_dated_before_its_invoice(house: World):
    draft = begin(house, issue(house, write(house)))
    with pytest.raises(BeforeItsInvoice):
        issue(house, draft, today=date(2024, 1, 31))


def test_a_credit_note_needs_a_reason(house: World):
    invoice = issue(house, write(house))
    with pytest.raises(drafts.ReasonMissing), house.writing() as session:
        drafts.begin_credit(session, invoice, reason=" ", is_whole=True, by=None, now=NOW)


def test_a_group_company_owes_on_an_account_of_its_own(house: World):
    with house.writing() as session:
        facts = customers.AccountFacts("", is_group=True, has_agreed_fee=False)
        customers.change_account(session, house.ids["akeri"], facts, version=None, by=None, now=NOW)
    issue(house, begin(house, issue(house, write(house))))
    with house.reading() as session:
        assert {one.claim_account for one in by_number(session)} == {1560}
        assert ledger_is_right(session)


def test_numbers_begin_where_the_tenant_says_while_none_is_issued(house: World):
    def begin_at(number: int) -> None:
        with house.writing() as session:
            settings_commands._begin_at(session, number)

    begin_at(7001)
    issue(house, write(house))
    with pytest.raises(settings_commands.NumbersTaken):
        begin_at(9001)
    with house.reading() as session:
        assert [one.number for one in by_number(session)] == [7001]
        assert settings_commands.next_number(session) == 7002


def test_invoices_hold_their_company_and_follow_it_when_it_is_merged(house: World):
    issue(house, write(house))
    draft = write(house)
    with pytest.raises(IsHeld), house.writing() as session:
        trash_company(session, house.companies["akeri"], by=house.users["anna"].id, now=NOW)
    with house.writing() as session:
        merge.merge(session, house.ids["akeri"], house.ids["bygg"], taken={}, by=house.users["anna"].id, now=NOW)
    with house.reading() as session:
        (made,) = by_number(session)
        assert (made.company_id, made.buyer_name) == (house.ids["bygg"], "Åkeri AB")
        kept = session.scalars(select(InvoiceDraft)).one()
        assert (kept.public_id, kept.company_id) == (draft, house.ids["bygg"])
        account = account_of(session, house.ids["bygg"])
        assert account is not None
        assert session.scalar(select(func.count()).select_from(CustomerAccount)) == 1


def test_settings_are_kept_once_and_changed_by_version(house: World):
    with house.reading() as session:
        own = session.scalars(select(InvoicingSettings)).one()
        assert own.version == 1
        names = list(settings_commands.SettingsFacts.__dataclass_fields__)
        facts = settings_commands.SettingsFacts(**{name: getattr(own, name) for name in names} | {"city": "Lund"})
    with house.writing() as session:
        settings_commands.save(session, facts, version=1, first_number=None, by=None, now=clock.now())
    with pytest.raises(Stale), house.writing() as session:
        settings_commands.save(session, facts, version=1, first_number=None, by=None, now=clock.now())


# ---- the list --------------------------------------------------------------------------------------------------------


def listed(session, **wanted) -> list[int]:
    return [one.number for one in invoices.every(session, InvoiceFilter(**wanted), today=date(2024, 3, 15))]


def test_the_list_goes_on_after_its_last_row_in_every_order_and_filter(house: World):
    for price, on in ((5_000_000, date(2024, 1, 10)), (10_000_000, DAY), (10_000_000, DAY), (2_000_000, DAY)):
        line = kept_line(Line("Journal", 1000, price, "S25", account=3010))
        issue(house, write(house, DraftFacts(issued_on=on, recipient_email="bo@aker.example", rows=[line])))
    with house.reading() as session:
        credited = by_number(session)[3].public_id
        amount, ocr = by_number(session)[1].payable_ore, by_number(session)[2].ocr
    issue(house, begin(house, credited))
    with house.reading() as session:
        for order in invoices.ORDERS:
            for is_turned in (False, True):
                wanted = InvoiceFilter(order=order, is_turned=is_turned)
                found, after = [], ""
                while True:
                    page = invoices.page(session, wanted, after, today=DAY, limit=1)
                    found += [one.number for one in page.rows]
                    after = page.after
                    if not after:
                        break
                assert sorted(found) == [1, 2, 3, 4, 5], wanted
        assert listed(session, show="open") == [3, 2, 1]
        assert listed(session, show="overdue", order="due") == [1, 2, 3]
        assert listed(session, show="credited") == [4]
        assert listed(session, words=str(amount // 100)) == [3, 2]
        assert listed(session, words=ocr) == [3]
        assert listed(session, words="4") == [4]
        assert listed(session, words="åkeri", last=date(2024, 1, 31)) == [1]
        assert listed(session, company=house.companies["bygg"]) == []
        said = invoices.sums(session, InvoiceFilter(), today=DAY)
        assert (said.count, said.payable_ore, said.open_ore) == (5, 312_500, 312_500)
        owed = invoices.of_company(session, house.ids["akeri"], today=date(2024, 3, 15))
        assert (owed.open_ore, owed.overdue_ore, owed.newest[0].number) == (312_500, 312_500, 5)


# ---- what is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "e4"), [
    ("1 234,50", 12_345_000), ("1234.5", 12_345_000), ("0,125", 1250), ("0,1250", 1250), ("12,3456", 123_456),
    ("7", 70_000),
])  # fmt: skip
def test_a_price_is_read(text, e4):
    assert parse_price(text) == e4


@pytest.mark.parametrize("text", ["", "1,234", "1.234", "-1", "tusen", "1,23456", "9" * 30])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(NotAPrice):
        parse_price(text)


@pytest.mark.parametrize(("text", "discount"), [
    ("", (0, 0)), ("10 %", (1000, 0)), ("10", (1000, 0)), ("12,5%", (1250, 0)), ("50 kr", (0, 5000)),
    ("50:-", (0, 5000)),
])  # fmt: skip
def test_a_discount_is_read(text, discount):
    assert parse_discount(text) == discount


@pytest.mark.parametrize("text", ["101 %", "-5", "-5 kr", "mycket", "%"])
def test_what_is_no_discount_is_refused(text):
    with pytest.raises(NotADiscount):
        parse_discount(text)


@given(st.integers(0, 10**14), st.integers(0, 10_000), st.integers(1, 10**12))
def test_a_row_is_typed_as_it_is_kept(price_e4, hundredths, ore):
    assert parse_price(print_price(price_e4)) == price_e4
    assert parse_discount(print_discount(hundredths, 0)) == (hundredths, 0)
    assert parse_discount(print_discount(0, ore)) == (0, ore)


def test_a_line_is_kept_whole():
    line = Line("Journal", 1500, 125, "S6", 1000, 0, "HUR", "", DAY, DAY, 3010, 2979)
    assert line_of(kept_line(line)) == line
