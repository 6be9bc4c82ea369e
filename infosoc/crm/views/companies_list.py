"""The list of companies."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from infosoc.accounts.request import may
from infosoc.crm.queries import lists_rows
from infosoc.crm.rules import STATUS_LABELS
from infosoc.crm.views import list_choices, list_pages
from infosoc.crm.views.blueprints import companies as blueprint
from infosoc.crm.views.list_pages import ListView, pattern
from infosoc.db.session import db
from infosoc.kernel import clock
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
    query, known = list_pages.read("companies")
    alone = request.args.get("only", "") if is_htmx() and not whole else ""
    page, columns = list_pages.row_of(query, known, alone) if alone else list_pages.page_of(query, known)
    view = ListView(page, known, columns)
    view.rows = escaped(lists_rows.companies(db.session(), page, known, columns))
    return list_pages.answer(view, _row_values(view), whole=whole)


def _row_values(view: ListView) -> dict[str, Any]:
    """What each row needs, worked out once a page: addresses in halves, words, today."""
    query = view.query
    writes = may(Permission.CRM_WRITE) and not query.in_trash and not query.shown
    may_bulk = may(Permission.CRM_BULK) and not query.shown
    may_export = may(Permission.CRM_EXPORT) and not query.shown
    return {
        "show": pattern("companies.show"), "log": pattern("contact_log.new"),
        "no_answer": pattern("contact_log.no_answer"), "follow_up": pattern("follow_ups.new"),
        "may_write": writes, "may_bulk": may_bulk, "may_export": may_export, "may_select": may_bulk or may_export,
        "may_import": may(Permission.CRM_IMPORT),
        "today": clock.today().isoformat(), "statuses": _status_words(str(get_locale())),
    }  # fmt: skip


@cache
def _status_words(_language: str) -> dict[str, tuple[str, str]]:
    """Each status as the stylesheet names it, and in the reader's words."""
    return {status.value: (status.value.replace("_", "-"), translate(label)) for status, label in STATUS_LABELS.items()}


@blueprint.get("/choices/<name>")
@allow(Permission.CRM_READ)
def choices(name: str) -> ResponseReturnValue:
    """What one chip offers, when it is opened."""
    more = list_choices.municipalities() if name == "municipality" else None
    return list_choices.choices_of("companies", name, more)
