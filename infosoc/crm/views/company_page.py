"""What the page of a company is made of: its facts in order, how each is named, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import format_decimal, gettext
from flask_login import current_user

from infosoc.accounts import frame as menus
from infosoc.accounts.request import may
from infosoc.crm.commands import company_facts
from infosoc.crm.commands.facts import Fact
from infosoc.crm.forms.companies import Options, size_label
from infosoc.crm.queries import companies as queries
from infosoc.crm.queries.companies import CompanyPage
from infosoc.crm.rules import STATUS_LABELS, FieldKind
from infosoc.crm.views.activity import follow_ups_panel, log_panel
from infosoc.crm.views.history import value_of
from infosoc.db.session import db
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.filters import translate

OURS = ("status", "owner", "line", "tags")
OURS_LAST = ("notes", "origin")
JOINT = ("name", "org_number", "legal_form", "size", "municipality", "town", "parent", "phones", "emails", "web",
         "visiting", "postal", "invoice")  # fmt: skip


@dataclass(frozen=True)
class FactView:
    """One fact as the page shows it: which, what it is called, and where it is edited (if it may be)."""

    key: str
    label: str
    text: str
    edit_url: str | None

    @property
    def id(self) -> str:
        return f"fact-{self.key}"

    @property
    def is_empty(self) -> bool:
        """Nothing is stated yet: the page offers it among what can be added."""
        return not self.text


def load(public_id: str) -> CompanyPage:
    """The company of this address with what its page shows."""
    return queries.page(db.session(), public_id, see_protected=may(Permission.PROTECTED_READ))


def values(page: CompanyPage) -> dict[str, Any]:
    """What `crm/company.html` needs."""
    people = [(one.contact.public_id, one.contact.name) for one in page.people]
    return {
        **log_panel(page.relation or page.company, people=people),
        **(follow_ups_panel(page.relation or page.company) if page.is_ours else {}),
        **frame(page),
        "list_query": request.args.get("list"),
        "panels": _panels(page),
    }


def _panels(page: CompanyPage) -> list[tuple[str, str]]:
    """What other parts of the product show of a company, where the tenant uses them."""
    entries = current_app.extensions["navigation"].panels.get("company", ())
    shown = [one for one in entries if menus.is_shown(one, g.rights, g.tenant)]
    return [(one.label, url_for(one.endpoint, public_id=page.company.public_id)) for one in shown]


def frame(page: CompanyPage) -> dict[str, Any]:
    """What the head and the facts need: no statement of their own."""
    names = tenant_names()
    custom = [company_facts.CUSTOM + field.key for field in page.fields]
    writes = may(Permission.CRM_WRITE) and page.is_ours
    return {
        "card": page, "company": page.company, "relation": page.relation, "user_id": current_user.id,
        "may_edit": writes, "may_trash": may(Permission.CRM_TRASH) and page.is_ours,
        "may_restore": may(Permission.CRM_TRASH), "may_take_in": may(Permission.CRM_WRITE) and page.relation is None,
        "may_see_number": may(Permission.SENSITIVE_READ), "number": None,
        "ours": views_of((*OURS, *custom, *OURS_LAST), page, editable=writes) if page.relation else [],
        "joint": views_of(JOINT, page, editable=writes),
        "elsewhere": [(names.get(tenant, ""), translate(STATUS_LABELS[status])) for tenant, status in page.statuses],
        "shown_by": ", ".join(names.get(tenant, "") for tenant in page.shown_by),
        "is_shared": len(g.standing.tenants) > 1,
    }  # fmt: skip


def views_of(keys: tuple[str, ...], page: CompanyPage, *, editable: bool) -> list[FactView]:
    """These facts in order; those without a value stand there too when they can be given one."""
    known = company_facts.facts(page.fields)
    record = page.relation or SimpleNamespace(company=page.company)
    public_id = page.company.public_id
    numbers = {company_facts.CUSTOM + field.key for field in page.fields if field.kind == FieldKind.NUMBER}
    return [
        FactView(
            key, label_of(known[key].label, key), _text(known[key], record, key in numbers),
            url_for("companies.edit_fact", public_id=public_id, key=key) if editable else None,
        )
        for key in keys
    ]  # fmt: skip


def _text(fact: Fact, record: Any, is_number: bool) -> str:
    """The value in the reader's words."""
    told = fact.told(record) or ""
    if is_number and told:
        return format_decimal(Decimal(told))
    if fact.key == "size" and told:
        return size_label(told)
    return value_of(fact.key, told) or ""


SHORT = {"org_number": N_("Org. no.")}


def label_of(label: str, key: str) -> str:
    """Our own words are translated; a tenant's own field is called what the tenant calls it."""
    return label if key.startswith(company_facts.CUSTOM) else gettext(SHORT.get(key, label))


def options(page: CompanyPage | None = None) -> Options:
    """The choices of forms, as this person may see them."""
    fields = page.fields if page else queries.custom_fields(db.session())
    return Options(db.session(), fields)


def tenant_names() -> dict[int, str]:
    """The names of the installation's tenants."""
    return {tenant.id: tenant.name for tenant in g.standing.tenants}


def source_of_sharing() -> str:
    """What is written as the source of a record taken over from another tenant's register."""
    others = [tenant.name for tenant in g.standing.tenants if tenant.id != g.tenant.id]
    return gettext("The register of %(name)s", name=", ".join(others))


def groups(known: dict[str, Fact]) -> list[tuple[str, list[str]]]:
    """The facts of the full form under their headings."""
    custom = [key for key in known if key.startswith(company_facts.CUSTOM)]
    return [
        (gettext("The company"), ["name", "org_number", "legal_form", "size", "municipality", "town", "parent"]),
        (gettext("Contact details"), ["phones", "emails", "web", "visiting", "postal", "invoice"]),
        (gettext("What we know"), [*OURS, *custom, *OURS_LAST]),
    ]
