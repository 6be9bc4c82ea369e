"""What the page of a contact person is made of."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext

from infosoc.accounts.request import may
from infosoc.crm.commands.contact_facts import FACTS
from infosoc.crm.queries import contacts as queries
from infosoc.crm.queries.contacts import ContactPage
from infosoc.crm.views.activity import follow_ups_panel, log_panel
from infosoc.crm.views.company_page import FactView, tenant_names
from infosoc.crm.views.history import value_of
from infosoc.db.session import db
from infosoc.kernel.permission import Permission

JOINT = ("name", "phones", "emails", "language")
OURS = ("call_block", "marketing", "notes", "origin")


def sees_protected() -> bool:
    return may(Permission.PROTECTED_READ)


def load(public_id: str) -> ContactPage:
    """The person of this address with what their page shows."""
    return queries.page(db.session(), public_id, see_protected=sees_protected())


def values(page: ContactPage) -> dict[str, Any]:
    """What `crm/contact.html` needs. The log hangs on a company; it is the person's own whichever that is."""
    made = {**frame(page), "list_query": request.args.get("list"), "panels": _panels(page)}
    if page.posts and page.relation is not None:
        company = page.posts[0].company
        made = {**log_panel(company, page.contact), **follow_ups_panel(company, page.contact), **made}
        made["company"] = company
    return made


def _panels(page: ContactPage) -> list[tuple[str, str]]:
    """What other parts of the product show of a person of ours."""
    if not page.is_ours:
        return []
    entries = current_app.extensions["navigation"].panels.get("contact", ())
    public_id = page.contact.public_id
    return [(one.label, url_for(one.endpoint, public_id=public_id)) for one in entries if may(one.permission)]


def frame(page: ContactPage) -> dict[str, Any]:
    """What the head and the facts need: no statement of their own."""
    names = tenant_names()
    writes = may(Permission.CRM_WRITE) and page.is_ours
    keys = OURS if not sees_protected() and not page.contact.is_protected else (*OURS, "protected")
    return {
        "card": page, "contact": page.contact, "relation": page.relation, "posts": page.posts,
        "may_edit": writes, "may_trash": may(Permission.CRM_TRASH) and page.is_ours,
        "may_restore": may(Permission.CRM_TRASH), "may_take_in": may(Permission.CRM_WRITE) and page.relation is None,
        "may_protect": writes and not page.contact.is_protected,
        "ours": _views(keys, page, editable=writes) if page.relation else [],
        "joint": _views(JOINT, page, editable=writes),
        "shown_by": ", ".join(names.get(tenant, "") for tenant in page.shown_by),
        "is_shared": len(g.standing.tenants) > 1,
    }  # fmt: skip


def _views(keys: tuple[str, ...], page: ContactPage, *, editable: bool) -> list[FactView]:
    record = page.relation or _Shown(page)
    public_id = page.contact.public_id
    return [
        FactView(
            key, gettext(FACTS[key].label), value_of(key, FACTS[key].told(record)) or "",
            url_for("contacts.edit_fact", public_id=public_id, key=key) if editable else None,
        )
        for key in keys
    ]  # fmt: skip


class _Shown:
    """Stands in for our relation to a person that only another tenant holds."""

    def __init__(self, page: ContactPage) -> None:
        self.contact = page.contact
