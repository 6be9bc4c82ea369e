"""The accounts that customers pay to: added, ended, chosen to be printed; what is issued keeps what was printed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from infosoc.invoicing.commands import receiving
from infosoc.invoicing.commands.receiving import Use
from infosoc.invoicing.models import InvoicingSettings, ReceivingAccount
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from tests.invoicing.test_pages import keeper, sent, text_of  # noqa: F401 - a fixture is used by name
from tests.invoicing.test_settings_page import FILLED
from tests.invoicing.world import issued
from tests.invoicing.world import make_house as _make_house
from tests.subscriptions.world import World

pytestmark = pytest.mark.sqlite_only
PATH = "/infosoc/settings/invoicing/accounts"
OTHER = "54029681"


@pytest.fixture
def house(app) -> World:
    return _make_house(app)


def add(house: World, kind: str = "bankgiro", number: str = "5402-9681", use: Use | None = None, **more) -> str:
    with house.writing() as session:
        return receiving.add(session, kind, number, use or Use(), by=None, now=clock.now(), **more).public_id


def choose(house: World, public_id: str) -> None:
    with house.writing() as session:
        receiving.choose(session, public_id, on=clock.today(), by=None, now=clock.now())


def printed(house: World) -> tuple[str, str, str]:
    with house.reading() as session:
        own = session.scalars(select(InvoicingSettings)).one()
        return own.bankgiro, own.iban, own.bic


def numbers(house: World) -> set[str]:
    with house.reading() as session:
        return set(session.scalars(select(ReceivingAccount.number)))


def test_another_one_is_printed_from_now_on_and_what_was_issued_keeps_its_own(house: World):
    before = issued(house, "draft:1", on=date(2026, 2, 1))[0]
    choose(house, add(house))
    after = issued(house, "draft:2", on=date(2026, 2, 1))[0]
    assert printed(house)[0] == OTHER
    assert (before.record.seller.bankgiro, after.record.seller.bankgiro) == ("9912346", OTHER)
    assert numbers(house) == {"9912346", OTHER}


def test_an_iban_is_printed_with_its_bic(house: World):
    choose(house, add(house, "iban", "SE35 5000 0000 0549 1000 0003", bic="ESSESESS"))
    assert printed(house) == ("9912346", "SE3550000000054910000003", "ESSESESS")


@pytest.mark.parametrize(("kind", "number", "bic", "use"), [
    ("bankgiro", "991-2347", "", Use()), ("bankgiro", "", "", Use()), ("iban", "SE3550000000054910000003", "", Use()),
    ("iban", "SE3550000000054910000004", "ESSESESS", Use()), ("plusgiro", "28 65 43-5", "", Use()),
    ("bankgiro", "5402-9681", "", Use(1510)), ("bankgiro", "5402-9681", "", Use(1999)),
    ("bankgiro", "5402-9681", "", Use(1930, date(2026, 2, 1), date(2026, 1, 31))),
])  # fmt: skip
def test_what_is_no_account_of_ours_is_refused(house: World, kind, number, bic, use):
    with pytest.raises(DomainError):
        add(house, kind, number, use, bic=bic)
    assert numbers(house) == set()


def test_one_that_is_printed_is_not_ended_and_one_that_has_ended_is_not_printed(house: World):
    other = add(house)
    with pytest.raises(receiving.KnownNumber):
        add(house)
    choose(house, other)
    ended = Use(1930, None, date(2026, 1, 31))
    with pytest.raises(receiving.StillPrinted), house.writing() as session:
        receiving.change(session, other, ended, by=None)
    with house.reading() as session:
        first = session.scalars(select(ReceivingAccount.public_id).where(ReceivingAccount.number == "9912346")).one()
    with house.writing() as session:
        receiving.change(session, first, ended, by=None)
    for wrong in (first, add(house, "plusgiro", "28 65 43-4", Use(1930, date(2090, 1, 1)))):
        with pytest.raises(receiving.NotInUse):
            choose(house, wrong)
    with pytest.raises(DomainError):
        choose(house, "gone")


def test_the_page_adds_prints_and_ends(house: World, keeper):
    fields = {"kind": "bankgiro", "number": "5402-9681", "account": "1940", "valid_from": "2026-01-01"}
    for wrong in ({"number": "5402-9682"}, {"account": "kassa"}, {"account": "1510"}, {"kind": "swish"}):
        assert sent(keeper, PATH, **{**fields, **wrong}).status_code == 422, wrong
    assert sent(keeper, PATH, **fields).status_code == 303
    with house.reading() as session:
        one = session.scalars(select(ReceivingAccount)).one().public_id
    assert "5402-9681" in text_of(keeper.get(PATH))
    assert sent(keeper, f"{PATH}/{one}/print").status_code == 303
    page = text_of(keeper.get(PATH))
    assert "991-2346" in page
    assert "Trycks" in page
    assert 'value="1940"' in keeper.get(f"{PATH}/{one}").text
    ending = {"account": "1940", "valid_through": "2026-06-30"}
    assert sent(keeper, f"{PATH}/{one}", **ending).status_code == 422
    assert sent(keeper, f"{PATH}/{one}", **{**ending, "valid_through": "trams"}).status_code == 422
    with house.reading() as session:
        first = session.scalars(select(ReceivingAccount.public_id).where(ReceivingAccount.number == "9912346")).one()
    assert sent(keeper, f"{PATH}/{first}", account="1930", valid_through="2026-06-30").status_code == 303
    assert sent(keeper, f"{PATH}/{first}/print").status_code == 422
    assert house.client("rut").get(PATH).status_code in (403, 404)


def test_a_number_that_the_settings_replace_is_still_received_on(house: World, keeper):
    changed = {**FILLED, "bankgiro": "5402-9681"}
    assert sent(keeper, "/infosoc/settings/invoicing", **changed, version="1").status_code == 303
    assert numbers(house) == {"9912346", OTHER, "2865434", "SE3550000000054910000003"}
