"""What the register knows of the companies and people that a file speaks of, as matching and planning see it. Pure.

Filled from the database for a few rows at a time, and brought forward while these rows are planned, so that a later row
meets what an earlier one made. What is only planned has a negative id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from infosoc.crm.imports.parsed import Contact, ParsedRow
from infosoc.kernel.text import sort_key

# A name is compared half a dozen times while its row is planned.
key_of = lru_cache(maxsize=16_384)(sort_key)

PointKey = tuple[str, str]  # group ("phones", "emails", "web") and the form that is compared
Place = tuple[str, str, str]  # street, postcode, town

GROUP = {"phone": "phones", "mobile": "phones", "email": "emails", "web": "web"}
_FORM_WORDS = re.compile(r"\b(?:ab|aktiebolag|aktiebolaget|publ|hb|kb|handelsbolag|kommanditbolag|ek for|ek f}r)\b")

# Addresses that several people read: the same one does not make two people one.
_SHARED = frozenset(
    ("info", "kontakt", "contact", "mail", "office", "post", "registrator", "kommun", "kommunen", "kundtjanst",
     "kundservice", "support", "order", "faktura", "ekonomi", "reception", "vaxel", "hej", "hello", "admin", "kansli",
     "sales", "forsaljning", "inkop", "hr", "personal")
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """A contact person; `posts` says at which companies and as what."""

    id: int
    name: str
    key: str
    posts: dict[int, str] = field(default_factory=dict)
    points: set[PointKey] = field(default_factory=set)
    is_ours: bool = True
    is_trashed: bool = False
    is_protected: bool = False
    is_from_file: bool = False


@dataclass(slots=True)
class Company:
    """A company with our relation to it, when we have one (`is_ours`)."""

    id: int
    name: str
    key: str
    org_number: str | None = None
    legal_form: str | None = None
    size: str | None = None
    municipality: str | None = None
    town: str | None = None
    addresses: dict[str, Place] = field(default_factory=dict)
    points: set[PointKey] = field(default_factory=set)
    people: list[int] = field(default_factory=list)
    is_ours: bool = False
    is_trashed: bool = False
    status: str = "prospect"
    owner_id: int | None = None
    line_id: int | None = None
    notes: str = ""
    tags: set[str] = field(default_factory=set)
    entries: list[tuple[str, str]] = field(default_factory=list)  # day and text
    is_from_file: bool = False  # an earlier row of this file made it
    is_touched: bool = False  # an earlier row of this file spoke of it

    def towns(self) -> set[str]:
        """Where it may be said to be, for telling two of the same name apart."""
        found = {key_of(place[2]) for place in self.addresses.values()}
        found |= {key_of(text) for text in (self.town, self.municipality) if text}
        return found - {""}


def core(key: str) -> str:
    """A name's sort key without the words that only tell the legal form."""
    return " ".join(_FORM_WORDS.sub(" ", key).split()) or key


def row_emails(row: ParsedRow) -> list[str]:
    """All e-mail addresses a row holds: the company's and the person's."""
    points = row.points + (row.contact.points if row.contact else ())
    return [point.value for point in points if point.kind == "email"]


class Directory:
    """The companies and people that a handful of rows may mean, by number, e-mail and name."""

    def __init__(self) -> None:
        self.companies: dict[int, Company] = {}
        self.people: dict[int, Person] = {}
        self.blocked: frozenset[str] = frozenset()
        self._by_number: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        self._by_email: dict[str, list[int]] = {}
        self._people_by_email: dict[str, list[int]] = {}
        self._lowest = 0

    def next_id(self) -> int:
        """An id for something that is only planned."""
        self._lowest -= 1
        return self._lowest

    def begin_below(self, lowest: int) -> None:
        """Ids already given to what earlier rows of a preview planned."""
        self._lowest = min(self._lowest, lowest)

    @property
    def lowest(self) -> int:
        return self._lowest

    def put_company(self, company: Company) -> None:
        """Make a company findable; also again, after it has got a number or an address."""
        self.companies[company.id] = company
        if company.org_number:
            _note(self._by_number, company.org_number, company.id)
        _note(self._by_name, company.key, company.id)
        for group, value in company.points:
            if group == "emails":
                _note(self._by_email, value, company.id)

    def put_person(self, person: Person) -> None:
        self.people[person.id] = person
        for group, value in person.points:
            if group == "emails":
                _note(self._people_by_email, value, person.id)
        for company_id in person.posts:
            company = self.companies.get(company_id)
            if company is not None and person.id not in company.people:
                company.people.append(person.id)

    # ---- which company a row means ----------------------------------------------------------------------------------

    def company_of(self, row: ParsedRow) -> Company | None:
        """By organisation number, then e-mail, then name and town; None when it is not known yet."""
        key = key_of(row.name)
        if row.org_number:
            found = self._best(self._by_number.get(row.org_number, ()), key)
            if found is not None:
                return found
        return self._by_row_emails(row, key) or self._by_name_and_town(row, key)

    def _by_row_emails(self, row: ParsedRow, key: str) -> Company | None:
        ids: dict[int, None] = {}
        for address in row_emails(row):
            ids.update(dict.fromkeys(self._by_email.get(address, ())))
            for person_id in self._people_by_email.get(address, ()):
                ids.update(dict.fromkeys(one for one in self.people[person_id].posts if one in self.companies))
        found = [one for one in self._fitting(ids, row) if not (one.is_from_file and core(one.key) != core(key))]
        same = [one for one in found if core(one.key) == core(key)]
        if same:
            return self._best([one.id for one in same], key)
        # Several companies under one address, none of this name: it is one more of them.
        return found[0] if len(found) == 1 else None

    def _by_name_and_town(self, row: ParsedRow, key: str) -> Company | None:
        found = self._fitting(self._by_name.get(key, ()), row)
        town = key_of(row.town)
        there = [one for one in found if town in one.towns()] if town else []
        nearest = there or [one for one in found if not one.towns()]
        if nearest:
            return self._best([one.id for one in nearest], key)
        return found[0] if len(found) == 1 and not town else None

    def _fitting(self, ids: Iterable[int], row: ParsedRow) -> list[Company]:
        """Those whose number, if they have one, is not another than the row's."""
        found = [self.companies[one] for one in ids if one in self.companies]
        return [
            one for one in found if not (row.org_number and one.org_number and one.org_number != row.org_number)
        ]  # fmt: skip

    def _best(self, ids: Iterable[int], key: str) -> Company | None:
        """Of several: one of ours that is not in the trash, of the same name, the oldest."""
        found = [self.companies[one] for one in ids if one in self.companies]
        return min(
            found,
            key=lambda one: (one.is_trashed, not one.is_ours, one.key != key, one.id < 0, abs(one.id)),
            default=None,
        )

    # ---- which person a row means -----------------------------------------------------------------------------------

    def person_of(self, contact: Contact, company: Company) -> Person | None:
        """By e-mail, else by name at the company."""
        key = key_of(contact.name)
        found: dict[int, Person] = {}
        for point in contact.points:
            if point.kind == "email":
                for person_id in self._people_by_email.get(point.value, ()):
                    person = self.people[person_id]
                    if person.key == key or (_is_personal(point.value) and not person.is_from_file):
                        found[person_id] = person
        at_company = [self.people[one] for one in company.people if one in self.people]
        candidates = list(found.values()) or [person for person in at_company if person.key == key]
        return min(
            candidates,
            key=lambda one: (one.is_trashed, one.key != key, company.id not in one.posts, not one.is_ours, one.id),
            default=None,
        )


def _is_personal(address: str) -> bool:
    return address.partition("@")[0] not in _SHARED


def _note(index: dict[str, list[int]], key: str, one: int) -> None:
    held = index.get(key)
    if held is None:
        index[key] = [one]
    elif one not in held:
        held.append(one)


# ---- kept outside memory between the chunks of a preview -------------------------------------------------------------


def company_as_json(company: Company) -> list[Any]:
    """A company as plain lists, for keeping."""
    values = [getattr(company, name) for name in Company.__slots__]
    return [sorted(value) if isinstance(value, set) else value for value in values]


def company_from_json(values: list[Any]) -> Company:
    company = Company(*values)
    company.addresses = {kind: tuple(place) for kind, place in company.addresses.items()}
    company.points = {tuple(point) for point in company.points}
    company.tags = set(company.tags)
    company.entries = [tuple(entry) for entry in company.entries]
    return company


def person_as_json(person: Person) -> list[Any]:
    values = [getattr(person, name) for name in Person.__slots__]
    values = [sorted(value) if isinstance(value, set) else value for value in values]
    values[3] = list(person.posts.items())
    return values


def person_from_json(values: list[Any]) -> Person:
    person = Person(*values)
    person.posts = dict(person.posts)
    person.points = {tuple(point) for point in person.points}
    return person
