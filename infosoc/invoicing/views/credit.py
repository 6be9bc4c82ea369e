"""Crediting an invoice: how much of it and why; the credit note begins as a draft."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import drafts as commands
from infosoc.invoicing.forms.drafts import CreditForm
from infosoc.invoicing.queries import invoice as queries
from infosoc.invoicing.views.blueprints import invoices as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go


@blueprint.get("/<public_id>/credit")
@allow(Permission.INVOICES_WRITE)
def ask_to_credit(public_id: str) -> ResponseReturnValue:
    return _page(public_id, CreditForm(formdata=None))


@blueprint.post("/<public_id>/credit")
@allow(Permission.INVOICES_WRITE)
def credit(public_id: str) -> ResponseReturnValue:
    form = CreditForm()
    form.offer(may_be_whole=True)
    if not form.validate_on_submit():
        return _page(public_id, form, 422)
    is_whole = form.how_much.data == "whole"
    try:
        with transaction() as session:
            draft = commands.begin_credit(
                session, public_id, reason=form.reason.data or "", is_whole=is_whole, by=current_user.id,
                now=clock.now(),
            )  # fmt: skip
            address = url_for("invoice_drafts.show" if is_whole else "invoice_drafts.edit", public_id=draft.public_id)
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _page(public_id, form, 422)
    return go(address)


def _page(public_id: str, form: CreditForm, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    invoice = queries.invoice_at(session, public_id)
    left_ore = commands.left_to_credit(session, invoice)
    form.offer(may_be_whole=left_ore == invoice.payable_ore)
    return render_template("invoicing/credit.html", invoice=invoice, left_ore=left_ore, form=form), status
