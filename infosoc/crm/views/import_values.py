"""What the pages of one import show: its figures, a page of its rows, how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from infosoc.crm import import_rules as rules
from infosoc.crm.import_rules import State
from infosoc.crm.imports.planning import Result
from infosoc.crm.models.imports import ImportBatch
from infosoc.crm.queries import imports as queries
from infosoc.db.session import db
from infosoc.jobs.queries import has_worker
from infosoc.jobs.rules import minutes_left
from infosoc.kernel import clock
from infosoc.web.forms import page_number


def values_of(batch: ImportBatch) -> dict[str, Any]:
    """Everything the templates of an import need."""
    now, shown, is_moving = clock.now(), request.args.get("show", ""), batch.state in rules.MOVING
    counts = {**rules.empty_counts(), **batch.counts}
    job = queries.job_of(db.session(), batch) if is_moving else None
    return {
        "batch": batch, "counts": counts, "shown": shown, "job": job, "is_moving": is_moving,
        "rows": queries.rows(db.session(), batch, shown, page_number()),
        "results": {result.value: label for result, label in rules.RESULT_LABELS.items()},
        "total": sum(counts[result.value] for result in Result), "labels": rules.STATE_LABELS, "marks": rules.MARKS,
        "left": minutes_left(job.started_at, job.done, job.total, now=now) if job else None,
        "has_worker": not is_moving or has_worker(db.session(), now=now), "may_revert": _may_revert(batch, now),
        "kept": counts.get("kept", 0) if batch.state == State.REVERTED else 0,
    }  # fmt: skip


def _may_revert(batch: ImportBatch, now: datetime) -> bool:
    is_young = batch.committed_at is not None and now - batch.committed_at <= rules.KEEP_IMAGES
    return batch.state in rules.REVERTIBLE and is_young
