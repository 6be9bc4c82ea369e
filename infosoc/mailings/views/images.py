"""The pictures that letters carry."""

from __future__ import annotations

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands import images as commands
from infosoc.mailings.forms import ImageForm
from infosoc.mailings.queries import images as queries
from infosoc.mailings.queries.mailings import card
from infosoc.mailings.views.blueprints import mailing_images as blueprint
from infosoc.mailings.views.blueprints import mailings
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.MAILINGS_WRITE)
def index() -> ResponseReturnValue:
    return _page(ImageForm(formdata=None))


@mailings.get("/<public_id>/pictures")
@allow(Permission.MAILINGS_WRITE)
def pictures(public_id: str) -> ResponseReturnValue:
    """The pictures, on the way from a letter and back to it."""
    return _page(ImageForm(formdata=None), of=public_id)


@blueprint.post("")
@allow(Permission.MAILINGS_WRITE)
def create() -> ResponseReturnValue:
    return _receive(url_for("mailing_images.index"))


@mailings.post("/<public_id>/pictures")
@allow(Permission.MAILINGS_WRITE)
def add_picture(public_id: str) -> ResponseReturnValue:
    return _receive(url_for("mailings.pictures", public_id=public_id), of=public_id)


def _receive(page: str, of: str = "") -> ResponseReturnValue:
    form = ImageForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                commands.add_image(
                    session, form.file.data.filename or "", form.file.data.stream, by=current_user.id, now=clock.now()
                )
        except DomainError as error:
            form.refuse(error)
        else:
            tell(gettext("The picture has been added."))
            return go(page)
    return _page(form, of, 422)


def _page(form: ImageForm, of: str = "", status: int = 200) -> ResponseReturnValue:
    session = db.session()
    mailing = card(session, of).mailing if of else None
    return render_template("mailings/images.html", form=form, images=queries.images(session), mailing=mailing), status


@blueprint.get("/<public_id>/file")
@allow(Permission.MAILINGS_READ)
def show(public_id: str) -> Response:
    """The picture itself, which can be nothing but a picture."""
    image = queries.image(db.session(), public_id)
    response = make_response(image.content)
    response.headers["Content-Type"] = image.mime
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
