"""Global search: a page of its own, and the piece that the field in the frame shows while one types."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from infosoc.crm.queries.found import Found, found, near
from infosoc.crm.views.list_pages import HOLE, pattern
from infosoc.db.session import db
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import is_htmx
from infosoc.web.templates import piece

blueprint = Blueprint("search", __name__, url_prefix="/<tenant>/search")

LONGEST_QUERY = 120
IN_THE_FIELD, ON_THE_PAGE = 5, 50


@blueprint.get("")
@allow(Permission.CRM_READ)
def page() -> ResponseReturnValue:
    return _page(_query())


@blueprint.get("/hits")
@allow(Permission.CRM_READ)
def hits() -> ResponseReturnValue:
    """The piece under the field; a whole page when opened by hand."""
    query = _query()
    if not is_htmx():
        return _page(query)
    ask = near if "near" in request.args else found  # asked for by the piece itself, when the typing has stopped
    values = _values(query, ask(db.session(), query, each=IN_THE_FIELD))
    return piece("crm/_search_hits.html", **values, companies_at=_halves("companies"), contacts_at=_halves("contacts"))


def _halves(name: str) -> list[str]:
    """The address of a record's page, as the piece fills it in for each hit."""
    return pattern(f"{name}.show").split(HOLE)


def _page(query: str) -> str:
    answer = found(db.session(), query, each=ON_THE_PAGE)
    if not answer.count:
        answer = near(db.session(), query, each=ON_THE_PAGE)
    return render_template("crm/search.html", **_values(query, answer))


def _query() -> str:
    return request.args.get("q", "").strip()[:LONGEST_QUERY]


def _values(query: str, result: Found) -> dict[str, object]:
    names = {tenant.id: tenant.name for tenant in g.standing.tenants if tenant.id != g.tenant.id}
    return {"query": query, "found": result, "others": names, "most": ON_THE_PAGE}
