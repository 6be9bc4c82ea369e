"""One fact of a company: shown, edited and saved where it stands."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from infosoc.crm.commands import companies as commands
from infosoc.crm.commands import company_facts
from infosoc.crm.commands.facts import Fact, FactChanged
from infosoc.crm.forms.companies import fact_form, remark
from infosoc.crm.forms.facts import FactForm
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.queries import companies as queries
from infosoc.crm.views import company_page
from infosoc.crm.views.blueprints import companies as blueprint
from infosoc.crm.views.history import Theirs, theirs_now
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, fragment_or_redirect, go, is_htmx


@blueprint.get("/<public_id>/facts/<key>")
@allow(Permission.CRM_READ)
def show_fact(public_id: str, key: str) -> ResponseReturnValue:
    """The fact as it is, which is what Esc comes back to."""
    if not is_htmx():
        return redirect(url_for("companies.show", public_id=public_id), 303)
    return fragment("crm/_company_fact.html", **_values(public_id, key))


@blueprint.get("/<public_id>/edit/<key>")
@allow(Permission.CRM_WRITE)
def edit_fact(public_id: str, key: str) -> ResponseReturnValue:
    form, fact, relation = _form(public_id, key)
    return _editor(form, fact, public_id, relation.company.name)


@blueprint.post("/<public_id>/edit/<key>")
@allow(Permission.CRM_WRITE)
def save_fact(public_id: str, key: str) -> ResponseReturnValue:
    form, fact, relation = _form(public_id, key)
    name = relation.company.name
    if not form.validate_on_submit():
        return _editor(form, fact, public_id, name, 422)
    try:
        with transaction() as session:
            relation = commands.change(
                session, public_id, {key: form.result()}, seen={key: form.was.data or ""}, by=current_user.id,
                now=clock.now(),
            )  # fmt: skip
            own_id = relation.company.public_id
    except FactChanged:
        relation = queries.relation_with_facts(db.session(), public_id)
        remark(form, fact, relation)
        theirs = theirs_now("company", relation.company_id, fact, relation)
        return _editor(form, fact, public_id, name, 409, theirs)
    except Invalid as error:
        form.refuse(error)
        return _editor(form, fact, public_id, name, 422)
    page = url_for("companies.show", public_id=own_id)
    if own_id != public_id:
        return go(page)
    values = _values(own_id, key)
    values["is_answer"] = True
    return fragment_or_redirect("crm/_company_fact.html", page=f"{page}#fact-{key}", **values)


def _form(public_id: str, key: str) -> tuple[FactForm, Fact, CompanyRelation]:
    relation = queries.relation_with_facts(db.session(), public_id)
    options = company_page.options()
    fact = company_facts.facts(options.fields).get(key)
    if fact is None or relation.trashed_at is not None:
        raise NotFound
    return fact_form(fact, relation, options), fact, relation


def _editor(
    form: FactForm, fact: Fact, public_id: str, name: str, status: int = 200, theirs: Theirs | None = None
) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "form": form, "key": fact.key, "label": company_page.label_of(fact.label, fact.key), "theirs": theirs,
        "action": url_for("companies.save_fact", public_id=public_id, key=fact.key),
        "cancel_url": url_for("companies.show_fact", public_id=public_id, key=fact.key),
        "record_name": name, "record_url": url_for("companies.show", public_id=public_id), "is_joint": fact.joint,
    }  # fmt: skip
    if is_htmx():
        return fragment("crm/_fact_editor.html", status, **values)
    return render_template("crm/fact_edit.html", **values), status


def _values(public_id: str, key: str) -> dict[str, Any]:
    page = company_page.load(public_id)
    values = company_page.frame(page)
    shown = next((one for one in (*values["ours"], *values["joint"]) if one.key == key), None)
    if shown is None:
        raise NotFound
    return {**values, "shown": shown, "is_answer": False}
