"""The lines of an agreement: another product, another quantity or price from a day, or one no more."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import agreements as commands
from infosoc.subscriptions.forms.agreements import EndLineForm, LineForm
from infosoc.subscriptions.models import AgreementLine
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries.agreements import Head
from infosoc.subscriptions.views.blueprints import agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/lines/new")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def new_line(public_id: str) -> ResponseReturnValue:
    return _page(_card(public_id), LineForm(formdata=None))


@blueprint.post("/<public_id>/lines")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def add_line(public_id: str) -> ResponseReturnValue:
    form = LineForm()
    form.offer(queries.catalogue(db.session()), locale_name())
    if not form.validate_on_submit():
        return _page(_card(public_id), form, status=422)
    try:
        with transaction() as session:
            on = form.on.data or clock.today()
            commands.add_line(session, public_id, form.line(), on=on, by=current_user.id, now=clock.now())
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _page(_card(public_id), form, status=422)
    return _done(public_id)


@blueprint.get("/<public_id>/lines/<line_id>")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def edit_line(public_id: str, line_id: str) -> ResponseReturnValue:
    card = _card(public_id)
    line = _line(card, line_id)
    form = LineForm(formdata=None)
    form.show(line)
    return _page(card, form, line)


@blueprint.post("/<public_id>/lines/<line_id>")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def change_line(public_id: str, line_id: str) -> ResponseReturnValue:
    card = _card(public_id)
    line, form = _line(card, line_id), LineForm()
    form.offer(queries.catalogue(db.session()), locale_name(), line.product_id)
    if not form.validate_on_submit():
        return _page(card, form, line, status=422)
    try:
        with transaction() as session:
            on, new = form.on.data or clock.today(), form.line()
            commands.change_line(session, public_id, line_id, new, on=on, by=current_user.id, now=clock.now())
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _page(_card(public_id), form, line, status=422)
    return _done(public_id)


@blueprint.post("/<public_id>/lines/<line_id>/end")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def end_line(public_id: str, line_id: str) -> ResponseReturnValue:
    card = _card(public_id)
    line, form = _line(card, line_id), EndLineForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                on = form.on.data or clock.today()
                commands.end_line(session, public_id, line_id, on=on, by=current_user.id, now=clock.now())
            return _done(public_id)
        except (Invalid, Refused) as error:
            form.refuse(error)
    return _page(_card(public_id), LineForm(formdata=None), line, form, status=422)


def _card(public_id: str) -> Head:
    return queries.head(db.session(), public_id)


def _line(card: Head, line_id: str) -> AgreementLine:
    found = next((one for one in card.agreement.lines if one.public_id == line_id), None)
    if found is None:
        raise NotFound
    return found


def _page(
    card: Head, form: LineForm, line: AgreementLine | None = None, end_form: EndLineForm | None = None, *,
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    form.offer(queries.catalogue(db.session()), locale_name(), line.product_id if line else None)
    if end_form is not None and line is not None:
        form.show(line)
    end_form = end_form or EndLineForm(formdata=None)
    return render_template(
        "subscriptions/line.html", card=card, form=form, line=line, end_form=end_form, locale_of=locale_name()
    ), status


def _done(public_id: str) -> ResponseReturnValue:
    tell(gettext("The agreement has been changed."))
    return go(url_for("agreements.show", public_id=public_id))
