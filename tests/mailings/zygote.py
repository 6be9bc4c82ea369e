"""Workers that end themselves at a chosen point: `python -m tests.mailings.zygote`, told what to do line by line.

Everything is imported once; each worker is a fork of this process and lives or dies on its own. `start 120 0` starts
one that is killed (SIGKILL, by itself) at its 120th step towards the database or the mail server, with its clock so
many seconds wrong; `start 0 0` one that is not. Its process id is the answer. `end PID` kills and buries it.
"""

from __future__ import annotations

import os
import signal
import smtplib
import sys
from datetime import timedelta

from sqlalchemy import event

from infosoc.cli.worker import load_jobs
from infosoc.db.session import db
from infosoc.factory import create_app
from infosoc.jobs.worker import run_worker
from infosoc.kernel import clock
from infosoc.mailings import jobs
from infosoc.mailings.commands import claims


class Bomb:
    """Counts steps, and ends the process at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(bomb: Bomb, engine) -> None:
    """Before and after each statement, commit, and word to or from the mail server."""
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, bomb.step)
    for name in ("send", "getreply"):
        plain = getattr(smtplib.SMTP, name)

        def stepping(self, *arguments, plain=plain):
            bomb.step()
            answer = plain(self, *arguments)
            bomb.step()
            return answer

        setattr(smtplib.SMTP, name, stepping)


def plant(fault: str) -> None:
    """What must turn the test red: a letter that was on the wire is simply sent again; a claim that asks nobody."""
    if fault == "resend":
        plain = claims.release

        def release(session, *whose):
            from sqlalchemy import update

            from infosoc.mailings.models import MailingRecipient

            held = update(MailingRecipient).where(MailingRecipient.claimed_by > "", *whose)
            session.execute(
                held.where(MailingRecipient.state == "sending").values(state="queued", claimed_by=None),
                execution_options={"synchronize_session": False},
            )
            plain(session, *whose)

        claims.release = release
    if fault == "forget":
        claims.release = lambda session, *whose: None


def child(app, kill_at: int, seconds: int) -> None:
    with app.app_context():
        engine = db.engine
    if kill_at:
        arm(Bomb(kill_at), engine)
    if seconds:
        right = clock.now
        clock.now = lambda: right() + timedelta(seconds=seconds)
    jobs._rest_until.clear()
    run_worker(app, only=tuple(os.environ.get("LANES", "mailings").split(",")))


def main() -> None:
    app = create_app()
    load_jobs()
    plant(os.environ.get("FAULT", ""))
    print("ready", flush=True)
    for line in sys.stdin:
        word, *numbers = line.split()
        if word == "start":
            pid = os.fork()
            if not pid:
                try:
                    child(app, *map(int, numbers))
                finally:
                    os._exit(0)
            print(pid, flush=True)
        elif word == "end":
            os.kill(int(numbers[0]), signal.SIGKILL)
            os.waitpid(int(numbers[0]), 0)
            print("ended", flush=True)


if __name__ == "__main__":
    main()
