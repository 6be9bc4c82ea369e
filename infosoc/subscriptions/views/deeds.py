"""What is done to an agreement: a pause, a resumption, a cancellation, and one of them taken back."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Refused
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.subscriptions.commands import deeds as commands
from infosoc.subscriptions.forms.agreements import CancelForm, DeedForm
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.rules import notice
from infosoc.subscriptions.views.blueprints import agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

TITLES = {"pause": N_("Pause the agreement"), "resume": N_("Resume the agreement")}


@blueprint.get("/<public_id>/<any(pause, resume):deed>")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def ask(public_id: str, deed: str) -> ResponseReturnValue:
    return _page(public_id, deed, DeedForm(formdata=None))


@blueprint.post("/<public_id>/<any(pause, resume):deed>")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def do(public_id: str, deed: str) -> ResponseReturnValue:
    form = DeedForm()
    if form.validate_on_submit():
        on, reason = form.effective_on.data or clock.today(), form.reason.data or ""
        command = commands.pause if deed == "pause" else commands.resume
        try:
            with transaction() as session:
                command(session, public_id, on=on, reason=reason, by=current_user.id, now=clock.now())
            return _done(public_id)
        except Refused as error:
            form.refuse(error)
    return _page(public_id, deed, form, 422)


@blueprint.get("/<public_id>/cancel")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def ask_to_cancel(public_id: str) -> ResponseReturnValue:
    return _cancel_page(public_id, CancelForm(formdata=None))


@blueprint.post("/<public_id>/cancel")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def cancel(public_id: str) -> ResponseReturnValue:
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.cancel(
                    session, public_id, last_day=form.last_day.data or clock.today(), reason=form.reason.data or "",
                    lets_go=bool(form.lets_go.data), by=current_user.id, now=clock.now(),
                )  # fmt: skip
            return _done(public_id)
        except Refused as error:
            form.refuse(error)
    return _cancel_page(public_id, form, 422)


@blueprint.post("/<public_id>/deeds/<int(max=999999999999999999):number>/take-back")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def take_back(public_id: str, number: int) -> ResponseReturnValue:
    with transaction() as session:
        commands.take_back(session, public_id, number, reason="", by=current_user.id, now=clock.now())
    return _done(public_id)


def _page(public_id: str, deed: str, form: DeedForm, status: int = 200) -> ResponseReturnValue:
    card = queries.head(db.session(), public_id)
    return render_template("subscriptions/deed.html", card=card, form=form, deed=deed, title=TITLES[deed]), status


def _cancel_page(public_id: str, form: CancelForm, status: int = 200) -> ResponseReturnValue:
    card = queries.head(db.session(), public_id)
    today = clock.today()
    earliest = notice.earliest_end(course_of(card.agreement).notice_on(today), today) - commands.DAY
    if form.last_day.data is None and not form.is_submitted():
        form.last_day.data = earliest
    return render_template("subscriptions/cancel.html", card=card, form=form, earliest=earliest), status


def _done(public_id: str) -> ResponseReturnValue:
    tell(gettext("The agreement has been changed."))
    return go(url_for("agreements.show", public_id=public_id))
