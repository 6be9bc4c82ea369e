"""Entries that are found by searching stand under the present name of their company."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm import search_documents
from infosoc.crm.commands import merge, unmerge
from infosoc.crm.models.companies import Company
from infosoc.db import search
from infosoc.jobs.worker import run_waiting
from infosoc.kernel import clock
from infosoc.tenancy.rules import Flag
from tests.crm.companies.pages import change
from tests.crm.world import World


def titles(world: World, words: str, tenant_id: int | None = None) -> list[str]:
    with world.reading(tenant_id) as session:
        return [hit.title for hit in search.find(session, words) if hit.kind == search.ENTRY]


def rename(world: World, name: str) -> None:
    address = f"/infosoc/companies/{world.companies['akeri']}/edit/name"
    assert change(world.client(), address, value=name).status_code == 200


def test_after_a_rename(world: World):
    world.log(text="ville ha offert")
    assert titles(world, "offert") == ["Åkeri AB"]
    rename(world, "Nya Åkeriet AB")
    assert titles(world, "offert") == ["Nya Åkeriet AB"]


def test_after_a_merge_and_after_its_undo(world: World):
    world.log(text="ville ha offert")
    with world.writing() as session:
        made = merge.merge(
            session, world.ids["akeri"], world.ids["lonn"], taken={}, by=world.users["karin"].id, now=clock.now()
        )
        public_id = made.public_id
    assert titles(world, "offert") == ["Lönns Bygg"]
    with world.writing() as session:
        unmerge.unmerge(session, public_id, by=world.users["karin"].id, now=clock.now())
    assert titles(world, "offert") == ["Åkeri AB"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_long_log_is_left_to_the_worker(world: World, monkeypatch: pytest.MonkeyPatch, at_once: int):
    import infosoc.crm.jobs  # noqa: F401 - registers the job

    for number in range(5):
        world.log(text=f"offert nummer {number}")
    monkeypatch.setattr(search_documents, "MOST_AT_ONCE", at_once)
    rename(world, "Nya Åkeriet AB")
    assert set(titles(world, "offert")) == {"Åkeri AB"}
    run_waiting(world.app)
    assert titles(world, "offert") == ["Nya Åkeriet AB"] * 5


def test_the_entries_of_who_shares_the_record_follow_too(world: World):
    world.share(world.ours, Flag.SHARE_REGISTER)
    world.share(world.theirs, Flag.SHARE_REGISTER)
    with world.reading(world.theirs) as session:
        assert session.scalar(select(Company.name).where(Company.id == world.ids["akeri"])) == "Åkeri AB"
    client = world.client("sven")
    page = f"/rattsdata/companies/{world.companies['akeri']}"
    from tests.crm.companies.pages import token

    assert client.post(f"{page}/take-in", data=token(client, page)).status_code == 303
    with world.writing(world.theirs) as session:
        from tests.builders import make_entry

        company = session.scalar(select(Company).where(Company.id == world.ids["akeri"]))
        make_entry(session, company, world.users["sven"], text="deras anteckning")
    rename(world, "Nya Åkeriet AB")
    assert titles(world, "deras anteckning", world.theirs) == ["Nya Åkeriet AB"]
