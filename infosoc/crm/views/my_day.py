"""My day: the tenant's start page. What is overdue, what is for today, whom to call, what one has done."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.views.activity import my_day_values
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, is_htmx

blueprint = Blueprint("my_day", __name__, url_prefix="/<tenant>")


@blueprint.get("/")
@allow(Permission.MEMBER)
def show() -> ResponseReturnValue:
    return _page()


@blueprint.get("/my-day")
@allow(Permission.MEMBER)
def part() -> ResponseReturnValue:
    """The page's content alone, when something has happened elsewhere."""
    if is_htmx() and may(Permission.CRM_READ):
        return fragment("crm/_my_day.html", **my_day_values())
    return _page()


def _page() -> str:
    if not may(Permission.CRM_READ):
        return render_template("crm/my_day_bare.html")
    return render_template("crm/my_day.html", **my_day_values())
