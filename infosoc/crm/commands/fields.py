"""What administrators set up for the register: lines of business, fields of their own, when a call is suggested."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.activity_rules import QUIET_DAYS, QUIET_LEAST, QUIET_MOST
from infosoc.crm.models.companies import CustomField, LineOfBusiness
from infosoc.crm.rules import FieldKind
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.text import clean, fold
from infosoc.kernel.words import N_
from infosoc.tenancy import commands as tenancy


class LineTaken(Invalid):
    message = N_("There is already a line of business called %(name)s.")


class FieldTaken(Invalid):
    message = N_("There is already a field called %(name)s.")


class NoChoices(Invalid):
    message = N_("Enter at least two options, one per line.")


class QuietDaysOutside(Invalid):
    message = N_("Choose between %(least)s and %(most)s days.")


def set_quiet_days(session: Session, tenant_id: int, days: int, *, by: int) -> None:
    """How long a customer may go without a word before My day suggests a call."""
    if not QUIET_LEAST <= days <= QUIET_MOST:
        raise QuietDaysOutside(field="days", least=QUIET_LEAST, most=QUIET_MOST)
    before = tenancy.set_setting(session, tenant_id, "quiet_days", days)
    if (before or QUIET_DAYS) != days:
        changes = {"quiet_days": (before or QUIET_DAYS, days)}
        audit.record(session, "tenant changed", "tenant", tenant_id, by=by, changes=changes)


def add_line(session: Session, name: str, sni_code: str, *, by: int) -> LineOfBusiness:
    """Add a line of business last in the list."""
    _refuse_twin(session, LineOfBusiness, LineOfBusiness.name, name, LineTaken)
    last = session.scalar(select(func.max(LineOfBusiness.position))) or 0
    line = LineOfBusiness(name=name, sni_code=sni_code, position=last + 1)
    session.add(line)
    session.flush()
    changes = {"name": (None, name), "sni_code": (None, sni_code or None)}
    audit.record(session, "line added", "line", line.id, by=by, changes=changes)
    return line


def change_line(session: Session, public_id: str, name: str, sni_code: str, *, by: int) -> LineOfBusiness:
    """Rename a line of business or give it another SNI code; companies that have it follow."""
    line = _row(session, LineOfBusiness, public_id)
    _refuse_twin(session, LineOfBusiness, LineOfBusiness.name, name, LineTaken, other_than=line.id)
    changes = _changes(line, {"name": name, "sni_code": sni_code})
    if changes:
        audit.record(session, "line changed", "line", line.id, by=by, changes=changes)
    return line


def retire(session: Session, model: Any, public_id: str, *, by: int, now: datetime) -> Any:
    """Take a line or a field out of use: what has it keeps it, but nothing new can get it. Again brings it back."""
    row = _row(session, model, public_id)
    row.retired_at = now if row.retired_at is None else None
    kind = "line" if model is LineOfBusiness else "custom_field"
    deed = f"{'line' if kind == 'line' else 'field'} {'retired' if row.retired_at else 'brought back'}"
    audit.record(session, deed, kind, row.id, by=by)
    return row


def move(session: Session, model: Any, public_id: str, step: int) -> None:
    """Move a line or a field one place up (-1) or down (+1)."""
    row = _row(session, model, public_id)
    rows = list(session.scalars(select(model).order_by(model.position, model.id)))
    at = next(number for number, one in enumerate(rows) if one.id == row.id)
    to = min(max(at + step, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    for number, one in enumerate(rows, 1):
        one.position = number


def add_field(session: Session, label: str, kind: FieldKind, choices: list[str], *, by: int) -> CustomField:
    """Add a field to companies; its key is made of its label and never changes."""
    _refuse_twin(session, CustomField, CustomField.label, label, FieldTaken)
    if kind == FieldKind.CHOICE and len(choices) < 2:
        raise NoChoices(field="choices")
    last = session.scalar(select(func.max(CustomField.position))) or 0
    field = CustomField(
        key=_free_key(session, label), label=label, kind=kind.value, position=last + 1,
        choices=choices if kind == FieldKind.CHOICE else [],
    )  # fmt: skip
    session.add(field)
    session.flush()
    audit.record(session, "field added", "custom_field", field.id, by=by, changes={"label": (None, label)})
    return field


def change_field(session: Session, public_id: str, label: str, choices: list[str], *, by: int) -> CustomField:
    """Give a field another label or other choices; its kind stays, because values are kept in it."""
    field = _row(session, CustomField, public_id)
    _refuse_twin(session, CustomField, CustomField.label, label, FieldTaken, other_than=field.id)
    if field.kind == FieldKind.CHOICE and len(choices) < 2:
        raise NoChoices(field="choices")
    before = ", ".join(field.choices)
    changes = _changes(field, {"label": label})
    if field.kind == FieldKind.CHOICE and choices != field.choices:
        field.choices = choices
        changes["choices"] = (before, ", ".join(choices))
    if changes:
        audit.record(session, "field changed", "custom_field", field.id, by=by, changes=changes)
    return field


def choices_in(text: str) -> list[str]:
    """One choice a line, each once."""
    return list(dict.fromkeys(clean(line)[:80] for line in text.splitlines() if clean(line)))


def _row(session: Session, model: Any, public_id: str) -> Any:
    found = session.scalar(select(model).where(model.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _refuse_twin(
    session: Session, model: Any, column: Any, name: str, error: type[Invalid], *, other_than: int = 0
) -> None:
    for row_id, taken in session.execute(select(model.id, column)):
        if row_id != other_than and taken.casefold() == name.casefold():
            raise error(name=name, field=column.key)


def _changes(row: Any, values: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    changes: dict[str, tuple[str | None, str | None]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = (before or None, value or None)
            setattr(row, name, value)
    return changes


def _free_key(session: Session, label: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-")[:30] or "field"
    taken = set(session.scalars(select(CustomField.key)))
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)
