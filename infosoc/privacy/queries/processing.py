"""Reading the register of processing: the current lines, earlier editions, and the balancing tests behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.kernel.errors import NotFound
from infosoc.privacy.models import BalancingTest, ProcessingActivity
from infosoc.privacy.processing import BY_KEY, DEFAULTS, FACT_LABELS
from infosoc.privacy.rules import ProcessingRole


@dataclass(frozen=True)
class Shown:
    """A line as it stands: a default, or the newest edition that somebody has written."""

    key: str
    edition: int
    role: str
    name: str
    facts: dict[str, str]
    is_public: bool
    made_at: datetime | None = None
    made_by: int | None = None

    @property
    def told(self) -> list[tuple[str, str]]:
        """Headings and texts, as message ids, in the order of the law."""
        return [(label, self.facts[key]) for key, label in FACT_LABELS.items() if self.facts.get(key)]


def lines(session: Session) -> list[Shown]:
    """The whole register of the tenant in whose scope this runs: as controller first, then as processor."""
    rows = {row.key: row for row in session.scalars(_current())}
    found = [_shown(rows[one.key]) if one.key in rows else _default(one.key) for one in DEFAULTS]
    found += [_shown(row) for key, row in sorted(rows.items()) if key not in BY_KEY]
    return sorted(found, key=lambda one: one.role != ProcessingRole.CONTROLLER.value)


def line(session: Session, key: str) -> Shown:
    row = session.scalar(_current().where(ProcessingActivity.key == key))
    if row is not None:
        return _shown(row)
    if key not in BY_KEY:
        raise NotFound
    return _default(key)


def editions(session: Session, key: str) -> list[Shown]:
    """Every edition of a line, newest first; what was delivered is number 0."""
    query = select(ProcessingActivity).where(ProcessingActivity.key == key)
    rows = [_shown(row) for row in session.scalars(query.order_by(ProcessingActivity.edition.desc()))]
    return [*rows, _default(key)] if key in BY_KEY else rows


def public_lines(session: Session) -> list[Shown]:
    """What the page for the public says: what we answer for ourselves, but for the lines kept off it."""
    return [one for one in lines(session) if one.is_public and one.role == ProcessingRole.CONTROLLER.value]


@dataclass(frozen=True)
class Weighing:
    """A balancing test, and whether it is due again (P-15)."""

    test: BalancingTest
    is_due: bool


def balancing_tests(session: Session, *, today: date) -> list[Weighing]:
    """The tests in force, those that are due first."""
    query = select(BalancingTest).where(BalancingTest.replaced_at.is_(None)).order_by(BalancingTest.review_on)
    return [Weighing(one, one.review_on <= today) for one in session.scalars(query)]


def balancing_test(session: Session, public_id: str) -> BalancingTest:
    found = session.scalar(
        select(BalancingTest).where(BalancingTest.public_id == public_id, BalancingTest.replaced_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


def _current():
    return select(ProcessingActivity).where(ProcessingActivity.replaced_at.is_(None))


def _shown(row: ProcessingActivity) -> Shown:
    return Shown(row.key, row.edition, row.role, row.name, dict(row.facts), row.is_public, row.made_at, row.made_by)


def _default(key: str) -> Shown:
    one = BY_KEY[key]
    return Shown(one.key, 0, one.role.value, one.name, dict(one.facts), one.is_public)
