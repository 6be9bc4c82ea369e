"""Recurring revenue: the figures by month, and the customers behind each."""

from __future__ import annotations

from datetime import date

from flask import render_template
from flask.typing import ResponseReturnValue

from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.queries import figures as queries
from infosoc.subscriptions.rules.figures import MOVE_LABELS, Change, Move
from infosoc.subscriptions.rules.periods import add_months
from infosoc.subscriptions.views.blueprints import revenue as blueprint
from infosoc.web.access import allow

MONTHS_BACK = 24
EVERY = "all"


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def show() -> ResponseReturnValue:
    """Two years of months up to this one."""
    first = add_months(clock.today().replace(day=1), 1 - MONTHS_BACK)
    found = queries.recurring(db.session(), first, MONTHS_BACK)
    return render_template("subscriptions/figures.html", found=found, moves=MOVE_LABELS)


@blueprint.get("/<int:year>-<int:month>/<any(all, new, expansion, contraction, churn):which>")
@allow(Permission.SUBSCRIPTIONS_READ)
def behind(year: int, month: int, which: str) -> ResponseReturnValue:
    """The customers behind one figure; they sum to it."""
    if not (1 <= month <= 12 and 1990 <= year <= 2199):
        raise NotFound
    found = queries.recurring(db.session(), date(year, month, 1), 1).months[0]
    changes = _in_force(found.changes) if which == EVERY else found.behind(Move(which))
    rows = queries.companies(db.session(), changes)
    label = MOVE_LABELS[Move(which)] if which != EVERY else None
    return render_template("subscriptions/behind.html", month=found, rows=rows, which=which, label=label)


def _in_force(changes: tuple[Change, ...]) -> list[Change]:
    return sorted((one for one in changes if one.after_ore), key=lambda one: (-one.after_ore, one.customer))
