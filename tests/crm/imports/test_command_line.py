"""The sample lists through the command line, on a fresh database: what their README says each must give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.audit.queries import first_break
from infosoc.crm.models.companies import Company, CompanyRelation, LineOfBusiness
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.crm.models.lists import RegisterCount
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import EntryKind
from infosoc.db import search
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import make_tenant
from tests.crm.imports.samples import large_sample, sample


@pytest.fixture
def tenant(app) -> int:
    with app.app_context(), transaction() as session:
        return make_tenant(session).id


@pytest.fixture
def run(app, tenant):
    """Runs a command of `flask import`; returns its result."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["import", *map(str, words)])


@pytest.fixture
def told(run):
    """Runs an import and returns its JSON."""

    def told(path: Path, *more: object) -> dict:
        result = run("companies", path, "--tenant", "infosoc", "--json", *more)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return told


@pytest.fixture
def commit(told):
    return lambda path, *more: told(path, "--commit", "--source", "prov", *more)


def numbers(app, tenant: int, *models) -> list[int]:
    with app.app_context(), tenant_scope(Scope.alone(tenant)):
        return [db.session.scalar(select(func.count()).select_from(model)) for model in models]


def rows(app, tenant: int, query) -> list:
    with app.app_context(), tenant_scope(Scope.alone(tenant)):
        return [tuple(row) for row in db.session.execute(query)]


COUNTS = ("new", "changed", "unchanged", "refused")


def counts(told: dict) -> tuple[int, ...]:
    return tuple(told["counts"][name] for name in COUNTS)


def test_all_municipalities(app, tenant, told, commit):
    path = sample("kommuner-win1252.csv")
    before = told(path)
    assert (before["encoding"], before["delimiter"], before["heading_row"]) == ("windows-1252", ";", 1)
    assert before["mapping"]["Företag"] == "name"
    assert (counts(before), before["refused"]) == ((290, 0, 0, 0), [])
    assert numbers(app, tenant, Company, ImportBatch) == [0, 0]
    after = commit(path)
    assert counts(after) == counts(before)
    assert numbers(app, tenant, Company, CompanyRelation, Contact, ContactRelation) == [290] * 4
    contacted = rows(app, tenant, select(func.count(LogEntry.id)).where(LogEntry.kind != EntryKind.NOTE))
    assert contacted == [(193,)]
    status = select(CompanyRelation.status, func.count()).group_by(CompanyRelation.status)
    assert dict(rows(app, tenant, status)) == {"prospect": 145, "customer": 73, "former": 72}
    counted = select(RegisterCount.status, RegisterCount.rows).where(RegisterCount.kind == "company")
    assert dict(rows(app, tenant, counted)) == {"prospect": 145, "customer": 73, "former": 72}
    gnosjo = rows(app, tenant, select(Company.municipality).where(Company.name == "Gnosjö kommun"))
    assert gnosjo == [("Gnosjö",)]
    with app.app_context(), tenant_scope(Scope.alone(tenant)):
        assert search.find(db.session(), "gnosjo")[0].title == "Gnosjö kommun"
        assert first_break(db.session()) is None
    assert rows(app, tenant, select(LineOfBusiness.name))


def test_the_copies_that_lists_sort_by_are_right_after_an_import(app, tenant, commit):
    commit(sample("kommuner-win1252.csv"))
    newest = (
        select(LogEntry.company_id, func.max(LogEntry.happened_at))
        .where(LogEntry.kind.in_(("call", "email", "meeting", "demo", "letter")))
        .group_by(LogEntry.company_id)
    )
    kept = select(CompanyRelation.company_id, CompanyRelation.last_contact_at)
    kept = kept.where(CompanyRelation.last_contact_at.is_not(None))
    assert dict(rows(app, tenant, kept)) == dict(rows(app, tenant, newest))
    assert {one for (one,) in rows(app, tenant, select(CompanyRelation.contacts))} == {1}
    days = [clock.local(at).hour for _, at in rows(app, tenant, newest)]
    assert set(days) == {12}


def test_the_workbook_has_a_second_name_that_does_not_overwrite(app, tenant, commit):
    after = commit(sample("vardgivare.xlsx"))
    assert (after["encoding"], after["heading_row"]) == (None, 3)
    assert counts(after) == (2399, 1, 0, 0)
    (warning,) = [one for one in after["warnings"] if "name" in one["warning"]]
    names = dict(rows(app, tenant, select(Company.org_number, Company.name)))
    assert len(names) == 2399
    assert names["5596561596"] in warning["warning"]


def test_a_sheet_can_be_chosen(run):
    result = run("companies", sample("vardgivare.xlsx"), "--tenant", "infosoc", "--sheet", "Finns inte")
    assert (result.exit_code, len(result.stderr.strip().splitlines())) == (1, 1)


def test_the_messy_file(app, tenant, commit):
    after = commit(sample("stokigt-utf8-bom.csv"))
    assert counts(after) == (12, 1, 0, 4)
    assert [one["row"] for one in after["refused"]] == [5, 6, 9, 14]
    assert all(one["reason"] for one in after["refused"])
    assert len(rows(app, tenant, select(ImportRow.number))) == 17
    names = {name for (name,) in rows(app, tenant, select(Company.name))}
    assert {'=HYPERLINK("http://x.example","klicka")', "<script>alert(1)</script> AB", "中文 Ärende 😀 AB"} <= names
    everything = repr(rows(app, tenant, select(ImportRow.cells, ImportRow.reason, ImportRow.made))) + json.dumps(after)
    assert "1212-1212" not in everything


def test_the_old_systems_file_with_columns_mapped_by_hand(app, tenant, commit, tmp_path):
    mapping = tmp_path / "columns.json"
    mapping.write_text(json.dumps({"2": "name", "3": "org_number", "4": "postal_town", "5": "phone"}))
    after = commit(sample("gammalt-system-cp850.txt"), "--mapping", mapping)
    assert (after["encoding"], after["heading_row"], counts(after)) == ("cp850", 0, (150, 0, 0, 0))
    assert numbers(app, tenant, Company) == [150]


@pytest.mark.parametrize(
    "name", ["kommuner-win1252.csv", "vardgivare.xlsx", "stokigt-utf8-bom.csv", "gammalt-system-cp850.txt"]
)
def test_the_same_file_twice_changes_nothing(app, tenant, told, commit, name):
    path = sample(name)
    first = commit(path)
    before = everything(app, tenant)
    again = commit(path)
    new, changed, unchanged, refused = counts(again)
    assert (new, changed, refused) == (0, 0, first["counts"]["refused"])
    assert unchanged == sum(counts(first)) - refused
    assert everything(app, tenant) == before
    assert counts(told(path)) == counts(again)


def everything(app, tenant: int) -> dict[str, list]:
    """All of the register, as the database has it."""
    from infosoc.db.base import Base

    names = (
        "company", "company_relation", "contact", "contact_relation", "contact_point", "address", "post", "company_tag",
        "contact_log_entry", "line_of_business", "tag", "search_document", "register_count", "audit_value",
    )  # fmt: skip
    by_table = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    found = {}
    for name in names:
        model = by_table[name]
        query = select(*model.__table__.columns).order_by(model.id)
        if name == "audit_value":
            query = query.where(model.field == "imported_from")
        found[name] = rows(app, tenant, query)
    return found


def test_a_large_file_with_repeats_and_broken_numbers(app, tenant, commit, tmp_path):
    path = large_sample(tmp_path, 5_000)
    after = commit(path)
    assert numbers(app, tenant, Company) == [after["counts"]["new"]]
    assert [one["row"] for one in after["refused"]] == list(range(998, 5_002, 997))
    assert sum(counts(after)) == 5_000
    with app.app_context(), tenant_scope(Scope.alone(tenant)):
        assert first_break(db.session()) is None


def test_an_import_is_taken_back_whole(app, tenant, run, commit):
    before = everything(app, tenant)
    done = [commit(sample(name)) for name in ("kommuner-win1252.csv", "stokigt-utf8-bom.csv")]
    for one in reversed(done):
        result = run("revert", one["id"])
        assert (result.exit_code, result.output.count("\n")) == (0, 1), result.output
    after = everything(app, tenant)
    for name in ("line_of_business", "register_count", "audit_value"):
        before.pop(name), after.pop(name)
    assert after == before


def test_what_cannot_be_done_is_one_clear_line(run, tmp_path):
    path = sample("kommuner-win1252.csv")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    unknown = tmp_path / "unknown.json"
    unknown.write_text('{"Företag": "namn"}')
    empty = tmp_path / "tom.csv"
    empty.write_bytes(b"")
    for words in (
        ("companies", path, "--tenant", "nobody"),
        ("companies", path, "--tenant", "infosoc", "--mapping", broken),
        ("companies", path, "--tenant", "infosoc", "--mapping", unknown),
        ("companies", empty, "--tenant", "infosoc"),
        ("revert", "zzzzzzzzzzz"),
    ):
        result = run(*words)
        assert result.exit_code != 0, words
        assert result.stderr.startswith("Error: "), (words, result.stderr)
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert result.stdout == ""


def test_p10_a_source_is_required_to_import(run):
    result = run("companies", sample("kommuner-win1252.csv"), "--tenant", "infosoc", "--commit")
    assert result.exit_code == 2
    assert "--source" in result.stderr


def test_the_words_for_people_tell_how_to_go_on(run):
    result = run("companies", sample("stokigt-utf8-bom.csv"), "--tenant", "infosoc")
    assert "12 new, 1 changed, 0 unchanged, 4 refused" in result.stdout
    assert "--commit" in result.stdout
    assert "row 5: " in result.stdout
