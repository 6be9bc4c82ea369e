"""Writing a draft: its form, its rows, and what they come to while one types."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.models.companies import Company
from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import drafts as commands
from infosoc.invoicing.forms import rows as typed_rows
from infosoc.invoicing.forms.drafts import CreditDraftForm, DraftForm, unit_choices, vat_choices
from infosoc.invoicing.forms.rows import Typed
from infosoc.invoicing.models import InvoiceDraft
from infosoc.invoicing.queries import drafts as queries
from infosoc.invoicing.views.blueprints import drafts as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound, Stale
from infosoc.kernel.permission import Permission
from infosoc.ledger.queries.accounts import accounts_named, choices
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, tell


@blueprint.get("/new")
@allow(Permission.INVOICES_WRITE)
def new() -> ResponseReturnValue:
    if not request.args.get("company"):
        return go(url_for("invoice_drafts.whose"))
    session = db.session()
    company = queries.our_company(session, request.args["company"][:20])
    form = DraftForm.showing(queries.beginning(session, company), queries.account_of(session, company.id))
    form.version.data = None
    return _page(company, form, typed_rows.padded([]))


@blueprint.post("")
@allow(Permission.INVOICES_WRITE)
def create() -> ResponseReturnValue:
    company = queries.our_company(db.session(), request.args.get("company", "")[:20])
    form, rows = DraftForm(), _read(company)
    if "do" in request.form:
        return _page(company, form, rows)
    kept = typed_rows.kept(rows, lambda numbers: accounts_named(db.session(), numbers))
    if form.validate_on_submit() and kept is not None:
        company_id = company.public_id
        try:
            with transaction() as session:
                made = commands.write(
                    session, company_id, form.facts(kept), vat_number=form.vat_number.data or "", by=current_user.id,
                    now=clock.now(),
                )  # fmt: skip
                address = url_for("invoice_drafts.show", public_id=made.public_id)
        except DomainError as error:
            form.refuse(error)
            company = queries.our_company(db.session(), company_id)
        else:
            tell(gettext("The draft has been saved."))
            return go(address)
    return _page(company, form, rows, status=422)


@blueprint.get("/<public_id>/edit")
@allow(Permission.INVOICES_WRITE)
def edit(public_id: str) -> ResponseReturnValue:
    session = db.session()
    draft = queries.draft_at(session, public_id)
    form = _form_of(draft).showing(draft, queries.account_of(session, draft.company_id))
    return _page(draft.company, form, typed_rows.padded(typed_rows.of_kept(draft.rows)), draft)


@blueprint.post("/<public_id>")
@allow(Permission.INVOICES_WRITE)
def save(public_id: str) -> ResponseReturnValue:
    draft = queries.draft_at(db.session(), public_id)
    form, rows = _form_of(draft)(), _read(draft.company)
    if "do" in request.form:
        return _page(draft.company, form, rows, draft)
    kept = typed_rows.kept(rows, lambda numbers: accounts_named(db.session(), numbers))
    if not form.validate_on_submit() or kept is None:
        return _page(draft.company, form, rows, draft, status=422)
    vat_number = None if draft.credits_id else form.vat_number.data or ""
    try:
        with transaction() as session:
            commands.change(
                session, public_id, form.facts(kept), version=form.version.data, vat_number=vat_number,
                by=current_user.id, now=clock.now(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        draft = queries.draft_at(db.session(), public_id)
        form.version.data = draft.version  # what is shown now is what a second try is made on
        return _page(draft.company, form, rows, draft, status=409 if isinstance(error, Stale) else 422)
    tell(gettext("The draft has been saved."))
    return go(url_for("invoice_drafts.show", public_id=public_id))


@blueprint.post("/rows")
@allow(Permission.INVOICES_WRITE)
def rows() -> ResponseReturnValue:
    """The rows after one was added, moved, taken away or filled in by a product. Changes nothing.

    A POST, because what is typed in many rows has no room in an address.
    """
    company = queries.our_company(db.session(), request.args.get("company", "")[:20])
    is_rounded = "to_kronor" in request.form
    return fragment("invoicing/_rows.html", **_rows_values(company, _read(company), to_kronor=is_rounded))


@blueprint.post("/totals")
@allow(Permission.INVOICES_WRITE)
def totals() -> ResponseReturnValue:
    """What the rows come to so far. Changes nothing."""
    found = typed_rows.read(request.form)
    return fragment("invoicing/_totals.html", beside=True, **_totals(found, to_kronor="to_kronor" in request.form))


@blueprint.get("/accounts")
@allow(Permission.INVOICES_WRITE)
def account_choices() -> ResponseReturnValue:
    """The accounts that answer to what has been typed in a row."""
    words = request.args.get("row_account", "")[:80].replace("\0", "")
    return fragment("ledger/_account_choices.html", accounts=choices(db.session(), words))


def _form_of(draft: InvoiceDraft) -> type[DraftForm]:
    return CreditDraftForm if draft.credits_id else DraftForm


def _read(company: Company) -> list[Typed]:
    """The rows as typed, after what the pressed button does to them. A product fills the row that it was chosen in."""
    found = typed_rows.read(request.form)
    deed = request.form.get("do", "")
    name, _, at = deed.partition(":")
    for index, row in enumerate(found):
        is_chosen = name == "product" and at == str(index)
        if row.product and (is_chosen or not (row.text.strip() or row.price.strip())):
            _fill(row, company)
    return found


def _fill(row: Typed, company: Company) -> None:
    session = db.session()
    product = next((one for one in queries.products(session) if one.public_id == row.product), None)
    if product is not None:
        price = queries.price_of(session, product, company.id, clock.today())
        typed_rows.fill(row, product, request.form.get("language", "sv"), price)


def _rows_values(company: Company, found: list[Typed], *, to_kronor: bool) -> dict[str, Any]:
    deed, focus = request.form.get("do", ""), None
    if deed and not deed.startswith("product"):
        found, focus = typed_rows.arranged(found, deed)
    products = queries.products(db.session())
    locale = request.form.get("language", "sv")
    return {
        "rows": found, "company": company, "focus": focus, "deed": deed.partition(":")[0],
        "vat_choices": vat_choices(), "unit_choices": unit_choices(),
        "product_choices": [(one.public_id, one.name(locale)) for one in products],
        **_totals(found, to_kronor=to_kronor),
    }  # fmt: skip


def _totals(found: list[Typed], *, to_kronor: bool) -> dict[str, Any]:
    counted, nets = typed_rows.so_far(found, to_kronor=to_kronor)
    return {"totals": counted, "nets": nets}


def _page(
    company: Company, form: DraftForm, found: list[Typed], draft: InvoiceDraft | None = None, *, status: int = 200
) -> ResponseReturnValue:
    is_whole = draft is not None and draft.credits_id is not None and not draft.rows
    original = queries.original_of(db.session(), draft) if draft else None
    values = _rows_values(company, found, to_kronor=bool(form.to_kronor.data))
    return render_template(
        "invoicing/draft_form.html", form=form, draft=draft, original=original, is_whole_credit=is_whole,
        has_wrong_rows=any(row.errors for row in found), **values,
    ), status  # fmt: skip
