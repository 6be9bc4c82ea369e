"""The privacy pages for staff: their blueprints, places in the menu, the panel on a person's page, words of the log."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, url_for
from sqlalchemy import Select, String, cast, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields, name_values
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.privacy import inbound, rules, watch
from infosoc.privacy.models import BalancingTest, Incident, PrivacyCase, ProcessingActivity
from infosoc.privacy.views import case_steps, cases, incidents, people, printed, processing, retention
from infosoc.web.navigation import Entry

INSIDE = (cases, people, processing, incidents, printed, retention)
# What the log of the tenant tells of, field by field, and what the values are called.
FIELDS = {
    "identity_method": N_("How the identity was checked"), "informed_on": N_("Informed on"), "letter": N_("Letter"),
    "extended_on": N_("Extended"),
}  # fmt: skip
VALUES = {
    "kind": {kind.value: label for kind, label in rules.CASE_KIND_LABELS.items()},
    "outcome": {outcome.value: label for outcome, label in rules.CASE_OUTCOME_LABELS.items()},
    "identity_method": {method.value: label for method, label in rules.IDENTITY_LABELS.items()},
    "letter": {kind.value: label for kind, label in rules.LETTER_KIND_LABELS.items()},
}
__all__ = ["case_steps", "register"]  # the steps hang on the blueprint of the cases


def register(app: Flask) -> None:
    """Hang all of it on the application."""
    for part in INSIDE:
        app.register_blueprint(part.blueprint)
    watch.init_app(app)
    inbound.register()
    _places(app)
    name_fields(FIELDS)
    name_values(VALUES)
    name_subjects("case", _cases, partial(_page, "privacy_cases.show"))
    name_subjects("incident", _incidents, partial(_page, "privacy_incidents.show"))
    name_subjects("processing", _named(ProcessingActivity, ProcessingActivity.name))
    name_subjects("balancing_test", _named(BalancingTest, BalancingTest.purpose))


def _places(app: Flask) -> None:
    menu = app.extensions["navigation"]
    menu.add(
        N_("Privacy"), 70,
        Entry(N_("Cases"), "privacy_cases.index", Permission.PRIVACY_READ, "shield", goto="i"),
        Entry(N_("Register of processing"), "privacy_processing.index", Permission.PRIVACY_READ, "ledger"),
        Entry(N_("To be removed"), "privacy_retention.index", Permission.PRIVACY_READ, "trash"),
        Entry(N_("Incidents"), "privacy_incidents.index", Permission.PRIVACY_READ, "warning"),
    )  # fmt: skip
    menu.add_quick(
        Entry(N_("Request about personal data"), "privacy_cases.new", Permission.PRIVACY_REGISTER, "shield"),
        Entry(N_("Personal data incident"), "privacy_incidents.new", Permission.PRIVACY_REGISTER, "warning"),
    )
    menu.add(
        N_("Settings"), 90,
        Entry(N_("Sender details"), "printed_settings.show", Permission.SETTINGS_READ, "letter"),
    )  # fmt: skip
    menu.add_panel("contact", Entry(N_("Privacy"), "privacy_people.show", Permission.CRM_READ, "shield"))


def _page(endpoint: str, public_id: str) -> str:
    return url_for(endpoint, public_id=public_id)


def _cases(ids: set[int]) -> Select[*tuple[Any, ...]]:
    number = cast(PrivacyCase.number, String)
    return select(PrivacyCase.id, number, PrivacyCase.public_id).where(PrivacyCase.id.in_(ids))


def _incidents(ids: set[int]) -> Select[*tuple[Any, ...]]:
    return select(Incident.id, Incident.title, Incident.public_id).where(Incident.id.in_(ids))


def _named(model: Any, name: Any) -> Any:
    def query(ids: set[int]) -> Select[Any]:
        return select(model.id, name, model.public_id).where(model.id.in_(ids))

    return query
