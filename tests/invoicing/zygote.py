"""Workers that end themselves amid a billing run or reminders: `python -m tests.invoicing.zygote`, told line by line.

As `tests.mailings.zygote`: `start 120` forks a worker that is killed (SIGKILL, by itself) at its 120th step towards the
database, `start 0` one that is not; its process id is the answer. `end PID` kills and buries it.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys

from infosoc.cli.worker import load_jobs
from infosoc.db import bulk
from infosoc.db.session import db
from infosoc.factory import create_app
from infosoc.invoicing import jobs
from infosoc.invoicing.models import InvoicedCharge
from infosoc.invoicing.rules import billing
from infosoc.jobs.worker import run_worker
from infosoc.reminders import jobs as reminder_jobs
from infosoc.reminders.commands import costs
from tests.mailings.zygote import Bomb, arm

AT_A_TIME = 3  # agreements or letters a transaction, so that few of them make many


def plant(fault: str) -> None:
    """What must turn the test red: invoices without their keys, letters whose costs are not booked."""
    if fault == "costless":
        costs.charge = lambda *_, **__: None
    if fault == "keyless":
        plain = bulk.add
        billing.source = lambda *_, **__: secrets.token_hex(8)

        def add(session, model, *rest, **same):
            if model is not InvoicedCharge:
                plain(session, model, *rest, **same)

        bulk.add = add


def child(app, kill_at: int) -> None:
    with app.app_context():
        engine = db.engine
    if kill_at:
        arm(Bomb(kill_at), engine)
    run_worker(app)


def main() -> None:
    app = create_app()
    load_jobs()
    jobs.CHUNK = reminder_jobs.CHUNK = AT_A_TIME
    plant(os.environ.get("FAULT", ""))
    print("ready", flush=True)
    for line in sys.stdin:
        word, number = line.split()
        if word == "start":
            pid = os.fork()
            if not pid:
                try:
                    child(app, int(number))
                finally:
                    os._exit(0)
            print(pid, flush=True)
        elif word == "end":
            os.kill(int(number), signal.SIGKILL)
            os.waitpid(int(number), 0)
            print("ended", flush=True)


if __name__ == "__main__":
    main()
