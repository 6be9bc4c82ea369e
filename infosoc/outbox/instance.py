"""Which installation sends from a database. A copy of it, put up elsewhere, must not send anything a second time.

An installation is known by a number in its data folder, which is in no backup, and by its addresses. When the database
was last sent from by another one, outgoing mail is turned off until a person says that this one sends (M-23).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from infosoc.config import Settings
from infosoc.kernel.words import N_
from infosoc.outbox import commands
from infosoc.outbox.models import MailInstance

FILE = "instance_id"
ELSEWHERE = N_("Mail was last sent from another installation with this database. Turn it off there first.")


def of(settings: Settings) -> str:
    """The digest of this installation; its number is made when it first sends."""
    path = settings.data_dir / FILE
    try:
        number = path.read_text().strip()
    except FileNotFoundError:
        number = secrets.token_hex(16)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(number + "\n")
        except FileExistsError:
            number = path.read_text().strip()  # another worker was first
    # The name alone: two machines of one installation may reach its database by different hosts.
    where = make_url(settings.database_url).database
    return hashlib.sha256(f"{number}\n{settings.base_url}\n{where}".encode()).hexdigest()


def check(session: Session, settings: Settings, *, now: datetime) -> bool:
    """Whether this installation may send. The first one that asks does; another turns mail off."""
    mine = of(settings)
    known = session.scalar(select(MailInstance.digest).order_by(MailInstance.id.desc()).limit(1))
    if known is None:
        session.add(MailInstance(digest=mine, noted_at=now))
    elif known != mine:
        commands.pause(session, ELSEWHERE, now=now)
    return known in (None, mine)


def forget(session: Session) -> None:
    """Let the next installation that sends be the one: a person has turned mail on."""
    session.execute(delete(MailInstance))
