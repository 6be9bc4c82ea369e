"""Very many agreements, copied from a few that were signed as people sign them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.db import bulk
from infosoc.kernel.public_id import new_public_ids
from infosoc.subscriptions.models import Agreement, AgreementDeed, AgreementLine

AT_A_TIME = 5_000


def copy_agreements(session: Session, count: int, company_ids: Sequence[int] = ()) -> None:
    """Add so many copies of the agreements that there are, with numbers, lines and deeds of their own, in turn.

    With `company_ids` each is a company's own.
    """
    patterns = list(session.scalars(select(Agreement).order_by(Agreement.number)))
    parts: dict[Any, dict[int, list[Any]]] = {AgreementLine: {}, AgreementDeed: {}}
    for model, by_agreement in parts.items():
        for one in session.scalars(select(model).order_by(model.id)):
            by_agreement.setdefault(one.agreement_id, []).append(one)
    number = session.scalar(select(func.max(Agreement.number))) or 0
    for first in range(0, count, AT_A_TIME):
        ids = bulk.new_ids(session, Agreement, min(AT_A_TIME, count - first))
        chosen = [(at, patterns[(first + place) % len(patterns)]) for place, at in enumerate(ids)]
        numbers = range(number + first + 1, number + first + 1 + len(ids))
        heads = [({"id": at, "number": no}, one) for (at, one), no in zip(chosen, numbers, strict=True)]
        for (values, _), company_id in zip(heads, company_ids[first : first + len(heads)], strict=False):
            values["company_id"] = company_id
        _add(session, Agreement, heads)
        for model, by_agreement in parts.items():
            _add(session, model, [({"agreement_id": at}, part) for at, one in chosen for part in by_agreement[one.id]])


def _add(session: Session, model: Any, copies: list[tuple[dict[str, Any], Any]]) -> None:
    names = [column.name for column in model.__table__.c if column.name not in ("tenant_id", "id")]
    if "id" in copies[0][0]:
        names.append("id")
    public_ids = iter(new_public_ids(len(copies)))
    rows = []
    for values, one in copies:
        own = values | ({"public_id": next(public_ids)} if "public_id" in names else {})
        rows.append(tuple(own[name] if name in own else getattr(one, name) for name in names))
    bulk.add(session, model, names, rows)
