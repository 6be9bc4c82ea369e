"""Where a contact person works: another company, another title, which is the main one."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import contacts as commands
from infosoc.crm.forms.contacts import NewPostForm, PostForm
from infosoc.crm.models.contacts import Post
from infosoc.crm.queries import companies
from infosoc.crm.views import contact_page
from infosoc.crm.views.blueprints import contacts as blueprint
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, fragment_or_redirect, go, is_htmx, tell


@blueprint.get("/<public_id>/posts/new")
@allow(Permission.CRM_WRITE)
def new_post(public_id: str) -> ResponseReturnValue:
    return _show_form(NewPostForm(), public_id)


@blueprint.post("/<public_id>/posts")
@allow(Permission.CRM_WRITE)
def add_post(public_id: str) -> ResponseReturnValue:
    form = NewPostForm()
    if not form.validate_on_submit():
        return _show_form(form, public_id, status=422)
    company_id = companies.picked(db.session(), form.company.data, form.company_id.data)
    if company_id is None:
        form.company.errors = [gettext("Choose a company from the list that opens while you type.")]
        return _show_form(form, public_id, status=422)
    try:
        with transaction() as session:
            relation = commands.add_post(
                session, public_id, company_id, form.title.data, by=current_user.id, now=clock.now(),
                see_protected=contact_page.sees_protected(),
            )  # fmt: skip
            own_id = relation.contact.public_id
    except Invalid as error:
        form.refuse(error)
        return _show_form(form, public_id, status=422)
    return _posts(public_id, own_id)


@blueprint.get("/<public_id>/posts/<company_id>")
@allow(Permission.CRM_WRITE)
def edit_post(public_id: str, company_id: str) -> ResponseReturnValue:
    post = _post(public_id, company_id)
    form = PostForm(title=post.title, main=post.is_main)
    return _show_form(form, public_id, post)


@blueprint.post("/<public_id>/posts/<company_id>")
@allow(Permission.CRM_WRITE)
def save_post(public_id: str, company_id: str) -> ResponseReturnValue:
    form = PostForm()
    if not form.validate_on_submit():
        return _show_form(form, public_id, _post(public_id, company_id), status=422)
    with transaction() as session:
        relation = commands.change_post(
            session, public_id, company_id, form.title.data, form.main.data, by=current_user.id,
            see_protected=contact_page.sees_protected(),
        )  # fmt: skip
        own_id = relation.contact.public_id
    return _posts(public_id, own_id)


@blueprint.post("/<public_id>/posts/<company_id>/remove")
@allow(Permission.CRM_WRITE)
def remove_post(public_id: str, company_id: str) -> ResponseReturnValue:
    with transaction() as session:
        relation = commands.remove_post(
            session, public_id, company_id, by=current_user.id, see_protected=contact_page.sees_protected()
        )
        own_id = relation.contact.public_id
    return _posts(public_id, own_id)


def _posts(public_id: str, own_id: str) -> ResponseReturnValue:
    page = url_for("contacts.show", public_id=own_id)
    if own_id != public_id:
        return go(page)
    if not is_htmx():
        tell(gettext("Saved."))
    values: dict[str, Any] = contact_page.frame(contact_page.load(own_id))
    return fragment_or_redirect("crm/_posts.html", page=f"{page}#posts", **values)


def _post(public_id: str, company_id: str) -> Post:
    found = next((post for post in contact_page.load(public_id).posts if post.company.public_id == company_id), None)
    if found is None:
        raise NotFound
    return found


def _show_form(form: PostForm, public_id: str, post: Post | None = None, *, status: int = 200) -> ResponseReturnValue:
    page = contact_page.load(public_id)
    values = {
        "form": form,
        "contact": page.contact,
        "post": post,
        "may_remove": post is not None and len(page.posts) > 1,
    }
    if is_htmx():
        return fragment("crm/_post_form.html", status, **values)
    return render_template("crm/post_edit.html", **values), status
