"""What the subjects of the log are called and where they are shown. Each domain answers for its own kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from infosoc.audit.models import AuditEvent


@dataclass(frozen=True)
class Subject:
    """One subject in words, with its address when it has a page."""

    name: str
    url: str | None = None


Namer = Callable[[Session, set[int]], dict[int, Subject]]
_namers: dict[str, Namer] = {}


def name_subjects(kind: str, namer: Namer) -> None:
    """Register who knows the subjects of this kind; a subject that is gone or may not be seen is left out."""
    _namers[kind] = namer


def named(session: Session, events: list[AuditEvent]) -> dict[tuple[str, int | None], Subject]:
    """The subjects of these events that somebody can name, in one statement a kind."""
    found: dict[tuple[str, int | None], Subject] = {}
    for kind in {event.subject_kind for event in events} & set(_namers):
        ids = {event.subject_id for event in events if event.subject_kind == kind and event.subject_id is not None}
        found |= {(kind, number): subject for number, subject in _namers[kind](session, ids).items()}
    return found
