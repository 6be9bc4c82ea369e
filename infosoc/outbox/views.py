"""The sent-mail page: what has gone out in the tenant's name, and what waits for somebody to decide."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.outbox import commands, queries, rules
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import fragment, go, is_htmx, tell
from infosoc.web.navigation import Entry

blueprint = Blueprint("outbox", __name__, url_prefix="/<tenant>/mail")


def register(app: Flask) -> None:
    """Hang the pages, and their place in the menu, on the application."""
    app.register_blueprint(blueprint)
    entry = Entry(N_("Sent mail"), "outbox.index", Permission.MAIL_READ, "email")
    app.extensions["navigation"].add(N_("Settings"), 90, entry)


@blueprint.get("")
@allow(Permission.MAIL_READ)
def index() -> ResponseReturnValue:
    return render_template("outbox/messages.html", **_list_values())


@blueprint.get("/rows")
@allow(Permission.MAIL_READ)
def rows() -> ResponseReturnValue:
    """The list alone; a whole page when opened by hand."""
    if not is_htmx():
        return render_template("outbox/messages.html", **_list_values())
    return fragment("outbox/_message_rows.html", **_list_values())


@blueprint.get("/<public_id>")
@allow(Permission.MAIL_READ)
def show(public_id: str) -> ResponseReturnValue:
    message = queries.message_at(db.session(), public_id)
    return render_template(
        "outbox/message.html",
        message=message,
        # The text of a secret one is not even handed to the template.
        text=None if message.is_secret else message.text_body,
        labels=rules.STATE_LABELS,
        may_decide=Permission.SETTINGS_WRITE in g.rights,
        **_stops(),
    )


@blueprint.post("/<public_id>/again")
@allow(Permission.SETTINGS_WRITE)
def again(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.send_again(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("The message is waiting to be sent."))
    return go(url_for("outbox.show", public_id=public_id))


@blueprint.post("/<public_id>/sent")
@allow(Permission.SETTINGS_WRITE)
def sent(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.mark_as_sent(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("The message is marked as sent."))
    return go(url_for("outbox.show", public_id=public_id))


def _list_values() -> dict[str, Any]:
    choice = request.args.get("show", "")
    choice = choice if choice in queries.CHOICES else ""
    page = queries.mail_page(db.session(), choice, page_number())
    return {"page": page, "labels": rules.STATE_LABELS, **_stops()}


def _stops() -> dict[str, Any]:
    """Why nothing goes out, if nothing does."""
    has_server = bool(current_app.extensions["settings"].smtp_url)
    return {"has_server": has_server, "pause": queries.pause(db.session())}
