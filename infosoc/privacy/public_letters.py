"""The letters that the public pages send: the link to an extract, and the last one that a removed person gets."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, render_template
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope, current_scope, tenant_scope
from infosoc.outbox import commands as outbox
from infosoc.privacy.commands import requests
from infosoc.privacy.commands.objections import Registered
from infosoc.privacy.commands.on_request import Asked, Outcome
from infosoc.privacy.request_rules import LAST_LETTER
from infosoc.suppression import pepper
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import TenantFacts


def send_link(session: Session, tenant: TenantFacts, address: str, link: requests.NewLink, *, now: datetime) -> None:
    """The link to the answer, in the language of the page that asked; runs in the tenant's scope."""
    base = current_app.extensions["settings"].base_url
    path = current_app.url_map.bind("").build("privacy_request.show", {"tenant": tenant.slug, "token": link.token})
    outbox.queue(
        session,
        recipient=address,
        subject=gettext("Your question to %(company)s about your data", company=tenant.name),
        text=render_template("email/extract_link.txt", tenant=tenant, link=base + path, days=requests.LASTS.days),
        unique_key=f"extract:{link.digest.hex()}",
        now=now,
        is_secret=True,
    )


def confirm_removal(
    session: Session, asked: Asked, outcome: Outcome, *, now: datetime, has_case: bool = False
) -> None:  # fmt: skip
    """Confirm what was done, once; what is kept of it is forgotten as soon as it has been handed over.

    `has_case`: what was asked for stands in a case, which is kept.
    """
    if not asked.address or asked.digest is None:
        return
    names = {tenant.id: tenant for tenant in all_tenants(session)}
    with tenant_scope(Scope.alone(asked.tenants[0])):
        outbox.queue(
            session,
            recipient=asked.address,
            subject=gettext("What we have done with your data"),
            text=render_template(
                "email/removed.txt", removed=[names[one] for one in outcome.removed],
                cases=[names[one] for one in outcome.cases], sender=names[asked.tenants[0]],
                has_case=has_case,
            ),
            unique_key=f"{LAST_LETTER}{asked.digest.hex()}:{now:%Y%m%d%H}",
            now=now,
            is_secret=True,
        )  # fmt: skip


def confirm_removal_by_staff(session: Session, made: Registered, *, now: datetime) -> None:
    """The same where staff have done it: in the person's language, to the address that was theirs."""
    if not made.address or not made.outcome.removed:
        return
    asked = Asked(pepper.digest(made.address), made.address, (current_scope().tenant_id,))
    with force_locale(made.language or "sv"):
        confirm_removal(session, asked, made.outcome, now=now, has_case=True)
