"""Companies: writing one down, its page, changing everything at once, taking in, and the trash."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm import municipalities
from infosoc.crm.commands import companies as commands
from infosoc.crm.commands import company_facts, trash
from infosoc.crm.commands.facts import FactChanged
from infosoc.crm.forms.companies import NewCompanyForm, fact_form, remark
from infosoc.crm.forms.sheet import Sheet
from infosoc.crm.lists.spec import Reader
from infosoc.crm.queries import companies as queries
from infosoc.crm.queries.merged import kept_instead
from infosoc.crm.queries.neighbours import neighbours
from infosoc.crm.queries.similar import Similar, similar
from infosoc.crm.views import company_page
from infosoc.crm.views.blueprints import companies as blueprint
from infosoc.crm.views.typed import typed_points
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx, tell


class MayBeHere(Invalid):
    message = N_("This company may already exist: check the list above. If it is a different one, save again.")


@blueprint.get("/new")
@allow(Permission.CRM_WRITE)
def new() -> ResponseReturnValue:
    form = NewCompanyForm()
    form.offer(company_page.options(), me=current_user.public_id)
    if not form.name.data:
        form.name.data = request.args.get("name", "")[:200]
    return _show_new(form)


@blueprint.post("/new")
@allow(Permission.CRM_WRITE)
def create() -> ResponseReturnValue:
    form = NewCompanyForm()
    form.offer(company_page.options(), me=current_user.public_id)
    if not form.validate_on_submit():
        return _show_new(form, 422)
    found = _similar(form)
    if {one.company.public_id for one in found} - set(request.form.getlist("not_this")):
        form.refuse(MayBeHere())
        return _show_new(form, 422, found)
    try:
        with transaction() as session:
            written = form.company()
            is_left_out = commands.leaves_out_person(session, written)
            public_id = commands.create(session, written, by=current_user.id, now=clock.now()).public_id
    except Invalid as error:
        form.refuse(error)
        return _show_new(form, 422)
    if is_left_out:
        tell(gettext("The company has been added, but not %(name)s: blocked address.", name=form.contact_name.data))
    return go(url_for("companies.show", public_id=public_id))


@blueprint.post("/similar")
@allow(Permission.CRM_WRITE)
def similar_ones() -> ResponseReturnValue:
    """Those that may be the company being written, while it is being written.

    Changes nothing; a POST, so that numbers and addresses of persons stand in no URL and no log of URLs.
    """
    found = similar(db.session(), name=request.form.get("name", "")[:200], **typed_points(request.form))
    return fragment("crm/_similar.html", similar=found)


@blueprint.get("/find")
@allow(Permission.CRM_READ)
def find() -> ResponseReturnValue:
    """The options of a field where a company is picked."""
    words = next((value for name, value in request.args.items() if name != "not" and value), "")
    rows = queries.named_like(db.session(), words[:200])
    options = [row.company for row in rows if row.company.public_id != request.args.get("not")]
    return fragment("crm/_company_options.html", companies=options)


@blueprint.get("/<public_id>")
@allow(Permission.CRM_READ)
def show(public_id: str) -> ResponseReturnValue:
    try:
        page = company_page.load(public_id)
    except NotFound:
        kept = kept_instead(db.session(), public_id)
        if kept is None:
            raise
        return go(url_for("companies.show", public_id=kept))
    return render_template("crm/company.html", **company_page.values(page))


@blueprint.get("/<public_id>/step/<any(previous, next):way>")
@allow(Permission.CRM_READ)
def step(public_id: str, way: str) -> ResponseReturnValue:
    """Lead to the previous or next company of the list that the person came from; at its end, back to the list."""
    query = request.args.get("list", "")[:2000]
    reader = Reader(current_user.id, clock.today(), g.rights)
    before, after, _ = neighbours(db.session(), "companies", query, public_id, reader=reader)
    beside = before if way == "previous" else after
    if beside is None:
        tell(gettext("That was the first one.") if way == "previous" else gettext("That was the last one."))
        return go(url_for("companies.show", public_id=public_id, list=query))
    return go(url_for("companies.show", public_id=beside, list=query))


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
    try:
        with transaction() as session:
            relation = commands.change(
                session, public_id, sheet.values(), seen=sheet.seen(), by=current_user.id, now=clock.now()
            )
            public_id = relation.company.public_id
    except FactChanged as conflict:
        sheet.show_conflicts(conflict.keys, queries.relation_with_facts(db.session(), public_id), remark)
        return _show_edit(sheet, record, 409)
    except Invalid as error:
        sheet.top.refuse(error)
        return _show_edit(sheet, record, 422)
    tell(gettext("Saved."))
    return go(url_for("companies.show", public_id=public_id))


@blueprint.post("/<public_id>/take-in")
@allow(Permission.CRM_WRITE)
def take_in(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        relation = commands.take_in(
            session, public_id, by=current_user.id, now=clock.now(), source=company_page.source_of_sharing()
        )
        name = relation.company.name
    tell(gettext("%(name)s is now in our register, as a prospect.", name=name))
    return go(url_for("companies.show", public_id=public_id))


@blueprint.post("/<public_id>/trash")
@allow(Permission.CRM_TRASH)
def trash_it(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        name = trash.trash_company(session, public_id, by=current_user.id, now=clock.now()).company.name
    undo = url_for("companies.restore", public_id=public_id)
    tell(gettext("%(name)s is in the trash.", name=name), undo_url=undo)
    return go(url_for("companies.index"))


@blueprint.post("/<public_id>/restore")
@allow(Permission.CRM_TRASH)
def restore(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        name = trash.restore_company(session, public_id, by=current_user.id).company.name
    tell(gettext("%(name)s is back from the trash.", name=name))
    return go(url_for("companies.show", public_id=public_id))


@blueprint.post("/<public_id>/org-number")
@allow(Permission.SENSITIVE_READ)
def reveal(public_id: str) -> ResponseReturnValue:
    """A sole trader's number in full, once; that it was read is in the history."""
    with transaction() as session:
        number = commands.reveal_org_number(session, public_id, by=current_user.id)
    page = company_page.load(public_id)
    if not is_htmx():
        return render_template("crm/company.html", **{**company_page.values(page), "number": number})
    return fragment("crm/_org_number.html", **{**company_page.frame(page), "number": number})


def _similar(form: NewCompanyForm) -> list[Similar]:
    return similar(db.session(), name=form.name.data or "", **typed_points(form.data))


def _show_new(form: NewCompanyForm, status: int = 200, found: list[Similar] | None = None) -> ResponseReturnValue:
    if found is None:
        found = _similar(form) if form.is_submitted() else []
    return render_template("crm/company_new.html", form=form, similar=found, names=municipalities.names()), status


def _sheet(public_id: str) -> tuple[Sheet, dict[str, str]]:
    relation = queries.relation_with_facts(db.session(), public_id)
    options = company_page.options()
    known = company_facts.facts(options.fields)
    forms = {key: fact_form(fact, relation, options, prefix=f"{key}-") for key, fact in known.items()}
    return Sheet(known, forms), {"public_id": public_id, "name": relation.company.name}


def _show_edit(sheet: Sheet, record: dict[str, str], status: int = 200) -> ResponseReturnValue:
    groups = company_page.groups(sheet.known)
    return render_template("crm/company_edit.html", sheet=sheet, company=record, groups=groups), status
