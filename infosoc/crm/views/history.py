"""The history of a record, in words: who, when, from, to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.accounts.request import may
from infosoc.audit.models import AuditValue
from infosoc.audit.queries import HistoryItem
from infosoc.crm.commands import company_facts, contact_facts
from infosoc.crm.commands.facts import Fact
from infosoc.crm.forms.companies import size_label
from infosoc.crm.queries import companies, contacts
from infosoc.crm.queries import history as queries
from infosoc.crm.rules import (
    DIRECTION_LABELS,
    ENTRY_KIND_LABELS,
    MARKETING_LABELS,
    OUTCOME_LABELS,
    STATUS_LABELS,
)
from infosoc.crm.views.blueprints import companies as company_blueprint
from infosoc.crm.views.blueprints import contacts as contact_blueprint
from infosoc.db.session import db
from infosoc.kernel.identity import LegalForm
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.filters import day_near, iso, moment, translate
from infosoc.web.htmx import fragment, is_htmx

DEEDS = {
    "company created": N_("wrote down the company"),
    "company changed": N_("changed the company"),
    "company taken in": N_("took the company into our register"),
    "company trashed": N_("put the company in the trash"),
    "company restored": N_("took the company out of the trash"),
    "company separated": N_("made a copy of our own of the joint company"),
    "company merged": N_("merged the company"),
    "merge undone": N_("undid the merge of the company"),
    "company imported": N_("imported the company"),
    "org number read": N_("read the sole trader's number"),
    "contact created": N_("wrote down the contact person"),
    "contact changed": N_("changed the contact person"),
    "contact taken in": N_("took the contact person into our register"),
    "contact trashed": N_("put the contact person in the trash"),
    "contact restored": N_("took the contact person out of the trash"),
    "contact separated": N_("made a copy of our own of the joint contact person"),
    "post added": N_("added a workplace"),
    "post changed": N_("changed a workplace"),
    "post removed": N_("removed a workplace"),
    "contact logged": N_("logged a contact"),
    "entry corrected": N_("corrected the entry"),
    "entry moved to the trash": N_("put the entry in the trash"),
    "entry restored": N_("took the entry out of the trash"),
}
LABELS = {
    **{fact.key: fact.label for fact in (*contact_facts.FACTS.values(), *company_facts.FACTS.values())},
    "title": N_("Title"),
    "post": N_("Workplace"),
    "source": N_("Source"),
    "kind": N_("Kind"),
    "direction": N_("Direction"),
    "outcome": N_("Outcome"),
    "happened_at": N_("When"),
    "text": N_("What was said"),
    "contact": N_("Contact person"),
    "merged in": N_("Merged in"),
    "tag": N_("Tag"),
    "untag": N_("Tag removed"),
    "quiet_days": N_("Days without contact"),
}
_YES_NO = {"yes": N_("Yes"), "no": N_("No"), "blocked": N_("Must not be called"), "allowed": N_("May be called")}
VALUES: dict[str, dict[str, str]] = {
    "status": {str(key): label for key, label in STATUS_LABELS.items()},
    "legal_form": {form.value: form.label for form in LegalForm},
    "marketing": {str(key): label for key, label in MARKETING_LABELS.items()},
    "language": {"sv": N_("Swedish"), "en": N_("English")},
    "call_block": _YES_NO,
    "protected": _YES_NO,
    "kind": {str(key): label for key, label in ENTRY_KIND_LABELS.items()},
    "direction": {str(key): label for key, label in DIRECTION_LABELS.items()},
    "outcome": {str(key): label for key, label in OUTCOME_LABELS.items()},
}


@dataclass(frozen=True)
class Line:
    """One deed as it is shown."""

    iso: str
    when: str
    who: str
    deed: str
    changes: list[dict[str, str | None]]


@dataclass(frozen=True)
class Theirs:
    """What somebody else made of a fact while it was being edited."""

    value: str
    who: str
    when: str


@company_blueprint.get("/<public_id>/history")
@allow(Permission.CRM_READ)
def of_company(public_id: str) -> ResponseReturnValue:
    """Everything that was done with a company and with our people there."""
    relation = companies.relation(db.session(), public_id)
    told = queries.of_company(db.session(), relation.company_id, see_protected=may(Permission.PROTECTED_READ))
    return answer(relation.company.name, told, url_for("companies.show", public_id=public_id))


@contact_blueprint.get("/<public_id>/history")
@allow(Permission.CRM_READ)
def of_contact(public_id: str) -> ResponseReturnValue:
    """Everything that was done with a contact person."""
    relation = contacts.relation_with_facts(db.session(), public_id, see_protected=may(Permission.PROTECTED_READ))
    told = queries.of_contact(db.session(), relation.contact_id)
    return answer(relation.contact.name, told, url_for("contacts.show", public_id=public_id))


def theirs_now(kind: str, subject_id: int, fact: Fact, record: Any) -> Theirs:
    """What a fact has become under somebody's hands: the value, who and when."""
    last = queries.last_change(db.session(), kind, subject_id, fact.key)
    value = value_of(fact.key, fact.told(record)) or ""
    if last is None:
        return Theirs(value, gettext("Somebody"), "")
    event, name = last
    return Theirs(value, name or gettext("Somebody"), f"{day_near(event.happened_at)} {moment(event.happened_at)[11:]}")


def value_of(field: str, value: str | None) -> str | None:
    """The value of a field in the reader's words."""
    if value is None:
        return None
    if field == "size" and value:
        return size_label(value)
    label = VALUES.get(field, {}).get(value)
    return translate(label) if label else value


def answer(name: str, told: queries.Told, back: str) -> ResponseReturnValue:
    """The history as a fragment, or as a page of its own."""
    fields = _own_fields(told.items)
    lines = [_line(item, told, fields) for item in told.items]
    if is_htmx():
        return fragment("crm/_history.html", name=name, lines=lines)
    return render_template("crm/history.html", name=name, lines=lines, back=back)


def _own_fields(items: list[HistoryItem]) -> dict[str, str]:
    """What the tenant's own fields are called; asked for only when one was changed."""
    if not any(value.field.startswith(company_facts.CUSTOM) for item in items for value in item.values):
        return {}
    return {company_facts.CUSTOM + one.key: one.label for one in companies.custom_fields(db.session())}


def _line(item: HistoryItem, told: queries.Told, fields: dict[str, str]) -> Line:
    event = item.event
    who = told.actors.get(event.actor_id or 0) or event.actor_name or gettext("The system")
    deed = translate(DEEDS.get(event.deed, event.deed))
    if event.subject_kind == "contact" and event.subject_id in told.people:
        deed = f"{deed}: {told.people[event.subject_id]}"
    changes = [_change(value, fields) for value in item.values if value.field != queries.FORMER]
    return Line(iso(event.happened_at), moment(event.happened_at), who, deed, changes)


def _change(value: AuditValue, fields: dict[str, str]) -> dict[str, str | None]:
    label = fields.get(value.field) or translate(LABELS.get(value.field, value.field))
    return {"field": label, "before": value_of(value.field, value.before), "after": value_of(value.field, value.after)}
