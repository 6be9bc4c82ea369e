"""The list of contact persons."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.queries import lists_rows
from infosoc.crm.rules import MARKETING_LABELS
from infosoc.crm.views import list_pages
from infosoc.crm.views.blueprints import contacts as blueprint
from infosoc.crm.views.companies_list import municipality_choices
from infosoc.crm.views.list_pages import ListView, around
from infosoc.db.session import db
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.filters import translate
from infosoc.web.htmx import is_htmx


@blueprint.get("")
@allow(Permission.CRM_READ)
def index() -> ResponseReturnValue:
    return _answer(whole=True)


@blueprint.get("/rows")
@allow(Permission.CRM_READ)
def rows() -> ResponseReturnValue:
    """The rows alone, while one types; opened by hand it is the whole page."""
    return _answer(whole=False)


def _answer(*, whole: bool) -> ResponseReturnValue:
    query, known = list_pages.read("contacts")
    alone = request.args.get("only", "") if is_htmx() and not whole else ""
    page, columns = list_pages.row_of(query, known, alone) if alone else list_pages.page_of(query, known)
    view = ListView(page, known, columns)
    view.rows = lists_rows.contacts(db.session(), page, columns)
    return list_pages.answer(view, _row_values(view), whole=whole)


def _row_values(view: ListView) -> dict[str, Any]:
    return {
        "show": around("contacts.show"), "company_page": around("companies.show"),
        "log": around("contact_log.new", on="row"), "no_answer": around("contact_log.no_answer", on="row"),
        "may_write": may(Permission.CRM_WRITE) and not view.query.in_trash,
        "may_export": may(Permission.CRM_EXPORT),
        "marketing": {state.value: translate(label) for state, label in MARKETING_LABELS.items()},
    }  # fmt: skip


@blueprint.get("/municipalities")
@allow(Permission.CRM_READ)
def municipalities() -> ResponseReturnValue:
    """The choices of the municipality chip, when it is opened."""
    return municipality_choices("contacts.index")
