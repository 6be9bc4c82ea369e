"""Writing in the log: what is kept, what is copied, what is refused, what can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import NewEntry, NewFollowUp
from infosoc.crm.commands import log as commands
from infosoc.crm.commands.take_in import InTheTrash
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import EntryKind, Outcome, Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound, Stale
from infosoc.kernel.identity import PersonalNumberInText
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.crm.world import days

NOW = clock.now()
CALL = NewEntry(EntryKind.CALL, NOW, outcome=Outcome.REACHED, text="Ringde om offerten")
ATTEMPT = NewEntry(EntryKind.ATTEMPT, NOW, outcome=Outcome.NO_ANSWER)


def log(world, entry, company="akeri", **more):
    with world.app.app_context(), transaction() as session, tenant_scope(scope_numbered(session, world.ours)):
        logged = commands.log_contact(
            session, world.companies[company], entry, by=world.users["karin"].id, now=NOW, source="test", **more
        )
        return logged.public_id


def relation(session, world, company="akeri"):
    return session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == world.ids[company]))


def test_a_call_is_a_contact_and_an_attempt_is_not(world):
    log(world, CALL, "akeri")
    log(world, ATTEMPT, "lonn")
    with world.reading() as session:
        called, tried = relation(session, world), relation(session, world, "lonn")
        assert (called.last_contact_at, called.last_attempt_at) == (NOW, None)
        assert (tried.last_contact_at, tried.last_attempt_at) == (None, NOW)


def test_the_company_keeps_its_version_so_that_editing_it_meets_no_conflict(world):
    log(world, CALL, follow_up=NewFollowUp(days(3)))
    with world.reading() as session:
        assert relation(session, world).version == 1


def test_an_older_call_does_not_move_the_last_contact_back(world):
    log(world, CALL)
    log(world, NewEntry(EntryKind.CALL, NOW - timedelta(days=9), text="förra veckan"))
    with world.reading() as session:
        assert relation(session, world).last_contact_at == NOW


def test_the_next_follow_up_is_planned_in_the_same_step(world):
    log(world, CALL, follow_up=NewFollowUp(days(5), "Skicka offert"))
    log(world, CALL, follow_up=NewFollowUp(days(9)))
    with world.reading() as session:
        first = session.scalar(select(FollowUp).order_by(FollowUp.due_on))
        assert (first.due_on, first.note, first.assignee_id) == (days(5), "Skicka offert", world.users["karin"].id)
        assert first.made_in_id is not None
        assert relation(session, world).next_follow_up_on == days(5)


def test_logging_can_do_a_follow_up_and_plan_the_next(world):
    public_id = world.plan("akeri")
    log(world, CALL, does=public_id, follow_up=NewFollowUp(days(30)))
    with world.reading() as session:
        done = session.scalar(select(FollowUp).where(FollowUp.public_id == public_id))
        assert done.done_at == NOW
        assert done.done_in_id == session.scalar(select(LogEntry.id))
        assert relation(session, world).next_follow_up_on == days(30)


def test_a_follow_up_of_another_company_is_not_done(world):
    public_id = world.plan("lonn")
    with pytest.raises(NotFound):
        log(world, CALL, does=public_id)


def test_a_contact_person_is_noted_and_has_a_last_contact_of_their_own(world):
    log(world, NewEntry(EntryKind.MEETING, NOW, contact=world.contacts["bo"]))
    with world.reading() as session:
        assert session.scalar(select(ContactRelation.last_contact_at)) == NOW


def test_a_person_of_another_company_cannot_be_named(world):
    with pytest.raises(NotFound):
        log(world, NewEntry(EntryKind.CALL, NOW, contact=world.contacts["bo"]), "lonn")


@pytest.mark.parametrize("text", ["Hans nummer är 19121212-1212", "pnr 121212+1212", "samordning 701063-2391"])
def test_a_personal_number_in_the_text_is_refused_and_kept_nowhere(world, text):
    with pytest.raises(PersonalNumberInText):
        log(world, NewEntry(EntryKind.NOTE, NOW, text=text))
    with world.reading() as session:
        assert session.scalar(select(LogEntry)) is None
        assert session.scalar(select(AuditValue)) is None


def test_a_company_that_the_others_show_is_taken_in_as_a_prospect_when_it_is_logged(world):
    world.share(world.theirs, Flag.SHARE_REGISTER)
    log(world, NewEntry(EntryKind.CALL, NOW, contact=world.contacts["maj"]), "gnosjo")
    with world.reading() as session:
        ours = relation(session, world, "gnosjo")
        assert (ours.status, ours.name_sort, ours.contacts) == (Status.PROSPECT, "gnosj} kommun", 1)
        assert (ours.last_contact_at, ours.source) == (NOW, "test")
    with world.reading(world.theirs) as session:
        assert relation(session, world, "gnosjo").last_contact_at is None
        assert session.scalar(select(LogEntry)) is None


def test_a_company_that_the_others_do_not_show_is_not_there(world):
    with pytest.raises(NotFound):
        log(world, CALL, "gnosjo")


def test_nothing_is_logged_on_a_company_in_the_trash(world):
    with world.writing() as session:
        relation(session, world).trashed_at = NOW
    with pytest.raises(InTheTrash):
        log(world, CALL)


def test_a_correction_is_in_the_history_from_and_to(world):
    public_id = log(world, CALL)
    changed = NewEntry(EntryKind.ATTEMPT, NOW, outcome=Outcome.BUSY, text="Upptaget")
    with world.writing() as session:
        commands.correct(session, public_id, changed, version=1, by=world.users["karin"].id, now=NOW)
    with world.reading() as session:
        values = {row.field: (row.before, row.after) for row in session.scalars(select(AuditValue))}
        assert values["kind"] == ("call", "attempt")
        assert values["text"] == ("Ringde om offerten", "Upptaget")
        assert relation(session, world).last_contact_at is None
        assert relation(session, world).last_attempt_at == NOW


def test_whoever_saw_an_older_version_is_told_so(world):
    public_id = log(world, CALL)
    karin = world.users["karin"].id
    with world.writing() as session:
        commands.correct(session, public_id, NewEntry(EntryKind.CALL, NOW, text="ett"), version=1, by=karin, now=NOW)
    with pytest.raises(Stale), world.writing() as session:
        commands.correct(session, public_id, NewEntry(EntryKind.CALL, NOW, text="två"), version=1, by=karin, now=NOW)


def test_a_colleagues_entry_cannot_be_changed(world):
    public_id = log(world, CALL)
    per = world.users["per"].id
    with pytest.raises(rules.NotYours), world.writing() as session:
        commands.correct(session, public_id, CALL, version=1, by=per, now=NOW)
    with pytest.raises(rules.NotYours), world.writing() as session:
        commands.trash(session, public_id, by=per, now=NOW)
    with world.writing() as session:
        commands.trash(session, public_id, by=world.users["anna"].id, now=NOW, steward=True)


def test_the_trash_takes_the_entry_out_of_the_copies_and_gives_it_back(world):
    public_id = log(world, CALL)
    karin = world.users["karin"].id
    with world.writing() as session:
        commands.trash(session, public_id, by=karin, now=NOW)
        session.expire_all()
        assert relation(session, world).last_contact_at is None
    with world.writing() as session:
        commands.restore(session, public_id, by=karin)
        session.expire_all()
        assert relation(session, world).last_contact_at == NOW


def test_undoing_takes_back_the_follow_up_too(world):
    public_id = log(world, CALL, follow_up=NewFollowUp(days(3)))
    with world.writing() as session:
        commands.undo(session, public_id, by=world.users["karin"].id, now=NOW)
    with world.reading() as session:
        assert session.scalar(select(FollowUp.trashed_at)) == NOW
        assert session.scalar(select(LogEntry.trashed_at)) == NOW
        ours = relation(session, world)
        assert (ours.last_contact_at, ours.next_follow_up_on) == (None, None)


def test_every_deed_is_in_the_audit_log(world):
    log(world, CALL, follow_up=NewFollowUp(days(3)))
    with world.reading() as session:
        deeds = list(session.scalars(select(AuditEvent.deed).order_by(AuditEvent.number)))
        assert deeds == ["contact logged", "follow-up planned"]
