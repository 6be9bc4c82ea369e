"""Removal of somebody whom no address leads to, at the other companies that they have asked as well (T-09)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.privacy.commands import cases, erasure
from infosoc.privacy.commands.cases import NewCase
from infosoc.privacy.commands.erasure import Outcome
from infosoc.privacy.queries import people
from infosoc.privacy.queries.people import Person
from infosoc.suppression.rules import Channel


def remove(
    session: Session, tenants: Sequence[int], contact_id: int | None, case: NewCase, *, now: datetime
) -> Outcome:
    """Remove the record that a company shares with us, or open its own case: there somebody has to look.

    A name or a number of telephone alone is no proof of who is meant, so nobody is removed by them unseen.
    """
    removed, opened = [], []
    for tenant_id in tenants:
        with tenant_scope(Scope.alone(tenant_id)):
            person = people.person(session, contact_id=contact_id) if contact_id is not None else Person()
            held = next(iter(person.contacts), None)
            if held is not None and not person.is_at_customer:
                erasure.erase(session, held, channel=Channel.STAFF, by=None, now=now)
                removed.append(tenant_id)
            else:
                cases.open_case(session, replace(case, contact_id=held), by=None, now=now)
                opened.append(tenant_id)
            session.flush()
    return Outcome(tuple(removed), tuple(opened))
