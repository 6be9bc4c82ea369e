"""The mailings, and the writing of one."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings import markup, rules
from infosoc.mailings.commands import writing as commands
from infosoc.mailings.forms import CopyForm, LetterForm, MailingForm
from infosoc.mailings.queries import images
from infosoc.mailings.queries import mailings as queries
from infosoc.mailings.queries.mailings import MailingCard
from infosoc.mailings.rules import State
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import MARKS, frame_of
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.MAILINGS_READ)
def index() -> ResponseReturnValue:
    page = queries.page(db.session(), request.args.get("show", ""), page_number())
    return render_template(
        "mailings/mailings.html", page=page, labels=rules.STATE_LABELS, marks=MARKS,
        may_write=may(Permission.MAILINGS_WRITE),
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.MAILINGS_WRITE)
def new() -> ResponseReturnValue:
    lists = queries.lists(db.session(), open_only=True)
    return render_template("mailings/new.html", form=MailingForm(lists, formdata=None), has_lists=bool(lists))


@blueprint.post("")
@allow(Permission.MAILINGS_WRITE)
def create() -> ResponseReturnValue:
    lists = queries.lists(db.session(), open_only=True)
    form = MailingForm(lists)
    if form.validate_on_submit():
        title, of_list, language = form.title.data or "", form.list_id.data, form.language.data
        with transaction() as session:
            made = commands.start_mailing(session, title, of_list, language, by=current_user.id, now=clock.now())
            address = url_for("mailings.letter", public_id=made.public_id)
        return go(address)
    return render_template("mailings/new.html", form=form, has_lists=bool(lists)), 422


@blueprint.get("/<public_id>/letter")
@allow(Permission.MAILINGS_WRITE)
def letter(public_id: str) -> ResponseReturnValue:
    card = queries.card(db.session(), public_id)
    if card.mailing.state != State.DRAFT:
        return go(url_for("mailings.show", public_id=public_id))
    lists = queries.lists(db.session(), open_only=True)
    form = LetterForm(lists, formdata=None, obj=card.mailing, data={"list_id": card.of_list.public_id})
    form.list_id.data = card.of_list.public_id
    return _letter_page(card, form)


@blueprint.post("/<public_id>/letter")
@allow(Permission.MAILINGS_WRITE)
def write(public_id: str) -> ResponseReturnValue:
    form = LetterForm(queries.lists(db.session(), open_only=True))
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.write_letter(session, public_id, form.content(), version=form.version.data, by=current_user.id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _after_writing(public_id)
    return _letter_page(queries.card(db.session(), public_id), form, 422)


def _after_writing(public_id: str) -> ResponseReturnValue:
    """On to where the button says; without another word the letter stays open."""
    tell(gettext("The letter has been saved."))
    places = {"recipients": "mailings.audience", "preview": "mailings.preview", "pictures": "mailings.pictures"}
    return go(url_for(places.get(request.form.get("then", ""), "mailings.letter"), public_id=public_id))


def _letter_page(card: MailingCard, form: LetterForm, status: int = 200) -> ResponseReturnValue:
    body = form.body.data or ""
    return render_template(
        "mailings/letter.html", form=form, fields=markup.FIELDS, pictures=images.images(db.session()),
        problems=[(message, values) for message, values in markup.problems(body) if message != markup.EMPTY],
        missing=images.missing_images(db.session(), markup.read(body).pictures), **frame_of(card, "letter"),
    ), status  # fmt: skip


@blueprint.get("/<public_id>/copy")
@allow(Permission.MAILINGS_WRITE)
def copy(public_id: str) -> ResponseReturnValue:
    card = queries.card(db.session(), public_id)
    form = CopyForm(formdata=None, data={"title": gettext("%(title)s (copy)", title=card.mailing.title)[:120]})
    return render_template("mailings/copy.html", form=form, **_of(card))


@blueprint.post("/<public_id>/copy")
@allow(Permission.MAILINGS_WRITE)
def make_copy(public_id: str) -> ResponseReturnValue:
    form = CopyForm()
    if not form.validate_on_submit():
        return render_template("mailings/copy.html", form=form, **_of(queries.card(db.session(), public_id))), 422
    with transaction() as session:
        made = commands.copy_mailing(session, public_id, form.title.data or "", by=current_user.id, now=clock.now())
        address = url_for("mailings.letter", public_id=made.public_id)
    return go(address)


def _of(card: MailingCard) -> dict[str, Any]:
    return {"mailing": card.mailing}
