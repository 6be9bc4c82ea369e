"""A worker process with a job that takes its time, for tests that kill it: `python -m tests.jobs.process`."""

from __future__ import annotations

import time

from infosoc.cli.worker import load_jobs
from infosoc.crm.models.companies import Company
from infosoc.db.session import transaction
from infosoc.factory import create_app
from infosoc.jobs.registry import job
from infosoc.jobs.runs import JobRun
from infosoc.jobs.worker import run_worker
from tests.builders import make_company


@job("test.slow")
def add_companies(run: JobRun) -> None:
    """One company a piece, each with the progress in its own transaction."""
    for number in range(run.done, run.args["count"]):
        run.pause_point()
        with transaction() as session:
            company: Company = make_company(session, f"{run.args['name']} {number}")
            assert company.id
            run.progress(session, number + 1, run.args["count"])
        time.sleep(run.args["seconds"])


if __name__ == "__main__":
    load_jobs()
    run_worker(create_app())
