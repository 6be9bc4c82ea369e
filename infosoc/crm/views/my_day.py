"""My day: the tenant's start page. What is overdue, what is for today, whom to call, what one has done."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.views.activity import my_day_values
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx

blueprint = Blueprint("my_day", __name__, url_prefix="/<tenant>")


@blueprint.get("/")
@allow(Permission.MEMBER)
def show() -> ResponseReturnValue:
    """The start page; who does not work with customers is led to a page that is theirs."""
    return _page()


@blueprint.get("/my-day")
@allow(Permission.MEMBER)
def part() -> ResponseReturnValue:
    """The page's content alone, when something has happened elsewhere."""
    if is_htmx() and may(Permission.CRM_READ):
        return fragment("crm/_my_day.html", **my_day_values())
    return _page()


def _page() -> ResponseReturnValue:
    if not may(Permission.CRM_READ):
        return go(url_for("account.show", tenant=g.tenant.slug))
    return render_template("crm/my_day.html", **my_day_values())
