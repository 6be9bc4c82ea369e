"""Whether the installation works, for monitoring: names what was checked, and nothing more."""

from __future__ import annotations

import logging

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from infosoc.db.revision import is_at_head
from infosoc.db.session import db
from infosoc.jobs.queries import has_worker
from infosoc.kernel import clock
from infosoc.web.access import public

log = logging.getLogger(__name__)
blueprint = Blueprint("health", __name__)

OK, FAILING, PENDING, UNKNOWN, ALONE = "ok", "failing", "pending", "unknown", "no worker"


@blueprint.get("/healthz")
@public
def show() -> ResponseReturnValue:
    """503 when pages cannot be trusted. A missing worker delays mail and jobs but no page: it is named, and is 200."""
    checks = _checks()
    works = checks["database"] == checks["migrations"] == OK
    status = (OK if checks["jobs"] == OK else "degraded") if works else FAILING
    answer = jsonify({"status": status, "checks": checks})
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if works else 503


def _checks() -> dict[str, str]:
    checks = {"database": FAILING, "migrations": UNKNOWN, "jobs": UNKNOWN}
    session = db.session()
    try:
        checks["migrations"] = OK if is_at_head(session) else PENDING
        checks["database"] = OK
        if checks["migrations"] == OK:
            checks["jobs"] = OK if has_worker(session, now=clock.now()) else ALONE
    except SQLAlchemyError:
        log.exception("the health check could not read the database")
        session.rollback()
    return checks
