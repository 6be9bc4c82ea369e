"""How everybody is doing, for those who lead."""

from __future__ import annotations

from flask import Blueprint, render_template

from infosoc.crm.queries.team import team
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow

blueprint = Blueprint("team", __name__, url_prefix="/<tenant>/team")


@blueprint.get("")
@allow(Permission.TEAM_READ)
def show() -> str:
    return render_template("crm/team.html", team=team(db.session(), clock.today()))
