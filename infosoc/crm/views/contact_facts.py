"""One fact of a contact person: shown, edited and saved where it stands; and the protection of an identity."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import contacts as commands
from infosoc.crm.commands.contact_facts import FACTS
from infosoc.crm.commands.facts import Fact, FactChanged, mark
from infosoc.crm.forms.contacts import fact_form
from infosoc.crm.forms.facts import FactForm
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.queries import contacts as queries
from infosoc.crm.views import contact_page
from infosoc.crm.views.blueprints import contacts as blueprint
from infosoc.crm.views.history import Theirs, theirs_now
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, fragment_or_redirect, go, is_htmx, tell


@blueprint.get("/<public_id>/facts/<key>")
@allow(Permission.CRM_READ)
def show_fact(public_id: str, key: str) -> ResponseReturnValue:
    """The fact as it is, which is what Esc comes back to."""
    if not is_htmx():
        return redirect(url_for("contacts.show", public_id=public_id), 303)
    return fragment("crm/_contact_fact.html", **_values(public_id, key))


@blueprint.get("/<public_id>/edit/<key>")
@allow(Permission.CRM_WRITE)
def edit_fact(public_id: str, key: str) -> ResponseReturnValue:
    form, fact, relation = _form(public_id, key)
    return _editor(form, fact, public_id, relation.contact.name)


@blueprint.post("/<public_id>/edit/<key>")
@allow(Permission.CRM_WRITE)
def save_fact(public_id: str, key: str) -> ResponseReturnValue:
    form, fact, relation = _form(public_id, key)
    name = relation.contact.name
    if not form.validate_on_submit():
        return _editor(form, fact, public_id, name, 422)
    sees = contact_page.sees_protected()
    try:
        with transaction() as session:
            relation = commands.change(
                session, public_id, {key: form.result()}, seen={key: form.was.data or ""}, by=current_user.id,
                now=clock.now(), see_protected=sees,
            )  # fmt: skip
            own_id = relation.contact.public_id
    except FactChanged:
        relation = queries.relation_with_facts(db.session(), public_id, see_protected=sees)
        remark(form, fact, relation)
        theirs = theirs_now("contact", relation.contact_id, fact, relation)
        return _editor(form, fact, public_id, name, 409, theirs)
    except Invalid as error:
        form.refuse(error)
        return _editor(form, fact, public_id, name, 422)
    page = url_for("contacts.show", public_id=own_id)
    if own_id != public_id:
        return go(page)
    values = {**_values(own_id, key), "is_answer": True}
    return fragment_or_redirect("crm/_contact_fact.html", page=f"{page}#fact-{key}", **values)


@blueprint.get("/<public_id>/protect")
@allow(Permission.CRM_WRITE)
def ask_to_protect(public_id: str) -> ResponseReturnValue:
    """Say what protection means before it is done: whoever does it may lose sight of the person."""
    page = contact_page.load(public_id)
    values = {"contact": page.contact, "sees": contact_page.sees_protected()}
    if is_htmx():
        return fragment("crm/_protect.html", **values)
    return render_template("crm/protect.html", **values)


@blueprint.post("/<public_id>/protect")
@allow(Permission.CRM_WRITE)
def protect(public_id: str) -> ResponseReturnValue:
    sees = contact_page.sees_protected()
    with transaction() as session:
        relation = commands.change(
            session, public_id, {"protected": True}, seen={}, by=current_user.id, now=clock.now(), see_protected=sees
        )
        public_id = relation.contact.public_id
    tell(gettext("The person is protected."))
    return go(url_for("contacts.show", public_id=public_id) if sees else url_for("contacts.index"))


def remark(form: FactForm, fact: Fact, relation: ContactRelation) -> None:
    """Let the form replace what is there now: the person has seen it."""
    form.was.data = mark(fact, relation)


def _form(public_id: str, key: str) -> tuple[FactForm, Fact, ContactRelation]:
    relation = queries.relation_with_facts(db.session(), public_id, see_protected=contact_page.sees_protected())
    fact = FACTS.get(key)
    if fact is None or relation.trashed_at is not None:
        raise NotFound
    if key == "protected" and not contact_page.sees_protected():
        raise NotFound
    return fact_form(fact, relation), fact, relation


def _editor(
    form: FactForm, fact: Fact, public_id: str, name: str, status: int = 200, theirs: Theirs | None = None
) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "form": form, "key": fact.key, "label": gettext(fact.label), "theirs": theirs,
        "action": url_for("contacts.save_fact", public_id=public_id, key=fact.key),
        "cancel_url": url_for("contacts.show_fact", public_id=public_id, key=fact.key),
        "record_name": name, "record_url": url_for("contacts.show", public_id=public_id), "is_joint": fact.joint,
    }  # fmt: skip
    if is_htmx():
        return fragment("crm/_fact_editor.html", status, **values)
    return render_template("crm/fact_edit.html", **values), status


def _values(public_id: str, key: str) -> dict[str, Any]:
    values = contact_page.frame(contact_page.load(public_id))
    shown = next((one for one in (*values["ours"], *values["joint"]) if one.key == key), None)
    if shown is None:
        raise NotFound
    return {**values, "shown": shown, "is_answer": False}
