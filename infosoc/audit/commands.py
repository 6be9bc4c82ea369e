"""Writing the audit log, in the transaction of the deed itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from infosoc.audit import chain
from infosoc.audit.models import AuditEvent, AuditHead, AuditValue
from infosoc.db import bulk, prepared
from infosoc.db.session import NotInTransaction, in_transaction
from infosoc.db.tenancy import current_scope
from infosoc.kernel import clock

Change = tuple[Any, Any]
request_id: ContextVar[str] = ContextVar("request_id", default="")


def record(
    session: Session,
    deed: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    by: int | None,
    changes: Mapping[str, Change] | None = None,
    actor_name: str = "",
) -> AuditEvent:
    """Write one deed with the fields it changed: `{"name": (before, after)}`. `actor_name` stands where nobody does."""
    deeds = [(deed, subject_kind, subject_id, changes or {})]
    (event,) = record_many(session, deeds, by=by, actor_name=actor_name)
    return event


def record_many(
    session: Session,
    deeds: Iterable[tuple[str, str, int | None, Mapping[str, Change]]],
    *,
    by: int | None,
    actor_name: str = "",
) -> list[AuditEvent]:
    """Write many deeds of one person in one go; the order given is the order of the chain."""
    session.flush()
    tenant_id = current_scope().tenant_id
    head = _locked_head(session, tenant_id)
    at = clock.now()
    events, values = [], []
    for deed, kind, subject_id, changes in deeds:
        rows = [_value_row(tenant_id, field, *change) for field, change in changes.items()]
        digests = [chain.value_digest(r["salt"], r["field"], r["before"], r["after"]) for r in rows]
        head.number += 1
        event = AuditEvent(
            tenant_id=tenant_id, number=head.number, happened_at=at, actor_id=by, actor_name=actor_name[:60], deed=deed,
            subject_kind=kind, subject_id=subject_id, request_id=request_id.get(),
            values_digest=chain.values_digest(digests), digest=b"",
        )  # fmt: skip
        event.digest = head.digest = chain.event_digest(
            head.digest, event.number, at, str(by), deed, f"{kind}:{subject_id}", event.values_digest
        )
        events.append(event)
        values.append(rows)
    session.add_all(events)
    session.flush()
    _remember(session, None)
    flat = [{**row, "event_id": event.id} for event, rows in zip(events, values, strict=True) for row in rows]
    if flat:
        session.execute(insert(AuditValue), flat)
    return events


Deed = tuple[str, str, int | None, list[tuple[str, str | None, str | None]]]


def record_bulk(session: Session, deeds: Sequence[Deed], *, by: int | None) -> None:
    """Write very many deeds of one person: like `record_many`, without making an object of each."""
    if not deeds:
        return
    session.flush()
    head_id, number, digest = _locked_end(session)
    at, actor = clock.now(), str(by)
    # Ids are asked for where values have to point to them; most deeds that come by the thousand have none.
    has_values = any(changes for *_, changes in deeds)
    ids = bulk.new_ids(session, AuditEvent, len(deeds)) if has_values else [None] * len(deeds)
    salts = secrets.token_bytes(16 * sum(len(changes) for *_, changes in deeds))
    events, values, salted = [], [], 0
    for event_id, (deed, kind, subject_id, changes) in zip(ids, deeds, strict=True):
        digests = []
        for field, before, after in changes:
            salt = salts[salted : salted + 16]
            salted += 16
            digests.append(chain.value_digest(salt, field, before, after))
            values.append((event_id, field, before, after, salt))
        number += 1
        together = chain.values_digest(digests)
        digest = chain.event_digest(digest, number, at, actor, deed, f"{kind}:{subject_id}", together)
        events.append((number, deed, kind, subject_id, together, digest))
    bulk.change(session, AuditHead, {"id": head_id}, {"number": number, "digest": digest})
    _remember(session, (head_id, number, digest))
    columns = ["number", "deed", "subject_kind", "subject_id", "values_digest", "digest"]
    if has_values:
        columns, events = ["id", *columns], [(event_id, *event) for event_id, event in zip(ids, events, strict=True)]
    same = {"happened_at": at, "actor_id": by, "actor_name": "", "request_id": request_id.get()}
    bulk.add(session, AuditEvent, columns, events, **same)
    bulk.add(session, AuditValue, ("event_id", "field", "before", "after", "salt"), values)


def take_turn(session: Session) -> None:
    """Lock the end of the tenant's chain before anything else is locked.

    For deeds that lock rows of their own and then write the log: all who take their turn here first wait in one line,
    and never for each other crosswise. Whoever has it keeps it to the end of the transaction.
    """
    _locked_end(session)


End = tuple[int, int, bytes]


def _locked_end(session: Session) -> End:
    """The end of the chain, locked: its row's id, the last number and digest. Asked for once in a transaction."""
    if not in_transaction():
        raise NotInTransaction("write inside `with transaction()`")
    transaction, tenant_id, end = session.info.get("audit end", (None, None, None))
    if end is not None and transaction is session.get_transaction() and tenant_id == current_scope().tenant_id:
        return end
    ends = prepared.rows(session, "audit head", _end_query)
    if ends:
        end = ends[0]
    else:
        head = _locked_head(session, current_scope().tenant_id)
        end = head.id, head.number, head.digest
    _remember(session, end)
    return end


def _remember(session: Session, end: End | None) -> None:
    """Nobody else moves the end before this transaction has ended; None when it has been moved by other means."""
    session.info["audit end"] = session.get_transaction(), current_scope().tenant_id, end


def _end_query() -> Select[int, int, bytes]:
    return select(AuditHead.id, AuditHead.number, AuditHead.digest).with_for_update()


def _locked_head(session: Session, tenant_id: int) -> AuditHead:
    head = session.scalar(select(AuditHead).with_for_update().execution_options(populate_existing=True))
    if head is None:
        head = AuditHead(tenant_id=tenant_id, number=0, digest=b"\0" * 32)
        session.add(head)
        session.flush()
    return head


def _value_row(tenant_id: int, field: str, before: Any, after: Any) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "field": field,
        "before": _text(before),
        "after": _text(after),
        "salt": secrets.token_bytes(16),
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
