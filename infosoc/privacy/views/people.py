"""The privacy panel of a contact person, and the two deeds a telephone call leads to: no mailings, and remove me."""

from __future__ import annotations

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.crm.rules import LEGAL_GROUND_LABELS
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.mailings.commands.opt_out import joint_tenants
from infosoc.privacy import public_letters, rules
from infosoc.privacy.commands import informed, objections
from infosoc.privacy.forms import QuickForm
from infosoc.privacy.queries import people, persons
from infosoc.privacy.queries.persons import Panel
from infosoc.privacy.views.cases import told
from infosoc.suppression.rules import CHANNEL_LABELS, KIND_LABELS
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, fragment_or_redirect, go, is_htmx, tell

blueprint = Blueprint("privacy_people", __name__, url_prefix="/<tenant>/privacy/people")
WORDS = {
    "kinds": KIND_LABELS, "channels": CHANNEL_LABELS, "grounds": LEGAL_GROUND_LABELS,
    "case_kinds": rules.CASE_KIND_LABELS,
}  # fmt: skip


@blueprint.get("/<public_id>")
@allow(Permission.CRM_READ)
def show(public_id: str) -> ResponseReturnValue:
    """The panel; a page of its own when opened by hand."""
    values = _values(public_id)
    if is_htmx():
        return fragment("privacy/_person.html", **values)
    return render_template("privacy/person.html", **values)


@blueprint.post("/<public_id>/object")
@allow(Permission.PRIVACY_REGISTER)
def object_to_mailings(public_id: str) -> ResponseReturnValue:
    """No more mailings, from one press (P-13)."""
    text = _register(public_id, rules.CaseKind.OBJECT)
    if not is_htmx():
        tell(text)
    return fragment_or_redirect(
        "privacy/_person.html", page=url_for("contacts.show", public_id=public_id), **_values(public_id)
    )


@blueprint.get("/<public_id>/remove")
@allow(Permission.PRIVACY_REGISTER)
def ask_removal(public_id: str) -> ResponseReturnValue:
    """Say what will happen: gone at once, or a case where the employer is a contract customer."""
    panel = _panel(public_id)
    values = {
        "contact": panel.contact, "form": QuickForm(formdata=None), "others": _others(),
        "is_at_customer": people.person(db.session(), contact_id=panel.contact.id).is_at_customer,
    }  # fmt: skip
    template = "privacy/_person_remove.html" if is_htmx() else "privacy/person_remove.html"
    return fragment(template, **values)


@blueprint.post("/<public_id>/remove")
@allow(Permission.PRIVACY_REGISTER)
def remove(public_id: str) -> ResponseReturnValue:
    """Remove me: needs no reason (P-04)."""
    text = _register(public_id, rules.CaseKind.ERASE)
    tell(text)
    is_there = persons.is_there(db.session(), public_id)
    return go(url_for("contacts.show", public_id=public_id) if is_there else url_for("contacts.index"))


@blueprint.post("/<public_id>/informed")
@allow(Permission.CRM_WRITE)
def tell_informed(public_id: str) -> ResponseReturnValue:
    """Note that the person has been told today who we are and where the data come from (GDPR article 14)."""
    with transaction() as session:
        informed.note(session, public_id, on=clock.today(), by=current_user.id)
    return fragment_or_redirect(
        "privacy/_person.html", page=url_for("contacts.show", public_id=public_id), **_values(public_id)
    )


class BadChoice(Invalid):
    message = N_("Choose one of the ways that are offered.")


def _register(public_id: str, kind: rules.CaseKind) -> str:
    form, panel = QuickForm(), _panel(public_id)
    if not form.validate_on_submit():
        raise BadChoice
    request = form.request(kind, panel.contact.id, public_id)
    with transaction() as session:
        made = objections.register(
            session, request, by=current_user.id, now=clock.now(), see_protected=may(Permission.PROTECTED_READ)
        )
        public_letters.confirm_removal_by_staff(session, made, now=clock.now())
        return told(made)


def _panel(public_id: str) -> Panel:
    return persons.panel(db.session(), public_id, see_protected=may(Permission.PROTECTED_READ))


def _values(public_id: str) -> dict[str, object]:
    return {
        "panel": _panel(public_id), "form": QuickForm(formdata=None), "others": _others(), **WORDS,
        "may_register": may(Permission.PRIVACY_REGISTER), "may_read": may(Permission.PRIVACY_READ),
        "may_write": may(Permission.CRM_WRITE), "today": clock.today(),
    }  # fmt: skip


def _others() -> list[str]:
    """The other companies that a person may object to in the same breath."""
    tenants: list[TenantFacts] = g.standing.tenants
    by_id = {one.id: one.name for one in tenants}
    _, *others = joint_tenants(db.session(), g.tenant.id)
    return [by_id.get(one, gettext("the sister company")) for one in others]
