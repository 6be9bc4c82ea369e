"""Asked again at each claim (M-22): who has said no, left or changed since the recipients were fixed gets nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.mailings import jobs
from infosoc.mailings.commands import claims
from infosoc.mailings.models import MailingRecipient
from infosoc.mailings.rules import RecipientState
from infosoc.suppression.rules import Kind
from tests.builders import NOW
from tests.mailings.posting import (
    addressees,
    change,
    decline,
    in_tenant,
    letters_of,
    mailing_of,
    make_posting,
    states_of,
)

SENT, QUEUED, SKIPPED = RecipientState.SENT, RecipientState.QUEUED, RecipientState.SKIPPED


def _declines(session, posted):
    decline(session, "person0@d0.example")


def _leaves_the_list(session, posted):
    decline(session, "person0@d0.example", list_id=posted.list_id)


def _bounces(session, posted):
    decline(session, "person0@d0.example", kind=Kind.BOUNCED)


def _complains(session, posted):
    decline(session, "person0@d0.example", kind=Kind.COMPLAINED)


def _first(session) -> int:
    return letters_of(session)[0].contact_id


def _is_told_to_staff(session, posted):
    change(
        session,
        update(ContactRelation).where(ContactRelation.contact_id == _first(session)).values(marketing="opted_out"),
    )


def _is_trashed(session, posted):
    change(session, update(ContactRelation).where(ContactRelation.contact_id == _first(session)).values(trashed_at=NOW))


def _is_protected(session, posted):
    change(session, update(Contact).where(Contact.id == _first(session)).values(is_protected=True))


def _loses_the_ground(session, posted):
    change(
        session, update(ContactRelation).where(ContactRelation.contact_id == _first(session)).values(legal_ground=None)
    )


def _has_no_address_left(session, posted):
    gone = update(ContactPoint).where(ContactPoint.contact_id == _first(session))
    change(session, gone.values(kind="web"))


CHANGES = {
    "opted_out": _declines,
    "opted_out_of_list": _leaves_the_list,
    "bounced": _bounces,
    "complained": _complains,
    "opted_out ": _is_told_to_staff,
    "gone": _is_trashed,
    "protected": _is_protected,
    "no_ground": _loses_the_ground,
    "no_address": _has_no_address_left,
}


@pytest.mark.parametrize("reason", CHANGES)
def test_m22_what_changes_while_it_runs_holds_from_the_next_claim(mailing_app, session, sink, worker, reason):
    posted = make_posting(session, 3)
    CHANGES[reason](session, posted)
    jobs.send_waiting(worker, mailing_app)
    assert addressees(sink) == ["person1@d1.example", "person2@d2.example"]
    assert letters_of(session)[0].reason == reason.strip()
    mailing = mailing_of(session)
    assert (mailing.sent, mailing.recipients, mailing.skipped) == (2, 2, 1)  # M-28: the sum stays


def test_m22_a_sole_trader_found_out_afterwards_gets_nothing(mailing_app, session, sink, worker):
    make_posting(session, 1)
    change(session, update(Company).values(legal_form="sole_trader"))
    jobs.send_waiting(worker, mailing_app)
    assert (sink.letters, letters_of(session)[0].reason) == ([], "sole_trader")


def test_m22_planted_fault_without_the_second_look_they_would_get_it(mailing_app, session, sink, worker, monkeypatch):
    """The proof above is worth something only if the letters go when nobody asks again."""
    posted = make_posting(session, 1)
    batch = in_tenant(session, claims.take, posted.mailing_id, worker.id, per_hour=10**6, now=NOW)
    in_tenant(session, claims.give_back, batch, worker.id)
    _is_trashed(session, posted)
    monkeypatch.setattr(claims, "_stop", lambda *_: None)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1


def test_m22_a_no_between_claim_and_sending_holds_too(mailing_app, session, sink, worker):
    posted = make_posting(session, 1)
    batch = in_tenant(session, claims.take, posted.mailing_id, worker.id, per_hour=10**6, now=NOW)
    _declines(session, posted)
    assert not in_tenant(session, claims.begin, batch[0], worker.id, message_id="<x@x>")
    assert states_of(session) == [QUEUED]
    jobs.send_waiting(worker, mailing_app)
    assert (sink.letters, states_of(session)) == ([], [SKIPPED])


def test_m22_a_person_erased_between_claim_and_sending_gets_nothing(mailing_app, session, worker):
    posted = make_posting(session, 1)
    batch = in_tenant(session, claims.take, posted.mailing_id, worker.id, per_hour=10**6, now=NOW)
    change(session, update(MailingRecipient).values(address="", fields={}))
    assert not in_tenant(session, claims.begin, batch[0], worker.id, message_id="<x@x>")


def test_m22_an_address_corrected_since_is_the_one_that_is_used(mailing_app, session, sink, worker):
    make_posting(session, 1)
    change(
        session,
        update(ContactPoint)
        .where(ContactPoint.contact_id == _first(session))
        .values(value="new@d9.example", normalised="new@d9.example"),
    )
    jobs.send_waiting(worker, mailing_app)
    assert addressees(sink) == ["new@d9.example"]
