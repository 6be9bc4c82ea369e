"""The vouchers as a file: a row for each line, by the filter; cells stay text, and who took it is written down."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from infosoc.accounts.roles import Role
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.models.imports import Export
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.documents.tables import MIMETYPES
from infosoc.ledger.commands.posting import post
from infosoc.ledger.queries import vouchers as queries
from infosoc.ledger.rules import NewLine
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, csrf_token, make_member, sign_in
from tests.ledger.world import books_of, voucher

HEADINGS = ["Nummer", "Datum", "Vad det gäller", "Motpart", "Konto", "Kontonamn"]


@pytest.fixture
def books(app, client) -> FlaskClient:
    """An accountant, and three vouchers; one of them tries to be a formula."""
    sign_in(client, books_of(app))
    with app.app_context(), transaction() as session, tenant_scope(scope_named(session, "infosoc")):
        lines = [NewLine(5410, 10_000, text="+1+1"), NewLine(2641, 2_500), NewLine(1930, -12_500)]
        for one in (
            voucher("test:1"),
            voucher("test:2", on=date(2026, 4, 1), text='=HYPERLINK("http://x.example")', lines=lines),
            voucher("test:3", on=date(2026, 5, 1), series="B", ore=99),
        ):  # fmt: skip
            post(session, one, by=None, now=NOW)
    return client


def taken(client: FlaskClient, kind: str, query: str = "") -> list[list[str]]:
    token = csrf_token(client, "/infosoc/vouchers")
    answer = client.post(f"/infosoc/vouchers/export.{kind}?{query}", data={"csrf_token": token})
    assert answer.status_code == 200
    assert answer.mimetype == MIMETYPES[kind]
    assert "vouchers-20" in answer.headers["Content-Disposition"]
    if kind == "csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert all(cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value)
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_line_is_a_row_and_no_cell_is_a_formula(books, kind):
    headings, *rows = taken(books, kind)
    assert headings[:6] == HEADINGS
    assert [(row[0], row[4], row[7], row[8]) for row in rows] == [
        ("B1", "5410", "0,99", ""), ("B1", "1930", "", "0,99"), ("A2", "5410", "100,00", ""),
        ("A2", "2641", "25,00", ""), ("A2", "1930", "", "125,00"),
        ("A1", "5410", "125,00", ""), ("A1", "1930", "", "125,00"),
    ]  # fmt: skip
    assert (rows[2][2], rows[2][6]) == ('\'=HYPERLINK("http://x.example")', "'+1+1")
    assert all(cell[:1] not in "=+-@" or not cell for row in rows for cell in row)


@pytest.mark.sqlite_only
def test_the_file_follows_the_filter_and_is_logged(app, books):
    assert len(taken(books, "csv", "series=B")) == 3
    assert len(taken(books, "xlsx", "q=P%C3%A4rmar&account=1930&since=2026-03-01&until=2026-03-31")) == 3
    assert len(taken(books, "csv", "year=nonsense")) == 1
    with app.app_context():
        session = db.session()
        with tenant_scope(scope_named(session, "infosoc")):
            found = session.scalars(select(Export).order_by(Export.id)).all()
            assert [(one.list_name, one.rows) for one in found] == [("vouchers", 2), ("vouchers", 2), ("vouchers", 0)]
            assert found[0].query == "series=B"
            told = select(func.count()).select_from(AuditEvent).where(AuditEvent.deed == "list exported")
            assert session.scalar(told) == 3
            kinds = select(AuditValue.after).where(AuditValue.field == "format").order_by(AuditValue.id)
            assert list(session.scalars(kinds)) == ["csv", "xlsx", "csv"]


@pytest.mark.sqlite_only
def test_a_long_list_is_read_in_parts_and_none_is_lost(app, books, monkeypatch):
    monkeypatch.setattr(queries, "EXPORTED_AT_A_TIME", 2)
    assert [row[0] for row in taken(books, "csv")[1:]] == ["B1", "B1", "A2", "A2", "A2", "A1", "A1"]


@pytest.mark.sqlite_only
def test_who_may_not_read_the_books_gets_no_file(app, books):
    with app.app_context(), transaction() as session:
        tenant = session.scalars(select(Tenant).where(Tenant.slug == "infosoc")).one()
        seller = make_member(session, tenant, None, Role.SELLER)
        session.flush()
        session.expunge(seller)
    other = app.test_client()
    sign_in(other, seller)
    token = csrf_token(other, "/infosoc/companies")
    assert other.post("/infosoc/vouchers/export.csv", data={"csrf_token": token}).status_code in (403, 404)
    assert books.post("/infosoc/vouchers/export.pdf", data={}).status_code in (400, 404, 405)
