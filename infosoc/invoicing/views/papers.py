"""The papers of an invoice: the archived PDF, the Peppol file, and what the check of that said."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from infosoc.db.session import db
from infosoc.invoicing import einvoice, papers
from infosoc.invoicing.einvoice import EInvoice
from infosoc.invoicing.queries import papers as queries
from infosoc.invoicing.views.blueprints import papers as blueprint
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow


@blueprint.get("/<public_id>/pdf")
@allow(Permission.INVOICES_READ)
def pdf(public_id: str) -> ResponseReturnValue:
    """The paper as it was first drawn; whoever comes before that waits for the drawing."""
    invoice = queries.at(db.session(), public_id)
    return file_answer(papers.pdf(invoice), "application/pdf", f"{invoice.number}.pdf", "inline")


@blueprint.get("/<public_id>/xml")
@allow(Permission.INVOICES_READ)
def xml(public_id: str) -> ResponseReturnValue:
    """The Peppol file where it may be sent, else why it may not."""
    file = _checked(public_id)
    if not file.verdict.may_be_sent:
        return _verdict_page(public_id, file), 409
    return file_answer(file.content, "application/xml", file.file_name, "attachment")


@blueprint.get("/<public_id>/e-invoice")
@allow(Permission.INVOICES_READ)
def check(public_id: str) -> ResponseReturnValue:
    """Which layers of rules were asked, and what each said."""
    return _verdict_page(public_id, _checked(public_id))


def _checked(public_id: str) -> EInvoice:
    return einvoice.made(queries.at(db.session(), public_id).record, rule_folder=papers.rule_folder())


def _verdict_page(public_id: str, file: EInvoice) -> str:
    return render_template("invoicing/e_invoice.html", public_id=public_id, file=file)


def file_answer(content: bytes, kind: str, name: str, how: str) -> Response:
    """A file, shown in the browser (`inline`) or saved (`attachment`)."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    return response
