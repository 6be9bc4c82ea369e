"""What makes mail arrive, and mail that came and no machine could read: the pages beside `flask mail check|unread`."""

from __future__ import annotations

from flask import current_app, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.mailings import deliverability, facts, inbound, inbound_rules
from infosoc.mailings.letters import NoSender
from infosoc.mailings.views.blueprints import mail_settings as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SETTINGS_READ)
def delivery() -> ResponseReturnValue:
    """The lines for the DNS, and what else mail needs to arrive."""
    settings = current_app.extensions["settings"]
    try:
        dns = facts.dns_of(g.tenant, settings, public_key=gettext(deliverability.NO_KEY))
    except NoSender:
        dns = None
    return render_template(
        "mailings/delivery.html", dns=dns, faults=facts.faults_of(settings), checklist=deliverability.CHECKLIST
    )


@blueprint.get("/unread")
@allow(Permission.MAIL_READ)
def unread() -> ResponseReturnValue:
    """Mail that waits for a person."""
    mails = [(one, inbound_rules.shown(one.content or b"")) for one in inbound.waiting(db.session())]
    return render_template(
        "mailings/unread.html", mails=mails, address=g.tenant.settings.get("privacy_email"),
        may_settle=Permission.SETTINGS_WRITE in g.rights,
    )  # fmt: skip


@blueprint.post("/unread/<int:number>")
@allow(Permission.SETTINGS_WRITE)
def settle(number: int) -> ResponseReturnValue:
    """A person has seen to one of them: its text is let go."""
    with transaction() as session:
        inbound.settle(session, inbound.waiting(session), number, now=clock.now())
    tell(gettext("Marked as done, and the text has been deleted."))
    return go(url_for("mail_settings.unread"))
