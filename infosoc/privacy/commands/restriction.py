"""Keeping a person's data without using them, and taking them into use again (GDPR article 18, P-31).

While it lasts the person is in no list, search, count, call, mailing, export, edit, merge or import of this tenant:
`db.tenancy.hide` leaves the rows out of every statement. An extract and a removal still reach them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm import search_documents
from infosoc.crm.commands import blocked, copies
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.db import search_index
from infosoc.db.search import CONTACT
from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.words import N_
from infosoc.mailings.queries.recipients import add_restriction
from infosoc.privacy import journal
from infosoc.privacy.models import Restriction
from infosoc.privacy.queries import restricted

RESTRICTED, LIFTED = N_("restricted"), N_("restriction lifted")


class RestrictedAlready(Refused):
    message = N_("This person's data is already restricted.")


class NotRestricted(NotFound):
    message = N_("This person's data is not restricted.")


class NoteMissing(Invalid):
    message = N_("Enter why the data may be used again. The person will see this.")


class ReasonMissing(Invalid):
    message = N_("Enter why the data may not be used.")


def restrict(
    session: Session, contact_id: int, *, reason: str, by: int | None, now: datetime, case_id: int | None = None
) -> Restriction:
    """Let nobody use the data of a contact person of ours until it is lifted."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    public_id = _public_id(session, contact_id)
    if public_id is None:
        raise NotFound
    if restricted.current(session, contact_id) is not None:
        raise RestrictedAlready
    made = Restriction(
        contact_id=contact_id, case_id=case_id, reason=reason.strip()[:300], made_at=now, made_by=by
    )  # fmt: skip
    session.add(made)
    session.flush()
    journal.note(session, journal.of_restriction(made, public_id)[0])
    audit.record(session, RESTRICTED, "contact", contact_id, by=by)
    _follow(session, contact_id)
    return made


def lift(session: Session, contact_id: int, *, note: str, by: int | None, now: datetime) -> Restriction:
    """Take the data into use again; who calls tells the person so, before it holds (article 18(3))."""
    found = restricted.current(session, contact_id)
    if found is None:
        raise NotRestricted
    if not note.strip():
        raise NoteMissing(field="note")
    found.lifted_at, found.lifted_by, found.lifted_note = now, by, note.strip()[:300]
    session.flush()
    journal.note(session, journal.of_restriction(found, _public_id(session, contact_id) or "")[-1])
    audit.record(session, LIFTED, "contact", contact_id, by=by)
    _follow(session, contact_id)
    return found


def _public_id(session: Session, contact_id: int) -> str | None:
    query = select(Contact.public_id).join(ContactRelation, ContactRelation.contact_id == Contact.id)
    with seeing_hidden():
        return session.scalar(query.where(Contact.id == contact_id))


def _follow(session: Session, contact_id: int) -> None:
    """Counts and the search index follow."""
    for company_id in list(session.scalars(select(Post.company_id).where(Post.contact_id == contact_id))):
        copies.refresh_people(session, company_id)
    search_index.mark(session, CONTACT, [contact_id])


Builder = Callable[[Session, list[int]], list[dict[str, Any]]]


def _without_restricted(build: Builder) -> Builder:
    """The search documents of those whose data may be used."""

    def made(session: Session, ids: list[int]) -> list[dict[str, Any]]:
        rows = build(session, ids)
        if not rows:
            return rows
        asked = tuple_(Restriction.tenant_id, Restriction.contact_id)
        keys = [(row["tenant_id"], row["subject_id"]) for row in rows]
        query = select(Restriction.tenant_id, Restriction.contact_id).where(
            asked.in_(keys), Restriction.lifted_at.is_(None)
        )
        hidden = {tuple(row) for row in session.execute(query)}
        return [row for row in rows if (row["tenant_id"], row["subject_id"]) not in hidden]

    return made


def register() -> None:
    """Make the rest of the system obey; called once, where the parts meet. Again is harmless."""
    search_index.builder(CONTACT, _without_restricted(search_documents.contacts))
    blocked.also(restricted.addresses)
    add_restriction(restricted.ids)
