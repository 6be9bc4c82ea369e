"""Sending a mailing through a real mail server: each once, nobody who has said no, and it stops when told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from infosoc.audit.models import AuditEvent
from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.mailings import jobs
from infosoc.mailings.commands import claims, sending
from infosoc.mailings.models import Mailing, MailingPace, MailingRecipient
from infosoc.mailings.rules import RecipientState, State
from infosoc.outbox import commands as outbox
from tests.builders import NOW
from tests.mailings.posting import (
    addressees,
    change,
    in_tenant,
    letters_of,
    mailing_of,
    make_posting,
    states_of,
)
from tests.outbox.conftest import StandIn

SENT, QUEUED, SKIPPED = RecipientState.SENT, RecipientState.QUEUED, RecipientState.SKIPPED
UNCERTAIN, FAILED = RecipientState.UNCERTAIN, RecipientState.FAILED


def deeds(session) -> list[str]:
    session.rollback()
    with every_tenant("a test looks"):
        return list(session.scalars(select(AuditEvent.deed).order_by(AuditEvent.id)))


def test_m20_each_recipient_gets_one_letter_and_the_mailing_ends(mailing_app, session, sink, worker):
    make_posting(session, 45)
    assert jobs.send_waiting(worker, mailing_app) is True
    assert jobs.send_waiting(worker, mailing_app) is False
    assert addressees(sink) == sorted(f"person{n}@d{n}.example" for n in range(45))
    assert sink.connections == 1
    mailing = mailing_of(session)
    assert (mailing.state, mailing.sent, mailing.recipients, mailing.skipped) == (State.DONE, 45, 45, 0)
    assert all(letter.handed_over_at and letter.claimed_by is None for letter in letters_of(session))


def test_m20_two_workers_never_hold_the_same_letter(mailing_app, session):
    posted = make_posting(session, 30)

    def take(who):
        return in_tenant(session, claims.take, posted.mailing_id, who, per_hour=10**6, now=NOW)

    first, second, third = take("first"), take("second"), take("third")
    assert (len(first), len(second), third) == (20, 10, [])
    assert {one.id for one in first}.isdisjoint(one.id for one in second)


def test_m20_a_dead_workers_letters_go_back_unless_they_may_have_gone(mailing_app, session, sink, worker):
    make_posting(session, 3)
    first, second, _ = (letter.id for letter in letters_of(session))
    change(session, update(MailingRecipient).values(claimed_by="dead", state=RecipientState.CLAIMED, attempts=1))
    change(session, update(MailingRecipient).where(MailingRecipient.id == second).values(state=RecipientState.SENDING))
    with transaction() as writing, every_tenant("a test sweeps"):
        jobs.let_go(writing, {worker.id}, NOW)
    assert states_of(session) == [QUEUED, UNCERTAIN, QUEUED]
    jobs.send_waiting(worker, mailing_app)
    assert states_of(session) == [SENT, UNCERTAIN, SENT]
    mailing = mailing_of(session)
    assert (mailing.state, mailing.sent, mailing.uncertain) == (State.DONE, 2, 1)
    assert first in {letter.id for letter in letters_of(session) if letter.state == SENT}


def test_m20_a_connection_that_breaks_in_the_letter_leaves_it_uncertain(mailing_app, session, sink, worker):
    make_posting(session, 2)
    sink.ends = ["hang up"]
    jobs.send_waiting(worker, mailing_app)
    assert states_of(session) == [UNCERTAIN, SENT]
    assert len(sink.letters) == 1


@pytest.mark.parametrize(("arrived", "letters", "state"), [(True, 1, SENT), (False, 2, SENT)])
def test_m20_uncertain_letters_go_again_only_when_a_person_says_so(
    mailing_app, session, sink, worker, arrived, letters, state
):
    posted = make_posting(session, 2)
    sink.ends = ["hang up"]
    jobs.send_waiting(worker, mailing_app)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1
    in_tenant(session, sending.settle_uncertain, posted.public_id, arrived=arrived, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert (len(sink.letters), states_of(session)) == (letters, [SENT, state])
    mailing = mailing_of(session)
    assert (mailing.state, mailing.sent, mailing.uncertain) == (State.DONE, 2, 0)
    with pytest.raises(sending.NothingUncertain):
        in_tenant(session, sending.settle_uncertain, posted.public_id, arrived=True, by=posted.karin, now=NOW)


def test_m21_a_pause_takes_back_what_is_claimed_and_resuming_sends_the_rest(mailing_app, session, sink, worker):
    posted = make_posting(session, 3)
    batch = in_tenant(session, claims.take, posted.mailing_id, worker.id, per_hour=10**6, now=NOW)
    in_tenant(session, sending.pause, posted.public_id, by=posted.karin, now=NOW)
    assert not in_tenant(session, claims.begin, batch[0], worker.id, message_id="<x@x>")
    jobs.send_waiting(worker, mailing_app)
    assert (sink.letters, states_of(session)) == ([], [QUEUED] * 3)
    in_tenant(session, sending.resume, posted.public_id, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert (len(sink.letters), mailing_of(session).state) == (3, State.DONE)


def test_a_stopped_mailing_is_never_sent(mailing_app, session, sink, worker):
    posted = make_posting(session, 3)
    in_tenant(session, sending.stop, posted.public_id, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert (sink.letters, states_of(session)) == ([], [RecipientState.CANCELLED] * 3)
    with pytest.raises(sending.NotPossibleNow):
        in_tenant(session, sending.resume, posted.public_id, by=posted.karin, now=NOW)


def test_only_an_approved_mailing_can_be_started(mailing_app, session, sink, worker):
    posted = make_posting(session, 1, state=State.FROZEN)
    with pytest.raises(sending.NotPossibleNow):
        in_tenant(session, sending.start, posted.public_id, by=posted.karin, now=NOW)
    change(session, update(Mailing).values(state=State.APPROVED.value))
    in_tenant(session, sending.start, posted.public_id, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1


# ---- M-23 ------------------------------------------------------------------------------------------------------------


def test_m23_a_scheduled_mailing_starts_by_itself_when_its_time_comes(mailing_app, session, sink, worker):
    make_posting(session, 1, state=State.APPROVED, scheduled_at=clock.now() + timedelta(minutes=5))
    jobs.send_waiting(worker, mailing_app)
    assert sink.letters == []
    change(session, update(Mailing).values(scheduled_at=clock.now() - timedelta(minutes=1)))
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1
    assert "mailing started" in deeds(session)


def test_m23_a_time_long_past_waits_for_a_person(mailing_app, session, sink, worker):
    posted = make_posting(session, 1, state=State.APPROVED, scheduled_at=clock.now() - timedelta(hours=2, minutes=1))
    jobs.send_waiting(worker, mailing_app)
    mailing = mailing_of(session)
    assert (sink.letters, mailing.state, mailing.scheduled_at) == ([], State.APPROVED, None)
    assert mailing.state_reason == sending.TIME_HAS_PASSED
    in_tenant(session, sending.start, posted.public_id, by=posted.karin, now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 1


def test_m23_nothing_goes_or_starts_while_mail_is_off(mailing_app, session, sink, worker):
    make_posting(session, 1, state=State.APPROVED, scheduled_at=clock.now() - timedelta(minutes=1))
    with transaction() as writing:
        outbox.pause(writing, "after a restore", now=NOW)
    jobs.send_waiting(worker, mailing_app)
    assert (sink.letters, mailing_of(session).state) == ([], State.APPROVED)


# ---- M-24 ------------------------------------------------------------------------------------------------------------


def test_m24_it_stops_by_itself_on_too_many_hard_failures(mailing_app, session, sink, worker):
    posted = make_posting(session, 60)
    sink.replies = ["250 OK"] * 20 + ["550 5.7.1 no"] * 40
    jobs.send_waiting(worker, mailing_app)
    mailing = mailing_of(session)
    assert (mailing.state, mailing.sent, mailing.failed) == (State.STOPPED, 20, 2)
    assert mailing.state_reason == sending.TOO_MANY_FAILED
    assert "mailing stopped" in deeds(session)
    in_tenant(session, sending.resume, posted.public_id, by=posted.karin, now=NOW)
    sink.replies = ["550 5.7.1 no"]
    jobs.send_waiting(worker, mailing_app)
    mailing = mailing_of(session)  # one failure among the next ones is no reason to stop again
    assert (mailing.state, mailing.sent, mailing.failed) == (State.DONE, 57, 3)


def test_m24_few_failures_stop_nothing(mailing_app, session, sink, worker):
    make_posting(session, 30)
    sink.replies = ["550 5.7.1 no"]
    jobs.send_waiting(worker, mailing_app)
    assert (mailing_of(session).state, mailing_of(session).failed) == (State.DONE, 1)


def test_m24_a_tenants_speed_is_kept_by_all_workers_together(mailing_app, session, sink, worker):
    make_posting(session, 30, letters_per_hour=600)
    jobs.send_waiting(worker, mailing_app)
    jobs.send_waiting(StandIn(id="another"), mailing_app)
    assert len(sink.letters) == 10  # a minute's share at once
    change(session, update(MailingPace).values(next_at=NOW))
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 20


def test_m24_one_domain_is_spared_and_others_are_not_held_up(mailing_app, session, sink, worker):
    make_posting(session, 30, domain="kommun.example")
    later = letters_of(session)[-1].id
    change(session, update(MailingRecipient).where(MailingRecipient.id == later).values(domain="other.example"))
    jobs.send_waiting(worker, mailing_app)
    assert len(sink.letters) == 11
    assert letters_of(session)[-1].state == SENT
    assert mailing_of(session).state == State.SENDING


# ---- trouble ---------------------------------------------------------------------------------------------------------


def test_a_temporary_refusal_is_tried_again_later(mailing_app, session, sink, worker):
    make_posting(session, 2)
    sink.replies = ["450 try later"]
    jobs.send_waiting(worker, mailing_app)
    first = letters_of(session)[0]
    assert (first.state, first.attempts) == (QUEUED, 1)
    assert first.not_before > clock.now()
    assert mailing_of(session).state == State.SENDING
    change(session, update(MailingRecipient).values(not_before=NOW))
    jobs.send_waiting(worker, mailing_app)
    assert (states_of(session), mailing_of(session).state) == ([SENT, SENT], State.DONE)


def test_an_address_that_does_not_exist_is_written_to_no_more(mailing_app, session, sink, worker):
    make_posting(session, 1)
    sink.replies = ["550 5.1.1 no such person"]
    jobs.send_waiting(worker, mailing_app)
    assert states_of(session) == [FAILED]
    change(session, update(MailingRecipient).values(state="queued"))
    change(session, update(Mailing).values(state=State.SENDING.value))
    jobs.send_waiting(worker, mailing_app)
    assert (states_of(session), letters_of(session)[0].reason) == ([SKIPPED], "bounced")


@pytest.mark.sqlite_only
def test_a_server_that_cannot_be_reached_spends_no_try(mailing_app, session, worker):
    make_posting(session, 3)
    settings = mailing_app.extensions["settings"]
    mailing_app.extensions["settings"] = replace(settings, smtp_url="smtp://127.0.0.1:1")
    assert jobs.send_waiting(worker, mailing_app) is False
    assert [(one.state, one.attempts) for one in letters_of(session)] == [(QUEUED, 0)] * 3
    assert mailing_of(session).state_reason
    assert jobs._rest_until[worker.id] > 0


@pytest.mark.sqlite_only
def test_a_letter_that_cannot_be_written_fails_alone(mailing_app, session, sink, worker):
    make_posting(session, 2)
    first = letters_of(session)[0].id
    change(session, update(MailingRecipient).where(MailingRecipient.id == first).values(address="ö@d0.example"))
    change(session, update(ContactPoint).where(ContactPoint.normalised == "person0@d0.example").values(
        normalised="ö@d0.example", value="ö@d0.example"))  # fmt: skip
    jobs.send_waiting(worker, mailing_app)
    assert states_of(session) == [FAILED, SENT]


@pytest.mark.sqlite_only
def test_a_worker_that_was_broken_off_lets_go_of_what_it_held(mailing_app, session, sink, worker):
    make_posting(session, 2)
    first = letters_of(session)[0].id
    change(session, update(MailingRecipient).values(claimed_by=worker.id, state=RecipientState.CLAIMED, attempts=1))
    change(session, update(MailingRecipient).where(MailingRecipient.id == first).values(state=RecipientState.SENDING))
    jobs.send_waiting(worker, mailing_app)
    assert states_of(session) == [UNCERTAIN, SENT]


def test_p12_the_hand_over_is_what_informs_the_person(mailing_app, session, sink, worker):
    make_posting(session, 2)
    sink.replies = ["550 5.7.1 no"]
    jobs.send_waiting(worker, mailing_app)
    session.rollback()
    with every_tenant("a test looks"):
        told = dict(session.execute(select(ContactRelation.contact_id, ContactRelation.informed_on)).all())
    first, second = letters_of(session)
    assert told[first.contact_id] is None
    assert told[second.contact_id] == clock.today()
