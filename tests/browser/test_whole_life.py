"""One customer's whole life with us, by clicks and keys: from prospect to former customer, and what the books say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from infosoc.cli.worker import load_jobs
from infosoc.invoicing import outgoing_jobs as jobs
from infosoc.jobs.worker import run_waiting
from infosoc.kernel import clock
from infosoc.outbox import jobs as mail
from infosoc.subscriptions.jobs import follow_the_days as agreements_of_today
from tests.browser.people import enter
from tests.invoicing.world import make_house
from tests.outbox.conftest import StandIn
from tests.outbox.sink import Sink
from tests.payments.bank_files import BgMax
from tests.subscriptions.world import World

NAME, EMAIL = "Livets Gång AB", "ekonomi@livet.example"


class Life:
    """The browser, the days that go by, and the worker beside them."""

    def __init__(self, world: World, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.page, self._monkeypatch = world, page, monkeypatch

    def day(self, on: date) -> None:
        """It is another day, and Anna has come to work: what she left open yesterday is closed."""
        self.page.goto("about:blank")
        instant = datetime.combine(on, time(9), UTC)
        self._monkeypatch.setattr(clock, "now", lambda: instant)
        enter(self.page, self.world, "anna")

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()

    def says(self, *texts: str) -> None:
        """The page holds these, whatever spaces there are in amounts."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(re.compile(re.escape(text).replace(r"\ ", r"\s")))

    def work(self) -> None:
        """The worker does all that waits: runs, papers, and mail."""
        run_waiting(self.world.app)
        for lane in (jobs.draw_papers, jobs.deliver, mail.send_waiting):
            while lane(StandIn(), self.world.app):
                pass


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.stop()


@pytest.fixture
def life(server, visitor, sink, monkeypatch) -> Iterator[Life]:
    load_jobs()
    settings = server.app.extensions["settings"]
    server.app.extensions["settings"] = replace(settings, smtp_url=sink.url, mail_from="kund@infosoc.example")
    yield Life(make_house(server.app), visitor.page(), monkeypatch)
    if jobs._drawers._pool is not None:
        jobs._drawers._pool.close()
        jobs._drawers._pool = None


def test_a_customer_from_prospect_to_former_customer(life: Life, sink: Sink, tmp_path: Path):
    company = become_a_prospect(life)
    sign(life, company)
    bill(life, date(2024, 1, 2), "1 500,00")
    assert [str(letter["To"]) for letter in sink.letters] == [EMAIL]
    invoice = go_to_invoice(life, 1)
    life.says("Faktura 1", "Överlämnad", "1 500,00")
    ocr = re.findall(r"OCR-nummer\s+(\d+)", life.page.inner_text("body"))[0]
    remind(life, date(2024, 2, 20))
    assert [str(letter["To"]) for letter in sink.letters] == [EMAIL, EMAIL]
    pay(life, date(2024, 2, 26), ocr, tmp_path)
    life.page.goto(invoice)
    life.says("Slutreglerad", "2024-02-26", "C1", "1 509,37 kr")
    raise_prices(life, date(2024, 2, 27))
    bill(life, date(2024, 3, 1), "3 150,00", month="2024-03")  # February as well, at the old price
    credit(life, date(2024, 3, 5))
    leave(life, date(2024, 3, 20), company)
    look_at_the_books(life)


def become_a_prospect(life: Life) -> str:
    life.day(date(2024, 1, 2))
    page = life.page
    page.goto("/infosoc/companies")
    page.keyboard.press("n")
    page.wait_for_url("**/companies/new")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=org_number]").fill("556677-8899")
    page.locator("[name=source]").fill("Mässa")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    life.says("Prospekt")
    page.get_by_role("link", name="Postadress").click()
    editor = page.locator("#fact-postal form")
    editor.locator("[name=street]").fill("Levnadsvägen 1")
    editor.locator("[name=postcode]").fill("903 26")
    editor.locator("[name=town]").fill("Umeå")
    page.keyboard.press("Enter")
    life.says("Levnadsvägen 1")
    return page.url


def sign(life: Life, company: str) -> None:
    page = life.page
    page.get_by_role("link", name="Nytt avtal").first.click()
    page.locator("[name='lines-0-product']").select_option(label="Journal")
    page.locator("[name='lines-0-price']").fill("1200")
    page.locator("[name=starts_on]").fill("2024-01-01")
    page.locator("[name=billing_months]").select_option("1")
    page.locator("main summary").filter(has_text="Provtid, förlängning").click()
    for name in ("binding_months", "notice_months", "renewal_months"):
        page.locator(f"[name={name}]").fill("0")
    page.locator("[name=recipient_email]").fill(EMAIL)
    life.press("Spara avtalet")
    life.says("Journal", "1 200,00", EMAIL)
    page.goto(company)
    life.says("Kund", "1 200,00 kr")


def bill(life: Life, on: date, amount: str, month: str = "2024-01") -> None:
    """The run of a month, looked at before the invoices are made."""
    page = life.page
    life.day(on)
    page.goto("/infosoc/billing-runs")
    page.keyboard.press("n")
    page.wait_for_url("**/billing-runs/new")
    page.locator("[name=month]").first.fill(month)
    page.locator("[name=issued_on]").first.fill(on.isoformat())
    life.press("Visa")
    life.says(NAME, amount)
    life.press("Utfärda fakturorna")
    page.wait_for_url(re.compile(r"/billing-runs/(?!new)"))
    life.work()
    page.reload()
    life.says("Klar")


def go_to_invoice(life: Life, number: int) -> str:
    """By the list, as one who looks for it."""
    page = life.page
    page.goto("/infosoc/invoices")
    page.get_by_role("link", name=str(number), exact=True).first.click()
    page.wait_for_url(re.compile(r"/invoices/[^/?]+$"))
    return page.url


def remind(life: Life, on: date) -> None:
    page = life.page
    life.day(on)
    page.goto("/infosoc/reminders")
    life.says(NAME, EMAIL)
    life.press("Skapa påminnelserna")
    page.wait_for_url("**/reminders/runs/*")
    life.work()
    page.reload()
    life.says("Klar", NAME)


def pay(life: Life, on: date, ocr: str, folder: Path) -> None:
    """What the bank tells of is read, looked at and booked; the invoice is found by its reference."""
    page = life.page
    life.day(on)
    path = folder / "bgmax.txt"
    path.write_bytes(BgMax().section().pay(150_000, ocr, serial=1).deposit(on=on).bytes())
    page.goto("/infosoc/bank-files")
    page.keyboard.press("n")
    page.locator("[name=file]").set_input_files(path)
    life.press("Läs in filen")
    life.says("matchas på OCR-nummer", "1 500,00")
    page.get_by_role("button", name="Bokför betalningarna").click()
    life.work()
    page.reload()
    life.says("Bokförd")


def raise_prices(life: Life, on: date) -> None:
    page = life.page
    life.day(on)
    page.goto("/infosoc/price-increases")
    page.keyboard.press("n")
    page.locator("[name=name]").fill("Vårens höjning")
    page.locator("[name=percent]").fill("10")
    page.locator("[name=from_on]").fill("2024-03-01")
    life.press("Granska raderna")
    life.says(NAME, "1 200,00", "1 320,00")
    life.press("Höj priserna")
    life.says(NAME)


def credit(life: Life, on: date) -> None:
    page = life.page
    life.day(on)
    go_to_invoice(life, 2)
    page.get_by_role("link", name="Kreditera").press("Enter")
    page.get_by_label("Varför den krediteras").fill("Fel antal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Utkast till kreditfaktura")).to_be_visible()
    page.keyboard.press("i")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Utfärda")).press("Enter")
    expect(page.get_by_role("heading", name="Kreditfaktura 3")).to_be_visible()


def leave(life: Life, on: date, company: str) -> None:
    page = life.page
    life.day(on)
    page.goto(company)
    page.get_by_role("link", name="Avtal 1001").first.click()
    page.locator("main summary", has_text="Mer").click()
    page.get_by_role("link", name="Säg upp").first.click()
    page.locator("[name=last_day]").fill("2024-03-31")
    life.press("Säg upp avtalet")
    life.says("2024-03-31")
    life.day(date(2024, 4, 1))
    with life.world.app.app_context():
        agreements_of_today(clock.now())  # what the worker does every night
    page.goto(company)
    life.says("Tidigare kund")


def look_at_the_books(life: Life) -> None:
    page = life.page
    page.goto("/infosoc/customer-ledger")
    life.says("Ingen är skyldig något", "stämmer med bokföringen")
    page.get_by_label("Per datum").fill("2024-02-10")
    life.press("Visa")
    life.says(NAME, "stämmer med bokföringen")
    expect(page.get_by_role("row", name=re.compile(r"1510\s1\s500,00\s1\s500,00"))).to_be_visible()
    page.goto("/infosoc/vouchers")
    for row in ("B1 2024-01-02 Faktura 1", "C1 2024-02-26 Inbetalning", "B2 2024-03-01 Faktura 2",
                "B3 2024-03-05 Kreditfaktura 3"):  # fmt: skip
        expect(page.get_by_role("row", name=row)).to_have_count(1)
    page.get_by_role("row", name="C1 2024-02-26").get_by_role("link").first.click()
    for line in (r"1930 .* 1\s500,00", r"1510 .*1\s500,00"):
        expect(page.get_by_role("row", name=re.compile(line))).to_have_count(1)
