"""Price lists and their dated prices."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import prices as commands
from infosoc.subscriptions.forms.catalogue import PriceForm, PriceListForm
from infosoc.subscriptions.queries import agreements
from infosoc.subscriptions.queries import catalogue as queries
from infosoc.subscriptions.rules.words import INTERVAL_LABELS
from infosoc.subscriptions.views.blueprints import price_lists as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def index() -> ResponseReturnValue:
    return render_template(
        "subscriptions/price_lists.html", lists=queries.every_list(db.session()),
        may_write=may(Permission.SUBSCRIPTIONS_WRITE), may_set_up=may(Permission.SUBSCRIPTIONS_SET_UP),
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def new() -> ResponseReturnValue:
    return render_template("subscriptions/price_list_name.html", form=PriceListForm(formdata=None), of_list=None)


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def create() -> ResponseReturnValue:
    form = PriceListForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                made = commands.add_list(session, form.name.data or "", by=current_user.id, now=clock.now())
                address = url_for("price_lists.show", public_id=made.public_id)
            return go(address)
        except Invalid as error:
            form.refuse(error)
    return render_template("subscriptions/price_list_name.html", form=form, of_list=None), 422


@blueprint.get("/<public_id>")
@allow(Permission.SUBSCRIPTIONS_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id, PriceForm(formdata=None))


@blueprint.post("/<public_id>/prices")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def set_price(public_id: str) -> ResponseReturnValue:
    form = PriceForm()
    form.offer(agreements.catalogue(db.session()), locale_name())
    if not form.validate_on_submit():
        return _page(public_id, form, 422)
    try:
        with transaction() as session:
            product, price = form.product.data, form.new_price()
            commands.set_price(session, public_id, product, price, by=current_user.id, now=clock.now())
    except Invalid as error:
        form.refuse(error)
        return _page(public_id, form, 422)
    tell(gettext("The price has been saved."))
    return go(url_for("price_lists.show", public_id=public_id))


@blueprint.get("/<public_id>/name")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def edit(public_id: str) -> ResponseReturnValue:
    found = queries.price_list(db.session(), public_id)
    form = PriceListForm(formdata=None, obj=found)
    return render_template("subscriptions/price_list_name.html", form=form, of_list=found)


@blueprint.post("/<public_id>/name")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def rename(public_id: str) -> ResponseReturnValue:
    form = PriceListForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.rename_list(session, public_id, form.name.data or "", by=current_user.id)
            return go(url_for("price_lists.show", public_id=public_id))
        except Invalid as error:
            form.refuse(error)
    found = queries.price_list(db.session(), public_id)
    return render_template("subscriptions/price_list_name.html", form=form, of_list=found), 422


@blueprint.post("/<public_id>/retire")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def retire(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.retire_list(session, public_id, by=current_user.id, now=clock.now())
    return go(url_for("price_lists.show", public_id=public_id))


@blueprint.post("/<public_id>/reopen")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.reopen_list(session, public_id, by=current_user.id)
    return go(url_for("price_lists.show", public_id=public_id))


def _page(public_id: str, form: PriceForm, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    found = queries.price_list(session, public_id)
    form.offer(agreements.catalogue(session), locale_name())
    rows = queries.prices_of(session, found, on=clock.today())
    return render_template(
        "subscriptions/price_list.html", of_list=found, rows=rows, form=form, locale_of=locale_name(),
        intervals={int(key): label for key, label in INTERVAL_LABELS.items()},
        may_set_up=may(Permission.SUBSCRIPTIONS_SET_UP),
    ), status  # fmt: skip
