"""The calendar of renewals and notice."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from flask import render_template, request
from flask.typing import ResponseReturnValue

from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.queries import calendar as queries
from infosoc.subscriptions.rules.periods import add_months, month_of
from infosoc.subscriptions.views.blueprints import renewals as blueprint
from infosoc.web.access import allow

MONTHS_AHEAD = 12
LAST_MONTH = 1200  # no agreement is bound for longer than a century
MOST = 200  # on a page, which always ends with a month


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def show() -> ResponseReturnValue:
    """What happens by itself in a year from today or a later month, month by month; the rest of much is a page away."""
    today = clock.today()
    first = min(max(_asked() or today, today), add_months(today, LAST_MONTH))
    found = queries.events(db.session(), first, add_months(first, MONTHS_AHEAD))
    months: list[tuple[date, list[queries.Event]]] = []
    later, shown = None, 0
    for month, events in groupby(found, key=lambda one: month_of(one.on)):
        if shown >= MOST:
            later = month
            break
        months.append((month, list(events)))
        shown += len(months[-1][1])
    return render_template(
        "subscriptions/renewals.html", months=months, kinds=queries.KIND_LABELS, later=later, first=first, today=today
    )


def _asked() -> date | None:
    """The month that the address begins with; one that is none is no month."""
    try:
        return date.fromisoformat(f"{request.args.get('from', '')}-01")
    except ValueError:
        return None
