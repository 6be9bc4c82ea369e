"""Processes that post: `python -m tests.ledger.posters`, told what to do line by line.

Everything is imported once; each poster is a fork. `all 50 4` starts fifty that post four vouchers each, at once, and
answers with how many failed. `kill 17 x` has one post the source `x` and end itself (SIGKILL) at its 17th step towards
the database; the answer is `killed`, or `done` when it was through before.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from datetime import date

from sqlalchemy.exc import OperationalError

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.factory import create_app
from infosoc.ledger.commands.posting import post
from infosoc.ledger.rules import NewLine, NewVoucher
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW
from tests.mailings.zygote import Bomb


def arm(bomb: Bomb, engine) -> None:
    from sqlalchemy import event

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(engine, name, bomb.step)


def book(source: str, number: int) -> None:
    """A voucher of three lines, on one of several accounts, in one of two series."""
    lines = [
        NewLine(5410 if number % 2 else 6540, 8_000 + number),
        NewLine(2641, 2_000),
        NewLine(1930, -10_000 - number),
    ]
    new = NewVoucher("AB"[number % 2], date(2026, 1 + number % 12, 5), f"Inköp {source}", lines, source)
    with transaction() as session, tenant_scope(scope_named(session, "infosoc")):
        post(session, new, by=None, now=NOW)


def poster(app, name: int, each: int, start: int) -> None:
    os.read(start, 1)  # all begin at once
    with app.app_context():
        for number in range(each):
            stubbornly(f"poster:{name}:{number}", name + number)


def stubbornly(source: str, number: int) -> None:
    """Post, again if SQLite let one wait in vain: its waiting is not fair when fifty want to write at once."""
    for _ in range(20):
        try:
            return book(source, number)
        except OperationalError as error:
            if "locked" not in str(error):
                raise
    raise TimeoutError(source)


def victim(app, kill_at: int, source: str) -> None:
    with app.app_context():
        arm(Bomb(kill_at), db.engine)
        book(source, 0)


def forked(do, *args) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        do(*args)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def main() -> None:
    app = create_app()
    print("ready", flush=True)
    for line in sys.stdin:
        word, *given = line.split()
        if word == "all":
            reading, writing = os.pipe()
            pids = [forked(poster, app, name, int(given[1]), reading) for name in range(int(given[0]))]
            os.write(writing, b"x" * len(pids))
            print(sum(os.waitpid(pid, 0)[1] != 0 for pid in pids), flush=True)
        else:
            status = os.waitpid(forked(victim, app, int(given[0]), given[1]), 0)[1]
            is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            print("killed" if is_killed else "done" if status == 0 else "failed", flush=True)


if __name__ == "__main__":
    main()
