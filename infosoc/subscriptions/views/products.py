"""The catalogue."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, Refused, Stale
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import products as commands
from infosoc.subscriptions.forms.catalogue import ProductForm
from infosoc.subscriptions.models import Product
from infosoc.subscriptions.queries import catalogue as queries
from infosoc.subscriptions.rules.words import BILLING_LABELS, UNIT_LABELS
from infosoc.subscriptions.views.blueprints import products as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def index() -> ResponseReturnValue:
    return render_template(
        "subscriptions/products.html", products=queries.products(db.session()), billing=_BILLING, units=_UNITS,
        may_write=may(Permission.SUBSCRIPTIONS_WRITE), may_set_up=may(Permission.SUBSCRIPTIONS_SET_UP),
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def new() -> ResponseReturnValue:
    return _page(ProductForm(formdata=None))


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def create() -> ResponseReturnValue:
    form = ProductForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(form, status=422)
    try:
        with transaction() as session:
            commands.add_product(session, form.facts(), by=current_user.id, now=clock.now())
    except Invalid as error:
        form.refuse(error)
        return _page(form, status=422)
    return _done(gettext("The product has been added."))


@blueprint.get("/<public_id>")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def edit(public_id: str) -> ResponseReturnValue:
    found = queries.product(db.session(), public_id)
    return _page(ProductForm(formdata=None, obj=found), found)


@blueprint.post("/<public_id>")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def change(public_id: str) -> ResponseReturnValue:
    form = ProductForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(form, queries.product(db.session(), public_id), status=422)
    try:
        with transaction() as session:
            facts = form.facts()
            commands.change_product(session, public_id, facts, version=form.version.data, by=current_user.id)
    except (Invalid, Refused, Stale) as error:
        form.refuse(error)
        found = queries.product(db.session(), public_id)
        form.version.data = found.version  # what is shown now is what a second try is made on
        return _page(form, found, status=409 if isinstance(error, Stale) else 422)
    return _done(gettext("The product has been changed."))


@blueprint.post("/<public_id>/retire")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def retire(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.retire_product(session, public_id, by=current_user.id, now=clock.now())
    return _done(gettext("The product is no longer sold."))


@blueprint.post("/<public_id>/reopen")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.reopen_product(session, public_id, by=current_user.id)
    return _done(gettext("The product is sold again."))


_BILLING = {str(key): label for key, label in BILLING_LABELS.items()}
_UNITS = {str(key): label for key, label in UNIT_LABELS.items()}


def _page(form: ProductForm, product: Product | None = None, status: int = 200) -> ResponseReturnValue:
    form.offer()
    return render_template("subscriptions/product.html", form=form, product=product), status


def _done(text: str) -> ResponseReturnValue:
    tell(text)
    return go(url_for("products.index"))
