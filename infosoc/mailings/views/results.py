"""What became of a mailing, person by person."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.db.session import db
from infosoc.kernel.permission import Permission
from infosoc.mailings import rules
from infosoc.mailings.queries import results as queries
from infosoc.mailings.queries.mailings import card
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import frame_of
from infosoc.web.access import allow
from infosoc.web.forms import page_number


@blueprint.get("/<public_id>/results")
@allow(Permission.MAILINGS_READ)
def results(public_id: str) -> ResponseReturnValue:
    """Every recipient, and every person skipped with the reason."""
    found = card(db.session(), public_id)
    page = queries.page(
        db.session(), found.mailing, request.args.get("show", ""), request.args.get("why", ""), page_number()
    )
    return render_template(
        "mailings/results.html", page=page, reasons=rules.REASON_LABELS, states=rules.RECIPIENT_STATE_LABELS,
        sees_protected=may(Permission.PROTECTED_READ), **frame_of(found, "results"),
    )  # fmt: skip
