"""The chart of accounts: finding, adding, renaming and closing accounts."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Stale
from infosoc.kernel.permission import Permission
from infosoc.kernel.text import fold
from infosoc.kernel.words import N_
from infosoc.ledger.commands import chart as commands
from infosoc.ledger.forms import AccountForm, NewAccountForm
from infosoc.ledger.queries import accounts as queries
from infosoc.ledger.queries import years
from infosoc.ledger.queries.accounts import ChartRow
from infosoc.ledger.views.accounts import chosen_year
from infosoc.ledger.views.blueprints import accounts as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

# Parts of the chart by the first digit of the number.
CLASSES = {
    "1": N_("Assets"), "2": N_("Equity and liabilities"), "3": N_("Revenue"), "4": N_("Purchases"),
    "56": N_("Other costs"), "7": N_("Staff"), "8": N_("Finance and result"),
}  # fmt: skip


@blueprint.get("")
@allow(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    known = years.years(db.session())
    year = chosen_year(known)
    everything = queries.chart(db.session(), year)
    part, words = request.args.get("part", ""), request.args.get("q", "")[:60]
    shown = [row for row in everything if _fits(row, part, words)]
    return render_template(
        "ledger/chart.html", rows=shown, total=len(everything), part=part, words=words, classes=CLASSES, years=known,
        year=year, may_set_up=may(Permission.LEDGER_SET_UP),
    )  # fmt: skip


def _fits(row: ChartRow, part: str, words: str) -> bool:
    """Whether an account is shown: found by words in all of the chart, else by its part; else those in use."""
    account = row.account
    if words.strip():
        name = fold(f"{account.number} {account.name_sv} {account.name_en}")
        return all(word in name for word in fold(words).split())
    if part == "closed":
        return account.closed_at is not None
    return str(account.number)[0] in part if part in CLASSES else row.is_moved


@blueprint.get("/new")
@allow(Permission.LEDGER_SET_UP)
def new() -> ResponseReturnValue:
    return render_template("ledger/account_edit.html", form=NewAccountForm(formdata=None), account=None, is_used=False)


@blueprint.post("")
@allow(Permission.LEDGER_SET_UP)
def create() -> ResponseReturnValue:
    form = NewAccountForm()
    if form.validate_on_submit():
        try:
            number, kind = form.account()
            with transaction() as session:
                made = commands.add_account(session, number, kind, form.facts(), by=current_user.id, now=clock.now())
                address = url_for("accounts_chart.show", public_id=made.public_id)
        except DomainError as error:
            form.refuse(error)
        else:
            tell(gettext("Account %(number)s has been added.", number=number))
            return go(address)
    return render_template("ledger/account_edit.html", form=form, account=None, is_used=False), 422


@blueprint.get("/<public_id>/edit")
@allow(Permission.LEDGER_SET_UP)
def edit(public_id: str) -> ResponseReturnValue:
    account = commands.account_at(db.session(), public_id)
    return _edit_page(public_id, AccountForm(formdata=None, obj=account))


@blueprint.post("/<public_id>")
@allow(Permission.LEDGER_SET_UP)
def change(public_id: str) -> ResponseReturnValue:
    form, status = AccountForm(), 422
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.change_account(session, public_id, form.facts(), version=form.version.data, by=current_user.id)
        except DomainError as error:
            form.refuse(error)
            status = 409 if isinstance(error, Stale) else 422
            form.version.data = commands.account_at(db.session(), public_id).version  # for a second try
        else:
            tell(gettext("The account has been changed."))
            return go(url_for("accounts_chart.show", public_id=public_id))
    return _edit_page(public_id, form, status)


def _edit_page(public_id: str, form: AccountForm, status: int = 200) -> ResponseReturnValue:
    account = commands.account_at(db.session(), public_id)
    is_used = commands.is_used(db.session(), account.number)
    return render_template("ledger/account_edit.html", form=form, account=account, is_used=is_used), status


@blueprint.post("/<public_id>/close")
@allow(Permission.LEDGER_SET_UP)
def close(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.close_account(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("The account is closed: nothing new can be posted to it."))
    return go(url_for("accounts_chart.show", public_id=public_id))


@blueprint.post("/<public_id>/reopen")
@allow(Permission.LEDGER_SET_UP)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.reopen_account(session, public_id, by=current_user.id)
    tell(gettext("The account is open again."))
    return go(url_for("accounts_chart.show", public_id=public_id))


@blueprint.post("/<public_id>/remove")
@allow(Permission.LEDGER_SET_UP)
def remove(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        number = commands.remove_account(session, public_id, by=current_user.id)
    tell(gettext("Account %(number)s has been removed.", number=number))
    return go(url_for("accounts_chart.index"))
