"""The lists that a tenant sends to: what one can get from it, and leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import text
from infosoc.kernel.errors import Invalid, NotFound, Stale
from infosoc.kernel.words import N_
from infosoc.mailings.models import MailingList
from infosoc.outbox.rules import header_text

LONGEST_SLUG = 40


class NameTaken(Invalid):
    message = N_("There is already a list called %(name)s.")


class NameMissing(Invalid):
    message = N_("Give the list a name.")


@dataclass(frozen=True)
class ListFacts:
    """What recipients are told about a list: it stands in each letter and on the unsubscribe page."""

    name: str
    description: str = ""


def add_list(session: Session, facts: ListFacts, *, by: int, now: datetime) -> MailingList:
    """A new list. Its List-Id is made of its first name and never changes (M-02)."""
    name = _name(session, facts.name, None)
    made = MailingList(
        slug=_slug(session, name), name=name, description=text.clean(facts.description)[:300], created_at=now
    )
    session.add(made)
    session.flush()
    audit.record(session, "mailing list added", "mailing_list", made.id, by=by, changes={"name": (None, name)})
    return made


def change_list(session: Session, public_id: str, facts: ListFacts, *, version: int | None, by: int) -> MailingList:
    """Other words for a list; what it is remains."""
    found = list_at(session, public_id)
    if version is not None and version != found.version:
        raise Stale
    before = found.name
    found.name, found.description = _name(session, facts.name, found), text.clean(facts.description)[:300]
    audit.record(
        session, "mailing list changed", "mailing_list", found.id, by=by, changes={"name": (before, found.name)}
    )
    return found


def retire_list(session: Session, public_id: str, *, by: int, now: datetime) -> MailingList:
    """Send no more to a list; those who have left it stay so, and its unsubscribe addresses work for ever."""
    found = list_at(session, public_id)
    if found.retired_at is None:
        found.retired_at = now
        audit.record(session, "mailing list retired", "mailing_list", found.id, by=by)
    return found


def reopen_list(session: Session, public_id: str, *, by: int) -> MailingList:
    """Take a retired list into use again."""
    found = list_at(session, public_id)
    if found.retired_at is not None:
        found.retired_at = None
        audit.record(session, "mailing list reopened", "mailing_list", found.id, by=by)
    return found


def list_at(session: Session, public_id: str) -> MailingList:
    """The list at an address."""
    found = session.scalar(select(MailingList).where(MailingList.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _name(session: Session, given: str, of: MailingList | None) -> str:
    name = header_text(text.clean(given)[:80], field="name")
    if not name:
        raise NameMissing(field="name")
    others = session.scalars(select(MailingList).where(MailingList.name == name))
    if any(other is not of for other in others):
        raise NameTaken(field="name", name=name)
    return name


def _slug(session: Session, name: str) -> str:
    """The name as a label of a domain, not used by this tenant before."""
    base = re.sub(r"[^a-z0-9]+", "-", text.fold(name)).strip("-")[: LONGEST_SLUG - 4].strip("-") or "list"
    taken = set(session.scalars(select(MailingList.slug).where(MailingList.slug.startswith(base))))
    return next(slug for slug in (base, *(f"{base}-{number}" for number in range(2, 1000))) if slug not in taken)
