"""The queue: in the transaction of its cause, once a key, in the scope of its tenant, again after an error."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.crm.models.companies import CompanyRelation
from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs import commands, queries, runs
from infosoc.jobs.models import Job, ScheduleMark, WorkerBeat
from infosoc.jobs.registry import regulars, scheduled
from infosoc.jobs.rules import DEAD_AFTER, JobState
from infosoc.jobs.worker import Worker, run_here, run_waiting
from infosoc.kernel import clock
from infosoc.kernel.errors import Refused
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_company, make_tenant


def ask(session, key="one", name="test.note", **args) -> int:
    return commands.enqueue(session, name, args=args, unique_key=key, title="A test", now=NOW).id


def ask_for(session, slug="infosoc", **values) -> int:
    with transaction() as writing, tenant_scope(scope_named(writing, slug)):
        return ask(writing, **values)


def only_job(session) -> Job:
    session.rollback()
    session.expire_all()
    with every_tenant("a test looks"):
        return session.scalars(select(Job)).one()


@pytest.fixture
def tenant(session):
    with transaction() as writing:
        return make_tenant(writing).id


def due_now(session) -> None:
    with transaction() as writing, every_tenant("a test does not wait"):
        writing.execute(update(Job).values(not_before=NOW))


def test_a_job_runs_in_the_scope_of_its_tenant(app, session, tenant, kinds):
    with transaction() as writing:
        make_tenant(writing, "rattsdata")
    for slug in ("infosoc", "rattsdata"):
        with transaction() as writing, tenant_scope(scope_named(writing, slug)):
            make_company(writing, f"{slug} AB")
    seen = []

    def look(run):
        with transaction() as writing:
            seen.append((run.args, writing.scalar(select(func.count(CompanyRelation.id)))))

    kinds("test.note", look)
    ask_for(session, slug="rattsdata", number=7)
    assert run_waiting(app) == 1
    assert seen == [({"number": 7}, 1)]
    assert only_job(session).state == JobState.DONE


def test_a_job_is_gone_with_the_transaction_of_its_cause(session, tenant):
    with pytest.raises(RuntimeError), transaction() as writing, tenant_scope(scope_named(writing, "infosoc")):
        ask(writing)
        raise RuntimeError
    with every_tenant("a test looks"):
        assert session.scalar(select(func.count(Job.id))) == 0


def test_the_same_key_is_the_same_job(session, tenant):
    assert ask_for(session) == ask_for(session)


def test_two_tenants_may_use_the_same_key(session, tenant):
    with transaction() as writing:
        make_tenant(writing, "rattsdata")
    assert ask_for(session) != ask_for(session, slug="rattsdata")


def test_a_job_is_tried_again_after_an_error_and_then_left_to_a_person(app, session, tenant, kinds):
    tries = []

    def fail(run):
        tries.append(run.attempt)
        raise RuntimeError("broken")

    kinds("test.note", fail, attempts=2)
    ask_for(session)
    assert run_waiting(app) == 1
    waiting = only_job(session)
    assert waiting.state == JobState.QUEUED
    assert waiting.not_before > clock.now() + timedelta(seconds=5)
    assert run_waiting(app) == 0
    due_now(session)
    assert run_waiting(app) == 1
    assert (only_job(session).state, tries) == (JobState.FAILED, [1, 2])
    assert "broken" not in str(only_job(session).problem)


def test_what_a_rule_refuses_is_not_tried_again(app, session, tenant, kinds):
    def refuse(run):
        raise Refused

    kinds("test.note", refuse)
    ask_for(session)
    run_waiting(app)
    job = only_job(session)
    assert (job.state, job.attempts, job.problem["message"]) == (JobState.FAILED, 1, Refused.message)


def test_asking_for_a_failed_job_starts_it_again(app, session, tenant, kinds):
    answers = [Refused(), None]

    def refuse_once(run):
        answer = answers.pop(0)
        if answer:
            raise answer

    kinds("test.note", refuse_once)
    ask_for(session)
    run_waiting(app)
    ask_for(session)
    run_waiting(app)
    job = only_job(session)
    assert (job.state, job.problem) == (JobState.DONE, {})


def test_progress_is_committed_with_the_piece(app, session, tenant, kinds):
    def half(run):
        with transaction() as writing:
            run.progress(writing, 3, 6)
        with transaction() as writing:
            run.progress(writing, 6)
            raise RuntimeError

    kinds("test.note", half)
    ask_for(session)
    run_waiting(app)
    job = only_job(session)
    assert (job.done, job.total, job.state) == (3, 6, JobState.QUEUED)


def test_a_job_that_was_taken_over_cannot_commit_another_piece(app, session, tenant, kinds):
    wrote = []

    def slow(run):
        with transaction() as other, every_tenant("a test takes it over"):
            other.execute(update(Job).values(claimed_by="another"))
        with transaction() as writing:
            make_company(writing, "Twice AB")
            run.progress(writing, 1)
        wrote.append(True)

    kinds("test.note", slow)
    ask_for(session)
    run_waiting(app)
    with every_tenant("a test looks"):
        assert session.scalar(select(func.count(CompanyRelation.id))) == 0
    assert not wrote


def test_a_claimed_job_is_not_claimed_again(app, session, tenant):
    ask_for(session)
    assert runs.claim("first", lambda: False) is not None
    assert runs.claim("second", lambda: False) is None


def test_what_a_silent_worker_held_is_done_by_another(app, session, tenant, kinds):
    done = []
    kinds("test.note", lambda run: done.append(run.attempt))
    ask_for(session)
    with transaction() as writing:
        long_ago = clock.now() - DEAD_AFTER - timedelta(seconds=1)
        writing.add(WorkerBeat(id="lost", machine="elsewhere", process="1:?", started_at=NOW, seen_at=long_ago))
    runs.claim("lost", lambda: False)
    worker = Worker(app)
    worker.beat()
    worker.sweep()
    worker.work_once()
    assert done == [2]
    assert only_job(session).state == JobState.DONE


def test_a_living_worker_keeps_its_job(app, session, tenant):
    other = Worker(app)
    other.beat()
    ask_for(session)
    runs.claim(other.id, lambda: False)
    worker = Worker(app)
    worker.beat()
    worker.sweep()
    assert only_job(session).claimed_by == other.id


def test_a_job_that_kills_its_worker_each_time_is_given_up(app, session, tenant, kinds):
    kinds("test.note", lambda run: None, attempts=2)
    ask_for(session)
    worker = Worker(app)
    for _ in range(2):
        runs.claim("gone", lambda: False)
        worker.sweep()
    job = only_job(session)
    assert (job.state, job.problem["values"]) == (JobState.FAILED, {"times": 2})


def test_a_worker_that_ends_gives_its_job_back_without_spending_an_attempt(app, session, tenant, kinds):
    def long(run):
        worker.stop()
        run.pause_point()

    kinds("test.note", long)
    ask_for(session)
    worker = Worker(app)
    worker.beat()
    worker.work_once()
    worker.leave()
    job = only_job(session)
    assert (job.state, job.attempts, job.claimed_by) == (JobState.QUEUED, 0, None)
    assert not queries.has_worker(session, now=clock.now())


def test_one_job_can_be_done_where_it_was_asked_for(app, session, tenant, kinds):
    done = []
    kinds("test.note", lambda run: done.append(run.args["number"]))
    ask_for(session, key="a", number=1)
    second = ask_for(session, key="b", number=2)
    run_here(app, second)
    assert done == [2]


def test_regular_work_is_done_once_when_due_and_waits_after(app, session, tenant, kinds):
    times = []
    regulars.clear()
    scheduled("test.hourly", every=timedelta(hours=1))(times.append)
    worker = Worker(app)
    assert worker.work_once() is False
    with transaction() as writing:
        writing.execute(update(ScheduleMark).values(due_at=NOW))
    assert Worker(app).work_once() is True
    assert Worker(app).work_once() is False
    assert len(times) == 1
    session.rollback()
    mark = session.scalars(select(ScheduleMark).execution_options(populate_existing=True)).one()
    assert mark.due_at > clock.now() + timedelta(minutes=59)
    assert mark.claimed_by is None
