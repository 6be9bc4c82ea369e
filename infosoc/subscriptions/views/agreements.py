"""Agreements: the list, signing one, its page, and how it is invoiced."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound, Stale
from infosoc.kernel.permission import Permission
from infosoc.subscriptions.commands import agreements as commands
from infosoc.subscriptions.forms.agreements import AgreementForm, DetailsForm
from infosoc.subscriptions.queries import agreements as queries
from infosoc.subscriptions.queries import catalogue
from infosoc.subscriptions.queries.agreements import Card, Head
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.rules import notice
from infosoc.subscriptions.rules.words import (
    DEED_LABELS,
    DELIVERY_LABELS,
    INTERVAL_LABELS,
    STATE_LABELS,
    STATE_MARKS,
    UNIT_LABELS,
)
from infosoc.subscriptions.views import term_words
from infosoc.subscriptions.views.blueprints import agreements as blueprint
from infosoc.web.access import allow
from infosoc.web.filters import locale_name
from infosoc.web.forms import place
from infosoc.web.htmx import fragment, go, is_htmx, tell


def words() -> dict[str, Any]:
    """What the values of agreements are called, and how they are marked."""
    return {
        "states": {str(key): label for key, label in STATE_LABELS.items()},
        "marks": {str(key): mark for key, mark in STATE_MARKS.items()},
        "intervals": {int(key): label for key, label in INTERVAL_LABELS.items()},
        "units": {str(key): label for key, label in UNIT_LABELS.items()},
        "deliveries": {str(key): label for key, label in DELIVERY_LABELS.items()},
        "deed_words": {str(key): label for key, label in DEED_LABELS.items()},
        "locale_of": locale_name(), "may_write": may(Permission.SUBSCRIPTIONS_WRITE), "today": clock.today(),
    }  # fmt: skip


def asked() -> dict[str, str]:
    """What the address of the list asks for: its tab, a search, a product."""
    return {name: request.args.get(name, "")[:80].replace("\0", "") for name in ("show", "q", "product")}


@blueprint.get("")
@allow(Permission.SUBSCRIPTIONS_READ)
def index() -> ResponseReturnValue:
    return render_template("subscriptions/agreements.html", **_list())


@blueprint.get("/rows")
@allow(Permission.SUBSCRIPTIONS_READ)
def rows() -> ResponseReturnValue:
    """More rows of the list; opened by hand it is a page."""
    if not is_htmx():
        return render_template("subscriptions/agreements.html", **_list())
    return fragment("subscriptions/_agreements_more.html", **_list())


def _list() -> dict[str, Any]:
    page = queries.page(db.session(), **asked(), after=place("after"), on=clock.today())
    options = [(one.public_id, one.name(locale_name())) for one in page.products]
    return {"page": page, "options": options, "may_export": may(Permission.CRM_EXPORT), **words()}


@blueprint.get("/new")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def new() -> ResponseReturnValue:
    form = AgreementForm(formdata=None, starts_on=clock.today())
    company_id = request.args.get("company", "")[:20]
    if company_id:
        company = companies.company(db.session(), company_id)
        form.company.data, form.company_id.data = company.name, company.public_id
        form.invoiced_like(queries.latest(db.session(), company.id))
    _offer(form)
    form.take_the_only_list()
    return _form_page(form)


@blueprint.post("")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def create() -> ResponseReturnValue:
    form = AgreementForm()
    _offer(form)
    if not form.validate_on_submit():
        return _form_page(form, 422)
    try:
        with transaction() as session:
            picked = companies.picked(session, form.company.data or "", form.company_id.data or "")
            new = form.agreement(picked or "")
            address = _address(commands.sign(session, new, by=current_user.id, now=clock.now()).public_id)
    except Invalid as error:
        form.refuse(error)
        return _form_page(form, 422)
    tell(gettext("The agreement has been saved."))
    return go(address)


@blueprint.get("/<public_id>")
@allow(Permission.SUBSCRIPTIONS_READ)
def show(public_id: str) -> ResponseReturnValue:
    card = queries.card(db.session(), public_id, on=clock.today())
    values = {"term_changes": term_words.changes_of, **_times(card), **words()}
    return render_template("subscriptions/agreement.html", card=card, **values)


@blueprint.get("/<public_id>/invoicing")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def details(public_id: str) -> ResponseReturnValue:
    card = queries.head(db.session(), public_id)
    form = DetailsForm(formdata=None, obj=card.agreement)
    form.contact.data = card.recipient.public_id if card.recipient else ""
    return _details_page(card, form)


@blueprint.post("/<public_id>/invoicing")
@allow(Permission.SUBSCRIPTIONS_WRITE)
def save_details(public_id: str) -> ResponseReturnValue:
    card = queries.head(db.session(), public_id)
    form = DetailsForm()
    form.offer_details(queries.people_at(db.session(), card.company.id))
    if not form.validate_on_submit():
        return _details_page(card, form, 422)
    try:
        with transaction() as session:
            version = form.version.data
            commands.change_details(session, public_id, form.details(), version=version, by=current_user.id)
    except (Invalid, Stale) as error:
        form.refuse(error)
        card = queries.head(db.session(), public_id)
        form.version.data = card.agreement.version  # what is shown now is what a second try is made on
        return _details_page(card, form, 409 if isinstance(error, Stale) else 422)
    tell(gettext("The invoice details have been changed."))
    return go(_address(public_id))


def _address(public_id: str) -> str:
    return url_for("agreements.show", public_id=public_id)


def _times(card: Card) -> dict[str, Any]:
    """Binding time and notice as days."""
    one, today = card.agreement, clock.today()
    terms = course_of(one).notice_on(today)
    end = None if one.ends_on else notice.earliest_end(terms, today)
    return {
        "binding_end": terms.binding_end if terms.binding else None, "earliest_end": end,
        "last_notice": notice.last_notice_day(terms, end) if end and terms.renewal else None,
    }  # fmt: skip


def _offer(form: AgreementForm) -> None:
    session = db.session()
    people = []
    if form.company_id.data:
        try:
            people = queries.people_at(session, companies.company(session, form.company_id.data).id)
        except NotFound:
            people = []
    form.offer(queries.catalogue(session), catalogue.price_lists(session), people, locale_name())


def _form_page(form: AgreementForm, status: int = 200) -> ResponseReturnValue:
    return render_template("subscriptions/agreement_new.html", form=form), status


def _details_page(card: Head, form: DetailsForm, status: int = 200) -> ResponseReturnValue:
    form.offer_details(queries.people_at(db.session(), card.company.id))
    return render_template("subscriptions/agreement_details.html", card=card, form=form), status
