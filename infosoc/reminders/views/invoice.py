"""What has been done about one late invoice: its history, stops, costs and losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.reminders.commands import costs, losses, stops
from infosoc.reminders.forms.late import CostsForm, LetGoForm, LossForm, StopForm
from infosoc.reminders.queries import runs
from infosoc.reminders.views.blueprints import invoice_reminders as blueprint
from infosoc.reminders.views.words import shared
from infosoc.web.access import allow
from infosoc.web.forms import BaseForm
from infosoc.web.htmx import fragment, go, is_htmx, tell

Deed = Callable[[Session], Any]


@blueprint.get("/<public_id>/reminders")
@allow(Permission.INVOICES_READ)
def history(public_id: str) -> ResponseReturnValue:
    """The panel of the invoice's page; a whole page with all that can be done when opened by hand."""
    if not is_htmx():
        return _page(public_id)
    return fragment("reminders/_history.html", past=runs.history(db.session(), public_id), **shared())


@blueprint.post("/<public_id>/reminders/stop")
@allow(Permission.REMINDERS_WRITE)
def stop(public_id: str) -> ResponseReturnValue:
    form = StopForm()
    return _do(
        public_id, form, "stop_form", gettext("Reminders for this invoice are stopped."),
        lambda s: stops.stop(s, public_id, form.reason.data, by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/resume")
@allow(Permission.REMINDERS_WRITE)
def resume(public_id: str) -> ResponseReturnValue:
    return _do(
        public_id, BaseForm(), "stop_form", gettext("Reminders for this invoice are on again."),
        lambda s: stops.resume(s, public_id, by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/costs")
@allow(Permission.REMINDERS_WRITE)
def receive(public_id: str) -> ResponseReturnValue:
    form = CostsForm()
    return _do(
        public_id, form, "costs_form", gettext("The payment has been registered."),
        lambda s: costs.receive(s, public_id, form.amount.data, on=form.paid_on.data, account=form.account.data,
                                by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/let-go")
@allow(Permission.REMINDERS_WRITE)
def let_go(public_id: str) -> ResponseReturnValue:
    form = LetGoForm()
    return _do(
        public_id, form, "let_go_form", gettext("The costs have been waived."),
        lambda s: costs.let_go(s, public_id, on=form.let_go_on.data, by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/expected-loss")
@allow(Permission.REMINDERS_WRITE)
def expect(public_id: str) -> ResponseReturnValue:
    form = LossForm()
    return _do(
        public_id, form, "loss_form", gettext("The expected loss has been posted."),
        lambda s: losses.expect(s, public_id, form.reason.data, on=form.on.data, by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/no-loss")
@allow(Permission.REMINDERS_WRITE)
def no_longer_expect(public_id: str) -> ResponseReturnValue:
    return _do(
        public_id, BaseForm(), "loss_form", gettext("The loss is no longer expected."),
        lambda s: losses.no_longer_expect(s, public_id, on=clock.today(), by=current_user.id, now=clock.now()),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/write-off")
@allow(Permission.REMINDERS_WRITE)
def write_off(public_id: str) -> ResponseReturnValue:
    form = LossForm()
    return _do(
        public_id, form, "loss_form", gettext("The invoice has been written off."),
        lambda s: losses.write_off(
            s, public_id, form.reason.data, on=form.on.data, by=current_user.id, now=clock.now()
        ),
    )  # fmt: skip


@blueprint.post("/<public_id>/reminders/take-write-off-back")
@allow(Permission.REMINDERS_WRITE)
def take_write_off_back(public_id: str) -> ResponseReturnValue:
    return _do(
        public_id, BaseForm(), "loss_form", gettext("The write-off has been undone: the claim is open again."),
        lambda s: losses.take_back(s, public_id, on=clock.today(), by=current_user.id, now=clock.now()),
    )  # fmt: skip


def _do(public_id: str, form: BaseForm, name: str, done: str, deed: Deed) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return _page(public_id, 422, **{name: form})
    try:
        with transaction() as session:
            deed(session)
    except DomainError as error:
        runs.history(db.session(), public_id)  # what is not here is told as that
        form.refuse(error)
        return _page(public_id, 422, **{name: form})
    tell(done)
    return go(url_for("invoice_reminders.history", public_id=public_id))


def _page(public_id: str, status: int = 200, **given: BaseForm) -> ResponseReturnValue:
    past, today = runs.history(db.session(), public_id), clock.today()
    forms: dict[str, Any] = {
        "stop_form": StopForm(formdata=None), "costs_form": CostsForm(formdata=None, data={"paid_on": today}),
        "let_go_form": LetGoForm(formdata=None, data={"let_go_on": today}),
        "loss_form": LossForm(formdata=None, data={"on": today}),
    }  # fmt: skip
    plain = {name: form for name, form in given.items() if type(form) is BaseForm}
    forms |= {name: form for name, form in given.items() if name not in plain}
    problems = [error for form in plain.values() for error in form.form_errors]
    return render_template(
        "reminders/invoice.html", past=past, problems=problems, **forms, **shared()
    ), status  # fmt: skip
