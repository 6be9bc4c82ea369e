"""What SQLite's query planner is told of the tables: the shape of a large register, fixed, whatever is in it today.

Without statistics SQLite takes `tenant_id = ?` for a rare find and walks a whole tenant where a key would do; with
those of ANALYZE its plans turn with what happens to be in a table. Fixed ones give the same plans at any size.
PostgreSQL measures by itself.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

MANY, SOME = 1_000_000, 50
SMALL_TABLES = {
    "tenant", "membership", "user_account", "tag", "line_of_business", "custom_field", "saved_view", "list_columns",
    "register_count", "activity_count", "audit_head", "mail_pause", "schedule_mark", "worker_beat", "import_mapping",
    "fiscal_year", "number_series", "ledger_account", "opening_balance",
}  # fmt: skip
# How many different values a column has in a large table; other columns: a few rows a value. A tenant may have nearly
# all rows, and what is in the trash or done is not what is asked for.
FEW_VALUES = {
    "tenant_id": 1, "origin_tenant_id": 1, "trashed_at": 1, "trashed_by": 1, "done_at": 1, "status": 4, "state": 4,
    "kind": 4, "subject_kind": 5, "result": 4, "owner_id": 10, "by_id": 10, "actor_id": 10, "assignee_id": 10,
    "created_by": 10, "done_by": 10, "line_id": 20, "batch_id": 20, "municipality": 290, "due_on": 365,
    "next_follow_up_on": 365, "company_status": 4, "company_owner_id": 10, "marketing": 2,
    "fiscal_year_id": 10, "series": 8, "account": 300, "voucher_on": 2_000,
}  # fmt: skip
ROWS_A_VALUE = 4


def describe(connection: Connection) -> None:
    """Write the statistics for every index there is; nothing on PostgreSQL. New connections plan by them."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("ANALYZE sqlite_schema"))  # makes the table that holds them, on a new database
    connection.execute(text("DELETE FROM sqlite_stat1"))
    tables = connection.execute(
        text("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    )
    rows = [
        {"table": table, "index": index, "stat": stat}
        for (table,) in tables.all()
        if not table.startswith(("sqlite_", "search_index"))
        for index, stat in _indexes(connection, table)
    ]
    connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)"), rows)


def measure(connection: Connection) -> None:
    """Have PostgreSQL look at its tables anew, once what they hold has been changed by a migration.

    Not at the empty ones: a table known to be empty is read whole by every trigger whose plan is made before the next
    look, however large it has become by then; one never looked at is taken to hold a few pages.
    """
    if connection.dialect.name != "postgresql":
        return
    filled = text(
        "select quote_ident(relname) from pg_class where relkind = 'r' and pg_relation_size(oid) > 0"
        " and relnamespace = 'public'::regnamespace order by relname"
    )
    if names := connection.execute(filled).scalars().all():
        connection.execute(text(f"analyze {', '.join(names)}"))


def _indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    listed = connection.execute(text('SELECT name, "unique", partial FROM pragma_index_list(:table)'), {"table": table})
    found = []
    for index, is_unique, is_partial in listed.all():
        columns = connection.execute(text("SELECT name FROM pragma_index_info(:index)"), {"index": index}).scalars()
        rows = SOME if table in SMALL_TABLES or is_partial else MANY
        found.append((index, _stat(rows, list(columns), is_unique=bool(is_unique))))
    return found


def _stat(rows: int, columns: list[str], *, is_unique: bool) -> str:
    """SQLite's own writing: rows in all, then how many share the first column, the first two, and so on."""
    sharing, numbers = rows, [rows]
    for place, column in enumerate(columns, 1):
        few = FEW_VALUES.get(column)
        sharing = max(1, sharing // few) if few else min(sharing, ROWS_A_VALUE)
        numbers.append(1 if is_unique and place == len(columns) else sharing)
    return " ".join(map(str, numbers))
