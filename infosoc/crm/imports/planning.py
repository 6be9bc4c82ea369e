"""What one row does to the register: decided from what the row says and what is known. Pure; nothing is written here.

What is empty is filled in; ways to reach them, people, tags and contacts that are missing are added. What differs is
kept and told, unless the user chose that the file decides; then the first row about a company decides, so that
the same file twice changes nothing whatever its rows say of one another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from infosoc.crm import municipalities
from infosoc.crm.imports.known import GROUP, Company, Directory, Person, Place, key_of
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.parsed import Contact, LastContact, ParsedRow, Point, Refusal
from infosoc.crm.imports.reasons import REFUSED, TOLD, WARNED, Reason, refused, warned
from infosoc.crm.imports.words import LogKind
from infosoc.crm.rules import SIZES, EntryKind, Outcome
from infosoc.kernel import phone
from infosoc.kernel.identity import LegalForm
from infosoc.kernel.text import fold

Change = tuple[Any, Any]


class Result(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Policy(StrEnum):
    """What to do where the file and the register both say something."""

    FILL = "fill"
    OVERWRITE = "overwrite"


class NewPoint(NamedTuple):
    """A way to reach them, as its table holds it."""

    kind: str
    value: str
    normalised: str
    is_main: bool


class NewEntry(NamedTuple):
    """A contact or an attempt on a day."""

    day: str
    kind: EntryKind
    outcome: Outcome | None
    text: str


@dataclass(slots=True)
class Plan:
    """What one row does. `company` and `person` are brought forward already when the plan is made."""

    number: int
    result: Result = Result.UNCHANGED
    reasons: list[Reason] = field(default_factory=list)
    company: Company | None = None
    is_new: bool = False
    takes_in: bool = False
    facts: dict[str, Change] = field(default_factory=dict)
    own: dict[str, Change] = field(default_factory=dict)
    places: dict[str, tuple[Place | None, Place]] = field(default_factory=dict)
    points: list[NewPoint] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    person: Person | None = None
    makes_person: bool = False
    takes_in_person: bool = False
    makes_post: bool = False
    title: Change | None = None
    person_points: list[NewPoint] = field(default_factory=list)
    entry: NewEntry | None = None

    @property
    def touches_company(self) -> bool:
        return bool(self.facts or self.own or self.places or self.points or self.tags)

    @property
    def touches_person(self) -> bool:
        return bool(self.takes_in_person or self.makes_post or self.title or self.person_points)

    @property
    def changes(self) -> bool:
        return self.touches_company or self.makes_person or self.touches_person or self.entry is not None


def plan_refused(number: int, refusal: Refusal) -> Plan:
    return Plan(number, Result.REFUSED, [refused(refusal)])


def plan_row(number: int, row: ParsedRow, directory: Directory, lists: Lists, policy: Policy) -> Plan:
    """Decide what a row does, and bring what is known forward by it."""
    company = directory.company_of(row)
    plan = Plan(number, reasons=[warned(one) for one in row.warnings], company=company)
    if company is not None and company.is_trashed:
        plan.result = Result.REFUSED
        plan.reasons = [Reason(REFUSED, "in_trash", "name")]
        return plan
    _Planner(plan, row, directory, lists, policy).decide()
    return plan


class _Planner:
    def __init__(self, plan: Plan, row: ParsedRow, directory: Directory, lists: Lists, policy: Policy) -> None:
        self.plan, self.row, self.directory, self.lists = plan, row, directory, lists
        known = plan.company
        self.overwrites = policy is Policy.OVERWRITE and known is not None and not known.is_touched

    def decide(self) -> None:
        plan, company = self.plan, self.plan.company
        if company is None:
            company = self._new_company()
        else:
            self._joint_facts(company)
        if not company.is_ours:
            self._take_in(company)
        self._own_facts(company)
        self._places(company)
        plan.points = self._new_points(self.row.points, company.points)
        self._tags(company)
        if self.row.contact is not None:
            self._person(self.row.contact, company)
        if self.row.last_contact is not None:
            self._entry(self.row.last_contact, company)
        company.is_touched = True
        plan.result = (
            Result.NEW if plan.is_new or plan.takes_in else Result.CHANGED if plan.changes else Result.UNCHANGED
        )
        if plan.is_new or plan.points or "org_number" in plan.facts:
            self.directory.put_company(company)

    # ---- the company ------------------------------------------------------------------------------------------------

    def _new_company(self) -> Company:
        row, facts = self.row, self._stated_facts()
        form = row.legal_form_guess
        company = Company(
            self.directory.next_id(), row.name, key_of(row.name), row.org_number, form.value if form else None,
            facts.get("size"), facts.get("municipality"), row.town[:60] or None, is_ours=True, is_from_file=True,
        )  # fmt: skip
        self.plan.company, self.plan.is_new = company, True
        self.overwrites = True
        return company

    def _stated_facts(self) -> dict[str, str]:
        """Size and municipality in the register's own words."""
        found = {}
        if text := self.row.facts.get("size"):
            size = size_of(text)
            if size is None:
                self._warn("size_unknown", "size", text)
            else:
                found["size"] = size
        if text := self.row.facts.get("municipality"):
            name = municipalities.named(text)
            if name is None:
                self._warn("municipality_unknown", "municipality", text)
            else:
                found["municipality"] = name
        if "municipality" not in found and (code := self.row.facts.get("municipality_code")):
            name = municipalities.by_code().get(code)
            if name is None:
                self._warn("municipality_unknown", "municipality_code", code)
            else:
                found["municipality"] = name
        return found

    def _joint_facts(self, company: Company) -> None:
        row = self.row
        if key_of(row.name) != company.key:
            self._differing("name", company.name, row.name, "name_differs")
        if row.org_number and row.org_number != company.org_number:
            if company.org_number:
                self._warn("number_differs", "org_number")
            else:
                self._set_fact("org_number", row.org_number)
                if row.is_sole_trader and company.legal_form != LegalForm.SOLE_TRADER:
                    self._set_fact("legal_form", LegalForm.SOLE_TRADER.value)
        stated = self._stated_facts()
        if row.legal_form:
            stated["legal_form"] = row.legal_form.value
        if row.town and not company.town:
            stated["town"] = row.town[:60]
        for name, value in stated.items():
            before = getattr(company, name)
            if not before:
                self._set_fact(name, value)
            elif before != value:
                self._differing(name, before, value)

    def _differing(self, name: str, before: str, value: str, code: str = "fact_differs") -> None:
        if self.overwrites:
            self._set_fact(name, value)
        else:
            self._warn(code, name, before)

    def _set_fact(self, name: str, value: str) -> None:
        company = self.plan.company
        self.plan.facts[name] = (getattr(company, name), value)
        setattr(company, name, value)
        if name == "name" and company is not None:
            company.key = key_of(value)

    def _take_in(self, company: Company) -> None:
        company.is_ours = True
        self.plan.takes_in = True
        self.overwrites = True
        self.plan.reasons.append(Reason(TOLD, "taken_in"))

    # ---- our relation -----------------------------------------------------------------------------------------------

    def _own_facts(self, company: Company) -> None:
        row, facts, plan = self.row, self.row.facts, self.plan
        fresh = plan.is_new or plan.takes_in
        if row.status:
            self._own("status", row.status.value, always=fresh, shown=company.status)
        if owner_text := facts.get("owner"):
            owner_id = self.lists.owner(owner_text, plan.reasons)
            self._own("owner_id", owner_id, shown=self.lists.owner_names.get(company.owner_id or 0, ""))
        if "line_of_business" in facts or "sni" in facts:
            line_id = self.lists.line(facts.get("line_of_business", ""), facts.get("sni", ""), plan.reasons)
            self._own("line_id", line_id, shown=self.lists.names.get(company.line_id or 0, ""))
        if row.notes and row.notes not in company.notes:
            notes = f"{company.notes}\n\n{row.notes}" if company.notes else row.notes
            plan.own["notes"] = (company.notes, notes)
            company.notes = notes
        if fresh and (source := facts.get("source")):
            plan.own["source"] = ("", source[:120])

    def _own(self, name: str, value: Any, *, shown: str, always: bool = False) -> None:
        company = self.plan.company
        before = getattr(company, name)
        if value is None or value == before:
            return
        if always or before is None or self.overwrites:
            self.plan.own[name] = (before, value)
            setattr(company, name, value)
        else:
            self._warn("fact_differs", _FIELD_OF.get(name, name), shown)

    def _places(self, company: Company) -> None:
        for address in self.row.addresses:
            new: Place = (address.street[:200], address.postcode[:12], address.town[:60])
            before = company.addresses.get(address.kind)
            if before == new:
                continue
            if before is None or self.overwrites:
                after = new
            else:
                after = before[0] or new[0], before[1] or new[1], before[2] or new[2]
                if any(one and old and fold(old) != fold(one) for old, one in zip(before, new, strict=True)):
                    self._warn("fact_differs", f"{address.kind}_street", ", ".join(filter(None, before)))
                    continue  # another street with this postcode would be an address that nobody has
                if after == before:
                    continue
            self.plan.places[address.kind] = (before, after)
            company.addresses[address.kind] = after

    def _tags(self, company: Company) -> None:
        for key in self.lists.wanted_tags(self.row.tags, self.plan.reasons) if self.row.tags else ():
            if key not in company.tags:
                company.tags.add(key)
                self.plan.tags.append(key)

    def _new_points(self, points: tuple[Point, ...], known: set[tuple[str, str]]) -> list[NewPoint]:
        found = []
        for point in points:
            new = _point(point)
            key = (GROUP[new.kind], new.normalised)
            if key in known:
                continue
            if new.normalised in self.directory.blocked:
                self._warn("address_blocked", "email")
                continue
            is_main = not any(group == key[0] for group, _ in known)
            known.add(key)
            found.append(new._replace(is_main=True) if is_main else new)
        return found

    # ---- people and contacts ----------------------------------------------------------------------------------------

    def _person(self, contact: Contact, company: Company) -> None:
        plan, directory = self.plan, self.directory
        if any(point.value in directory.blocked for point in contact.points):
            self._warn("address_blocked", "contact_email")
            return
        person = directory.person_of(contact, company)
        if person is None:
            person = Person(directory.next_id(), contact.name[:120], key_of(contact.name[:120]), is_from_file=True)
            plan.makes_person = plan.makes_post = True
            person.posts[company.id] = contact.title[:120]
        elif person.is_protected:
            return  # nothing is written of them, and nothing told
        elif person.is_trashed:
            self._warn("person_in_trash", "contact_name")
            return
        else:
            self._known_person(person, contact, company)
        plan.person = person
        plan.person_points = self._new_points(contact.points, person.points)
        if plan.makes_person or plan.makes_post or plan.person_points:
            directory.put_person(person)

    def _known_person(self, person: Person, contact: Contact, company: Company) -> None:
        plan, title = self.plan, contact.title[:120]
        if person.key != key_of(contact.name):
            self._warn("person_differs", "contact_name", person.name)
        if not person.is_ours:
            person.is_ours = plan.takes_in_person = True
        before = person.posts.get(company.id)
        if before is None:
            plan.makes_post = True
            person.posts[company.id] = title
        elif title and not before:
            plan.title = (before, title)
            person.posts[company.id] = title
        elif title and fold(before) != fold(title):
            if self.overwrites:
                plan.title = (before, title)
                person.posts[company.id] = title
            else:
                self._warn("fact_differs", "contact_title", before)

    def _entry(self, last: LastContact, company: Company) -> None:
        day = last.on.isoformat()
        if any(on == day and (said == last.text or not last.text) for on, said in company.entries):
            return
        kind, outcome = entry_kind(last)
        self.plan.entry = NewEntry(day, kind, outcome, last.text)
        company.entries.append((day, last.text))

    def _warn(self, code: str, field_name: str, detail: str = "") -> None:
        self.plan.reasons.append(Reason(WARNED, code, field_name, detail[:80]))


_FIELD_OF = {"owner_id": "owner", "line_id": "line_of_business"}


def entry_kind(last: LastContact) -> tuple[EntryKind, Outcome | None]:
    """How they were in touch. A date without words is a call: lists sort by the last contact, and it was one."""
    if last.kind is LogKind.ATTEMPT:
        said = fold(last.text)
        busy, voice = "upptaget" in said, any(word in said for word in ("telefonsvarare", "voicemail", "meddelande"))
        return EntryKind.ATTEMPT, Outcome.BUSY if busy else Outcome.VOICEMAIL if voice else Outcome.NO_ANSWER
    return EntryKind(last.kind.value) if last.kind else EntryKind.CALL, None


def size_of(text: str) -> str | None:
    """A number of employees, or one of the register's own intervals, as the interval."""
    plain = "".join(text.split()).replace("–", "-").removesuffix(".0")
    if plain in SIZES:
        return plain
    if not (plain.isascii() and plain.isdigit() and len(plain) < 7):
        return None
    number = int(plain)
    starts = [int(size.partition("-")[0]) for size in SIZES]
    return next((size for start, size in zip(starts[::-1], SIZES[::-1], strict=True) if number >= start), None)


def _point(point: Point) -> NewPoint:
    if point.kind == "phone":
        kind = "mobile" if point.label == "mobile" else "phone"
        shown = phone.display(point.value) + (f" ankn. {point.extension}" if point.extension else "")
        return NewPoint(kind, shown[:254], point.value, False)
    return NewPoint(point.kind, point.value[:254], point.value[:254].lower(), False)
