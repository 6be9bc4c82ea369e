"""Worker processes that are killed, ended, and doubled: nothing is lost and nothing done twice."""

from __future__ import annotations

import signal
import time
from collections import Counter

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import Company
from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs import commands, queries
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_tenant
from tests.support.processes import process, wait_until


@pytest.fixture
def worker(database_url, tmp_path):
    return lambda: process("tests.jobs.process", database_url=database_url, data_dir=tmp_path)


@pytest.fixture
def tenant(session):
    with transaction() as writing:
        make_tenant(writing)


def ask(session, name: str, count: int, seconds: float) -> None:
    with transaction() as writing, tenant_scope(scope_named(writing, "infosoc")):
        args = {"name": name, "count": count, "seconds": seconds}
        commands.enqueue(writing, "test.slow", args=args, unique_key=name, title="Slow", now=NOW)


def jobs(session) -> list[Job]:
    session.rollback()
    with every_tenant("a test looks"):
        return list(session.scalars(select(Job).order_by(Job.id).execution_options(populate_existing=True)))


def names(session) -> Counter[str]:
    session.rollback()
    with every_tenant("a test looks"):
        return Counter(session.scalars(select(Company.name)))


def each_once(*jobs: tuple[str, int]) -> Counter[str]:
    return Counter(f"{name} {number}" for name, count in jobs for number in range(count))


def test_a_job_whose_worker_is_killed_goes_on_where_it_was(session, tenant, worker):
    ask(session, "Slow", 12, 0.1)
    with worker() as first:
        wait_until(lambda: jobs(session)[0].done >= 2, "the job is well on its way")
        first.kill()
        first.wait()
    cut_off = jobs(session)[0]
    assert cut_off.state == JobState.RUNNING
    assert cut_off.done < 12
    with worker():
        wait_until(lambda: jobs(session)[0].state == JobState.DONE, "another worker has finished the job")
    assert names(session) == each_once(("Slow", 12))


def test_two_workers_at_once_do_everything_once(session, tenant, worker):
    wanted = [(f"Job {number}", 2) for number in range(12)]
    for name, count in wanted:
        ask(session, name, count, 0.02)
    with worker(), worker():
        wait_until(lambda: all(job.state == JobState.DONE for job in jobs(session)), "all jobs are done")
    assert names(session) == each_once(*wanted)
    assert {job.attempts for job in jobs(session)} == {1}


def test_a_worker_ends_within_a_second_and_leaves_its_job_to_the_next(session, tenant, worker):
    ask(session, "Slow", 200, 0.05)
    with worker() as running:
        wait_until(lambda: jobs(session)[0].done >= 1, "the job has begun")
        assert queries.has_worker(session, now=clock.now())
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(5) == 0
        # A generous bound: the promise is one second on a machine with nothing else to do.
        assert time.monotonic() - began < 3
    left = jobs(session)[0]
    assert (left.state, left.claimed_by) == (JobState.QUEUED, None)
    done = left.done
    assert names(session) == each_once(("Slow", done))
    assert not queries.has_worker(session, now=clock.now())
