"""The opening balances of a year: by hand, or brought forward from the year before."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.ledger import forms
from infosoc.ledger.commands import years as commands
from infosoc.ledger.forms import OpeningForm, Row
from infosoc.ledger.queries import accounts
from infosoc.ledger.queries import years as queries
from infosoc.ledger.views.blueprints import fiscal_years as blueprint
from infosoc.ledger.views.words import account_name
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/opening")
@allow(Permission.LEDGER_SET_UP)
def opening(public_id: str) -> ResponseReturnValue:
    page = queries.year_page(db.session(), public_id)
    rows = [
        forms.row_of(f"{account.number} {account_name(account)}", balance.amount_ore)
        for balance, account in page.opening
    ]
    return _page(public_id, OpeningForm(formdata=None), forms.padded(rows, 2))


@blueprint.post("/<public_id>/opening")
@allow(Permission.LEDGER_SET_UP)
def set_opening(public_id: str) -> ResponseReturnValue:
    form, rows = OpeningForm(), forms.read_rows(request.form)
    if "more" in request.form:
        return _page(public_id, form, forms.padded(rows, forms.MORE_ROWS))
    known = accounts.accounts_named(db.session(), {row.number for row in rows if row.number is not None})
    lines = forms.lines_of(rows, known)
    if form.validate_on_submit() and lines is not None:
        amounts: dict[int, int] = {}
        for one in lines:
            amounts[one.account] = amounts.get(one.account, 0) + one.amount_ore
        try:
            with transaction() as session:
                commands.set_opening_balances(session, public_id, amounts, by=current_user.id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _done(public_id, gettext("The opening balances have been saved."))
    return _page(public_id, form, forms.padded(rows), 422)


@blueprint.post("/<public_id>/bring-forward")
@allow(Permission.LEDGER_SET_UP)
def bring_forward(public_id: str) -> ResponseReturnValue:
    """Begin with what the year before ended with."""
    with transaction() as session:
        commands.bring_forward(session, public_id, by=current_user.id)
    return _done(public_id, gettext("The balances have been brought forward."))


def _done(public_id: str, said: str) -> ResponseReturnValue:
    tell(said)
    return go(url_for("fiscal_years.show", public_id=public_id))


def _page(public_id: str, form: OpeningForm, rows: list[Row], status: int = 200) -> ResponseReturnValue:
    year = commands.year_at(db.session(), public_id)
    debit, credit = forms.totals(rows)
    return render_template(
        "ledger/opening.html", form=form, rows=rows, year=year, vat_codes=(), debit_ore=debit, credit_ore=credit,
        has_wrong_lines=any(row.errors for row in rows),
    ), status  # fmt: skip
