"""That somebody took a list out as a file: every list tells it here, whatever domain it belongs to.

Who keeps the record of exports registers how; the lists need not know of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Keeper = Callable[..., Any]
_keepers: list[Keeper] = []


def keeps(keeper: Keeper) -> Keeper:
    """Register who writes down what was taken out."""
    _keepers.append(keeper)
    return keeper


def note(
    session: Session, list_name: str, query: str, columns: list[str], rows: int, kind: str, *, by: int | None,
    now: datetime,
) -> None:  # fmt: skip
    """Log an export: who, which list, which filter, which columns, how many rows. Nobody to keep it is an error."""
    (keeper,) = _keepers
    keeper(session, list_name, query, columns, rows, kind, by=by, now=now)
