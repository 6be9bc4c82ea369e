"""The list of agreements as a file: a row for each line, by the list's filter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flask import send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.accounts.request import may
from infosoc.crm.commands import exports
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound
from infosoc.kernel.money import print_input, print_thousandths
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries.agreements import LineView
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.rules.words import INTERVAL_LABELS, STATE_LABELS, Interval, State
from infosoc.subscriptions.views import agreements
from infosoc.subscriptions.views.blueprints import agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name, translate

COLUMNS = (
    N_("Company"), N_("Agreement no."), N_("Status"), N_("Product"), N_("Quantity"), N_("Price per billing period"),
    N_("Billing period"), N_("Begins"), N_("Last day"), N_("Reference"), N_("Order number"),
)  # fmt: skip


@blueprint.post("/export")
@allow(Permission.CRM_EXPORT)
def export() -> ResponseReturnValue:
    """The list by its filter; logged like every export."""
    if not may(Permission.SUBSCRIPTIONS_READ):
        raise NotFound
    wanted, now = agreements.asked(), clock.now()
    lines = list(_lines(db.session(), wanted, on=clock.local(now).date()))
    file = tables.write("csv", [gettext(name) for name in COLUMNS], lines)
    query = "&".join(f"{name}={value}" for name, value in wanted.items() if value)
    with transaction() as session:
        exports.note(session, "agreements", query, list(COLUMNS), len(lines), "csv", by=current_user.id, now=now)
    name = f"agreements-{clock.local(now):%Y-%m-%d}.csv"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES["csv"])


def _lines(session: Session, wanted: dict[str, str], *, on: date) -> Iterator[list[str]]:
    for agreement, lines in queries.every(session, **wanted, on=on):
        for one in lines:
            yield _file_row(agreement, one, on)


def _file_row(agreement: Agreement, one: LineView, on: date) -> list[str]:
    line = one.line
    begins, ended = max(agreement.starts_on, line.starts_on), line.ends_on or agreement.ends_on
    return [
        agreement.company.name, str(agreement.number), translate(STATE_LABELS[State(agreement.state)]),
        one.product.name(locale_name()), print_thousandths(line.quantity_thousandths),
        print_input(one.period_ore) if one.period_ore is not None else "",
        translate(INTERVAL_LABELS[Interval(course_of(agreement).on(on).billing_months)]), begins.isoformat(),
        (ended - timedelta(days=1)).isoformat() if ended else "", agreement.reference or "",
        agreement.order_number or "",
    ]  # fmt: skip
