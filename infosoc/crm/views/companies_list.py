"""The list of companies."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.queries import lists_rows
from infosoc.crm.queries.lists_choices import municipalities as known_municipalities
from infosoc.crm.rules import STATUS_LABELS
from infosoc.crm.views import list_pages
from infosoc.crm.views.blueprints import companies as blueprint
from infosoc.crm.views.list_pages import ListView, around
from infosoc.db.session import db
from infosoc.kernel import clock
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
    query, known = list_pages.read("companies")
    alone = request.args.get("only", "") if is_htmx() and not whole else ""
    page, columns = list_pages.row_of(query, known, alone) if alone else list_pages.page_of(query, known)
    view = ListView(page, known, columns)
    view.rows = lists_rows.companies(db.session(), page, known, columns)
    return list_pages.answer(view, _row_values(view), whole=whole)


def _row_values(view: ListView) -> dict[str, Any]:
    """What each row needs, worked out once a page: addresses in halves, words, today."""
    writes = may(Permission.CRM_WRITE) and not view.query.in_trash and not view.query.shown
    return {
        "show": around("companies.show"), "log": around("contact_log.new", on="row"),
        "no_answer": around("contact_log.no_answer", on="row"), "follow_up": around("follow_ups.new", on="row"),
        "may_write": writes, "may_bulk": may(Permission.CRM_BULK) and not view.query.shown,
        "may_export": may(Permission.CRM_EXPORT), "today": clock.today(),
        "statuses": {
            status.value: (status.value.replace("_", "-"), translate(label)) for status, label in STATUS_LABELS.items()
        },
    }  # fmt: skip


@blueprint.get("/municipalities")
@allow(Permission.CRM_READ)
def municipalities() -> ResponseReturnValue:
    """The choices of the municipality chip, when it is opened."""
    return municipality_choices("companies.index")


def municipality_choices(page: str) -> ResponseReturnValue:
    """The chip's choices alone; opened by hand, a page of links to the list of each."""
    names = known_municipalities(db.session())
    chosen = request.args.getlist("municipality")
    template = "crm/lists/_municipalities.html" if is_htmx() else "crm/lists/municipalities.html"
    return render_template(template, names=names, chosen=chosen, address=url_for(page))
