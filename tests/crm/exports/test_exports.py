"""Taking lists out: the same rows as the list, harmless cells, nothing that may not leave, and every time logged."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact
from infosoc.crm.models.imports import Export
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.documents import tables
from infosoc.documents.cells import harmless
from tests.builders import make_company, make_contact, make_entry, make_member, make_tenant, sign_in

COLUMNS = {
    "companies": ["name", "org_number", "status", "phone", "postal_town", "tags"],
    "contacts": ["name", "company", "email"],
    "log": ["when", "kind", "company", "contact", "by", "text"],
}


@pytest.mark.parametrize("text", ["=1+1", "+46", "-2+3", "@SUM(1)", " =1", "\t=1", "\tx", "\r=1", "＝1+1", "＋1", "﹣1",
                                  "\u200b=1", "\x00=1", "\u00a0@a", "＠a"])  # fmt: skip
def test_a_cell_that_could_be_calculated_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Åkeri AB", "a=b", "070-174 06 10", "1 234", "’=’", "(a)"])
def test_any_other_cell_stays_as_it_is(text):
    assert harmless(text) == text


def test_the_csv_is_as_excel_in_sweden_reads_it():
    text = tables.write("csv", ["Namn", "Ort"], [["Åkeri; AB", "=1"], ['"A"', "Åre"]]).read()
    assert text == '\ufeffNamn;Ort\r\n"Åkeri; AB";\'=1\r\n"""A""";Åre\r\n'.encode()


def test_the_workbook_holds_text_and_no_formula():
    book = openpyxl.load_workbook(tables.write("xlsx", ["Namn"], [["=HYPERLINK(1)"], ["0012"]]))
    cells = [(cell.value, cell.data_type) for (cell,) in book.active.iter_rows()]
    assert cells == [("Namn", "s"), ("'=HYPERLINK(1)", "s"), ("0012", "s")]


@pytest.fixture
def place(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        with transaction() as session:
            tenant = make_tenant(session)
            app.tenant_id = tenant.id
            app.users = {
                "seller": make_member(session, tenant),
                "officer": make_member(session, tenant, None, Role.PRIVACY_OFFICER),
                "reader": make_member(session, tenant, None, Role.READER),
            }
            for user in app.users.values():
                session.expunge(user)
        with tenant_scope(Scope.alone(app.tenant_id)), transaction() as session:
            alfa = make_company(session, "Åkeri Alfa AB", org_number="5597246270", status=Status.CUSTOMER,
                                phone="+46701740610")  # fmt: skip
            make_company(session, '=HYPERLINK("x")')
            trader = make_company(session, "Tolvan Testsson", org_number="1212121212", legal_form="sole_trader")
            anna = make_contact(session, alfa, "Anna Ek", email="anna@alfa.example")
            hidden = make_contact(session, trader, "Eva Hemlig", email="eva@hemlig.example")
            hidden.is_protected = True
            karin = session.get_one(type(app.users["seller"]), app.users["seller"].id)
            make_entry(session, alfa, karin, text="Ville ha offert", contact=anna)
            make_entry(session, trader, karin, text="Ringde", contact=hidden)
    return app


def client_of(app, name: str):
    client = app.test_client()
    sign_in(client, app.users[name])
    return client


def exported(app, list_name: str, *, who: str = "seller", **data) -> list[list[str]]:
    form = {"columns": COLUMNS[list_name], "kind": "csv", **data}
    answer = client_of(app, who).post(f"/infosoc/exports/{list_name}", data=form)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={list_name}-")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def logged(app) -> list:
    with app.app_context(), tenant_scope(Scope.alone(app.tenant_id)):
        return list(db.session.scalars(select(Export).order_by(Export.id)))


def test_p72_a_list_is_taken_out_with_harmless_cells_and_logged(place):
    rows = exported(place, "companies")
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("x")', "Tolvan Testsson", "Åkeri Alfa AB"]
    assert rows[3][:4] == ["Åkeri Alfa AB", "559724-6270", "Kund", "070-174 06 10"]
    (one,) = logged(place)
    assert (one.list_name, one.rows, one.columns) == ("companies", 3, COLUMNS["companies"])


def test_p72_the_file_is_named_by_its_log_row(place):
    answer = client_of(place, "seller").post("/infosoc/exports/companies", data={"columns": ["name"], "kind": "xlsx"})
    (one,) = logged(place)
    assert one.public_id in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).active.max_row == 4


def test_the_filters_of_the_list_hold_in_the_file(place):
    rows = exported(place, "companies", query="status=customer")
    assert [row[0] for row in rows[1:]] == ["Åkeri Alfa AB"]
    rows = exported(place, "companies", query="q=testsson")
    assert [row[0] for row in rows[1:]] == ["Tolvan Testsson"]
    assert logged(place)[0].query == "status=customer"


def test_only_the_marked_rows(place):
    with place.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        from infosoc.crm.models.companies import Company

        public_id = db.session.scalar(select(Company.public_id).where(Company.org_number == "5597246270"))
    rows = exported(place, "companies", ids=public_id, query="")
    assert [row[0] for row in rows[1:]] == ["Åkeri Alfa AB"]


@pytest.mark.parametrize("who", ["seller", "officer"])
def test_p06_a_sole_traders_number_leaves_with_nobody(place, who):
    numbers = {row[0]: row[1] for row in exported(place, "companies", who=who)}
    assert numbers["Tolvan Testsson"] == ""
    assert numbers["Åkeri Alfa AB"] == "559724-6270"


def test_a_protected_person_is_in_no_file_but_that_of_those_who_may_see_them(place):
    assert [row[0] for row in exported(place, "contacts")[1:]] == ["Anna Ek"]
    assert "Hemlig" not in repr(exported(place, "log"))
    assert [row[0] for row in exported(place, "contacts", who="officer")[1:]] == ["Anna Ek", "Eva Hemlig"]
    assert "Hemlig" in repr(exported(place, "log", who="officer"))


def test_the_contact_log_with_its_filters(place):
    rows = exported(place, "log")
    assert {row[5] for row in rows[1:]} == {"Ville ha offert", "Ringde"}
    assert exported(place, "log", query="kind=meeting")[1:] == []


def test_a_long_list_is_taken_out_whole(place, monkeypatch):
    from infosoc.crm.queries import exports

    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for query in ("", "sort=contacted", "sort=-name", "q=a"):
        names = [row[0] for row in exported(place, "companies", query=query)[1:]]
        assert len(names) == len(set(names))
        assert len(names) == (3 if query != "q=a" else len(names)), query
    assert len(exported(place, "log")) == 3


def test_the_page_offers_the_columns_of_the_list(place):
    page = client_of(place, "seller").get("/infosoc/exports/companies?query=status%3Dcustomer")
    text = page.get_data(as_text=True)
    assert text.count('type="checkbox"') > 20
    assert "status=customer" in text
    assert client_of(place, "seller").get("/infosoc/exports/nonsense").status_code == 404


def test_without_columns_nothing_leaves(place):
    answer = client_of(place, "seller").post("/infosoc/exports/companies", data={"kind": "csv"})
    assert answer.status_code == 422
    assert logged(place) == []


def test_a_reader_may_not_export(place):
    assert client_of(place, "reader").get("/infosoc/exports/companies").status_code == 403
    assert client_of(place, "reader").post("/infosoc/exports/companies", data={}).status_code == 403


@pytest.mark.parametrize("name", ["companies", "contacts", "log"])
def test_the_command_line_takes_out_what_anybody_may_see(place, tmp_path, name):
    path = tmp_path / "ut.csv"
    result = place.test_cli_runner().invoke(args=["export", name, "--tenant", "infosoc", "--output", str(path)])
    assert (result.exit_code, result.stdout) == (0, f"{path}: {len(path.read_text().splitlines()) - 1} rows.\n")
    text = path.read_text(encoding="utf-8-sig")
    assert "Hemlig" not in text
    assert "121212" not in text
    assert [one.list_name for one in logged(place)] == [name]
    assert path.stat().st_mode & 0o777 == 0o600


def test_points_are_there_to_be_exported(place):
    with place.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        assert db.session.scalar(select(ContactPoint.value).where(ContactPoint.kind == "phone"))
        assert db.session.scalar(select(Contact.name).where(Contact.is_protected.is_(True))) == "Eva Hemlig"


def test_somebody_unknown_has_written_nothing_in_the_log(place):
    for odd in ("by=zzzzzzzzzzz", "kind=zz", "since=abc", "until=abc"):
        assert exported(place, "log", query=odd)[1:] == [], odd


def test_a_personal_number_that_was_searched_for_is_not_kept_with_the_export(place):
    exported(place, "companies", query="q=19121212%2D1212")
    assert "1212-1212" not in logged(place)[0].query.replace("%2D", "-")
