"""People whose time is out: the warning list, and saying why somebody is to stay (P-50)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.privacy.commands import retention as commands
from infosoc.privacy.queries import retention as queries
from infosoc.privacy.retention_rules import RULE_LABELS
from infosoc.web.access import allow
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber
from infosoc.web.htmx import go

HALF_A_YEAR = timedelta(days=182)
blueprint = Blueprint("privacy_retention", __name__, url_prefix="/<tenant>/privacy/retention")


class KeepForm(BaseForm):
    """Why a person who is due is to stay, and until when."""

    reason = StringField(
        _l("Why the person should be kept"), validators=[InputRequired(REQUIRED), Length(max=300), NoPersonalNumber()]
    )
    until = NaturalDateField(_l("Kept until"), validators=[InputRequired(REQUIRED)])


@blueprint.get("")
@allow(Permission.PRIVACY_READ)
def index() -> ResponseReturnValue:
    return render_template("privacy/retention.html", rows=queries.due(db.session()), rules=RULE_LABELS)


@blueprint.get("/<public_id>")
@allow(Permission.PRIVACY_WRITE)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id, KeepForm(formdata=None, data={"until": clock.today() + HALF_A_YEAR}))


@blueprint.post("/<public_id>")
@allow(Permission.PRIVACY_WRITE)
def keep(public_id: str) -> ResponseReturnValue:
    form = KeepForm()
    if not form.validate_on_submit():
        return _page(public_id, form), 422
    try:
        with transaction() as session:
            one = queries.one(session, public_id)
            commands.keep(
                session, one.contact_id, form.reason.data, until=form.until.data, by=current_user.id, now=clock.now()
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return _page(public_id, form), 422
    return go(url_for("privacy_retention.index"))


def _page(public_id: str, form: KeepForm) -> str:
    one = queries.one(db.session(), public_id)
    return render_template("privacy/retention_keep.html", one=one, form=form, rules=RULE_LABELS)
