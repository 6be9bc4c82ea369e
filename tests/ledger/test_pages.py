"""The pages of the bookkeeping: writing by hand without JavaScript, correcting, lists, accounts, years."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.ledger.models import Account, FiscalYear, Voucher, VoucherLine
from infosoc.ledger.queries.checks import check
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from tests.builders import make_member, sign_in
from tests.ledger.world import books_of, posted, reading, voucher

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def accountant(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, books_of(app))
    return client


def become(app, role: Role):
    with app.app_context(), transaction() as session:
        tenant = session.scalars(select(Tenant)).one()
        user = make_member(session, tenant, None, role)
    other = app.test_client()
    sign_in(other, user)
    return other


def all_of(app, model):
    with app.app_context():
        rows = reading(db.session, lambda s: list(s.scalars(select(model).order_by(model.id))))
        for row in rows:
            db.session.expunge(row)
        return rows


def account(app, number: int) -> Account:
    return next(one for one in all_of(app, Account) if one.number == number)


FILLED = {
    "voucher_on": "2026-03-05", "text": "Kontorsstolar", "series": "A", "counterparty": "Möbelhuset AB",
    "documents": "Kvitto 12, pärm 3", "submission": "form-1", "replaces": "",
    "account": ["5410 Förbrukningsinventarier", "2641", "1930 Företagskonto", ""],
    "debit": ["8 000,00", "2000", "", ""],
    "credit": ["", "", "10 000", ""], "vat": ["", "", "", ""], "line_text": ["Fyra stolar", "", "", ""],
}  # fmt: skip


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True)).replace("\u00a0", " ")


def test_a_voucher_is_written_by_hand_without_javascript(app, accountant):
    assert 'name="account"' in text_of(accountant.get("/infosoc/vouchers/new"))
    answer = accountant.post("/infosoc/vouchers", data=FILLED)
    assert answer.status_code == 303
    page = text_of(accountant.get(answer.headers["Location"]))
    for said in ("A1 Kontorsstolar", "8 000,00", "10 000,00", "Möbelhuset AB", "Kvitto 12, pärm 3", "I25"):
        assert said in page
    (made,) = all_of(app, Voucher)
    assert (made.name, made.amount_ore, made.rule) == ("A1", 1_000_000, "manual")


def test_the_same_form_sent_twice_is_one_voucher(app, accountant):
    first = accountant.post("/infosoc/vouchers", data=FILLED)
    second = accountant.post("/infosoc/vouchers", data=FILLED)
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(all_of(app, Voucher)) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"credit": ["", "", "9 999", ""]}, "1,00"),
        ({"debit": ["åtta", "2000", "", ""]}, "field-error"),
        ({"account": ["5410", "2641", "1234", ""]}, "1234"),
        ({"account": ["stolar", "2641", "1930", ""]}, "field-error"),
        ({"text": ""}, "field-error"),
        ({"voucher_on": "2031-01-01"}, "2031-01-01"),
        ({"account": ["", "", "", ""], "debit": ["", "", "", ""], "credit": ["", "", "", ""], "line_text": [""] * 4},
         "error"),
        ({"line_text": ["Fyra stolar " * 20, "", "", ""]}, "Högst 200 tecken."),
        ({"line_text": ["Till 19121212-1212", "", "", ""]}, "Det får inte skrivas här."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_posted_or_lost(app, accountant, changed, said):
    answer = accountant.post("/infosoc/vouchers", data=FILLED | changed)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Möbelhuset AB" in text_of(answer)
    assert changed.get("line_text", [""])[0].strip() in text_of(answer)
    assert all_of(app, Voucher) == []
    # The corrected form carries the same id, and goes through.
    assert accountant.post("/infosoc/vouchers", data=FILLED).status_code == 303


def test_no_line_of_a_long_voucher_is_forgotten(app, accountant):
    count = 120
    lines = {"account": ["5410"] * count + ["1930"], "debit": ["1"] * count + [""], "credit": [""] * count + ["120"],
             "vat": [""] * (count + 1), "line_text": [""] * (count + 1)}  # fmt: skip
    assert accountant.post("/infosoc/vouchers", data=FILLED | lines).status_code == 303
    assert len(all_of(app, VoucherLine)) == count + 1


def test_more_lines_are_there_when_asked_for_and_what_was_written_stays(app, accountant):
    answer = accountant.post("/infosoc/vouchers", data=FILLED | {"more": "1"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert page.count('name="account"') == 8
    assert "Fyra stolar" in page
    assert all_of(app, Voucher) == []


def test_the_fragments_of_the_form(accountant):
    htmx = {"HX-Request": "true"}
    balance = accountant.get("/infosoc/vouchers/balance?debit=8+000&debit=x&credit=5000,50", headers=htmx)
    assert "2 999,50" in text_of(balance)
    choices = text_of(accountant.get("/infosoc/vouchers/accounts?account=193", headers=htmx))
    assert 'data-value="1930"' in choices
    assert 'data-value="1510"' in text_of(accountant.get("/infosoc/vouchers/accounts?account=kundford", headers=htmx))
    assert "line_text" in text_of(accountant.get("/infosoc/vouchers/line", headers=htmx))
    assert "line_text" not in text_of(accountant.get("/infosoc/vouchers/line?short=1", headers=htmx))


def test_a_correction_turns_back_and_leads_to_the_right_voucher(app, accountant):
    accountant.post("/infosoc/vouchers", data=FILLED)
    (wrong,) = all_of(app, Voucher)
    assert "2026-03-05" in text_of(accountant.get(f"/infosoc/vouchers/{wrong.public_id}/correct"))
    answer = accountant.post(
        f"/infosoc/vouchers/{wrong.public_id}/reverse", data={"on": "2026-03-06", "text": "Rättar A1", "then": "new"}
    )
    assert answer.headers["Location"].endswith(f"/vouchers/new?replaces={wrong.public_id}")
    form = text_of(accountant.get(answer.headers["Location"]))
    assert "Fyra stolar" in form
    right = FILLED | {"replaces": wrong.public_id, "submission": "form-2", "series": "K"}
    assert accountant.post("/infosoc/vouchers", data=right).status_code == 303
    _, back, made = all_of(app, Voucher)
    page = text_of(accountant.get(f"/infosoc/vouchers/{wrong.public_id}"))
    assert back.public_id in page
    assert made.public_id in page
    assert wrong.public_id in text_of(accountant.get(f"/infosoc/vouchers/{back.public_id}"))
    assert wrong.public_id in text_of(accountant.get(f"/infosoc/vouchers/{made.public_id}"))
    again = accountant.post(f"/infosoc/vouchers/{wrong.public_id}/reverse", data={"on": "2026-03-06", "text": "x"})
    assert (again.status_code, len(all_of(app, Voucher))) == (422, 3)
    with app.app_context():
        assert reading(db.session, check).faults == []


def test_one_cannot_replace_what_was_not_turned_back(app, accountant):
    accountant.post("/infosoc/vouchers", data=FILLED)
    (wrong,) = all_of(app, Voucher)
    answer = accountant.post("/infosoc/vouchers", data=FILLED | {"replaces": wrong.public_id, "submission": "form-3"})
    assert (answer.status_code, len(all_of(app, Voucher))) == (422, 1)


@pytest.fixture
def filled(app, accountant):
    with app.app_context():
        posted(db.session, voucher("1", text="Hyra lokal", on=date(2026, 1, 31)))
        posted(db.session, voucher("2", text="Blåbär åt alla", on=date(2026, 2, 28), series="B", ore=77_00))
        posted(db.session, voucher("3", text="Hyra lokal", on=date(2026, 3, 31), counterparty="Fastighets AB"))
    return accountant


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"A1", "B1", "A2"}), ("series=B", {"B1"}), ("series=Z", set()), ("q=hyra", {"A1", "A2"}),
        ("q=fastighets+hyra", {"A2"}), ("q=blabar", {"B1"}), ("q=a2", {"A2"}), ("q=77", {"B1"}),
        ("since=2026-02-01", {"B1", "A2"}), ("since=2026-02-01&until=2026-02-28", {"B1"}),
        ("account=1930", {"A1", "B1", "A2"}), ("account=3010", set()), ("account=x", set()),
        ("year=zzzzzzzzzzz", set()), ("since=inte+en+dag&until=x", set()),
        ("q=%25", set()),
    ],
)  # fmt: skip
def test_the_list_is_filtered_by_series_period_account_and_words(filled, query, names):
    page = text_of(filled.get(f"/infosoc/vouchers?{query}"))
    assert set(re.findall(r'vouchers/\w{11}">([A-Z]\d+)</a>', page)) == names
    rows = filled.get(f"/infosoc/vouchers/rows?{query}", headers={"HX-Request": "true"})
    assert rows.headers["HX-Push-Url"].startswith("/infosoc/vouchers")
    assert set(re.findall(r'vouchers/\w{11}">([A-Z]\d+)</a>', text_of(rows))) == names


def test_older_vouchers_are_fetched_by_key(app, accountant):
    with app.app_context():
        for number in range(55):
            posted(db.session, voucher(f"{number}", on=date(2026, 1, 1 + number % 28)))
    first = text_of(accountant.get("/infosoc/vouchers"))
    older = re.search(r'hx-get="([^"]+before=[^"]+)"', first)[1].replace("&amp;", "&")
    rest = text_of(accountant.get(older, headers={"HX-Request": "true"}))
    names = [set(re.findall(r">(A\d+)</a>", page)) for page in (first, rest)]
    assert (len(names[0]), len(names[1]), len(names[0] | names[1])) == (50, 5, 55)


def test_an_account_shows_months_lines_and_running_balance(app, filled):
    page = text_of(
        filled.get(f"/infosoc/chart/{account(app, 1930).public_id}?year={all_of(app, FiscalYear)[0].public_id}")
    )
    for balance in ("−125,00", "−202,00", "−327,00"):
        assert balance in page
    month = text_of(
        filled.get(
            f"/infosoc/chart/{account(app, 1930).public_id}?year={all_of(app, FiscalYear)[0].public_id}&month=2026-02"
        )
    )
    assert "B1" in month
    assert ">A1<" not in month
    assert "−202,00" in month


def test_accounts_are_added_renamed_closed_and_only_unused_ones_removed(app, filled):
    data = {
        "number": "5421",
        "kind": "K",
        "name_sv": "Molntjänster",
        "name_en": "Cloud",
        "vat_code": "I25",
        "sru": "7513",
    }
    answer = filled.post("/infosoc/chart", data=data)
    assert answer.status_code == 303
    assert filled.post("/infosoc/chart", data=data).status_code == 422
    assert filled.post("/infosoc/chart", data=data | {"number": "12"}).status_code == 422
    one = account(app, 5421)
    changed = data | {"name_sv": "Moln", "version": one.version}
    assert filled.post(f"/infosoc/chart/{one.public_id}", data=changed).status_code == 303
    assert account(app, 5421).name_sv == "Moln"
    assert filled.post(f"/infosoc/chart/{one.public_id}", data=changed | {"name_sv": "Nej"}).status_code == 409
    filled.post(f"/infosoc/chart/{one.public_id}/close")
    assert account(app, 5421).closed_at is not None
    assert "5421" in text_of(filled.get("/infosoc/chart?part=closed"))
    assert filled.post(f"/infosoc/chart/{one.public_id}/remove").status_code == 303
    used = account(app, 1930)
    assert filled.post(f"/infosoc/chart/{used.public_id}/remove").status_code == 409 or account(app, 1930)
    assert account(app, 1930).number == 1930


def test_the_chart_shows_what_is_in_use_and_finds_the_rest(filled):
    in_use = text_of(filled.get("/infosoc/chart"))
    assert ">1930 " in in_use
    assert ">3010 " not in in_use
    assert ">3010 " in text_of(filled.get("/infosoc/chart?part=3"))
    assert ">8313 " in text_of(filled.get("/infosoc/chart?q=drojsmal"))


def test_a_year_is_added_locked_and_unlocked(app, accountant):
    form = text_of(accountant.get("/infosoc/fiscal-years/new"))
    assert 'value="2027-01-01"' in form
    days = {"starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    assert accountant.post("/infosoc/fiscal-years", data=days).status_code == 303
    assert accountant.post("/infosoc/fiscal-years", data=days).status_code == 422
    year = all_of(app, FiscalYear)[0]
    address = f"/infosoc/fiscal-years/{year.public_id}"
    assert accountant.post(f"{address}/lock", data={"through": "2026-03-31"}).status_code == 303
    assert all_of(app, FiscalYear)[0].locked_through == date(2026, 3, 31)
    answer = accountant.post("/infosoc/vouchers", data=FILLED)
    assert answer.status_code == 422
    assert "2026-03-31" in text_of(answer)
    assert accountant.post(f"{address}/lock", data={"through": "2026-02-28"}).status_code == 422
    assert accountant.post(f"{address}/unlock", data={"through": "", "reason": ""}).status_code == 422
    assert accountant.post(f"{address}/unlock", data={"through": "", "reason": "Fel"}).status_code == 303
    assert accountant.post("/infosoc/vouchers", data=FILLED).status_code == 303


def test_opening_balances_are_written_and_shown(app, accountant):
    year = all_of(app, FiscalYear)[0]
    address = f"/infosoc/fiscal-years/{year.public_id}"
    data = {"account": ["1930", "2081"], "debit": ["50 000", ""], "credit": ["", "50 000"]}
    assert accountant.post(f"{address}/opening", data=data | {"credit": ["", "1"]}).status_code == 422
    assert accountant.post(f"{address}/opening", data=data).status_code == 303
    assert "50 000,00" in text_of(accountant.get(address))
    assert "50000,00" in text_of(accountant.get(f"{address}/opening"))
    assert "50 000,00" in text_of(
        accountant.get(f"/infosoc/chart/{account(app, 1930).public_id}?year={year.public_id}")
    )


@pytest.mark.parametrize(
    ("role", "reads", "posts", "sets_up"),
    [
        (Role.SELLER, False, False, False), (Role.READER, False, False, False), (Role.FINANCE, True, True, False),
        (Role.ACCOUNTANT, True, True, True), (Role.ADMINISTRATOR, True, True, True),
    ],
)  # fmt: skip
def test_who_may_do_what(app, filled, role, reads, posts, sets_up):
    person = become(app, role)
    year = all_of(app, FiscalYear)[0]
    answers = (
        person.get("/infosoc/vouchers").status_code, person.post("/infosoc/vouchers", data=FILLED).status_code,
        person.post(f"/infosoc/fiscal-years/{year.public_id}/lock", data={"through": "2026-12-31"}).status_code,
    )  # fmt: skip
    assert answers == (200 if reads else 403, 303 if posts else 403, 303 if sets_up else 403)


def test_another_tenants_voucher_is_not_here(app, filled):
    with app.app_context():
        from tests.ledger.world import make_books

        make_books(db.session, "rattsdata")
        posted(db.session, voucher("theirs", text="Hemligt"), slug="rattsdata")
        with tenant_scope(scope_named(db.session, "rattsdata")):
            theirs = db.session.scalars(select(Voucher)).one().public_id
    assert filled.get(f"/infosoc/vouchers/{theirs}").status_code == 404
    assert filled.get(f"/infosoc/vouchers/new?copy={theirs}").status_code == 404
    assert filled.post(f"/infosoc/vouchers/{theirs}/reverse", data={"on": "2026-03-05", "text": "x"}).status_code == 404
    assert "Hemligt" not in text_of(filled.get("/infosoc/vouchers?q=hemligt"))


def test_the_menu_shows_it_where_the_module_is_on(app, filled):
    assert "/infosoc/vouchers" in text_of(filled.get("/infosoc/chart")).partition('id="sidebar"')[2]
    with app.app_context(), transaction() as session:
        from infosoc.tenancy.commands import set_flag
        from infosoc.tenancy.rules import Flag

        set_flag(session, session.scalars(select(Tenant)).one().id, Flag.MODULE_FINANCE, False)
    page = text_of(filled.get("/infosoc/chart"))
    assert "/infosoc/vouchers" not in page.partition('id="sidebar"')[2].partition("</nav>")[0]
