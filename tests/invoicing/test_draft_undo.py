"""A draft that was thrown away comes back as it was, to whoever threw it away, once."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select, update

from infosoc.crm.models.changes import Undo
from infosoc.crm.models.companies import CompanyRelation
from infosoc.invoicing.commands import drafts
from infosoc.invoicing.models import InvoiceDraft
from infosoc.kernel.errors import NotFound
from tests.invoicing.test_drafts import FACTS, begin, issue, write
from tests.invoicing.world import NOW
from tests.subscriptions.world import World, post

LEFT_OUT = ("id", "version", "changed_at")


def image(house: World) -> dict:
    with house.reading() as session:
        draft = session.scalars(select(InvoiceDraft)).one()
        return {one.key: getattr(draft, one.key) for one in InvoiceDraft.__table__.columns if one.key not in LEFT_OUT}


def throw_away(house: World, public_id: str, name: str = "anna") -> str:
    with house.writing() as session:
        return drafts.remove(session, public_id, version=None, by=house.users[name].id, now=NOW).public_id


def bring_back(house: World, undo: str, name: str = "anna") -> str:
    with house.writing() as session:
        return drafts.restore(session, undo, by=house.users[name].id, now=NOW).public_id


@pytest.mark.parametrize("is_credit", [False, True])
@pytest.mark.parametrize("issued_on", [None, date(2024, 3, 1)])
def test_a_draft_comes_back_as_it_was(house: World, is_credit, issued_on):
    from dataclasses import replace

    draft = write(house, replace(FACTS, issued_on=issued_on))
    if is_credit:
        draft = begin(house, issue(house, draft))
    before = image(house)
    undo = throw_away(house, draft)
    with house.reading() as session:
        assert session.scalars(select(InvoiceDraft)).all() == []
    assert bring_back(house, undo) == bring_back(house, undo) == draft
    assert image(house) == before


def test_one_that_was_issued_after_it_came_back_does_not_come_again(house: World):
    draft = write(house)
    undo = throw_away(house, draft)
    bring_back(house, undo)
    issue(house, draft)
    with pytest.raises(NotFound):
        bring_back(house, undo)


def test_nobody_else_brings_it_back_nor_to_a_company_in_the_trash(house: World):
    undo = throw_away(house, write(house))
    with pytest.raises(NotFound):
        bring_back(house, undo, "ekman")
    with pytest.raises(NotFound):
        bring_back(house, "gone")
    with house.writing() as session:
        ours = CompanyRelation.company_id == house.ids["akeri"]
        session.execute(update(CompanyRelation).where(ours).values(trashed_at=NOW))
    with pytest.raises(NotFound):
        bring_back(house, undo)


@pytest.mark.sqlite_only
def test_the_message_offers_to_undo_and_the_button_brings_the_draft_back(house: World):
    client, path = house.client("ekman"), "/infosoc/invoices/drafts"
    draft = write(house)
    answer = post(client, f"{path}/{draft}/remove", page=f"{path}/{draft}")
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    (undo,) = set(re.findall(r"/infosoc/invoices/drafts/restore/\w+", page))
    answer = post(client, undo, page=path)
    assert (answer.status_code, answer.location.endswith(draft)) == (303, True)
    assert post(house.client("emil"), undo, page="/infosoc/me").status_code in (403, 404)
    with house.reading() as session:
        assert session.scalars(select(Undo.undone_at)).one() is not None
