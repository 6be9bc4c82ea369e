"""Other terms for an agreement from a day: the form, what would happen, and the change."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, Refused, Stale
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import terms as commands
from infosoc.subscriptions.forms.terms import TermsForm
from infosoc.subscriptions.models import AgreementDeed
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries import invoiced
from infosoc.subscriptions.queries import terms as outlooks
from infosoc.subscriptions.queries.agreements import Head
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.queries.invoiced import Invoiced
from infosoc.subscriptions.views.blueprints import agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/terms")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def ask_terms(public_id: str) -> ResponseReturnValue:
    card, form = queries.head(db.session(), public_id), TermsForm(formdata=None)
    one, known = card.agreement, invoiced.of(db.session(), card.agreement)
    form.show(course_of(one).versions[-1].agreed, commands.first_day(one, known, clock.today()), commands.trial_of(one))
    form.version.data = commands.newest(one)
    return _page(card, form, known=known)


@blueprint.post("/<public_id>/terms/look")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def look_at_terms(public_id: str) -> ResponseReturnValue:
    """What would happen. Changes nothing; a POST, because all that is typed has no room in an address."""
    card, form = queries.head(db.session(), public_id), TermsForm()
    form.offer_terms()
    if not form.validate_on_submit():
        return _page(card, form, status=422)
    one, known = card.agreement, invoiced.of(db.session(), card.agreement)
    try:
        new = form.new_terms(course_of(one).versions[-1].agreed)
        deeds = commands.planned(one, new, known, by=current_user.id, now=clock.now())
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _page(card, form, status=422)
    return _page(card, form, deeds, known=known)


@blueprint.post("/<public_id>/terms")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def change_terms(public_id: str) -> ResponseReturnValue:
    card, form = queries.head(db.session(), public_id), TermsForm()
    form.offer_terms()
    if not form.validate_on_submit():
        return _page(card, form, status=422)
    new = form.new_terms(course_of(card.agreement).versions[-1].agreed)
    try:
        with transaction() as session:
            seen = form.version.data
            commands.change(session, public_id, new, seen=seen, by=current_user.id, now=clock.now())
    except (Invalid, Refused, Stale) as error:
        form.refuse(error)
        card = queries.head(db.session(), public_id)
        form.version.data = commands.newest(card.agreement)  # what is shown now is what a second try is made on
        return _page(card, form, status=409 if isinstance(error, Stale) else 422)
    tell(gettext("The terms have been changed."))
    return go(url_for("agreements.show", public_id=public_id))


def _page(
    card: Head, form: TermsForm, deeds: Sequence[AgreementDeed] | None = None, *, known: Invoiced | None = None,
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    form.offer_terms()
    session, one = db.session(), card.agreement
    known = known or invoiced.of(session, one)
    found = outlooks.outlook(session, one, known, deeds, on=clock.today())
    return render_template("subscriptions/terms.html", card=card, form=form, outlook=found), status
