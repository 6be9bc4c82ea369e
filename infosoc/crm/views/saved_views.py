"""Saving, changing and deleting views of lists, and keeping one's columns."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.crm.commands import saved_views as commands
from infosoc.crm.forms.saved_views import ListForm, RenameForm, ViewForm
from infosoc.crm.lists import state
from infosoc.crm.lists.registry import list_named
from infosoc.crm.lists.spec import Choices
from infosoc.crm.lists.state import Query
from infosoc.crm.models.lists import SavedView
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.views import list_pages
from infosoc.crm.views.blueprints import saved_views as blueprint
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx, tell


@blueprint.get("/<any(companies, contacts):list_name>")
@allow(Permission.CRM_READ)
def new(list_name: str) -> ResponseReturnValue:
    """The form for keeping a list as a view, in the dialog or as a page."""
    query, known = list_pages.read(list_name)
    form = ViewForm(formdata=None, query=query.text_to_keep())
    return _show(list_name, form, query, known)


@blueprint.post("/<any(companies, contacts):list_name>")
@allow(Permission.CRM_READ)
def create(list_name: str) -> ResponseReturnValue:
    form = ViewForm()
    if not form.validate_on_submit():
        return _wrong(list_name, form)
    checked = _checked(list_name, form.query.data)
    is_shared = form.is_shared.data and may(Permission.CRM_SHARE_VIEWS)
    try:
        with transaction() as session:
            view = commands.save_view(
                session, list_name, form.name.data, checked, is_shared=is_shared, by=current_user.id, now=clock.now()
            )
    except commands.NameTaken as error:
        form.refuse(error)
        return _wrong(list_name, form)
    return _to(view, gettext("Saved as %(name)s", name=view.name))


def _wrong(list_name: str, form: ViewForm) -> ResponseReturnValue:
    who = list_pages.reader()
    known = choices(db.session(), list_name, who)
    query = state.read_text(list_named(list_name), form.query.data or "", who, known)
    return _show(list_name, form, query, known, 422)


@blueprint.post("/<public_id>/update")
@allow(Permission.CRM_READ)
def update(public_id: str) -> ResponseReturnValue:
    form = ListForm()
    form.validate_on_submit()
    with transaction() as session:
        known = commands.changeable(session, public_id, by=current_user.id, may_share=_may_share())
        query = _checked(known.list_name, form.query.data)
        view = commands.update_view(session, public_id, query, by=current_user.id, may_share=_may_share())
    return _to(view, gettext("%(name)s has been updated", name=view.name))


@blueprint.post("/<public_id>/rename")
@allow(Permission.CRM_READ)
def rename(public_id: str) -> ResponseReturnValue:
    form = RenameForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                view = commands.rename_view(
                    session, public_id, form.name.data, by=current_user.id, may_share=_may_share()
                )  # fmt: skip
            return _to(view, gettext("The view is now called %(name)s", name=view.name))
        except commands.NameTaken as error:
            form.refuse(error)
    action = url_for("saved_views.rename", public_id=public_id)
    return render_template("crm/lists/name_form.html", form=form, action=action), 422


@blueprint.post("/<public_id>/delete")
@allow(Permission.CRM_READ)
def delete(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        view, undo = commands.delete_view(
            session, public_id, by=current_user.id, may_share=_may_share(), now=clock.now()
        )
    undo_url = url_for("saved_views.restore", public_id=undo.public_id)
    tell(gettext("%(name)s has been deleted", name=view.name), undo_url=undo_url)
    return go(url_for(f"{view.list_name}.index"))


@blueprint.post("/restore/<public_id>")
@allow(Permission.CRM_READ)
def restore(public_id: str) -> ResponseReturnValue:
    """Bring back a view; `public_id` is that of the undo."""
    with transaction() as session:
        view = commands.restore_view(session, public_id, by=current_user.id, now=clock.now())
    return _to(view, gettext("%(name)s is back", name=view.name))


@blueprint.post("/<any(companies, contacts):list_name>/columns")
@allow(Permission.CRM_READ)
def keep_columns(list_name: str) -> ResponseReturnValue:
    form = ListForm()
    form.validate_on_submit()
    wanted = set((form.columns.data or "").split("."))
    columns = [column.name for column in list_named(list_name).columns if column.name in wanted]
    if columns:
        with transaction() as session:
            commands.keep_columns(session, list_name, columns, by=current_user.id)
    return go(_address(list_name, _checked(list_name, form.query.data)))


def _checked(list_name: str, text: str | None) -> str:
    """A query string as the list itself writes it; whatever else was sent is gone."""
    who, spec = list_pages.reader(), list_named(list_name)
    return state.read_text(spec, text or "", who, choices(db.session(), list_name, who)).text_to_keep()


def _may_share() -> bool:
    return may(Permission.CRM_SHARE_VIEWS)


def _address(list_name: str, query: str) -> str:
    address = url_for(f"{list_name}.index")
    return f"{address}?{query}" if query else address


def _to(view: SavedView, text: str) -> ResponseReturnValue:
    tell(text)
    query = f"{view.query}&view={view.public_id}" if view.query else f"view={view.public_id}"
    return go(_address(view.list_name, query))


def _show(list_name: str, form: ViewForm, query: Query, known: Choices, status: int = 200) -> ResponseReturnValue:
    view = next((view for view in known.views if view.public_id == query.view), None)
    columns = query.columns or known.columns or query.spec.default_columns
    values = {
        "list_name": list_name, "form": form, "query": query.text_to_keep(), "view": view, "may_share": _may_share(),
        "may_change": view is not None and (view.is_own or _may_share()), "columns": ".".join(columns),
    }  # fmt: skip
    if is_htmx():
        return fragment("crm/lists/_view_dialog.html", status, **values)
    return render_template("crm/lists/view_form.html", **values), status
