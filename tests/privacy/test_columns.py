"""Every column is classified, shown in the extract and erased; faults put in turn the proofs red."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Column, String

import infosoc.models  # noqa: F401 - all tables
from infosoc.db.base import Base
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.privacy import columns, verify, words
from infosoc.privacy.classes import Column as Classified
from infosoc.privacy.classes import Erased, Holds
from infosoc.privacy.markers import ADDRESS, fill
from infosoc.privacy.queries import extract as extracts
from infosoc.privacy.queries import places
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_tenant


@pytest.fixture
def tenant(app):
    with app.app_context(), transaction() as session:
        return make_tenant(session).slug


@pytest.fixture
def inside(app, tenant):
    """A function that runs in one transaction of the tenant, and takes it back."""

    def run(body):
        with app.app_context(), pytest.raises(_TakenBack), transaction() as session:
            with tenant_scope(scope_named(session, tenant)):
                body(session)
            raise _TakenBack

    return run


class _TakenBack(Exception):
    pass


def test_p01_every_column_of_every_table_is_classified():
    assert verify.unclassified() == []


def test_p01_planted_a_column_that_nobody_classified_is_named():
    table = Base.metadata.tables["contact"]
    column = Column("zqplanted", String(10))
    table.append_column(column)
    try:
        assert verify.unclassified() == ["contact.zqplanted"]
    finally:
        table._columns.remove(column)


def test_every_column_that_is_shown_has_a_heading_and_every_part_a_title():
    for table in columns.told():
        assert table.part, table.name
        for name in table.told:
            assert words.label(table.name, name)


def test_p23_every_mark_turns_up_in_the_extract(inside):
    def body(session):
        marked = fill(session)
        assert all(value not in (None, "", {}, []) for value in marked.values.values()), _empty(marked)
        assert verify.missing_in_extract(session, marked) == []

    inside(body)


def _empty(marked):
    return [key for key, value in marked.values.items() if value in (None, "", {}, [])]


@pytest.mark.sqlite_only
def test_p23_planted_a_table_left_out_of_the_extract_is_named(inside, monkeypatch):
    everything = columns.told()

    def body(session):
        marked = fill(session)
        for table in sorted(places.FINDERS):
            told = [one for one in everything if one.name != table]
            monkeypatch.setattr(extracts, "told", lambda told=told: told)
            assert {one.partition(".")[0] for one in verify.missing_in_extract(session, marked)} == {table}

    inside(body)


def test_p41_nothing_of_the_person_is_left_in_any_table(inside):
    def body(session):
        marked = fill(session, with_account=False)
        assert verify.left_after_erasure(session, marked, now=NOW) == []
        assert verify.is_kept_out(session)

    inside(body)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "column", ["saved_view.name", "mailing_recipient.address", "outbox_message.recipient", "undo.images"]
)
def test_p41_planted_a_column_that_the_erasure_forgets_is_named(inside, monkeypatch, column):
    table = column.partition(".")[0]
    forgotten = {one: Classified(Holds.NOTHING, Erased.NOTHING) for one in columns.TABLES[table].columns}

    def body(session):
        marked = fill(session, with_account=False)
        monkeypatch.setitem(columns.TABLES, table, replace(columns.TABLES[table], columns=forgotten))
        left = verify.left_after_erasure(session, marked, now=NOW)
        assert column in left

    inside(body)


def test_p33_the_extract_says_that_nothing_is_there_for_a_stranger(inside):
    def body(session):
        fill(session)
        made = extracts.extract(session, address="nagon.annan@x.example")
        assert not made.found
        assert len(made.searched) == len(columns.told())
        assert extracts.extract(session, address=ADDRESS).found

    inside(body)
