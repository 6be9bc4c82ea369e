"""The only reader of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in Sweden."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """The instant on the Swedish wall clock."""
    return instant.astimezone(STOCKHOLM)
