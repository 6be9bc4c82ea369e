"""Companies that may be one: the pairs, the choice of fields, the merge and its undo."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import duplicates, merge, unmerge
from infosoc.crm.forms.companies import size_label
from infosoc.crm.queries.duplicates import PAGE, Side, open_pairs, side
from infosoc.crm.queries.similar import REASONS
from infosoc.crm.rules import LEGAL_GROUND_LABELS, STATUS_LABELS
from infosoc.db.session import db, transaction
from infosoc.jobs.commands import enqueue
from infosoc.kernel import clock
from infosoc.kernel.identity import LegalForm, format_org_number, is_sole_trader_number, mask_org_number
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.forms import BaseForm, page_number
from infosoc.web.htmx import go, toast

blueprint = Blueprint("duplicates", __name__, url_prefix="/<tenant>/duplicates")

LOOK = "look for duplicates"
FIELD_LABELS = {
    "name": N_("Name"),
    "org_number": N_("Organisation number"),
    "legal_form": N_("Legal form"),
    "size": N_("Employees"),
    "municipality": N_("Municipality"),
    "town": N_("Town"),
    "status": N_("Status"),
    "owner_id": N_("Owner"),
    "line_id": N_("Line of business"),
    "source": N_("Source"),
    "source_on": N_("Source date"),
    "legal_ground": N_("Legal ground"),
}


@blueprint.get("")
@allow(Permission.CRM_MERGE)
def index() -> ResponseReturnValue:
    page = page_number()
    pairs, total = open_pairs(db.session(), page=page)
    return render_template(
        "crm/duplicates/index.html", pairs=pairs, total=total, page=page, pages=-(-total // PAGE) or 1, reasons=REASONS
    )


@blueprint.post("/look")
@allow(Permission.CRM_MERGE)
def look() -> ResponseReturnValue:
    """Ask the worker to go through the register."""
    now = clock.now()
    with transaction() as session:
        enqueue(
            session, LOOK, args={}, unique_key=duplicates.key_of_look(now), title=N_("Find duplicates"), now=now,
            by=current_user.id, link=url_for("duplicates.index"),
        )  # fmt: skip
    return toast(go(url_for("duplicates.index", looking=1)), gettext("Checking the register."))


@blueprint.post("/<public_id>/apart")
@allow(Permission.CRM_MERGE)
def apart(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        duplicates.keep_apart(session, public_id, by=current_user.id, now=clock.now())
    return go(url_for("duplicates.index", apart=public_id))


@blueprint.post("/<public_id>/again")
@allow(Permission.CRM_MERGE)
def again(public_id: str) -> ResponseReturnValue:
    """The undo of keeping apart."""
    with transaction() as session:
        duplicates.propose_again(session, public_id, by=current_user.id)
    return go(url_for("duplicates.index"))


@blueprint.get("/merge/<first_public_id>/<second_public_id>")
@allow(Permission.CRM_MERGE)
def compare(first_public_id: str, second_public_id: str) -> ResponseReturnValue:
    """The two beside each other; what differs is chosen field by field."""
    gone, kept = _sides(first_public_id, second_public_id)
    return render_template(
        "crm/duplicates/compare.html", form=BaseForm(), gone=gone, kept=kept, rows=_differing(gone, kept),
        reasons=REASONS,
    )  # fmt: skip


def _sides(first: str, second: str) -> tuple[Side, Side]:
    """Which goes and which stays: the first goes, unless we hold only the first; the address can be turned round."""
    gone, kept = side(db.session(), first), side(db.session(), second)
    return (kept, gone) if gone.relation is None and kept.relation is not None else (gone, kept)


def _differing(gone: Side, kept: Side) -> list[dict[str, str]]:
    """The fields in which the two differ, with what each says."""
    rows = []
    for name, label in FIELD_LABELS.items():
        theirs, ours = _shown(gone, name), _shown(kept, name)
        if theirs and theirs != ours and kept.relation is not None:
            rows.append({"name": name, "label": gettext(label), "gone": theirs, "kept": ours})
    return rows


def _shown(one: Side, name: str) -> str:
    """A value as a person reads it."""
    holder = one.company if name in merge.JOINT_FIELDS else one.relation
    value = getattr(holder, name, None)
    if holder is None or value is None or value == "":
        return ""
    if name == "org_number":
        return mask_org_number(value) if is_sole_trader_number(value) else format_org_number(value)
    if name in {"owner_id", "line_id"} and one.relation is not None:
        row = one.relation.owner if name == "owner_id" else one.relation.line
        return row.name if row else ""
    if name == "size":
        return size_label(value)
    words: Any = {"status": STATUS_LABELS, "legal_ground": LEGAL_GROUND_LABELS}.get(name)
    if name == "legal_form":
        return gettext(LegalForm(value).label) if value in set(LegalForm) else value
    return gettext(words[value]) if words else str(value)


@blueprint.post("/merge/<first_public_id>/<second_public_id>")
@allow(Permission.CRM_MERGE)
def confirm(first_public_id: str, second_public_id: str) -> ResponseReturnValue:
    gone, kept = _sides(first_public_id, second_public_id)
    taken = {name: True for name in FIELD_LABELS if request.form.get(f"take_{name}") == "gone"}
    with transaction() as session:
        undo = merge.merge(session, gone.company.id, kept.company.id, taken=taken, by=current_user.id, now=clock.now())
        undo_id = undo.public_id
    return go(url_for("duplicates.merged", public_id=undo_id, company_public_id=kept.company.public_id))


@blueprint.get("/merged/<public_id>/<company_public_id>")
@allow(Permission.CRM_MERGE)
def merged(public_id: str, company_public_id: str) -> ResponseReturnValue:
    """What was done, and the way back."""
    kept = side(db.session(), company_public_id)
    return render_template("crm/duplicates/merged.html", undo=public_id, kept=kept)


@blueprint.post("/merged/<public_id>/undo")
@allow(Permission.CRM_MERGE)
def undo(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        company = unmerge.unmerge(session, public_id, by=current_user.id, now=clock.now())
        back = company.public_id
    return go(url_for("companies.show", public_id=back))
