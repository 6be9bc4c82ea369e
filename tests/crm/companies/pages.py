"""What the tests of record pages do over and over: read a form, send it, look at rows."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.models.companies import Company, CompanyRelation
from tests.crm.world import HTMX, World

_INPUT = re.compile(r"<input[^>]*>")
_NAME, _VALUE = re.compile(r'name="([^"]*)"'), re.compile(r'value="([^"]*)"')


def hidden(html: str) -> dict[str, str]:
    """The hidden inputs of the last form with a submission in this HTML: tokens, marks and versions."""
    found = {}
    form = next(part for part in reversed(html.split("<form")) if 'name="submission"' in part)
    for tag in _INPUT.findall(form):
        name, value = _NAME.search(tag), _VALUE.search(tag)
        if 'type="hidden"' in tag and name:
            found[name[1]] = value[1] if value else ""
    return found


def editor(client: FlaskClient, url: str) -> dict[str, str]:
    """The hidden inputs of a fact's editor."""
    answer = client.get(url, headers=HTMX)
    assert answer.status_code == 200
    return hidden(answer.get_data(as_text=True))


def change(client: FlaskClient, url: str, *, htmx: bool = True, **values: Any) -> Any:
    """Open the editor of a fact, fill it in and save."""
    data = {**editor(client, url), **values}
    return client.post(url, data=data, headers=HTMX if htmx else {})


def token(client: FlaskClient, page: str) -> dict[str, str]:
    html = client.get(page).get_data(as_text=True)
    return {"csrf_token": html.partition('name="csrf-token" content="')[2].partition('"')[0]}


def company(session: Any, public_id: str) -> Company:
    return session.scalars(select(Company).where(Company.public_id == public_id)).one()


def relation(session: Any, public_id: str) -> CompanyRelation:
    query = select(CompanyRelation).join(Company, Company.id == CompanyRelation.company_id)
    return session.scalars(query.where(Company.public_id == public_id)).one()


def told(world: World, kind: str, subject_id: int, tenant_id: int | None = None) -> list[tuple[str, str, dict]]:
    """The deeds in the history of a subject, oldest first: deed, name of the actor, changes."""
    with world.reading(tenant_id) as session:
        events = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.subject_kind == kind, AuditEvent.subject_id == subject_id)
            .order_by(AuditEvent.number)
        )
        return [
            (event.deed, event.actor_name, {
                value.field: (value.before, value.after)
                for value in session.scalars(select(AuditValue).where(AuditValue.event_id == event.id))
            })
            for event in list(events)
        ]  # fmt: skip
