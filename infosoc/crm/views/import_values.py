"""What the pages of one import show: its figures, a page of its rows, how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext

from infosoc.crm import import_rules as rules
from infosoc.crm.import_rules import State
from infosoc.crm.imports.planning import Result
from infosoc.crm.imports.reasons import Reason
from infosoc.crm.models.imports import ImportBatch
from infosoc.crm.queries import imports as queries
from infosoc.crm.queries.imports import RowView
from infosoc.crm.views import history
from infosoc.db.session import db
from infosoc.jobs.queries import has_worker
from infosoc.jobs.rules import minutes_left
from infosoc.kernel import clock
from infosoc.kernel.words import N_
from infosoc.web.filters import translate
from infosoc.web.forms import page_number

LABELS = {"contact": N_("New contact person"), "entry": N_("Last contact"), "notes": N_("Notes")}


def values_of(batch: ImportBatch) -> dict[str, Any]:
    """Everything the templates of an import need."""
    now, shown, is_moving = clock.now(), request.args.get("show", ""), batch.state in rules.MOVING
    counts = {**rules.empty_counts(), **batch.counts}
    job = queries.job_of(db.session(), batch) if is_moving else None
    return {
        "in_words": in_words, "changes_of": changes_of,
        "batch": batch, "counts": counts, "shown": shown, "job": job, "is_moving": is_moving,
        "rows": queries.rows(db.session(), batch, shown, page_number()),
        "results": {result.value: label for result, label in rules.RESULT_LABELS.items()},
        "total": sum(counts[result.value] for result in Result), "labels": rules.STATE_LABELS, "marks": rules.MARKS,
        "left": minutes_left(job.started_at, job.done, job.total, now=now) if job else None,
        "has_worker": not is_moving or has_worker(db.session(), now=now), "may_revert": _may_revert(batch, now),
        "kept": counts.get("kept", 0) if batch.state == State.REVERTED else 0,
    }  # fmt: skip


def in_words(reason: Reason) -> str:
    """What a remark says: which field it is about, and values as people call them."""
    kept = reason.code == "fact_differs"  # then the detail is what the register has, not what the file says
    detail = (history.value_of(reason.field, reason.detail) or "") if kept else reason.detail
    text = gettext(reason.message, detail=detail)
    return f"{gettext(reason.label)}: {text}" if reason.label else text


def changes_of(row: RowView) -> list[dict[str, str | None]]:
    """What a row would change, field by field, from and to."""
    return [_change(*change) for change in row.changes]


def _change(field: str, before: str | None, after: str | None, person: str | None) -> dict[str, str | None]:
    label = translate(LABELS.get(field) or history.LABELS.get(field, field))
    return {
        "field": f"{person}: {label}" if person else label,
        "before": history.value_of(field, before), "after": history.value_of(field, after),
    }  # fmt: skip


def _may_revert(batch: ImportBatch, now: datetime) -> bool:
    is_young = batch.committed_at is not None and now - batch.committed_at <= rules.KEEP_IMAGES
    return batch.state in rules.REVERTIBLE and is_young
