"""Values in the log that not every reader of it may see. A domain says which; the deed itself is always shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from infosoc.audit.models import AuditEvent
from infosoc.audit.subjects import Question, by_kind


@dataclass(frozen=True)
class _Rule:
    """A query for the ids of the subjects whose values are kept back; or, if so said, of those that are open."""

    query: Callable[[set[int]], Question]
    finds_open: bool


_rules: dict[str, _Rule] = {}


def hide_values(subject_kind: str, query: Callable[[set[int]], Question], *, finds_open: bool = False) -> None:
    """Register which of these subjects have values that need a special right (protected identity, for one)."""
    _rules[subject_kind] = _Rule(query, finds_open)


def questions(events: Iterable[AuditEvent]) -> dict[str, Question]:
    """The query for each kind of subject among the events that has such values."""
    return {kind: _rules[kind].query(ids) for kind, ids in by_kind(events).items() if kind in _rules}


def hidden(events: Iterable[AuditEvent], found: dict[str, set[int]]) -> set[int]:
    """The ids of the events whose values are kept back from readers without that right, by what the queries found."""

    def is_hidden(event: AuditEvent) -> bool:
        rule = _rules.get(event.subject_kind)
        if rule is None or event.subject_id is None:
            return False
        return (event.subject_id in found.get(event.subject_kind, set())) != rule.finds_open

    return {event.id for event in events if is_hidden(event)}
