"""The calendar of renewals and notice."""

from __future__ import annotations

from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue

from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.queries import calendar as queries
from infosoc.subscriptions.rules.periods import add_months, month_of
from infosoc.subscriptions.views.blueprints import renewals as blueprint
from infosoc.web.access import allow

MONTHS_AHEAD = 12


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def show() -> ResponseReturnValue:
    """What happens by itself in the coming year, month by month."""
    today = clock.today()
    found = queries.events(db.session(), today, add_months(today, MONTHS_AHEAD))
    months = [(month, list(events)) for month, events in groupby(found, key=lambda one: month_of(one.on))]
    return render_template("subscriptions/renewals.html", months=months, kinds=queries.KIND_LABELS)
