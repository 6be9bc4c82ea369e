"""A payment of an invoice, written down by hand."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy import select

from infosoc.db.session import db, transaction
from infosoc.invoicing.models import Invoice
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.payments import rules
from infosoc.payments.commands import by_hand
from infosoc.payments.forms import PaidForm
from infosoc.payments.views.blueprints import invoice_payments as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/payment")
@allow(Permission.PAYMENTS_WRITE)
def new(public_id: str) -> ResponseReturnValue:
    invoice = _invoice(public_id)
    data = {"amount": abs(invoice.open_ore) or None, "on": clock.today(), "account": str(rules.BANK)}
    return _page(invoice, PaidForm(formdata=None, data=data))


@blueprint.post("/<public_id>/payment")
@allow(Permission.PAYMENTS_WRITE)
def register(public_id: str) -> ResponseReturnValue:
    form = PaidForm()
    if not form.validate_on_submit():
        return _page(_invoice(public_id), form, 422)
    try:
        with transaction() as session:
            by_hand.register(session, public_id, form.paid(), by=current_user.id, now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _page(_invoice(public_id), form, 422)
    tell(gettext("The payment has been registered."))
    return go(url_for("invoices.show", public_id=public_id))


def _invoice(public_id: str) -> Invoice:
    found = db.session().scalar(select(Invoice).where(Invoice.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _page(invoice: Invoice, form: PaidForm, status: int = 200) -> ResponseReturnValue:
    return render_template("payments/by_hand.html", invoice=invoice, form=form), status
