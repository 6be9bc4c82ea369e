"""How fast letters go, to one domain and in all. Pure.

Each speed is one instant: when the next letter would be due if letters had always gone evenly. A short burst is let
through, so that a small mailing is not drawn out; in no period are there more letters than the speed says (M-24).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Speed:
    """So many letters in a period, and how many of them at once."""

    letters: int
    period: timedelta
    burst: int

    @property
    def interval(self) -> timedelta:
        """From one letter to the next, so that a burst and what follows it stay within the period's number."""
        return self.period / (self.letters - self.burst + 1)


def an_hour(letters: int) -> Speed:
    """A tenant's speed; as many at once as an even flow gives in a minute."""
    letters = max(1, letters)
    return Speed(letters, HOUR, max(1, letters // 60))


def a_minute(letters: int) -> Speed:
    """A recipient domain's speed; a third of it at once."""
    letters = max(1, letters)
    return Speed(letters, MINUTE, max(1, letters // 3))


def free(speed: Speed, next_at: datetime | None, now: datetime) -> int:
    """How many letters may go now."""
    next_at = _believable(speed, next_at, now)
    if next_at is None or next_at <= now:
        return speed.burst
    return max(0, speed.burst - -(-(next_at - now) // speed.interval))


def after(speed: Speed, next_at: datetime | None, now: datetime, letters: int) -> datetime:
    """The instant when so many have gone now."""
    return max(_believable(speed, next_at, now) or now, now) + letters * speed.interval


def _believable(speed: Speed, next_at: datetime | None, now: datetime) -> datetime | None:
    """Nothing is ever due later than a period from now: then the clock was wrong when it was written (M-21)."""
    return None if next_at is not None and next_at - now > speed.period else next_at


def letters_an_hour(wanted: object, otherwise: int) -> int:
    """A tenant's own setting, when it is a sensible number."""
    try:
        number = int(str(wanted))
    except ValueError:
        return otherwise
    return number if 0 < number <= 1_000_000 else otherwise
