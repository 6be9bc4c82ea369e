"""Drafts: the list, writing one with its rows, its page, and issuing it."""

from __future__ import annotations

from flask import Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.invoicing import draft_paper
from infosoc.invoicing.commands import draft_records
from infosoc.invoicing.commands import drafts as commands
from infosoc.invoicing.forms.drafts import VersionForm, WhoseForm
from infosoc.invoicing.models import InvoiceDraft
from infosoc.invoicing.queries import drafts as queries
from infosoc.invoicing.queries.parties import NotSetUp
from infosoc.invoicing.rules.billing import AHEAD
from infosoc.invoicing.rules.record import Invoice
from infosoc.invoicing.views.blueprints import drafts as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound, Stale
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.rules.words import DELIVERY_LABELS
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import fragment, go, is_htmx, tell


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    number = page_number()
    rows, has_next = queries.page(db.session(), number)
    return render_template(
        "invoicing/drafts.html", rows=rows, number=number, has_next=has_next, may_write=may(Permission.INVOICES_WRITE)
    )


@blueprint.get("/whose")
@allow(Permission.INVOICES_WRITE)
def whose() -> ResponseReturnValue:
    """Ask which company the invoice goes to."""
    form = WhoseForm(request.args) if request.args.get("company") else WhoseForm(formdata=None)
    if form.company.data:
        picked = companies.picked(db.session(), form.company.data, form.company_id.data or "")
        if picked:
            return go(url_for("invoice_drafts.new", company=picked))
        form.company.errors = [gettext("Choose a company from the list.")]
    return render_template("invoicing/draft_whose.html", form=form), 422 if form.company.errors else 200


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id)


@blueprint.get("/<public_id>/pdf")
@allow(Permission.INVOICES_READ)
def paper(public_id: str) -> ResponseReturnValue:
    """The draft on paper, marked as one."""
    draft = queries.draft_at(db.session(), public_id)
    record = _record(draft)
    if isinstance(record, DomainError):
        tell(gettext(record.message, **record.values), is_error=True)
        return go(url_for("invoice_drafts.show", public_id=public_id))
    answer = Response(draft_paper.pdf(record), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="draft-{draft.public_id}.pdf"'
    return answer


@blueprint.get("/<public_id>/issue")
@allow(Permission.INVOICES_WRITE)
def ask(public_id: str) -> ResponseReturnValue:
    """Say what will happen when it is issued."""
    draft = queries.draft_at(db.session(), public_id)
    record = _record(draft)
    if isinstance(record, DomainError):
        return go(url_for("invoice_drafts.show", public_id=public_id))
    form = VersionForm(formdata=None, obj=draft)
    values = {
        "draft": draft, "record": record, "form": form, "recipient": draft_records.recipient_of(draft),
        "deliveries": DELIVERY_LABELS, "ahead": _ahead(record),
    }  # fmt: skip
    if is_htmx():
        return fragment("invoicing/_draft_issue.html", **values)
    return render_template("invoicing/draft_issue.html", **values)


@blueprint.post("/<public_id>/issue")
@allow(Permission.INVOICES_WRITE)
def issue(public_id: str) -> ResponseReturnValue:
    form = VersionForm()
    try:
        with transaction() as session:
            made = commands.issue_draft(
                session, public_id, version=form.version.data, brand=g.tenant.brand, today=clock.today(),
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
            number, address = made.record.heading.number, url_for("invoices.show", public_id=made.public_id)
            is_credit = made.record.is_credit_note
    except NotFound:
        raise
    except DomainError as error:
        return _page(public_id, error, 409 if isinstance(error, Stale) else 422)
    tell(
        gettext("Credit note %(number)s has been issued.", number=number)
        if is_credit
        else gettext("Invoice %(number)s has been issued.", number=number)
    )
    return go(address)


@blueprint.post("/<public_id>/remove")
@allow(Permission.INVOICES_WRITE)
def remove(public_id: str) -> ResponseReturnValue:
    form = VersionForm()
    try:
        with transaction() as session:
            undo = commands.remove(session, public_id, version=form.version.data, by=current_user.id, now=clock.now())
            undo_url = url_for("invoice_drafts.restore", public_id=undo.public_id)
    except Stale as error:
        return _page(public_id, error, 409)
    tell(gettext("The draft has been discarded."), undo_url=undo_url)
    return go(url_for("invoice_drafts.index"))


@blueprint.post("/restore/<public_id>")
@allow(Permission.INVOICES_WRITE)
def restore(public_id: str) -> ResponseReturnValue:
    """Bring back a draft; `public_id` is that of the undo."""
    with transaction() as session:
        address = commands.restore(session, public_id, by=current_user.id, now=clock.now()).public_id
    tell(gettext("The draft is back."))
    return go(url_for("invoice_drafts.show", public_id=address))


def _record(draft: InvoiceDraft) -> Invoice | DomainError:
    """The record that it would be issued as, or why it cannot be."""
    try:
        return draft_records.new_invoice(db.session(), draft, brand=g.tenant.brand, today=clock.today()).record
    except DomainError as error:
        return error


def _ahead(record: Invoice) -> str:
    return AHEAD if record.heading.issued_on > clock.today() else ""


def _page(public_id: str, error: DomainError | None = None, status: int = 200) -> ResponseReturnValue:
    session = db.session()
    draft = queries.draft_at(session, public_id)
    record = _record(draft)
    problem = error or (record if isinstance(record, DomainError) else None)
    return render_template(
        "invoicing/draft.html", draft=draft, record=record if isinstance(record, Invoice) else None, problem=problem,
        original=queries.original_of(session, draft), form=VersionForm(formdata=None, obj=draft),
        may_write=may(Permission.INVOICES_WRITE), may_set_up=may(Permission.INVOICES_SET_UP),
        deliveries=DELIVERY_LABELS, needs_setting_up=isinstance(problem, NotSetUp),
        ahead=_ahead(record) if isinstance(record, Invoice) else "",
    ), status  # fmt: skip
