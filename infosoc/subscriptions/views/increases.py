"""Price increases: prepared, looked through, carried out, and told."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import increases as commands
from infosoc.subscriptions.forms.more import IncreaseForm
from infosoc.subscriptions.queries import agreements
from infosoc.subscriptions.queries import increases as queries
from infosoc.subscriptions.rules.words import INTERVAL_LABELS
from infosoc.subscriptions.views.blueprints import price_increases as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.htmx import go, tell


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def index() -> ResponseReturnValue:
    return render_template(
        "subscriptions/increases.html",
        increases=queries.every(db.session()),
        may_write=may(Permission.SUBSCRIPTIONS_WRITE),
        may_set_up=may(Permission.SUBSCRIPTIONS_SET_UP),
    )


@blueprint.get("/new")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def new() -> ResponseReturnValue:
    form = IncreaseForm(formdata=None)
    form.letter_subject.data, form.letter.data = gettext("New prices from [day]"), _letter()
    return _form_page(form)


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def create() -> ResponseReturnValue:
    form = IncreaseForm()
    form.offer(agreements.catalogue(db.session()), locale_name())
    if not form.validate_on_submit():
        return _form_page(form, 422)
    try:
        with transaction() as session:
            made = commands.prepare(session, form.increase(), by=current_user.id, now=clock.now(), today=clock.today())
            address = url_for("price_increases.show", public_id=made.public_id)
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _form_page(form, 422)
    return go(address)


@blueprint.get("/<public_id>")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def show(public_id: str) -> ResponseReturnValue:
    found = queries.increase(db.session(), public_id)
    return render_template(
        "subscriptions/increase.html", increase=found, rows=queries.rows(db.session(), found), locale_of=locale_name(),
        intervals={int(key): label for key, label in INTERVAL_LABELS.items()},
    )  # fmt: skip


@blueprint.post("/<public_id>/lines")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def choose(public_id: str) -> ResponseReturnValue:
    """The lines that are ticked rise; the others are left out. With `then=apply` it is carried out in the same go."""
    ticked, shown = set(request.form.getlist("lines")), set(request.form.getlist("shown"))
    version = request.form.get("version", type=int)
    with transaction() as session:
        commands.leave_out(session, public_id, shown - ticked, version=version)
        if request.form.get("then") == "apply":
            commands.apply(session, public_id, version=None, by=current_user.id, now=clock.now())
            tell(gettext("The price increase has been carried out."))
    return go(url_for("price_increases.show", public_id=public_id))


@blueprint.get("/<public_id>/letters")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def letters(public_id: str) -> ResponseReturnValue:
    found = queries.increase(db.session(), public_id)
    made = list(queries.letters(db.session(), found, sender=g.tenant.name))
    return render_template("subscriptions/letters.html", increase=found, letters=made)


@blueprint.post("/<public_id>/letters")
@allow(Permission.SUBSCRIPTIONS_SET_UP)
def send_letters(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        sent = commands.queue_letters(
            session, public_id, by=current_user.id, now=clock.now(), sender=g.tenant.name
        )  # fmt: skip
    tell(ngettext("%(num)d letter is on its way.", "%(num)d letters are on their way.", sent))
    return go(url_for("price_increases.letters", public_id=public_id))


def _form_page(form: IncreaseForm, status: int = 200) -> ResponseReturnValue:
    form.offer(agreements.catalogue(db.session()), locale_name())
    return render_template("subscriptions/increase_new.html", form=form, fields=queries.FIELDS), status


def _letter() -> str:
    return gettext(
        "Hello [recipient],\n\nfrom [day] our prices change for agreement [number] with [company]:\n\n[prices]\n\n"
        "The prices do not include VAT. Everything else in the agreement stays as it is.\n\nKind regards\n[sender]"
    )
