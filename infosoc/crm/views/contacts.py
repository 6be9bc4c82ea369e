"""Contact persons: writing one down, their page, taking in, and the trash."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import contacts as commands
from infosoc.crm.commands import trash
from infosoc.crm.commands.contact_facts import FACTS
from infosoc.crm.commands.facts import FactChanged
from infosoc.crm.forms.contacts import NewContactAnywhereForm, fact_form
from infosoc.crm.forms.sheet import Sheet
from infosoc.crm.lists.spec import Reader
from infosoc.crm.queries import companies as company_queries
from infosoc.crm.queries import contacts as queries
from infosoc.crm.queries.neighbours import neighbours
from infosoc.crm.views import company_page, contact_page
from infosoc.crm.views.blueprints import contacts as blueprint
from infosoc.crm.views.contact_facts import remark
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/new")
@allow(Permission.CRM_WRITE)
def new() -> ResponseReturnValue:
    form = NewContactAnywhereForm()
    form.offer()
    return _show_new(form)


@blueprint.post("/new")
@allow(Permission.CRM_WRITE)
def create() -> ResponseReturnValue:
    form = NewContactAnywhereForm()
    form.offer()
    if not form.validate_on_submit():
        return _show_new(form, 422)
    company_id = company_queries.picked(db.session(), form.company.data, form.company_id.data)
    if company_id is None:
        form.company.errors = [gettext("Choose a company from the list that opens while you type.")]
        return _show_new(form, 422)
    try:
        with transaction() as session:
            public_id = commands.create(
                session, company_id, form.contact(), by=current_user.id, now=clock.now(),
                source=company_page.source_of_sharing(),
            ).public_id  # fmt: skip
    except Invalid as error:
        form.refuse(error)
        return _show_new(form, 422)
    return go(url_for("contacts.show", public_id=public_id))


@blueprint.get("/<public_id>")
@allow(Permission.CRM_READ)
def show(public_id: str) -> ResponseReturnValue:
    page = contact_page.load(public_id)
    return render_template("crm/contact.html", **contact_page.values(page))


@blueprint.get("/<public_id>/step/<any(previous, next):way>")
@allow(Permission.CRM_READ)
def step(public_id: str, way: str) -> ResponseReturnValue:
    """Lead to the previous or next person of the list that one came from."""
    query = request.args.get("list", "")[:2000]
    reader = Reader(current_user.id, clock.today(), g.rights)
    before, after, _ = neighbours(db.session(), "contacts", query, public_id, reader=reader)
    beside = before if way == "previous" else after
    if beside is None:
        tell(gettext("That was the first one.") if way == "previous" else gettext("That was the last one."))
    return go(url_for("contacts.show", public_id=beside or public_id, list=query))


@blueprint.get("/<public_id>/edit")
@allow(Permission.CRM_WRITE)
def edit(public_id: str) -> ResponseReturnValue:
    """Every fact on one page."""
    sheet, record = _sheet(public_id)
    return _show_edit(sheet, record)


@blueprint.post("/<public_id>/edit")
@allow(Permission.CRM_WRITE)
def save(public_id: str) -> ResponseReturnValue:
    sheet, record = _sheet(public_id)
    if not sheet.validate():
        return _show_edit(sheet, record, 422)
    sees = contact_page.sees_protected()
    try:
        with transaction() as session:
            relation = commands.change(
                session, public_id, sheet.values(), seen=sheet.seen(), by=current_user.id, now=clock.now(),
                see_protected=sees,
            )  # fmt: skip
            public_id = relation.contact.public_id
    except FactChanged as conflict:
        now_there = queries.relation_with_facts(db.session(), public_id, see_protected=sees)
        sheet.show_conflicts(conflict.keys, now_there, remark)
        return _show_edit(sheet, record, 409)
    tell(gettext("Saved."))
    return go(url_for("contacts.show", public_id=public_id))


@blueprint.post("/<public_id>/trash")
@allow(Permission.CRM_TRASH)
def trash_it(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        relation = trash.trash_contact(
            session, public_id, by=current_user.id, now=clock.now(), see_protected=contact_page.sees_protected()
        )
        name = relation.contact.name
    undo = url_for("contacts.restore", public_id=public_id)
    tell(gettext("%(name)s is in the trash.", name=name), undo_url=undo)
    return go(url_for("contacts.index"))


@blueprint.post("/<public_id>/restore")
@allow(Permission.CRM_TRASH)
def restore(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        relation = trash.restore_contact(
            session, public_id, by=current_user.id, see_protected=contact_page.sees_protected()
        )
        name = relation.contact.name
    tell(gettext("%(name)s is back from the trash.", name=name))
    return go(url_for("contacts.show", public_id=public_id))


def _show_new(form: NewContactAnywhereForm, status: int = 200) -> ResponseReturnValue:
    return render_template("crm/contact_new.html", form=form), status


def _sheet(public_id: str) -> tuple[Sheet, dict[str, str]]:
    relation = queries.relation_with_facts(db.session(), public_id, see_protected=contact_page.sees_protected())
    known = {key: fact for key, fact in FACTS.items() if key != "protected"}
    forms = {key: fact_form(fact, relation, prefix=f"{key}-") for key, fact in known.items()}
    return Sheet(known, forms), {"public_id": public_id, "name": relation.contact.name}


def _show_edit(sheet: Sheet, record: dict[str, str], status: int = 200) -> ResponseReturnValue:
    groups = [
        (gettext("The person"), ["name", "language", "phones", "emails"]),
        (gettext("What we know"), ["call_block", "marketing", "notes", "origin"]),
    ]
    return render_template("crm/contact_edit.html", sheet=sheet, contact=record, groups=groups), status
