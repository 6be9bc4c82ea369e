"""The list of contact persons."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.queries import lists_rows
from infosoc.crm.rules import MARKETING_LABELS
from infosoc.crm.views import list_choices, list_pages
from infosoc.crm.views.blueprints import contacts as blueprint
from infosoc.crm.views.list_pages import ListView, pattern
from infosoc.db.session import db
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.filters import translate
from infosoc.web.htmx import is_htmx
from infosoc.web.templates import escaped


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
    view.rows = escaped(lists_rows.contacts(db.session(), page, columns))
    return list_pages.answer(view, _row_values(view), whole=whole)


def _row_values(view: ListView) -> dict[str, Any]:
    return {
        "show": pattern("contacts.show"), "company_page": pattern("companies.show"),
        "log": pattern("contact_log.new"), "no_answer": pattern("contact_log.no_answer"),
        "follow_up": pattern("follow_ups.new"), "may_write": may(Permission.CRM_WRITE) and not view.query.in_trash,
        "may_export": may(Permission.CRM_EXPORT), "may_select": may(Permission.CRM_EXPORT),
        "marketing": {state.value: translate(label) for state, label in MARKETING_LABELS.items()},
    }  # fmt: skip


@blueprint.get("/choices/<name>")
@allow(Permission.CRM_READ)
def choices(name: str) -> ResponseReturnValue:
    """What one chip offers, when it is opened."""
    more = list_choices.municipalities() if name == "municipality" else None
    return list_choices.choices_of("contacts", name, more)
