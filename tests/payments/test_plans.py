"""What a chunk of payments looks up is found along an index, however many invoices there are."""

from __future__ import annotations

import pytest

from infosoc.db.session import db
from tests.payments.house import bring, invoices, paying
from tests.support.statements import statements

WHERE = {"invoice.ocr IN": "uq_invoice_ocr", "invoice.credits_id IN": "ix_invoice_credits", "invoice.id IN": "PRIMARY"}


def plan_of(app, sql: str) -> str:
    """With texts for lists and numbers for all else; what they are does not matter to the plan."""
    with app.app_context(), db.engine.connect() as connection:
        marks = tuple(["[]"] * sql.count("json_each(?)") + [1] * (sql.count("?") - sql.count("json_each(?)")))
        return " / ".join(row[3] for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql, marks))


@pytest.mark.sqlite_only
def test_references_credit_notes_and_claims_are_found_by_their_indexes(house):
    ((_, reference),) = invoices(house, 1)
    with statements(house.app) as sent:
        bring(house, paying(reference).bytes())
    for part, index in WHERE.items():
        plans = [plan_of(house.app, sql) for sql in sent if part in sql and "json_each" in sql]
        assert plans, part
        assert [plan for plan in plans if index not in plan] == []


@pytest.mark.sqlite_only
def test_a_statement_that_does_not_say_the_indexs_condition_reads_the_tenants_invoices(app):
    careless = "SELECT id FROM invoice WHERE ocr IN (SELECT value FROM json_each(?)) AND tenant_id = ?"
    assert "uq_invoice_ocr" not in plan_of(app, careless)
