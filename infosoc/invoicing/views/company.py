"""The panel of a company's page: its newest invoices and what it owes; and its customer account."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.models.companies import Company
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.invoicing.commands import customers
from infosoc.invoicing.forms.drafts import AccountForm
from infosoc.invoicing.queries import drafts, invoices
from infosoc.invoicing.views import words
from infosoc.invoicing.views.blueprints import company_invoices as blueprint
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Stale
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx, tell


@blueprint.get("/<public_id>/invoices")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    session = db.session()
    company = companies.company(session, public_id)
    owed = invoices.of_company(session, company.id, today=clock.today())
    account = drafts.account_of(session, company.id)
    values = {"company": company, "owed": owed, "account": account, **words.words()}
    if is_htmx():
        return fragment("invoicing/_company.html", **values)
    return render_template("invoicing/company.html", **values)


@blueprint.get("/<public_id>/customer-account")
@allow(Permission.INVOICES_WRITE)
def account(public_id: str) -> ResponseReturnValue:
    session = db.session()
    company = drafts.our_company(session, public_id)
    return _account_page(company, AccountForm(formdata=None, obj=drafts.account_of(session, company.id)))


@blueprint.post("/<public_id>/customer-account")
@allow(Permission.INVOICES_WRITE)
def save_account(public_id: str) -> ResponseReturnValue:
    form = AccountForm()
    company_id = drafts.our_company(db.session(), public_id).id
    if not form.validate_on_submit():
        return _account_page(drafts.our_company(db.session(), public_id), form, 422)
    try:
        with transaction() as session:
            customers.change_account(
                session, company_id, form.facts(), version=form.version.data, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        return _account_page(
            drafts.our_company(db.session(), public_id), form, 409 if isinstance(error, Stale) else 422
        )
    tell(gettext("Saved."))
    return go(url_for("companies.show", public_id=public_id))


def _account_page(company: Company, form: AccountForm, status: int = 200) -> ResponseReturnValue:
    account = drafts.account_of(db.session(), company.id)
    if status == 409 and account is not None:
        form.version.data = account.version  # what is shown now is what a second try is made on
    return render_template("invoicing/customer_account.html", company=company, account=account, form=form), status
