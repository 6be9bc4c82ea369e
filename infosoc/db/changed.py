"""How many rows a change concerned: what claiming by a conditional update rests on."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session


def rows_changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE; how many rows it changed."""
    done: Any = session.execute(statement)  # the result's declared type knows no row count
    return done.rowcount
