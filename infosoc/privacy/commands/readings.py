"""Counting how much is read and taken out in a day, and telling the privacy officers when it is much (P-71)."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.imports import Export
from infosoc.kernel import clock
from infosoc.privacy.models import PersonReading
from infosoc.privacy.rules import MANY_EXPORTED, MANY_PAGES


def add_pages(session: Session, user_id: int, day: date, pages: int) -> None:
    """Add to the pages of persons that somebody has opened in a day; in the tenant of the scope."""
    row = _row(session, user_id, day)
    row.pages += pages
    session.flush()


def count_exports(session: Session, day: date) -> None:
    """Bring the persons taken out in a day up to date, from the register of exports."""
    start, end = (_midnight(day), _midnight(date.fromordinal(day.toordinal() + 1)))
    query = (
        select(Export.by_id, func.sum(Export.rows))
        .where(Export.made_at >= start, Export.made_at < end, Export.list_name == "contacts", Export.by_id.is_not(None))
        .group_by(Export.by_id)
    )
    for user_id, rows in session.execute(query).all():
        _row(session, int(user_id or 0), day).exported = int(rows or 0)
    session.flush()


def notice(session: Session, day: date, *, now: datetime) -> list[PersonReading]:
    """Those who have read or taken out much in a day and of whom nobody has been told yet; marks them as told."""
    query = select(PersonReading).where(
        PersonReading.day == day,
        PersonReading.noticed_at.is_(None),
        (PersonReading.pages > MANY_PAGES) | (PersonReading.exported > MANY_EXPORTED),
    )
    found = list(session.scalars(query))
    for row in found:
        row.noticed_at = now
    session.flush()
    return found


def _row(session: Session, user_id: int, day: date) -> PersonReading:
    query = select(PersonReading).where(PersonReading.user_id == user_id, PersonReading.day == day)
    row = session.scalar(query.with_for_update())
    if row is None:
        row = PersonReading(user_id=user_id, day=day, pages=0, exported=0)
        session.add(row)
        session.flush()
    return row


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=clock.STOCKHOLM)
