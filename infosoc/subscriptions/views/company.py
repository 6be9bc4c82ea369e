"""The panel of a company's page: which products it has, at what price and in what state."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from infosoc.crm.queries import companies
from infosoc.crm.views.company_page import tenant_names
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.views.agreements import words
from infosoc.subscriptions.views.blueprints import company_agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, is_htmx


@blueprint.get("/<public_id>/agreements")
@allow(Permission.SUBSCRIPTIONS_READ)
def show(public_id: str) -> ResponseReturnValue:
    """Ours with prices, also those that have ended; of the other companies here what they let us see, no prices."""
    session = db.session()
    company = companies.company(session, public_id)
    ours = queries.of_company(session, company.id, on=clock.today())
    others = queries.shown_by_others(session, company.id, own=g.tenant.id)
    values = {"company": company, "ours": ours, "others": others, "names": tenant_names(), **words()}
    if is_htmx():
        return fragment("subscriptions/_company.html", **values)
    return render_template("subscriptions/company.html", **values)
