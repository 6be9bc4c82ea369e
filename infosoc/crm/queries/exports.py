"""The rows of a list for a file, a thousand at a time, however long the list is.

Left out for everybody: sole traders' numbers, which are personal identity numbers and are read one by one, logged, on
the company's page. Left out for whoever may not see them: persons with protected identity, in the contact log too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.crm.lists.spec import Choices, Reader
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries import lists_walk, log
from infosoc.crm.queries.lists_walk import Walk
from infosoc.crm.rules import (
    DIRECTION_LABELS,
    ENTRY_KIND_LABELS,
    MARKETING_LABELS,
    OUTCOME_LABELS,
    STATUS_LABELS,
    Direction,
    EntryKind,
    Marketing,
    Outcome,
    Status,
)
from infosoc.kernel import clock, identity, phone
from infosoc.kernel.identity import LegalForm

AT_ONCE = 1000
Say = Callable[[str], str]


@dataclass(frozen=True)
class Taken:
    """What is taken out: a whole list as its filters say, or the rows that were marked in it."""

    walk: Walk
    only: Collection[str] | None = None


def companies(session: Session, taken: Taken, choices: Choices, names: Sequence[str], say: Say) -> Iterator[list[str]]:
    """The companies of a list, each as the cells of these columns."""
    joint, own = Company, CompanyRelation
    columns = (
        joint.id, joint.public_id, joint.name, joint.org_number, joint.legal_form, joint.size, own.municipality,
        own.id, own.status, own.line_id, own.owner_id, own.last_contact_at, own.next_follow_up_on, own.contacts,
        own.source, own.notes, own.created_at,
    )  # fmt: skip
    for rows in _walked(session, taken, columns, "export companies"):
        ids = [row[0] for row in rows]
        points, places = _points(session, ContactPoint.company_id, ids), _places(session, ids)
        tags = _tags(session, [row[7] for row in rows], choices)
        for row in rows:
            cells = _company(row, choices, say)
            cells |= points[row[0]] | places[row[0]] | {"tags": ", ".join(tags[row[7]])}
            yield [cells.get(name, "") for name in names]


def _company(row: tuple[Any, ...], choices: Choices, say: Say) -> dict[str, str]:
    (
        _, _, name, number, form, size, municipality, _, status, line, owner, contacted, follow_up, people, source,
        notes, added,
    ) = row  # fmt: skip
    return {
        "name": name, "org_number": _number(number, form), "legal_form": _form(form, say), "size": size or "",
        "municipality": municipality or "", "status": say(STATUS_LABELS[Status(status)]),
        "line": choices.lines[line].label if line in choices.lines else "",
        "owner": choices.people[owner].label if owner in choices.people else "",
        "contacted": _day(contacted), "follow_up": _day(follow_up), "people": str(people), "source": source,
        "notes": notes, "added": _day(added),
    }  # fmt: skip


def _number(number: str | None, form: str | None) -> str:
    if not number or form == "sole_trader" or identity.is_sole_trader_number(number):
        return ""
    return identity.format_org_number(number)


def _form(form: str | None, say: Say) -> str:
    return say(LegalForm(form).label) if form in set(LegalForm) else ""


def contacts(session: Session, taken: Taken, names: Sequence[str], say: Say) -> Iterator[list[str]]:
    """The contact persons of a list."""
    columns = (
        Contact.id, Contact.public_id, Contact.name, Post.title, Company.name, Company.municipality, Contact.language,
        ContactRelation.marketing, ContactRelation.call_blocked_at, ContactRelation.last_contact_at,
        ContactRelation.source, ContactRelation.notes,
    )  # fmt: skip
    for rows in _walked(session, taken, columns, "export contacts"):
        points = _points(session, ContactPoint.contact_id, [row[0] for row in rows])
        for row in rows:
            _, _, name, title, company, town, language, marketing, blocked_at, contacted, source, notes = row
            cells = {
                "name": name, "title": title or "", "company": company or "", "municipality": town or "",
                "language": language or "", "marketing": say(MARKETING_LABELS[Marketing(marketing)]),
                "calls": _day(blocked_at), "contacted": _day(contacted), "source": source, "notes": notes,
                **points[row[0]],
            }  # fmt: skip
            yield [cells.get(name, "") for name in names]


def entries(
    session: Session, wanted: log.LogFilter, reader: Reader, names: Sequence[str], say: Say
) -> Iterator[list[str]]:
    """Our own contact log, the newest first. What other tenants show us of theirs is read here, not taken out."""
    query = (
        select(
            LogEntry.happened_at, LogEntry.id, LogEntry.kind, LogEntry.direction, LogEntry.outcome, Company.name,
            Contact.name, Contact.is_protected, User.name, LogEntry.text,
        )
        .join(Company, Company.id == LogEntry.company_id)
        .outerjoin(Contact, Contact.id == LogEntry.contact_id)
        .outerjoin(User, User.id == LogEntry.by_id)
        .order_by(LogEntry.happened_at.desc(), LogEntry.id.desc())
        .limit(AT_ONCE)
    )  # fmt: skip
    query = log.narrowed(query, wanted)
    place = None
    while True:
        part = query if place is None else query.where(tuple_(LogEntry.happened_at, LogEntry.id) < place)
        rows = session.execute(part).all()
        for happened_at, _, kind, direction, outcome, company, contact, is_protected, by, text in rows:
            cells = {
                "when": clock.local(happened_at).strftime("%Y-%m-%d %H:%M"),
                "kind": say(ENTRY_KIND_LABELS[EntryKind(kind)]),
                "direction": say(DIRECTION_LABELS[Direction(direction)]),
                "outcome": say(OUTCOME_LABELS[Outcome(outcome)]) if outcome else "", "company": company,
                "contact": "" if is_protected and not reader.sees_protected else contact or "",
                "by": by or log.IMPORTED, "text": text,
            }  # fmt: skip
            yield [cells[name] for name in names]
        if len(rows) < AT_ONCE:
            return
        place = (rows[-1][0], rows[-1][1])


# ---- walking ---------------------------------------------------------------------------------------------------------


def _walked(session: Session, taken: Taken, columns: Sequence[Any], name: str) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a list in its order, part by part; with the marked ones only where some are."""
    along, place, skip = taken.walk, None, 0
    keys = along.query.sort.keys
    while True:
        wanted = [*columns, *keys]
        rows = lists_walk.rows(session, along, wanted, name, most=AT_ONCE, place=place, skip=skip)
        found = [row[: len(columns)] for row in rows if taken.only is None or row[1] in taken.only]
        if found:
            yield found
        if len(rows) < AT_ONCE:
            return
        if along.is_short:
            skip += AT_ONCE
        else:
            place = rows[-1][len(columns) :]


def _points(session: Session, owner: Any, ids: list[int]) -> dict[int, dict[str, str]]:
    """Phones, e-mail and web addresses, the main one of each first."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = select(owner, ContactPoint.kind, ContactPoint.value).where(owner.in_(ids))
    for one, kind, value in session.execute(query.order_by(ContactPoint.is_main.desc(), ContactPoint.id)):
        is_phone = kind in {"phone", "mobile"}
        found[one]["phone" if is_phone else kind].append(phone.display(value) if is_phone else value)
    made: dict[int, dict[str, str]] = defaultdict(dict)
    for one, kinds in found.items():
        made[one] = {kind: ", ".join(values) for kind, values in kinds.items()}
    return made


def _places(session: Session, ids: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    query = select(Address.company_id, Address.kind, Address.street, Address.postcode, Address.town)
    for one, kind, street, postcode, town in session.execute(query.where(Address.company_id.in_(ids))):
        found[one] |= {f"{kind}_street": street, f"{kind}_postcode": postcode, f"{kind}_town": town}
    return found


def _tags(session: Session, relation_ids: list[int], choices: Choices) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(CompanyTag.relation_id, CompanyTag.tag_id).where(CompanyTag.relation_id.in_(relation_ids))
    for one, tag_id in session.execute(query.order_by(CompanyTag.id)):
        if tag_id in choices.tags:
            found[one].append(choices.tags[tag_id].label)
    return found


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return (clock.local(value).date() if isinstance(value, datetime) else value).isoformat()
