"""What an extract says can be read by whoever it is about: words and names, and no signs of a machine."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from infosoc.audit import commands as audit
from infosoc.crm.models.imports import Export
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.mailings.models import InboundMail
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import readable, words
from infosoc.privacy.queries.extract import Extract, extract, shown
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import tenant_named
from infosoc.tenancy.rules import Flag
from tests.builders import NOW
from tests.mailings.test_kept_mail import with_files
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def contact_id(app):
    with app.app_context():
        two_tenants()
        yield person()
        db.session.remove()


def of_anna() -> Extract:
    with at() as session:
        return extract(session, address=ANNA, now=NOW)


def rows(made: Extract, name: str) -> list[dict[str, str]]:
    return [{cell.label: cell.said() for cell in row} for part in made.parts if part.name == name for row in part.rows]


def test_p25_what_was_filled_into_a_letter_stands_in_words():
    filled = {"name": "Anna Lönn", "company": "Åkeri AB", "informed": True, "title": "", "source": None}
    assert shown("mailing_recipient", "fields", filled) == "Name: Anna Lönn\nCompany: Åkeri AB\nInformed earlier: Yes"


def test_p25_a_structure_says_where_each_value_stands():
    value = {"buyer": {"address": {"city": "Växjö", "lines": ["Gatan 1"]}}, "rows": [{"text": "a"}, {"text": "b"}]}
    said = [one.said(str) for one in readable.lines(value)]
    assert said == ["Buyer › Address › Town: Växjö", "Buyer › Address › Lines: Gatan 1", "Lines › 1 › Text: a",
                    "Lines › 2 › Text: b"]  # fmt: skip


def test_p25_an_invoice_as_it_was_issued_is_read_from_its_text():
    assert shown("invoice", "record", json.dumps({"buyer": {"contact": "Anna"}})) == "Buyer › Contact: Anna"
    assert shown("invoice", "record", "no structure") == "no structure"


def test_p24_who_has_looked_through_is_not_told():
    assert (
        shown("privacy_case", "report", {"reviewed_by": 7, "files": ["pass.pdf"]})
        == "Files that came with it: pass.pdf"
    )


def test_p25_roles_and_settings_are_words():
    assert shown("membership", "roles", ["seller"]) == words.values_of("membership", "roles")["seller"]
    assert shown("user_account", "theme", "auto") == "Same as the device"


def test_p25_the_copy_that_is_searched_in_has_no_codes_of_ours(contact_id):
    (row,) = rows(of_anna(), "search_document")
    assert {"anna", "lonn"} <= set(row["Words, for searching"].split())


def test_p25_a_company_has_its_name_in_the_extract(contact_id):
    (row,) = rows(of_anna(), "post")
    assert row["Company"] == "Åkeri AB"


def test_p25_before_and_after_in_the_history_are_words(contact_id):
    with at() as session:
        changes = {"marketing": ("allowed", "opted_out")}
        audit.record(session, "contact changed", "contact", contact_id, by=None, changes=changes)
    (row,) = [one for one in rows(of_anna(), "audit_value") if one["Field"] == "Mailings"]
    assert (row["Before"], row["After"]) == ("May get mailings", "Has unsubscribed")


def test_p25_mail_that_waits_is_shown_as_it_is_read(contact_id):
    raw = with_files("pass.pdf", text=f"Jag är Anna Lönn, {ANNA}.")
    with every_tenant("a test writes"), transaction() as session:
        session.add(InboundMail(digest=b"\1" * 32, kind="unreadable", content=raw, received_at=NOW, tenant_id=1))
    (row,) = rows(of_anna(), "inbound_mail")
    assert row["Content"].endswith(f"Jag är Anna Lönn, {ANNA}.")
    assert "pass.pdf" in row["Content"]
    assert "Content-Type" not in row["Content"]


def test_p26_the_company_that_sees_the_register_is_named(contact_id):
    with transaction() as session:
        set_flag(session, tenant_named(session, "infosoc").id, Flag.SHARE_REGISTER, True)
        sister = tenant_named(session, "rattsdata").name
    assert [one.value for one in of_anna().recipients] == [sister]
    with transaction() as session:
        set_flag(session, tenant_named(session, "infosoc").id, Flag.SHARE_REGISTER, False)
    assert of_anna().recipients == ()


def test_p26_files_that_staff_have_taken_out_are_told(contact_id):
    with transaction() as session:
        set_flag(session, tenant_named(session, "infosoc").id, Flag.SHARE_REGISTER, False)
    for list_name, made_at in (("contacts", NOW + timedelta(days=1)), ("companies", NOW + timedelta(days=2)),
                               ("contacts", NOW - timedelta(days=3))):  # fmt: skip
        with at() as session:
            session.add(Export(list_name=list_name, columns=["name"], rows=3, made_at=made_at))
    (told,) = of_anna().recipients
    assert told.value.startswith((NOW + timedelta(days=1)).strftime("%Y-%m-%d"))


def test_p26_who_is_not_there_has_been_given_to_nobody(contact_id):
    with at() as session:
        assert extract(session, address="ingen@x.example", now=NOW).recipients == ()
        assert session.scalar(select(func.count(OutboxMessage.id))) == 0
