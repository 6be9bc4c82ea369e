"""The page of long work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from infosoc.db.session import db, transaction
from infosoc.jobs import commands, health, queries, rules
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import fragment, fragment_or_redirect, is_htmx
from infosoc.web.navigation import Entry

blueprint = Blueprint("jobs", __name__, url_prefix="/<tenant>/jobs")


def register(app: Flask) -> None:
    """Hang the pages, and their place in the menu, on the application."""
    app.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    entry = Entry(N_("Jobs"), "jobs.index", Permission.JOBS_READ, "job")
    app.extensions["navigation"].add(N_("Settings"), 90, entry)


@blueprint.get("")
@allow(Permission.JOBS_READ)
def index() -> ResponseReturnValue:
    return render_template("jobs/jobs.html", **_values())


@blueprint.get("/rows")
@allow(Permission.JOBS_READ)
def rows() -> ResponseReturnValue:
    """The list alone, which asks for itself again while something moves; a whole page when opened by hand."""
    if not is_htmx():
        return render_template("jobs/jobs.html", **_values())
    return fragment("jobs/_job_rows.html", **_values())


@blueprint.post("/<public_id>/again")
@allow(Permission.JOBS_READ)
def again(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.try_again(session, public_id, now=clock.now())
    return fragment_or_redirect("jobs/_job_rows.html", page=url_for("jobs.index"), **_values())


def _values() -> dict[str, Any]:
    now = clock.now()
    listing = queries.job_page(db.session(), page_number())
    left = {job.id: rules.minutes_left(job.started_at, job.done, job.total, now=now) for job in listing.jobs}
    has_worker = queries.has_worker(db.session(), now=now)
    return {"listing": listing, "left": left, "labels": rules.STATE_LABELS, "has_worker": has_worker}
