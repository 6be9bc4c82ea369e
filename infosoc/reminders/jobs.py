"""Reminder runs, for the worker."""

from __future__ import annotations

from infosoc.db.session import db, transaction
from infosoc.jobs.registry import job
from infosoc.jobs.runs import JobRun
from infosoc.kernel import clock
from infosoc.outbox.attachments import File, source
from infosoc.reminders import letters
from infosoc.reminders.commands import sending

CHUNK = 50  # letters a transaction


@source(sending.PAPER)
def paper_of(reminder_id: int) -> File:
    """The archived letter, as it goes along with its message."""
    reminder = letters.with_id(reminder_id)
    db.session().rollback()
    return File(reminder.file_name, "application/pdf", letters.pdf(reminder))


@job(sending.JOB)
def run_reminders(run: JobRun) -> None:
    """Write the letters of a run, a chunk a transaction; goes on after the last chunk that was committed."""
    ids, done = run.args["ids"], run.done
    while done < len(ids):
        run.pause_point()
        chunk = ids[done : done + CHUNK]
        with transaction() as session:
            sending.send(session, run.args["run"], chunk, letters.mail, by=run.by_id, now=clock.now())
            done += len(chunk)
            run.progress(session, done)
    with transaction() as session:
        sending.finish(session, run.args["run"], now=clock.now())
        run.progress(session, done)
