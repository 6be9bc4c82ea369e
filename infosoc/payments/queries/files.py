"""The bank files: the list, and one with its deposits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.jobs.models import Job
from infosoc.jobs.queries import job_named
from infosoc.kernel.errors import NotFound
from infosoc.payments.models import BankEntry, BankFile, IncomingPayment
from infosoc.payments.queries.lumps import is_answered, is_taken

ROWS, MOST_ENTRIES, MOST_WAITING = 30, 200, 100


@dataclass(frozen=True)
class FileCard:
    """A bank file with its deposits and what waits of it.

    `lumps` are the deposits, by id, that came without their payments and wait for them, or for somebody;
    `settled` are those of which somebody has said what they are.
    """

    file: BankFile
    by: str
    entries: list[BankEntry]
    lumps: set[int]
    settled: set[int]
    waiting: list[IncomingPayment]
    job: Job | None


def files(session: Session, number: int) -> tuple[list[tuple[BankFile, str]], bool]:
    """A page of the files, newest first, and whether there are more."""
    query = (
        select(BankFile, User.name)
        .outerjoin(User, User.id == BankFile.made_by)
        .order_by(BankFile.made_at.desc(), BankFile.id.desc())
        .limit(ROWS + 1)
        .offset((number - 1) * ROWS)
    )
    rows = [(file, by or "") for file, by in session.execute(query)]
    return rows[:ROWS], len(rows) > ROWS


def card(session: Session, public_id: str) -> FileCard:
    """The file at an address; raises NotFound."""
    query = select(BankFile, User.name).outerjoin(User, User.id == BankFile.made_by)
    found = session.execute(query.where(BankFile.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    file, by = found
    entries = (
        select(BankEntry, is_taken(), is_answered()).where(BankEntry.file_id == file.id).order_by(BankEntry.section)
    )
    rows = session.execute(entries.limit(MOST_ENTRIES)).all()
    waiting = (
        select(IncomingPayment)
        .join(BankEntry, BankEntry.id == IncomingPayment.entry_id)
        .where(BankEntry.file_id == file.id, IncomingPayment.left_ore != 0)
        .order_by(IncomingPayment.paid_on, IncomingPayment.id)
        .limit(MOST_WAITING)
    )
    return FileCard(
        file,
        by or "",
        [entry for entry, _, _ in rows],
        {entry.id for entry, taken, answered in rows if not (taken or answered or entry.payments)},
        {entry.id for entry, _, answered in rows if answered and not entry.payments},
        list(session.scalars(waiting)),
        job_named(session, job_key(public_id)),
    )


def job_key(public_id: str) -> str:
    """What the job that books a file is known by."""
    return f"bank-file:{public_id}"


def has_any(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(IncomingPayment).limit(1)))
