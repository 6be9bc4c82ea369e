"""The people of a company: adding one from its page, and taking in one that another tenant shows."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import contacts as commands
from infosoc.crm.forms.contacts import NewContactForm
from infosoc.crm.models.companies import Company
from infosoc.crm.queries import companies as queries
from infosoc.crm.views import company_page
from infosoc.crm.views.blueprints import companies as blueprint
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, fragment_or_redirect, go, is_htmx, tell, toast


@blueprint.get("/<public_id>/people/new")
@allow(Permission.CRM_WRITE)
def new_person(public_id: str) -> ResponseReturnValue:
    form = NewContactForm()
    form.offer()
    return _show_form(form, queries.company(db.session(), public_id))


@blueprint.post("/<public_id>/people")
@allow(Permission.CRM_WRITE)
def add_person(public_id: str) -> ResponseReturnValue:
    form = NewContactForm()
    form.offer()
    if not form.validate_on_submit():
        return _show_form(form, queries.company(db.session(), public_id), 422)
    try:
        with transaction() as session:
            commands.create(
                session, public_id, form.contact(), by=current_user.id, now=clock.now(),
                source=company_page.source_of_sharing(),
            )  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _show_form(form, queries.company(db.session(), public_id), 422)
    return _people(public_id, gettext("%(name)s has been added.", name=form.name.data))


@blueprint.post("/<public_id>/people/<contact_id>/take-in")
@allow(Permission.CRM_WRITE)
def take_in_person(public_id: str, contact_id: str) -> ResponseReturnValue:
    with transaction() as session:
        person = commands.take_in_person(
            session, contact_id, public_id, by=current_user.id, now=clock.now(),
            source=company_page.source_of_sharing(),
        )  # fmt: skip
        name = person.name
    text = gettext("%(name)s is now in our register.", name=name)
    if is_htmx():
        return _people(public_id, text)
    tell(text)
    return go(url_for("contacts.show", public_id=contact_id))


def _people(public_id: str, text: str) -> ResponseReturnValue:
    values: dict[str, Any] = company_page.frame(company_page.load(public_id))
    address = url_for("companies.show", public_id=public_id) + "#people"
    if not is_htmx():
        tell(text)
    return toast(fragment_or_redirect("crm/_people.html", page=address, **values), text)


def _show_form(form: NewContactForm, company: Company, status: int = 200) -> ResponseReturnValue:
    values = {"form": form, "company": company}
    if is_htmx():
        return fragment("crm/_person_form.html", status, **values)
    return render_template("crm/person_new.html", **values), status
