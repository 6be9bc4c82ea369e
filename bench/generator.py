"""Writes a register of any size straight into the tables: companies, one contact person each, three log entries each.

The rows are what the application itself would have written (the copies for lists, the documents of the search index and
the kept counts included), put there by COPY or `executemany`, so that a million take minutes. The same rows every time.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from infosoc.crm import municipalities
from infosoc.crm.models.companies import Company, CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db.base import Base
from infosoc.db.search import SearchDocument
from infosoc.db.search_tokens import Group, code, name_key, tokens
from infosoc.demo import words
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import sort_key

TENANT, USER = 1, 1
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CHUNK = 20_000
STATUSES = ("customer", "former", "prospect", "prospect", "prospect", "not_relevant")
ENTRY_KINDS = ("call", "attempt", "email")
# What these triggers would copy onto contact persons' rows is written with them.
COPYING = {
    "company_copies_added": "company_relation", "contact_copies_added": "contact_relation", "post_copies_added": "post",
}  # fmt: skip
ORDER = (Company, CompanyRelation, Contact, ContactRelation, Post, ContactPoint, LogEntry, FollowUp, SearchDocument)
Row = dict[str, Any]


def write(engine: Engine, contacts: int) -> None:
    """Fill a migrated database that holds one tenant and one member (both numbered 1)."""
    numbers = iter(range(1, contacts + 1))
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        writer = _Sqlite(raw) if engine.dialect.name == "sqlite" else _Postgresql(raw)
        writer.begin()
        while chunk := list(islice(numbers, CHUNK)):
            for model, rows in _rows(chunk).items():
                writer.write(model, rows)
        writer.finish()


def _rows(numbers: list[int]) -> dict[type[Base], list[Row]]:
    made: dict[type[Base], list[Row]] = {model: [] for model in ORDER}
    towns = municipalities.names()
    for number in numbers:
        rng = random.Random(number)
        company, person, phone = _names(rng, number)
        town = towns[number % len(towns)]
        _company(made, rng, number, company, town)
        _contact(made, number, person, company, phone)
        _log(made, rng, number, company)
    for model, rows in made.items():
        if "public_id" in model.__table__.c and model is not SearchDocument:
            for row, public_id in zip(rows, new_public_ids(len(rows)), strict=True):
                row["public_id"] = public_id
    _documents(made, towns)
    return made


def _names(rng: random.Random, number: int) -> tuple[str, str, str]:
    company = f"{rng.choice(words.PLACES)} {rng.choice(('Omsorg', 'Vård', 'HVB', 'LSS', 'Assistans'))} {number} AB"
    return company, f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}", f"+4670{number:07d}"


def _company(made: dict[type[Base], list[Row]], rng: random.Random, number: int, name: str, town: str) -> None:
    at = NOW - timedelta(days=rng.randrange(700), minutes=rng.randrange(1440))
    due = date(2026, 11, 1) + timedelta(days=rng.randrange(90)) if number % 10 == 0 else None
    made[Company].append(
        {"id": number, "origin_tenant_id": TENANT, "name": name, "org_number": f"559{number:07d}", "municipality": town,
         "town": town, "version": 1, "created_at": at, "changed_at": at}
    )  # fmt: skip
    made[CompanyRelation].append(
        {"id": number, "tenant_id": TENANT, "company_id": number, "status": rng.choice(STATUSES), "owner_id": USER,
         "notes": "", "custom": "{}", "source": "bench", "source_on": date(2026, 1, 1), "name_sort": sort_key(name),
         "municipality": town, "last_contact_at": at, "last_attempt_at": at, "next_follow_up_on": due, "contacts": 1,
         "version": 1, "created_at": at}
    )  # fmt: skip
    if due:
        made[FollowUp].append(
            {"id": number, "tenant_id": TENANT, "company_id": number, "contact_id": number, "assignee_id": USER,
             "due_on": due, "note": "Ring", "version": 1, "created_at": at, "created_by": USER}
        )  # fmt: skip


def _contact(made: dict[type[Base], list[Row]], number: int, name: str, company: str, phone: str) -> None:
    made[Contact].append(
        {"id": number, "origin_tenant_id": TENANT, "name": name, "is_protected": False, "version": 1, "created_at": NOW,
         "changed_at": NOW}
    )  # fmt: skip
    at_company = made[CompanyRelation][-1]
    made[ContactRelation].append(
        {"id": number, "tenant_id": TENANT, "contact_id": number, "notes": "", "source": "bench",
         "source_on": date(2026, 1, 1), "marketing": "allowed", "name_sort": sort_key(name),
         "company_sort": sort_key(company), "company_status": at_company["status"],
         "company_owner_id": at_company["owner_id"], "municipality": at_company["municipality"], "version": 1,
         "created_at": NOW}
    )  # fmt: skip
    made[Post].append(
        {"id": number, "origin_tenant_id": TENANT, "contact_id": number, "company_id": number, "title": "Enhetschef",
         "is_main": True}
    )  # fmt: skip
    switchboard = f"+468{number:07d}"
    points = (
        (None, number, "mobile", phone), (None, number, "email", f"kontakt{number}@foretag.example"),
        (number, None, "phone", switchboard), (number, None, "email", f"info{number}@foretag.example"),
    )  # fmt: skip
    for at, (company_id, contact_id, kind, value) in enumerate(points):
        made[ContactPoint].append(
            {"id": number * 4 - at, "origin_tenant_id": TENANT, "company_id": company_id, "contact_id": contact_id,
             "kind": kind, "value": value, "normalised": value, "label": "", "is_main": True}
        )  # fmt: skip


def _log(made: dict[type[Base], list[Row]], rng: random.Random, number: int, company: str) -> None:
    for at, kind in enumerate(ENTRY_KINDS):
        made[LogEntry].append(
            {"id": number * 3 - at, "tenant_id": TENANT, "company_id": number, "contact_id": number, "kind": kind,
             "direction": "out", "by_id": USER, "happened_at": NOW - timedelta(days=rng.randrange(700)),
             "text": "" if kind == "attempt" else rng.choice(words.CALL_NOTES), "version": 1, "created_at": NOW}
        )  # fmt: skip


def _documents(made: dict[type[Base], list[Row]], towns: tuple[str, ...]) -> None:
    """The documents of the search index, numbered by kind: 5n-4 company, 5n-3 contact, the rest log entries."""
    company_code, person, log = (code(TENANT, group) for group in (Group.COMPANY, Group.PERSON, Group.LOG))
    phones = {row["contact_id"]: row["value"] for row in made[ContactPoint] if row["kind"] == "mobile"}
    switchboards = {row["company_id"]: row["value"] for row in made[ContactPoint] if row["kind"] == "phone"}
    add = made[SearchDocument].append
    names = {}
    for row in made[Company]:
        names[row["id"]] = row["name"]
        mail = f"info{row['id']}@foretag.example"
        found = tokens(
            company_code, [row["name"], row["municipality"], row["org_number"], mail], [switchboards[row["id"]]]
        )
        add(_document(row["id"] * 5 - 4, "company", row, row["name"], row["municipality"], found))
    for row in made[Contact]:
        company, mail = names[row["id"]], f"kontakt{row['id']}@foretag.example"
        found = tokens(person, [row["name"], "Enhetschef", company, mail], [phones[row["id"]]])
        add(_document(row["id"] * 5 - 3, "contact", row, row["name"], f"Enhetschef, {company}", found))
    for row in made[LogEntry]:
        if row["text"]:
            number = row["company_id"] * 5 - 2 + (row["kind"] == "email")
            document = _document(
                number, "entry", row, names[row["company_id"]], row["text"][:120], tokens(log, [row["text"]], [])
            )
            add({**document, "name_folded": ""})


def _document(number: int, kind: str, row: Row, title: str, subtitle: str, found: list[str]) -> Row:
    return {
        "id": number, "tenant_id": TENANT, "kind": kind, "subject_id": row["id"], "public_id": row["public_id"],
        "title": title, "subtitle": subtitle, "name_folded": name_key(title), "tokens": " ".join(found),
    }  # fmt: skip


class _Sqlite:
    """Straight inserts; the full-text index is built once at the end. No ANALYZE: the application does none either."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def begin(self) -> None:
        execute = self._connection.execute
        execute("PRAGMA journal_mode=OFF")  # a log of the whole register would be as large as the register
        execute("PRAGMA synchronous=OFF")
        execute("PRAGMA foreign_keys=OFF")
        execute("PRAGMA cache_size=-400000")
        self._triggers = []
        for name in ("search_document_added", *COPYING):
            found = execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?", (name,))
            self._triggers.append(found.fetchone()[0])
            execute(f"DROP TRIGGER {name}")
        execute("BEGIN")

    def write(self, model: type[Base], rows: list[Row]) -> None:
        if rows:
            columns = list(rows[0])
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {model.__table__.name} ({', '.join(columns)}) VALUES ({marks})"
            self._connection.executemany(statement, [[_plain(row[name]) for name in columns] for row in rows])

    def finish(self) -> None:
        execute = self._connection.execute
        execute("INSERT INTO search_index (search_index) VALUES ('rebuild')")
        for trigger in self._triggers:
            execute(trigger)
        execute("COMMIT")
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=FULL")
        execute("PRAGMA foreign_keys=ON")


def _plain(value: Any) -> Any:
    """What SQLAlchemy writes for an instant and a day on SQLite."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.000000")
    return value.isoformat() if isinstance(value, date) else value


class _Postgresql:
    """COPY, as the owner of the tables; series are set past the rows at the end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def begin(self) -> None:
        self._connection.execute("reset role")
        self._force(False)  # COPY works past no policy; the owner lifts and lays them again
        self._copying("disable")

    def write(self, model: type[Base], rows: list[Row]) -> None:
        if rows:
            columns = list(rows[0])
            statement = f"copy {model.__table__.name} ({', '.join(columns)}) from stdin"
            with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row([row[name] for name in columns])

    def _force(self, forced: bool) -> None:
        for table in ("register_count", "activity_count", *(model.__table__.name for model in ORDER)):
            if table != "search_document":
                self._connection.execute(f"alter table {table} {'force' if forced else 'no force'} row level security")

    def _copying(self, word: str) -> None:
        for name, table in COPYING.items():
            self._connection.execute(f"alter table {table} {word} trigger {name}")

    def finish(self) -> None:
        self._copying("enable")
        for model in ORDER:  # before the policies hide the rows from their owner
            name = model.__table__.name
            self._connection.execute(f"select setval(pg_get_serial_sequence('{name}', 'id'), max(id)) from {name}")
        self._force(True)
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("vacuum analyze")
        self._connection.autocommit = False
