"""What the audit log may say of billing runs: the month, and the address."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.invoicing.models import BillingRun


def register() -> None:
    """Answer for this part of the log."""
    name_subjects("billing_run", _runs, lambda public_id: url_for("billing_runs.show", public_id=public_id))


def _runs(ids: set[int]) -> Select[Any]:
    query: Any = select(BillingRun.id, cast(BillingRun.through_on, String), BillingRun.public_id)
    return query.where(BillingRun.id.in_(ids))
