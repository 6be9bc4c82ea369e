"""Fiscal years: adding one, locking and unlocking."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Stale
from infosoc.kernel.permission import Permission
from infosoc.ledger import rules
from infosoc.ledger.commands import years as commands
from infosoc.ledger.forms import LockForm, UnlockForm, YearForm
from infosoc.ledger.queries import years as queries
from infosoc.ledger.views.blueprints import fiscal_years as blueprint
from infosoc.web.access import allow
from infosoc.web.forms import BaseForm
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    known = queries.years(db.session())
    counts = queries.vouchers_by_year(db.session())
    return render_template("ledger/years.html", years=known, counts=counts, may_set_up=may(Permission.LEDGER_SET_UP))


@blueprint.get("/new")
@allow(Permission.LEDGER_SET_UP)
def new() -> ResponseReturnValue:
    """The form, filled with the twelve months that come next."""
    known = queries.years(db.session())
    today = clock.today()
    first = today.replace(month=1, day=1)
    days = rules.next_year(known[0].ends_on) if known else (first, first.replace(month=12, day=31))
    return _new_page(YearForm(formdata=None, data={"starts_on": days[0], "ends_on": days[1]}))


@blueprint.post("")
@allow(Permission.LEDGER_SET_UP)
def create() -> ResponseReturnValue:
    form = YearForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = commands.add_year(session, *form.days(), by=current_user.id, now=clock.now())
                address = url_for("fiscal_years.show", public_id=made.public_id)
        except DomainError as error:
            form.refuse(error)
        else:
            tell(gettext("The fiscal year has been added."))
            return go(address)
    return _new_page(form, 422)


def _new_page(form: YearForm, status: int = 200) -> ResponseReturnValue:
    return render_template("ledger/year_new.html", form=form), status


@blueprint.get("/<public_id>")
@allow(Permission.LEDGER_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id)


@blueprint.post("/<public_id>/lock")
@allow(Permission.LEDGER_SET_UP)
def lock(public_id: str) -> ResponseReturnValue:
    form = LockForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                year = commands.lock(
                    session, public_id, form.through.data, version=form.version.data, by=current_user.id
                )
                said = gettext("Locked through %(day)s.", day=year.locked_through)
        except DomainError as error:
            return _refused(public_id, form, error, lock_form=form)
        return _done(public_id, said)
    return _page(public_id, lock_form=form, status=422)


@blueprint.post("/<public_id>/unlock")
@allow(Permission.LEDGER_SET_UP)
def unlock(public_id: str) -> ResponseReturnValue:
    form = UnlockForm()
    if form.validate_on_submit():
        through, reason, version = form.through.data, form.reason.data or "", form.version.data
        try:
            with transaction() as session:
                commands.unlock(session, public_id, through, reason, version=version, by=current_user.id)
        except DomainError as error:
            return _refused(public_id, form, error, unlock_form=form)
        return _done(public_id, gettext("The period has been unlocked."))
    return _page(public_id, unlock_form=form, status=422)


def _refused(public_id: str, form: BaseForm, error: DomainError, **shown: BaseForm) -> ResponseReturnValue:
    form.refuse(error)
    return _page(public_id, status=409 if isinstance(error, Stale) else 422, **shown)


def _done(public_id: str, said: str) -> ResponseReturnValue:
    tell(said)
    return go(url_for("fiscal_years.show", public_id=public_id))


def _page(
    public_id: str, *, lock_form: BaseForm | None = None, unlock_form: BaseForm | None = None, status: int = 200
) -> ResponseReturnValue:
    page = queries.year_page(db.session(), public_id)
    version = {"version": page.year.version}
    for form in filter(None, (lock_form, unlock_form)):
        form.version.data = page.year.version  # what is shown now is what a second try is made on
    return render_template(
        "ledger/year.html", page=page, year=page.year, lock_form=lock_form or LockForm(formdata=None, data=version),
        unlock_form=unlock_form or UnlockForm(formdata=None, data=version), is_unlocking=unlock_form is not None,
        may_set_up=may(Permission.LEDGER_SET_UP),
    ), status  # fmt: skip
