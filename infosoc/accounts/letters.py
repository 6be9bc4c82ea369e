"""The letters that accounts send: an invitation, news of access, and a link to a new password."""

from __future__ import annotations

from datetime import datetime

from flask import current_app, render_template
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from infosoc.accounts import links, queries
from infosoc.accounts.commands.members import Invited
from infosoc.accounts.links import Purpose
from infosoc.accounts.models import User
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.outbox import commands as outbox
from infosoc.tenancy.queries import all_tenants, scope_of
from infosoc.tenancy.rules import TenantFacts


def address_of(token: str) -> str:
    """The whole address of a link; built on the configured address, never on what a request says its host is."""
    path = current_app.url_map.bind("").build("password.show", {"token": token})
    return current_app.extensions["settings"].base_url + path


def send_invitation(session: Session, invited: Invited, tenant: TenantFacts, *, by_name: str, now: datetime) -> None:
    """Tell a new member how to get in; runs in the tenant's scope."""
    user = invited.user
    with force_locale(user.language or "sv"):
        link = address_of(invited.token) if invited.token else current_app.extensions["settings"].base_url
        outbox.queue(
            session,
            recipient=user.email,
            subject=gettext("You have access to %(tenant)s in Infosoc", tenant=tenant.name),
            text=render_template(
                "email/invitation.txt", user=user, tenant=tenant, by_name=by_name, link=link,
                must_choose=invited.token is not None, days=links.LASTS[Purpose.INVITATION].days,
            ),
            unique_key=f"invitation:{tenant.id}:{user.id}:{now.timestamp():.6f}",
            now=now,
            is_secret=invited.token is not None,
        )  # fmt: skip


def send_reset(session: Session, user: User, *, now: datetime) -> None:
    """Send a link to a new password, in the name of the person's first tenant; nothing to who belongs to none."""
    tenants = queries.tenants_of(session, user.id, on=clock.local(now).date())
    if not tenants:
        return
    token = links.make(session, user.id, Purpose.RESET, now=now)
    with force_locale(user.language or "sv"), tenant_scope(scope_of(all_tenants(session), tenants[0].id)):
        outbox.queue(
            session,
            recipient=user.email,
            subject=gettext("Choose a new password for Infosoc"),
            text=render_template(
                "email/new_password.txt", user=user, link=address_of(token),
                until=clock.local(now + links.LASTS[Purpose.RESET]).strftime("%H:%M"),
            ),
            unique_key=f"reset:{user.id}:{now.timestamp():.6f}",
            now=now,
            is_secret=True,
        )  # fmt: skip
