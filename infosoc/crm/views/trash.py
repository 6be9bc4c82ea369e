"""What lies in the trash, and the way back."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from infosoc.accounts.request import may
from infosoc.crm.queries.trash import trashed
from infosoc.crm.rules import TRASH_DAYS
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow

blueprint = Blueprint("trash", __name__, url_prefix="/<tenant>/trash")


@blueprint.get("")
@allow(Permission.CRM_READ)
def index() -> ResponseReturnValue:
    rows = trashed(db.session(), now=clock.now(), see_protected=may(Permission.PROTECTED_READ))
    return render_template("crm/trash.html", rows=rows, days=TRASH_DAYS, may_restore=may(Permission.CRM_TRASH))
