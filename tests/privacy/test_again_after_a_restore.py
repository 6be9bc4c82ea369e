"""Removals of somebody who had no record here are done again too, when an older database is put back (P-42)."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.session import db, transaction
from infosoc.mailings.models import InboundMail
from infosoc.outbox import commands as outbox
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import journal
from infosoc.privacy.commands import erasure, replay
from infosoc.privacy.models import Erasure
from infosoc.suppression import pepper
from infosoc.suppression import queries as suppressions
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel
from infosoc.tenancy.models import Tenant
from tests.builders import NOW
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def by(app):
    with app.app_context():
        yield two_tenants()
        db.session.remove()


def put_back() -> None:
    """The database knows nothing of removals and objections any more: it is older than they are."""
    with at() as session:
        session.execute(delete(Erasure))
        session.execute(delete(Suppression))


def kinds() -> set[str]:
    with at() as session:
        return {row.kind for row in suppressions.of_address(session, pepper.digest(ANNA)) if row.lifted_at is None}


def held() -> list[int]:
    with at() as session:
        return list(session.scalars(select(ContactRelation.contact_id).order_by(ContactRelation.contact_id)))


def remove_by_hash() -> None:
    with transaction() as session:
        own = session.scalar(select(Tenant.id).where(Tenant.slug == "infosoc"))
        erasure.remove_on_request(session, [own], pepper.digest(ANNA), joint=False, now=NOW)


def remove_by_address() -> None:
    with at() as session:
        erasure.erase_address(session, ANNA, channel=Channel.STAFF, by=None, now=NOW)


@pytest.mark.parametrize("remove", [remove_by_address, remove_by_hash])
def test_p42_who_had_no_record_when_removed_and_has_one_in_the_backup_is_removed_again(by, remove):
    remove()
    assert [line["contact"] for line in journal.lines() if line["what"] == "erasure"] == [None]
    put_back()
    person()
    done = replay.replay()
    assert (done.erasures, done.objections) == (1, 2)
    assert held() == []
    assert kinds() == {"no_mailings", "no_registration"}
    assert replay.replay().erasures == 0


@pytest.mark.parametrize("remove", [remove_by_address, remove_by_hash])
def test_p42_what_waits_for_an_address_in_the_backup_goes_again(by, remove):
    remove()
    put_back()
    with at() as session:
        outbox.queue(session, recipient=ANNA, subject="Hej", text="Hej", unique_key="k", now=NOW)
        content = b"From: Anna <anna.lonn@akeri.example>\r\n\r\nHej"
        session.add(InboundMail(digest=b"d" * 32, kind="unread", content=content, received_at=NOW))
    assert replay.replay().erasures == 1
    with at() as session:
        assert session.scalar(select(OutboxMessage.id)) is None
        assert session.scalar(select(InboundMail.content)) is None


def test_p42_who_shares_the_address_of_a_removed_person_stays(by):
    """The removed one is not in the backup at all; a colleague at the same address is."""
    contact_id = person()
    with at() as session:
        erasure.erase(session, contact_id, channel=Channel.STAFF, by=None, now=NOW)
    put_back()
    other = person(name="Bo Ek", company="Ek AB", org_number="5560360793")
    assert other != contact_id
    assert replay.replay().erasures == 0
    assert held() == [other]


def test_p42_who_is_written_down_after_the_removal_stays(by):
    """The database tells of the removal itself: nothing was put back, and the address has another owner now."""
    remove_by_address()
    with at() as session:
        session.execute(delete(Suppression))
    kept = person(name="Bo Ek")
    assert replay.replay().erasures == 0
    assert held() == [kept]


def test_p42_two_removals_of_the_same_moment_both_stand_in_a_journal_made_anew(by):
    with at() as session:
        for address in (ANNA, "bo@ek.example"):
            erasure.erase_address(session, address, channel=Channel.STAFF, by=None, now=NOW)
    before = len(journal.lines())
    for path in journal._folder().glob("*"):
        path.unlink()
    assert replay.complete() == before


def test_m14_asking_again_by_the_hash_writes_nothing_more(by):
    remove_by_hash()
    remove_by_hash()
    with at() as session:
        assert len(list(session.scalars(select(Erasure.id)))) == 1


def test_p42_the_proof_sees_a_replay_that_looks_for_records_alone(by, monkeypatch):
    remove_by_address()
    put_back()
    person()
    monkeypatch.setattr(replay, "_erase_traces", lambda *_: 0)
    replay.replay()
    assert held() != []
