"""What a new tenant needs in the database beyond its rows (its own search index, for one)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

_steps: list[Callable[[Session, int], None]] = []


def on_new_tenant(step: Callable[[Session, int], None]) -> Callable[[Session, int], None]:
    """Register a step to be taken when a tenant is added."""
    _steps.append(step)
    return step


def for_new_tenant(session: Session, tenant_id: int) -> None:
    for step in _steps:
        step(session, tenant_id)
