"""The settings of reminders: the steps, and the reference rates."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Stale
from infosoc.kernel.permission import Permission
from infosoc.rates.book import RateName
from infosoc.reminders.commands import policy as commands
from infosoc.reminders.forms.policy import PolicyForm, RateForm
from infosoc.reminders.queries import rules_of as queries
from infosoc.reminders.views.blueprints import settings as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.INVOICES_SET_UP)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(Permission.INVOICES_SET_UP)
def save() -> ResponseReturnValue:
    form = PolicyForm()
    if not form.validate_on_submit():
        return _page(form, status=422)
    try:
        with transaction() as session:
            commands.save(session, form.policy(), version=form.version.data, by=current_user.id)
    except DomainError as error:
        form.refuse(error)
        return _page(form, status=409 if isinstance(error, Stale) else 422)
    return _done()


@blueprint.post("/rates")
@allow(Permission.INVOICES_SET_UP)
def enter_rate() -> ResponseReturnValue:
    form = RateForm()
    form.offer(clock.today())
    if not form.validate_on_submit():
        return _page(rate_form=form, status=422)
    try:
        with transaction() as session:
            commands.enter_rate(
                session, form.starts_on(), form.percent.data, form.source.data, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        return _page(rate_form=form, status=422)
    return _done()


def _done() -> ResponseReturnValue:
    tell(gettext("Saved."))
    return go(url_for("reminder_settings.show"))


def _page(
    form: PolicyForm | None = None, rate_form: RateForm | None = None, *, status: int = 200
) -> ResponseReturnValue:
    session = db.session()
    row = queries.policy_row(session)
    policy = queries.as_policy(row) if row else queries.USUAL
    if form is not None and row is not None:
        form.version.data = row.version  # what is shown now is what a second try is made on
    book = queries.with_entered(queries.shipped_book(), queries.entered_rates(session))
    rate = book.rates[RateName.REFERENCE_RATE]
    known = [one for one in reversed(rate.values) if one.valid_from <= rate.reviewed_through]
    asked = rate_form or RateForm(formdata=None)
    if rate_form is None:
        asked.offer(clock.today())
        asked.propose([one.valid_from for one in known])
    return render_template(
        "reminders/settings.html", form=form or PolicyForm.showing(policy, row.version if row else None),
        rate_form=asked, known=known,
    ), status  # fmt: skip
