"""A letter as its readers will see it, and a test letter to oneself."""

from __future__ import annotations

import base64
from typing import Any

from flask import Response, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings import letters
from infosoc.mailings.commands import freezing
from infosoc.mailings.commands import trying as commands
from infosoc.mailings.letters import Preview
from infosoc.mailings.markup import Picture, read
from infosoc.mailings.queries import images
from infosoc.mailings.queries.mailings import MailingCard, card
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import frame_of, letter_facts
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell
from infosoc.web.security import CSP

# A letter is a page of its own: it brings its own style, shows pictures that are in it, and can reach nothing.
LETTER_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
WAYS = ("mail", "phone", "text")


@blueprint.get("/<public_id>/preview")
@allow(Permission.MAILINGS_READ)
def preview(public_id: str) -> ResponseReturnValue:
    """The letter in its frame: as a mail program shows it, as a phone does, or as plain text."""
    found = card(db.session(), public_id)
    way = request.args.get("as", "")
    way = way if way in WAYS else "mail"
    made = _composed(found)
    page = render_template(
        "mailings/preview.html", way=way, shown=made, sender=letter_facts(found).sender.printed_name,
        problem=_problem(db.session(), found), **frame_of(found, "preview"),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    return response


@blueprint.get("/<public_id>/preview/letter")
@allow(Permission.MAILINGS_READ)
def preview_letter(public_id: str) -> Response:
    """The letter itself."""
    response = make_response(_composed(card(db.session(), public_id), with_pictures=True).html)
    response.headers["Content-Security-Policy"] = LETTER_CSP
    return response


@blueprint.post("/<public_id>/test")
@allow(Permission.MAILINGS_WRITE)
def send_test(public_id: str) -> ResponseReturnValue:
    """A test letter to oneself; its link does nothing."""
    found = card(db.session(), public_id)
    made = _composed(found, with_pictures=True, fields=_own_fields())
    page = url_for("mailings.preview", public_id=public_id)
    try:
        with transaction() as session:
            commands.send_test(session, found.mailing.list_id, public_id, made, current_user.email, now=clock.now())
    except DomainError as error:
        tell(gettext(error.message, **error.values), is_error=True)
        return go(page)
    tell(gettext("A test is on its way to %(address)s.", address=current_user.email))
    return go(page)


def sample(found: MailingCard) -> Preview:
    """The letter as somebody invented would read it."""
    return _composed(found)


def inert_link() -> str:
    """Where the link of a preview or a test letter leads: a page that knows nobody (M-27)."""
    return f"{current_app.extensions['settings'].base_url}/unsubscribe/test"


def _composed(found: MailingCard, *, with_pictures: bool = False, fields: dict[str, Any] | None = None) -> Preview:
    settings = current_app.extensions["settings"]
    pictures = _pictures(found) if with_pictures else None
    with force_locale(found.mailing.language):
        sample = _sample_fields()
    return letters.preview(letter_facts(found), sample | (fields or {}), settings, link=inert_link(), pictures=pictures)


def _pictures(found: MailingCard) -> dict[str, Picture]:
    """The pictures in the page itself: a letter in a sandbox may fetch nothing, and carries no cookie."""
    wanted = read(found.mailing.body).pictures
    made = {}
    for one in images.images_named(db.session(), wanted, with_content=True):
        data = base64.b64encode(one.content).decode()
        made[one.public_id] = Picture(f"data:{one.mime};base64,{data}", one.width, one.height)
    return made


def _problem(session: Session, found: MailingCard) -> str:
    try:
        freezing.check_letter(session, found.mailing)
    except DomainError as error:
        return gettext(error.message, **error.values)
    return ""


def _sample_fields() -> dict[str, Any]:
    """Somebody invented, who has not been written to before: the longest letter there is."""
    return {
        "name": gettext("Anna Example"), "company": gettext("Example Ltd"),
        "title": gettext("Head of administration"), "source": gettext("the company's website"),
    }  # fmt: skip


def _own_fields() -> dict[str, Any]:
    return {"name": current_user.name, "company": g.tenant.name}
