"""What a process has open of the database."""

from __future__ import annotations

from infosoc.db.session import db


def let_go() -> None:
    """Close every connection of this process, in an application context; before a fork, for none may be shared."""
    db.session.remove()
    db.engine.dispose()
