"""What the register's settings show: lines, tags and fields with how much each is used."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import CompanyRelation, CompanyTag, CustomField, LineOfBusiness, Tag
from infosoc.kernel.text import sort_key


def lines(session: Session) -> list[tuple[LineOfBusiness, int]]:
    """Every line of business in its order, with how many companies have it."""
    used = dict(_pairs(session, select(CompanyRelation.line_id, func.count()).group_by(CompanyRelation.line_id)))
    rows = session.scalars(select(LineOfBusiness).order_by(LineOfBusiness.position, LineOfBusiness.id))
    return [(line, used.get(line.id, 0)) for line in rows]


def tags(session: Session) -> list[tuple[Tag, int]]:
    """Every tag by name, with how many companies carry it."""
    used = dict(_pairs(session, select(CompanyTag.tag_id, func.count()).group_by(CompanyTag.tag_id)))
    rows = sorted(session.scalars(select(Tag)), key=lambda tag: sort_key(tag.name))
    return [(tag, used.get(tag.id, 0)) for tag in rows]


def fields(session: Session) -> list[CustomField]:
    """Every field of the tenant's own, in its order, retired ones too."""
    return list(session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)))


def one(session: Session, model: Any, public_id: str) -> Any:
    """A line, tag or field by public id."""
    return session.scalar(select(model).where(model.public_id == public_id))


def _pairs(session: Session, query: Any) -> list[tuple[Any, int]]:
    return [(row[0], row[1]) for row in session.execute(query)]
