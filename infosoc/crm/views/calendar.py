"""The follow-ups as a calendar to subscribe to, at a secret address that can be withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, make_response, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.commands import calendar as commands
from infosoc.crm.queries import calendar as queries
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered
from infosoc.web.access import allow, public
from infosoc.web.htmx import tell

if TYPE_CHECKING:
    from icalendar import Calendar, Event

blueprint = Blueprint("calendar", __name__)

NEW_ADDRESS = "calendar-address"


@blueprint.get("/<tenant>/calendar")
@allow(Permission.CRM_READ)
def show() -> ResponseReturnValue:
    """Whether there is an address; a new one is shown this once, for only its digest is kept."""
    token = session.pop(NEW_ADDRESS, None)
    address = _base() + url_for("calendar.feed", token=token) if token else None
    has_one = queries.has_address(db.session(), current_user.id)
    return render_template("crm/calendar.html", address=address, has_one=has_one)


@blueprint.post("/<tenant>/calendar")
@allow(Permission.CRM_READ)
def renew() -> ResponseReturnValue:
    with transaction() as writing:
        session[NEW_ADDRESS] = commands.renew(writing, by=current_user.id)
    return _back()


@blueprint.post("/<tenant>/calendar/withdraw")
@allow(Permission.CRM_READ)
def withdraw() -> ResponseReturnValue:
    with transaction() as writing:
        commands.withdraw(writing, by=current_user.id)
    tell(gettext("The address no longer works."))
    return _back()


def _back() -> ResponseReturnValue:
    from infosoc.web.htmx import go

    return go(url_for("calendar.show"))


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """The open follow-ups of whoever holds the address: the day and the company's name, nothing more."""
    holder = queries.holder(db.session(), token, on=clock.today())
    scope = scope_numbered(db.session(), holder.tenant_id)
    tenant = db.session().get_one(Tenant, holder.tenant_id)
    g.language = holder.user.language or "sv"
    with tenant_scope(scope):
        days = queries.days(db.session(), holder.user.id)
    response = make_response(_calendar(days, tenant).to_ical())
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _calendar(days: list[queries.Day], tenant: Tenant) -> Calendar:
    from icalendar import Calendar  # takes 3 MB, and most processes never make a feed

    calendar = Calendar()
    calendar.add("prodid", "-//Infosoc//follow-ups//SV")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", gettext("Follow-ups, %(tenant)s", tenant=tenant.name))
    calendar.add("refresh-interval;value=duration", "PT1H")
    for day in days:
        calendar.add_component(_event(day, tenant.slug))
    return calendar


def _event(day: queries.Day, slug: str) -> Event:
    from icalendar import Event, vUri

    event = Event()
    event.add("uid", f"{day.public_id}@infosoc")
    event.add("dtstamp", day.made_at)
    event.add("dtstart", day.due_on)
    event.add("dtend", day.due_on + timedelta(days=1))
    event.add("summary", gettext("Follow up %(company)s", company=day.company))
    event.add("url", vUri(_base() + url_for("companies.show", tenant=slug, public_id=day.company_id)))
    event.add("transp", "TRANSPARENT")
    return event


def _base() -> str:
    return current_app.extensions["settings"].base_url
