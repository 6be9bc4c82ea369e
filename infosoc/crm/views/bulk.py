"""Editing many companies: what is chosen, what becomes of it, and the way back."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.queries import colleagues
from infosoc.crm.commands import bulk
from infosoc.crm.forms.bulk import OwnerForm, SelectionForm, StatusForm, TagForm
from infosoc.crm.forms.facts import to_choose
from infosoc.crm.lists.registry import list_named
from infosoc.crm.queries import lists_matching
from infosoc.crm.queries.bulk import outcome
from infosoc.crm.rules import STATUS_LABELS
from infosoc.crm.views import list_pages
from infosoc.db.session import db, transaction
from infosoc.jobs.commands import enqueue
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx

blueprint = Blueprint("bulk", __name__, url_prefix="/<tenant>/bulk")

FORMS: dict[str, type[SelectionForm]] = {"status": StatusForm, "owner": OwnerForm, "tag": TagForm}
TITLES = {"status": N_("Change status"), "owner": N_("Change owner"), "tag": N_("Tag")}
# More than this takes longer than somebody waits for a page; the worker does it.
AT_ONCE = 1000
JOB = "bulk edit"


@blueprint.post("")
@allow(Permission.CRM_READ)
def preview() -> ResponseReturnValue:
    """From the list: the choice moves into an address, so that the next page can be gone back from and to."""
    deed = request.form.get("deed", "")
    chosen = _chosen_pairs()
    if deed == "export":
        name = request.form.get("list", "companies")
        return go(url_for("exports.new", list_name=list_named(name).name) + "?" + urlencode(chosen))
    if deed not in FORMS or request.form.get("list", "companies") != "companies":
        raise NotFound
    return go(url_for("bulk.edit", deed=deed) + "?" + urlencode(chosen))


def _chosen_pairs() -> list[tuple[str, str]]:
    query = request.form.get("query", "")[:4000]
    if request.form.get("all_matching") == "1":
        return [("everything", "1"), ("query", query)]
    return [("ids", ".".join(request.form.getlist("ids")[:500])), ("query", query)]


@blueprint.get("/<any(status, owner, tag):deed>")
@allow(Permission.CRM_BULK)
def edit(deed: str) -> ResponseReturnValue:
    form = _form(deed)
    form.process(request.args)
    return _page(deed, form)


@blueprint.post("/<any(status, owner, tag):deed>")
@allow(Permission.CRM_BULK)
def apply(deed: str) -> ResponseReturnValue:
    form = _form(deed)
    if not form.validate_on_submit():
        return _page(deed, form), 422
    ids, _left_out = _ids(form)
    try:
        undo_id = _begin(form, ids)
    except DomainError as error:
        form.refuse(error)
        return _page(deed, form), 422
    return go(url_for("bulk.show", public_id=undo_id))


def _begin(form, ids: list[int]) -> str:
    """Start, and for a choice that is small finish, the edit; returns its address."""
    made = form.edit()
    owner = next((one.id for one in colleagues(db.session()) if one.public_id == made.value), None)
    with transaction() as session:
        now = clock.now()
        undo = bulk.begin(session, made, ids, owner_id=owner, by=current_user.id, now=now)
        if len(ids) > AT_ONCE:
            enqueue(
                session, JOB, args={"undo": undo.id}, unique_key=f"bulk:{undo.public_id}", now=now, total=len(ids),
                title=N_("Change many companies"), by=current_user.id,
                link=url_for("bulk.show", public_id=undo.public_id),
            )  # fmt: skip
        else:
            for at in range(0, len(ids), bulk.CHUNK):
                bulk.apply(session, undo.id, ids[at : at + bulk.CHUNK])
        return undo.public_id


def _form(deed: str) -> SelectionForm:
    form = FORMS[deed]()
    if isinstance(form, StatusForm):
        form.value.choices = to_choose([(status.value, gettext(label)) for status, label in STATUS_LABELS.items()])
    if isinstance(form, OwnerForm):
        people = [(one.public_id, one.name) for one in colleagues(db.session())]
        form.value.choices = to_choose([("", gettext("Nobody")), *people])
    return form


def _ids(form: SelectionForm) -> tuple[list[int], int]:
    """The companies that are chosen, looked up anew: the filter may hold others by now; and how many are too many."""
    if form.everything.data != "1":
        return lists_matching.companies_at(db.session(), (form.ids.data or "").split(".")), 0
    return lists_matching.matching_companies(db.session(), list_pages.stored("companies", form.query.data or ""))


def _page(deed: str, form: SelectionForm) -> str:
    back = url_for("companies.index") + (f"?{form.query.data}" if form.query.data else "")
    ids, left_out = _ids(form)
    return render_template(
        "crm/bulk/edit.html", deed=deed, form=form, title=gettext(TITLES[deed]), count=len(ids), left_out=left_out,
        back=back,
    )  # fmt: skip


@blueprint.get("/<public_id>")
@allow(Permission.CRM_BULK)
def show(public_id: str) -> ResponseReturnValue:
    return render_template("crm/bulk/show.html", **_outcome(public_id))


@blueprint.get("/<public_id>/result")
@allow(Permission.CRM_BULK)
def result(public_id: str) -> ResponseReturnValue:
    """The result alone, while the worker is at it."""
    if not is_htmx():
        return show(public_id)
    return fragment("crm/bulk/_result.html", **_outcome(public_id))


def _outcome(public_id: str) -> dict[str, object]:
    found = outcome(db.session(), public_id)
    return {"outcome": found, "labels": bulk.RESULT_LABELS, "tenant": g.tenant}


@blueprint.post("/<public_id>/undo")
@allow(Permission.CRM_BULK)
def undo(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        bulk.undo(session, public_id, by=current_user.id, now=clock.now())
    return go(url_for("bulk.show", public_id=public_id))
