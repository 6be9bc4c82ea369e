"""ids are never given twice: on SQLite, tables whose ids are remembered get AUTOINCREMENT; nothing on PostgreSQL

SQLite gives a new row the highest id in the table and one more. When the newest row had been removed for good, the next
one got its id, and with it what was remembered of the removed one. PostgreSQL's sequences do not go back.

The rule: every table whose ids are named as the subject of an audit event, or are kept in an image that takes a deed
back (undo, undo_part, import_row). What only foreign keys point at needs no such care: they go before it does.

SQLite cannot alter a key, so each table is copied, in a transaction of its own: broken off, the migration goes on with
the tables that are left. Needs free space of about twice the largest table, and locks out who writes meanwhile. Rows are
copied without triggers: kept counts stay. A later migration that copies one of these tables again must do so by AUTOINCREMENT
and keep its row of sqlite_sequence (Alembic's batch mode does neither by itself).
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The kinds of subjects of each table in the log.
SUBJECTS = {
    "company": ["company"],
    "contact": ["contact"],
    "contact_log_entry": ["entry"],
    "follow_up": ["follow_up"],
    "tag": ["tag"],
    "line_of_business": ["line"],
    "custom_field": ["custom_field"],
    "saved_view": ["view"],
    "import_batch": ["import"],
    "export": ["export"],
    "undo": ["merge", "bulk"],
    "outbox_message": ["message"],
    "tenant": ["tenant"],
    "user_account": ["member", "user"],
}
# Where images have the ids of each table: as a number, in a list of numbers, or in a list of whole rows.
UNDO, MADE = "undo.images", "import_row.made"
IMAGES = {
    "company": [(UNDO, "$.company.row.id"), (UNDO, "$.gone_relation.company_id"), (UNDO, "$.daughters"), (UNDO, "$.ids")],
    "company_relation": [(UNDO, "$.gone_relation.id")],
    "address": [(UNDO, "$.added.addresses"), (UNDO, "$.company.addresses")],
    "contact_point": [
        (UNDO, "$.added.points"), (UNDO, "$.company.points"), (MADE, "$.points"), (MADE, "$.person_points"),
    ],
    "post": [(UNDO, "$.posts"), (UNDO, "$.dropped_posts")],
    "contact_log_entry": [(UNDO, "$.entries"), (MADE, "$.entry")],
    "follow_up": [(UNDO, "$.follow_ups")],
    "import_row": [(UNDO, "$.import_rows")],
    "bulk_result": [(UNDO, "$.bulk_results")],
    "tag": [(UNDO, "$.tags.had"), (MADE, "$.tags")],
}  # fmt: skip
TABLES = sorted({*SUBJECTS, *IMAGES})


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    with _alone(op.get_bind().connection.driver_connection) as connection:
        for table in TABLES:
            _one_by_one(connection, table)
        broken = connection.execute("PRAGMA foreign_key_check").fetchmany(5)
        if broken:
            raise RuntimeError(f"rows that point at nothing: {broken}")


@contextmanager
def _alone(connection: sqlite3.Connection):
    """Outside any transaction, for there alone foreign keys can be switched off; other tables' references stay.

    What is sorted for an index goes to a file: in memory, three million log entries take 200 MB more, and no less time.
    """
    if connection.in_transaction:
        connection.execute("COMMIT")
    (temp_store,) = connection.execute("PRAGMA temp_store").fetchone()
    connection.execute("PRAGMA temp_store=FILE")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA legacy_alter_table=ON")
    try:
        yield connection
    finally:
        connection.execute("PRAGMA legacy_alter_table=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA temp_store={temp_store}")
    connection.execute("BEGIN")  # the one that Alembic believes in


def _one_by_one(connection: sqlite3.Connection, table: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not _has_it(connection, table):
            _rebuild(connection, table)
        _begin_after(connection, table, _highest(connection, table))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _sql(connection: sqlite3.Connection, table: str) -> str:
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    return sql


def _has_it(connection: sqlite3.Connection, table: str) -> bool:
    return "AUTOINCREMENT" in _sql(connection, table)


def _rebuild(connection: sqlite3.Connection, table: str) -> None:
    made = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL ORDER BY rowid"
    parts = [sql for kind in ("index", "trigger") for (sql,) in connection.execute(made, (table, kind))]
    connection.execute(_with_it(_sql(connection, table), table))
    names = ", ".join(f'"{row[1]}"' for row in connection.execute(f'PRAGMA table_info("{table}")'))
    connection.execute(f'INSERT INTO "{table}_new" ({names}) SELECT {names} FROM "{table}" ORDER BY id')
    connection.execute(f'DROP TABLE "{table}"')
    connection.execute(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for sql in parts:
        connection.execute(sql)


def _with_it(sql: str, table: str) -> str:
    """The statement that makes the table's successor: INTEGER PRIMARY KEY AUTOINCREMENT, all else as it was."""
    sql, named = re.subn(rf'^CREATE TABLE "?{table}"?(?=\W)', f'CREATE TABLE "{table}_new"', sql)
    sql, keyed = re.subn(r'PRIMARY KEY \("?id"?\)', "PRIMARY KEY (id AUTOINCREMENT)", sql)
    if (named, keyed) != (1, 1):
        raise RuntimeError(f"the table {table} is not as the migrations before made it")
    return sql


def _highest(connection: sqlite3.Connection, table: str) -> int:
    """The highest id that a row of the table has, or that is remembered of one that is gone."""
    found = [f'SELECT max(id) FROM "{table}"']
    for kind in SUBJECTS.get(table, ()):
        found.append(f"SELECT max(subject_id) FROM audit_event WHERE subject_kind = '{kind}'")
    for kept, path in IMAGES.get(table, ()):
        found.append(
            "SELECT max(CASE one.type WHEN 'integer' THEN one.value WHEN 'object' THEN json_extract(one.value, '$.id') END) "
            f"FROM {kept.partition('.')[0]}, json_each({kept}, '{path}') one"
        )
    return max(connection.execute(query).fetchone()[0] or 0 for query in found)


def _begin_after(connection: sqlite3.Connection, table: str, last: int) -> None:
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    last = max(last, given[0] if given else 0)
    connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
