"""A mailing on its way: how far it has come, and the buttons that pause, resume and end it."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.jobs.queries import has_worker
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.mailings import pace_rules, rules
from infosoc.mailings.commands import sending as commands
from infosoc.mailings.queries import mailings as queries
from infosoc.mailings.queries.mailings import MailingCard
from infosoc.mailings.rules import State
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import frame_of
from infosoc.outbox import queries as outbox
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx, tell

ON_THE_WAY = (State.APPROVED, State.SENDING)


@blueprint.get("/<public_id>")
@allow(Permission.MAILINGS_READ)
def show(public_id: str) -> ResponseReturnValue:
    found = queries.card(db.session(), public_id)
    return render_template("mailings/show.html", **_values(found))


@blueprint.get("/<public_id>/progress")
@allow(Permission.MAILINGS_READ)
def progress(public_id: str) -> ResponseReturnValue:
    """How far it has come, alone; a whole page when opened by hand, and when it has come to another state."""
    found = queries.card(db.session(), public_id)
    if not is_htmx():
        return render_template("mailings/show.html", **_values(found))
    if found.mailing.state not in ON_THE_WAY:
        return go(url_for("mailings.show", public_id=public_id))
    return fragment("mailings/_progress.html", **_values(found))


@blueprint.post("/<public_id>/start")
@allow(Permission.MAILINGS_SEND)
def start(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.start(session, public_id, by=current_user.id, now=clock.now())
    return _back(public_id, gettext("The mailing is on its way."))


@blueprint.post("/<public_id>/pause")
@allow(Permission.MAILINGS_WRITE)
def pause(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.pause(session, public_id, by=current_user.id, now=clock.now())
    return _back(public_id, gettext("The mailing is paused."))


@blueprint.post("/<public_id>/resume")
@allow(Permission.MAILINGS_SEND)
def resume(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.resume(session, public_id, by=current_user.id, now=clock.now())
    return _back(public_id, gettext("The mailing continues."))


@blueprint.get("/<public_id>/stop")
@allow(Permission.MAILINGS_SEND)
def ask_to_stop(public_id: str) -> ResponseReturnValue:
    """It cannot be undone, so it is asked once, in numbers."""
    found = queries.card(db.session(), public_id)
    done, total = queries.progress(found.mailing)
    return render_template("mailings/stop.html", left=total - done, done=done, **frame_of(found))


@blueprint.post("/<public_id>/stop")
@allow(Permission.MAILINGS_SEND)
def stop(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.stop(session, public_id, by=current_user.id, now=clock.now())
    return _back(public_id, gettext("The mailing has been ended."))


@blueprint.post("/<public_id>/uncertain/<any(sent, again):answer>")
@allow(Permission.MAILINGS_SEND)
def settle(public_id: str, answer: str) -> ResponseReturnValue:
    """What somebody has found out of the letters of which nobody knew: they arrived, or are to be sent."""
    with transaction() as session:
        commands.settle_uncertain(session, public_id, arrived=answer == "sent", by=current_user.id, now=clock.now())
    text = gettext("The letters are marked as sent.") if answer == "sent" else gettext("The letters are sent again.")
    return _back(public_id, text)


def _back(public_id: str, text: str) -> ResponseReturnValue:
    tell(text)
    return go(url_for("mailings.show", public_id=public_id))


def _values(found: MailingCard) -> dict[str, Any]:
    session, mailing = db.session(), found.mailing
    per_hour = pace_rules.letters_an_hour(g.tenant.settings.get("letters_per_hour"), rules.PER_HOUR)
    done, total = queries.progress(mailing)
    return {
        **frame_of(found, "show"), "done": done, "total": total,
        "minutes_left": queries.minutes_left(mailing, per_hour),
        "is_on_the_way": mailing.state in ON_THE_WAY, "pause": outbox.pause(session),
        "has_worker": has_worker(session, now=clock.now()) if mailing.state in ON_THE_WAY else True,
    }  # fmt: skip
