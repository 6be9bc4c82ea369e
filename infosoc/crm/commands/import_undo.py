"""Taking back what one row did to a company that was there before: each part that still is as the row left it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import copies, import_removal, joint
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.crm.rules import Status
from infosoc.db import search_index
from infosoc.db.search import COMPANY, CONTACT
from infosoc.kernel.identity import is_sole_trader_number, mask_org_number

YES, PART, KEPT = "yes", "part", "kept"


def undo(session: Session, row: ImportRow, *, by: int | None, now: datetime) -> str:
    """Take one row back: `yes`, `part` when some of it has been changed since, `kept` when all has."""
    if row.company_id is None or row.made is None:
        return YES
    relation = _relation(session, row.company_id)
    if relation is None:
        return YES
    parts = _Parts(session, row, relation, now)
    own_id = joint.own_company(session, row.company_id, by=by) if parts.is_joint else row.company_id
    if own_id != row.company_id:
        row.company_id = own_id
        relation = _relation(session, own_id)
        if relation is None:
            return KEPT
        parts = _Parts(session, row, relation, now)
    parts.take_back()
    session.flush()
    if parts.told:
        audit.record(session, "import reverted", "company", own_id, by=by, changes=parts.told)
    if not parts.kept:
        return YES
    return PART if parts.undone else KEPT


def undo_points(session: Session, rows: list[ImportRow]) -> None:
    """Ways to reach people who were there before, given to them by rows about companies that now go."""
    ids = {
        one for row in rows if not (row.made or {}).get("person") for one in (row.made or {}).get("person_points", ())
    }
    people = {row.contact_id for row in rows if row.contact_id is not None} if ids else set()
    if ids:
        session.execute(delete(ContactPoint).where(ContactPoint.id.in_(ids)), execution_options=_PLAIN)
        search_index.mark(session, CONTACT, people)


_PLAIN = {"synchronize_session": False}


def _relation(session: Session, company_id: int) -> CompanyRelation | None:
    query = (
        select(CompanyRelation)
        .where(CompanyRelation.company_id == company_id)
        .options(joinedload(CompanyRelation.company).options(selectinload(Company.addresses)))
        .execution_options(populate_existing=True)
    )
    return session.scalar(query)


class _Parts:
    """The parts of one row, each taken back or kept."""

    def __init__(self, session: Session, row: ImportRow, relation: CompanyRelation, now: datetime) -> None:
        self.session, self.row, self.relation, self.now = session, row, relation, now
        self.company = relation.company
        self.made: dict[str, Any] = row.made or {}
        self.before: dict[str, Any] = row.before or {}
        self.told: dict[str, tuple[Any, Any]] = {}
        self.kept = self.undone = 0

    @property
    def is_joint(self) -> bool:
        """Whether what is taken back belongs to the record that others may hold too."""
        return bool({"facts", "places", "points"} & self.made.keys())

    def take_back(self) -> None:
        self._entry()
        self._facts()
        self._own()
        self._places()
        self._points()
        self._tags()
        self._person()
        self._relation_taken_in()
        company_id = self.relation.company_id
        if "relation" not in self.made or self.kept:
            copies.refresh_activity(self.session, company_id)
            copies.refresh_people(self.session, company_id)
        search_index.mark(self.session, COMPANY, [company_id])

    def _is(self, done: bool) -> bool:
        self.undone += done
        self.kept += not done
        return done

    def _entry(self) -> None:
        entry = self.session.get(LogEntry, self.made["entry"]) if "entry" in self.made else None
        if entry is None:
            return
        used = select(FollowUp.id).where(or_(FollowUp.made_in_id == entry.id, FollowUp.done_in_id == entry.id))
        as_left = entry.version == 1 and entry.trashed_at is None and self.session.scalar(used.limit(1)) is None
        if self._is(as_left):
            contact_id = entry.contact_id
            self.session.delete(entry)
            self.session.flush()
            if contact_id is not None:
                copies.refresh_contact_activity(self.session, contact_id)

    def _facts(self) -> None:
        company = self.company
        for name, after in self.made.get("facts", {}).items():
            now = getattr(company, name)
            shown = mask_org_number(now) if name == "org_number" and now and is_sole_trader_number(now) else now
            if self._is(shown == after):
                setattr(company, name, self.before["facts"][name])
                company.changed_at = self.now
                self.told[name] = (after, self.before["facts"][name])
        if {"name", "municipality"} & self.told.keys():
            joint.refresh_company(self.session, company)

    def _own(self) -> None:
        for name, after in self.made.get("own", {}).items():
            if name == "source":
                continue
            now = getattr(self.relation, name)
            if self._is((str(now) if name == "status" else now) == after):
                before = self.before["own"][name]
                setattr(self.relation, name, Status(before) if name == "status" else before)
                self.told[name.removesuffix("_id")] = (None, None) if name.endswith("_id") else (after, before)

    def _places(self) -> None:
        addresses = {address.kind: address for address in self.company.addresses}
        for kind, after in self.made.get("places", {}).items():
            address: Address | None = addresses.get(kind)
            now = [address.street, address.postcode, address.town] if address else None
            if not self._is(now == list(after)) or address is None:
                continue
            before = self.before["places"][kind]
            if before is None:
                self.session.delete(address)
            else:
                address.street, address.postcode, address.town = before
            self.told[kind] = (", ".join(filter(None, after)), ", ".join(filter(None, before or [])) or None)

    def _points(self) -> None:
        for name in ("points", "person_points"):
            ids = self.made.get(name, [])
            points = list(self.session.scalars(select(ContactPoint).where(ContactPoint.id.in_(ids)))) if ids else []
            for point in points:
                self.session.delete(point)
            self.undone += len(points)
            if points and name == "points":
                self.told["points"] = (", ".join(point.value for point in points), None)

    def _tags(self) -> None:
        ids = self.made.get("tags", [])
        if ids:
            which = (CompanyTag.relation_id == self.relation.id, CompanyTag.tag_id.in_(ids))
            self.session.execute(delete(CompanyTag).where(*which), execution_options=_PLAIN)
            self.undone += 1

    def _person(self) -> None:
        made, contact_id = self.made, self.row.contact_id
        if contact_id is None:
            return
        self.session.flush()
        if made.get("person"):
            expected = {contact_id: made.get("person_events", 0)}
            if self._is(contact_id in import_removal.untouched_people(self.session, expected)):
                import_removal.remove_people(self.session, {contact_id})
                self.row.contact_id = None
            return
        where = (Post.contact_id == contact_id, Post.company_id == self.relation.company_id)
        if made.get("post"):
            self.session.execute(delete(Post).where(*where), execution_options=_PLAIN)
            self.undone += 1
        elif "title" in made:
            now = self.session.scalar(select(Post.title).where(*where))
            if self._is(now == made["title"]):
                change = update(Post).where(*where).values(title=self.before["title"])
                self.session.execute(change, execution_options=_PLAIN)
        if made.get("person_relation"):
            held = self.session.scalar(select(ContactRelation).where(ContactRelation.contact_id == contact_id))
            if held is not None and self._is(held.version == 1):
                self.session.delete(held)
        search_index.mark(self.session, CONTACT, [contact_id])

    def _relation_taken_in(self) -> None:
        """A company that another tenant showed us is given back to it, unless we have worked with it since."""
        if not self.made.get("relation"):
            return
        self.session.flush()
        company_id = self.relation.company_id
        worked = [select(model.id).where(model.company_id == company_id).limit(1) for model in (LogEntry, FollowUp)]
        people = (
            select(Post.id)
            .join(ContactRelation, ContactRelation.contact_id == Post.contact_id)
            .where(Post.company_id == company_id)
            .limit(1)
        )
        is_used = any(self.session.scalar(query) is not None for query in (*worked, people))
        if self._is(self.relation.version <= 1 + bool(self.told) and not is_used):
            self.session.execute(
                delete(CompanyTag).where(CompanyTag.relation_id == self.relation.id), execution_options=_PLAIN
            )
            self.session.delete(self.relation)
