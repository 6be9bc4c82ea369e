"""What the register's settings show: lines, tags and fields with how much each is used."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import CustomField, LineOfBusiness, Tag
from infosoc.crm.models.lists import RegisterCount
from infosoc.kernel.text import sort_key


def lines(session: Session) -> list[tuple[LineOfBusiness, int]]:
    """Every line of business in its order, with how many companies have it."""
    rows = session.execute(
        select(LineOfBusiness, RegisterCount.rows)
        .outerjoin(RegisterCount, _counts(LineOfBusiness.id, "line"))
        .order_by(LineOfBusiness.position, LineOfBusiness.id)
    )
    return [(line, used or 0) for line, used in rows]


def tags(session: Session) -> list[tuple[Tag, int]]:
    """Every tag by name, with how many companies carry it."""
    rows = session.execute(select(Tag, RegisterCount.rows).outerjoin(RegisterCount, _counts(Tag.id, "tag")))
    return sorted(((tag, used or 0) for tag, used in rows), key=lambda row: sort_key(row[0].name))


def fields(session: Session) -> list[CustomField]:
    """Every field of the tenant's own, in its order, retired ones too."""
    return list(session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)))


def one(session: Session, model: Any, public_id: str) -> Any:
    """A line, tag or field by public id."""
    return session.scalar(select(model).where(model.public_id == public_id))


def _counts(column: Any, kind: str) -> ColumnElement[bool]:
    """The count that the database keeps for this row."""
    return (RegisterCount.kind == kind) & (RegisterCount.status == cast(column, String))
