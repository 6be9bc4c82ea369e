"""Promises of the policy that no other test names: what is not there at all, and what every letter of ours says."""

from __future__ import annotations

import re

import pytest

import infosoc.models  # noqa: F401 - all tables
from infosoc.accounts.models import User
from infosoc.db.base import Base
from infosoc.db.session import db, transaction
from infosoc.outbox import letter
from infosoc.privacy.columns import TABLES
from tests.builders import NOW, make_member, make_tenant, make_user, sign_in
from tests.privacy.world import person, two_tenants

OF_MAILINGS = ("mailing", "mailing_list", "mailing_recipient", "mailing_image", "mailing_pace", "outbox_message")
READING = re.compile(r"open(ed|s)\b|opened_at|click|viewed|seen_at|pixel|read_at")
HEALTH = re.compile(r"diagnos|health|religion|ethnic|union_member|personal_number|personnummer|birth")


def test_m05_m09_a_letter_that_answers_somebodys_own_act_is_automatic_and_of_no_list():
    made = letter.compose(
        sender="infosoc@example.se", sender_name="Infosoc", recipient="anna@kund.example", subject="Din kod",
        text="123 456", html=None, message_id="<1@example.se>", written_at=NOW,
    )  # fmt: skip
    assert made["Auto-Submitted"] == "auto-generated"
    assert not [name for name in made if name.startswith("List-") or name == "Precedence"]


def test_m26_no_table_holds_who_has_opened_or_clicked():
    names = {table.name for table in Base.metadata.sorted_tables}
    assert set(OF_MAILINGS) <= names
    assert not [name for name in names if READING.search(name)]
    columns = [column.name for name in OF_MAILINGS for column in Base.metadata.tables[name].columns]
    assert not [name for name in columns if READING.search(name)]


@pytest.mark.parametrize("name", ["opened_at", "clicks", "last_viewed", "opens"])
def test_m26_planted_fault_such_a_column_would_be_found(name):
    assert READING.search(name)


def test_p01_no_column_is_meant_for_what_nobody_needs_to_know():
    assert not [f"{table}.{name}" for table, one in TABLES.items() for name in one.columns if HEALTH.search(name)]


def test_t01_every_table_of_a_companys_own_says_whose_a_row_is():
    joint = {"tenant", "company", "address", "contact", "contact_point", "post"}
    for table in Base.metadata.sorted_tables:
        own = table.columns.get("tenant_id")
        if own is None or table.name in joint:
            continue
        if table.name != "inbound_mail":  # nobody's until it has been understood
            assert not own.nullable, table.name


def test_t13_an_account_without_a_membership_reads_nobodys_records(app, client):
    with app.app_context(), transaction() as session:
        make_member(session, make_tenant(session))
        outsider = make_user(session, "Ove Utanför")
        session.flush()
        outsider_id = outsider.id
    with app.app_context():
        found = db.session().get(User, outsider_id)
        assert found is not None
        sign_in(client, found)
    for page in ("/infosoc/contacts", "/infosoc/privacy/cases", "/infosoc/settings/audit", "/infosoc/export/contacts"):
        assert client.get(page).status_code in {403, 404}, page
    assert client.get("/account/").status_code == 200, "signed in all the same"


@pytest.mark.parametrize("name", ["companies", "contacts", "log"])
def test_t14_what_one_company_takes_out_is_the_same_whoever_else_is_here(app, tmp_path, name):
    with app.app_context():
        two_tenants()
        person(email="anna@ours.example")
        before = _taken_out(app, tmp_path / "before.csv", name)
        person("rattsdata", "Bo Grannström", "bo@theirs.example", company="Grannen AB")
        after = _taken_out(app, tmp_path / "after.csv", name)
        theirs = _taken_out(app, tmp_path / "theirs.csv", name, slug="rattsdata")
    assert before == after
    assert (b"Grann" in theirs) == (name != "log")


def _taken_out(app, path, name: str, slug: str = "infosoc") -> bytes:
    said = app.test_cli_runner().invoke(args=["export", name, "--tenant", slug, "--output", str(path)])
    assert said.exit_code == 0, said.output
    return path.read_bytes()
