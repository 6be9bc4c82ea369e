"""One account: its months, its lines with the balance after each, and the way from a sum to its vouchers."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.ledger.models import FiscalYear
from infosoc.ledger.queries import accounts as queries
from infosoc.ledger.queries import years
from infosoc.ledger.rules import KIND_LABELS, AccountKind
from infosoc.ledger.views.blueprints import accounts as blueprint
from infosoc.web.access import allow
from infosoc.web.forms import page_number


@blueprint.get("/<public_id>")
@allow(Permission.LEDGER_READ)
def show(public_id: str) -> ResponseReturnValue:
    known = years.years(db.session())
    page = queries.account_page(db.session(), public_id, chosen_year(known), _month(), page_number())
    return render_template(
        "ledger/account.html", page=page, years=known, kind=KIND_LABELS[AccountKind(page.account.kind)],
        may_set_up=may(Permission.LEDGER_SET_UP),
    )  # fmt: skip


def chosen_year(known: list[FiscalYear]) -> FiscalYear | None:
    """The year that the address names, else the one that today is in."""
    asked = request.args.get("year", "")
    return next((one for one in known if one.public_id == asked), None) or years.year_of(known, clock.today())


def _month() -> date | None:
    """The month that the address names, `2026-03`, as its first day."""
    text = request.args.get("month", "")
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None
