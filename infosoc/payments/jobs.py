"""Booking an uploaded bank file, for the worker."""

from __future__ import annotations

from infosoc.jobs.registry import job
from infosoc.jobs.runs import JobRun
from infosoc.payments import importing

IMPORT = "payments.import"


@job(IMPORT)
def import_file(run: JobRun) -> None:
    """Book a file that somebody has looked at and said yes to; goes on where it was."""
    public_id = str(run.args["file"])
    importing.begin(public_id, by=run.by_id)
    importing.carry_on(public_id, by=run.by_id, note=run.progress, pause=run.pause_point)
