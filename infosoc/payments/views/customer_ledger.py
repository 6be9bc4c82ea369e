"""The customer ledger as of any day, as a page and as a file; and the statement of one customer."""

from __future__ import annotations

from datetime import date

from flask import Response, g, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.crm.commands import exports
from infosoc.crm.models.companies import Company
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.invoicing.queries import parties
from infosoc.kernel import clock, sv
from infosoc.kernel.money import print_input
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.payments import statements
from infosoc.payments.queries import customer_ledger as queries
from infosoc.payments.queries.customer_ledger import AGE_LABELS
from infosoc.payments.views.blueprints import customer_ledger as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import translate
from infosoc.web.forms import place

PAGE = 50
FILE_COLUMNS = (
    N_("Customer"), N_("Customer number"), N_("Invoice number"), N_("Invoice date"), N_("Due date"), N_("Days late"),
    N_("Amount"), N_("Left"), N_("Account"),
)  # fmt: skip


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    on, wrong = _day()
    found = queries.overview(db.session(), on)
    pages = max(1, -(-len(found.rows) // PAGE))
    number = min(max(place("page") or 1, 1), pages)
    return render_template(
        "payments/customer_ledger.html", ledger=found, rows=found.rows[(number - 1) * PAGE : number * PAGE],
        number=number, pages=pages, wrong=wrong, typed=_typed() or str(on), ages=AGE_LABELS,
        may_export=may(Permission.CRM_EXPORT), today=clock.today(),
    ), 422 if wrong else 200  # fmt: skip


@blueprint.post("/export")
@allow(Permission.CRM_EXPORT)
def export() -> ResponseReturnValue:
    """Every open item of a day as CSV; logged like every export."""
    on, _ = _day()
    found = queries.ledger(db.session(), on)
    lines = [
        [row.name, str(row.number or ""), str(item.number), item.issued_on.isoformat(), item.due_on.isoformat(),
         str(item.days_late(on)), print_input(item.payable_ore), print_input(item.open_ore), str(item.claim_account)]
        for row in found.rows
        for item in row.items
    ]  # fmt: skip
    with transaction() as session:
        exports.note(
            session, "customer_ledger", query=f"on={on}", columns=list(FILE_COLUMNS), rows=len(lines), kind="csv",
            by=current_user.id, now=clock.now(),
        )  # fmt: skip
    file = tables.write("csv", [translate(one) for one in FILE_COLUMNS], lines)
    name = f"{gettext('Customer ledger').lower().replace(' ', '-')}-{on}.csv"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES["csv"])


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def statement(public_id: str) -> ResponseReturnValue:
    """What one customer owes."""
    on, wrong = _day()
    company, _, row = _statement(public_id, on)
    return render_template(
        "payments/statement.html", company=company, row=row, on=on, ages=AGE_LABELS, wrong=wrong,
        typed=_typed() or str(on),
    ), 422 if wrong else 200  # fmt: skip


@blueprint.get("/<public_id>/pdf")
@allow(Permission.INVOICES_READ)
def statement_pdf(public_id: str) -> ResponseReturnValue:
    """The same for the customer, in Swedish or English."""
    on, _ = _day()
    language = _language()
    session = db.session()
    company, ledger, row = _statement(public_id, on)
    seller = parties.seller(session, brand=g.tenant.brand)
    customer = parties.customers(session, [company.id])[company.id]
    with force_locale(language):
        name = gettext("statement-%(day)s", day=on.isoformat())
    response: Response = make_response(statements.pdf(ledger, row, customer, seller, language=language))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def _statement(public_id: str, on: date) -> tuple[Company, queries.CustomerLedger, queries.CustomerRow]:
    session = db.session()
    company = companies.company(session, public_id)
    found = queries.ledger(session, on, company_id=company.id)
    row = found.rows[0] if found.rows else queries.CustomerRow(company.id, company.name, company.public_id)
    return company, found, row


def _language() -> str:
    asked = request.args.get("language", "")
    return asked if asked in statements.LANGUAGES else statements.LANGUAGES[0]


def _typed() -> str:
    return request.values.get("on", "")[:20].replace("\0", "")


def _day() -> tuple[date, str]:
    """The day that is asked for, and what is wrong with what was typed."""
    if not _typed().strip():
        return clock.today(), ""
    try:
        return sv.parse_past_day(_typed(), clock.today()), ""
    except sv.InvalidDay:
        return clock.today(), gettext("Enter a day such as 2026-12-03, 3/12, tomorrow, thu or +14.")
