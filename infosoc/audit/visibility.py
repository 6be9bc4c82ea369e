"""Values in the log that not every reader of it may see. A domain says which; the deed itself is always shown."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from infosoc.audit.models import AuditEvent

Rule = Callable[[Session, set[int]], set[int]]
_rules: dict[str, Rule] = {}


def hide_values(subject_kind: str, rule: Rule) -> None:
    """Register which of these subjects have values that need a special right (protected identity, for one)."""
    _rules[subject_kind] = rule


def hidden(session: Session, events: list[AuditEvent]) -> set[int]:
    """The ids of the events whose values are kept back from readers without that right."""
    found: set[int] = set()
    for kind, rule in _rules.items():
        asked = {event.subject_id for event in events if event.subject_kind == kind and event.subject_id is not None}
        if asked:
            kept = rule(session, asked)
            found |= {event.id for event in events if event.subject_kind == kind and event.subject_id in kept}
    return found
