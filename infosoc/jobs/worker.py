"""The worker process: a heart in the main thread, one thread for jobs and regular work, one for each further lane."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.jobs import machine, registry, rules, runs
from infosoc.jobs.models import Job, ScheduleMark, WorkerBeat
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
LONGEST_REST = 30.0
PATIENCE = 0.7
LONGEST_FINISHING = 10.0


class Worker:
    """One worker. Several at once are harmless: every claim is a conditional update of the row itself."""

    def __init__(self, app: Flask, only: Collection[str] | None = None) -> None:
        """`only` names the lanes of a worker that does nothing else, no jobs and no regular work either."""
        self.app = app
        self._only = only
        self.id = f"worker-{secrets.token_hex(8)}"
        self._end = threading.Event()
        self._finishing = 0
        self._threads: list[threading.Thread] = []

    @property
    def stopping(self) -> bool:
        """Whether the worker has been told to end."""
        return self._end.is_set()

    def stop(self, *_signal: Any) -> None:
        """End soon: jobs stop at their next pause point, or where they are."""
        self._end.set()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """What should not be broken off in the middle, such as handing over a letter: the end waits for it a while."""
        self._finishing += 1
        try:
            yield
        finally:
            self._finishing -= 1

    def run(self) -> None:
        """Work until told to end; returns within a second of that, or leaves the process."""
        self._careful(self.beat)
        self._careful(self.sweep)
        if self._only is None:
            self._start("jobs", self.work_once)
        for name, step in registry.lanes.items():
            if self._only is None or name in self._only:
                self._start(name, partial(step, self, self.app))
        while not self._end.wait(rules.BEAT_EVERY.total_seconds()):
            self._careful(self.beat)
            self._careful(self.sweep)
        self._wind_up()

    def beat(self) -> None:
        """Say that this worker is alive."""
        now = clock.now()
        with self.app.app_context(), transaction() as session:
            known = session.get(WorkerBeat, self.id)
            if known is None:
                session.add(
                    WorkerBeat(
                        id=self.id, machine=machine.this_machine(), process=machine.this_process(),
                        started_at=now, seen_at=now,
                    )
                )  # fmt: skip
            else:
                known.seen_at = now

    def sweep(self) -> None:
        """Let go of what dead workers held, so that it is done again or left to a person."""
        now = clock.now()
        with self.app.app_context(), every_tenant("what dead workers held is let go of"), transaction() as session:
            beats = list(session.scalars(select(WorkerBeat)))
            dead = [beat.id for beat in beats if is_dead(beat, now)]
            living = {beat.id for beat in beats} - set(dead) | {self.id}
            if dead:
                session.execute(delete(WorkerBeat).where(WorkerBeat.id.in_(dead)))
            _free_jobs(session, living, now)
            for step in registry.sweeps:
                step(session, living, now)

    def work_once(self) -> bool:
        """Do one job, else one piece of regular work; whether there was any."""
        with self.app.app_context():
            run = runs.claim(self.id, lambda: self.stopping)
        if run is not None:
            runs.carry_out(self.app, run)
            return True
        return self._regular_once()

    def leave(self) -> None:
        """Let go of everything this worker holds, and be gone."""
        now = clock.now()
        with self.app.app_context(), every_tenant("a worker ends"), transaction() as session:
            session.execute(delete(WorkerBeat).where(WorkerBeat.id == self.id))
            living = set(session.scalars(select(WorkerBeat.id)))
            _free_jobs(session, living, now, only=self.id, spent=0)
            for step in registry.sweeps:
                step(session, living, now)

    def _regular_once(self) -> bool:
        now = clock.now()
        with self.app.app_context():
            regular = _claim_regular(self.id, now)
            if regular is None:
                return False
            with every_tenant(f"regular work: {regular.name}"):
                try:
                    regular.function(now)
                    due = regular.next_after(clock.now())
                except Exception:
                    log.exception("regular work %s failed", regular.name)
                    due = clock.now() + rules.DELAYS[-1]
            with transaction() as session:
                session.execute(
                    update(ScheduleMark)
                    .where(ScheduleMark.name == regular.name, ScheduleMark.claimed_by == self.id)
                    .values(due_at=due, claimed_by=None, ended_at=clock.now())
                )
        return True

    def _start(self, name: str, step: Callable[[], bool]) -> None:
        thread = threading.Thread(target=self._repeat, args=(name, step), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _repeat(self, name: str, step: Callable[[], bool]) -> None:
        rest = LOOK_EVERY
        while not self._end.is_set():
            try:
                found, rest = step(), LOOK_EVERY
            except Exception:
                # The database may be away for a while; the worker outlives it.
                log.exception("the worker's lane %s failed", name)
                found, rest = False, min(rest * 2, LONGEST_REST)
            if not found:
                self._end.wait(rest)

    def _careful(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception:
            log.exception("the worker could not %s", step.__name__)

    def _wind_up(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        deadline = time.monotonic() + LONGEST_FINISHING
        while self._finishing and time.monotonic() < deadline:
            time.sleep(0.02)
        if any(thread.is_alive() for thread in self._threads):
            # What still runs is in a transaction that will never be committed, as after a power cut. It may hold the
            # only write lock, so nothing is let go of here: the next worker sees that this process is gone.
            os._exit(0)
        self._careful(self.leave)


def run_worker(app: Flask, only: Collection[str] | None = None) -> None:
    """Be the worker until SIGTERM or SIGINT."""
    worker = Worker(app, only)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()


def run_here(app: Flask, job_id: int) -> None:
    """Do this one job now, in this process (a command on the command line), unless a worker has it already."""
    with _alive(app) as worker:
        with app.app_context():
            run = runs.claim(worker.id, lambda: worker.stopping, job_id)
        if run is not None:
            runs.carry_out(app, run)


def run_waiting(app: Flask) -> int:
    """Do all that is due now, in this process, and return how many jobs that was. For tests and the demo."""
    done = 0
    with _alive(app) as worker:
        while True:
            with app.app_context():
                run = runs.claim(worker.id, lambda: worker.stopping)
            if run is None:
                return done
            runs.carry_out(app, run)
            done += 1


@contextmanager
def _alive(app: Flask) -> Iterator[Worker]:
    """A worker whose heart beats in a thread while this process does its work."""
    worker = Worker(app)
    worker.beat()

    def keep_beating() -> None:
        while not worker._end.wait(rules.BEAT_EVERY.total_seconds()):
            worker._careful(worker.beat)

    heart = threading.Thread(target=keep_beating, name="heart", daemon=True)
    heart.start()
    try:
        yield worker
    finally:
        worker.stop()
        heart.join()
        worker.leave()


def is_dead(beat: WorkerBeat, now: Any) -> bool:
    """Whether the worker is gone: silent for too long, or its process on this machine has ended."""
    if now - beat.seen_at > rules.DEAD_AFTER:
        return True
    return beat.machine == machine.this_machine() and not machine.is_alive(beat.process)


def _free_jobs(session: Session, living: set[str], now: Any, *, only: str | None = None, spent: int = 1) -> None:
    """Jobs of the dead go back to the queue, but one that has ended its worker too often is left to a person."""
    orphans = select(Job).where(Job.state == JobState.RUNNING, Job.claimed_by.not_in(living))
    marks = update(ScheduleMark).where(ScheduleMark.claimed_by.not_in(living))
    if only is not None:
        orphans = orphans.where(Job.claimed_by == only)
        marks = marks.where(ScheduleMark.claimed_by == only)
    session.execute(marks.values(claimed_by=None), execution_options={"synchronize_session": False})
    for job in session.scalars(orphans):
        kind = registry.kinds.get(job.name)
        job.claimed_by = None
        if spent and job.attempts >= (kind.attempts if kind else rules.ATTEMPTS):
            job.state, job.ended_at = JobState.FAILED, now
            job.problem = {"message": rules.ENDED_ABRUPTLY, "values": {"times": job.attempts}}
        else:
            job.state, job.not_before = JobState.QUEUED, now
            job.attempts = job.attempts if spent else max(0, job.attempts - 1)


def _claim_regular(worker_id: str, now: Any) -> registry.Regular | None:
    """The next regular work that is due, claimed. One never heard of gets its first date now."""
    reading = db.session()
    marks = {mark.name: mark for mark in reading.scalars(select(ScheduleMark))}
    reading.rollback()
    for regular in registry.regulars.values():
        mark = marks.get(regular.name)
        if mark is None:
            # Two workers may be first at the same time.
            with suppress(IntegrityError), transaction() as session:
                session.add(ScheduleMark(name=regular.name, due_at=regular.next_after(now)))
        elif mark.due_at <= now and mark.claimed_by is None:
            with transaction() as session:
                claimed = session.execute(
                    update(ScheduleMark)
                    .where(ScheduleMark.name == regular.name, ScheduleMark.due_at <= now)
                    .where(ScheduleMark.claimed_by.is_(None))
                    .values(claimed_by=worker_id)
                    .returning(ScheduleMark.name)
                    .execution_options(synchronize_session=False)
                ).all()
            if claimed:
                return regular
    return None
