"""rules in the database: kept counts, a final audit log, row-level security; touches no rows"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COUNTED = {"company_relation": ("company", "status"), "contact_relation": ("contact", "''")}
TENANT_TABLES = (
    "audit_event", "audit_head", "audit_value", "bulk_result", "company_relation", "company_tag", "contact_log_entry",
    "contact_relation", "custom_field", "duplicate_pair", "export", "follow_up", "import_batch", "import_mapping",
    "import_row", "job", "line_of_business", "list_columns", "membership", "outbox_message", "register_count", "saved_view",
    "tag", "undo",
)  # fmt: skip
SHOWN_TABLES = {"company_relation", "contact_relation", "contact_log_entry"}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        statements = [*_sqlite_counts(), *_sqlite_final()]
    else:
        statements = [*_postgresql_counts(), *_postgresql_final(), *_row_security()]
    for statement in statements:
        op.execute(statement)


def _sqlite_counts() -> list[str]:
    made = []
    for table, (kind, status) in COUNTED.items():
        for name, event, row, step in (
            ("added", "INSERT", "new", 1),
            ("removed", "DELETE", "old", -1),
        ):
            made.append(
                f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} WHEN {row}.trashed_at IS NULL BEGIN "
                f"{_sqlite_count(kind, row, status, step)} END"
            )
        columns = "trashed_at, status" if status == "status" else "trashed_at"
        differs = f"(old.trashed_at IS NULL) <> (new.trashed_at IS NULL){' OR old.status <> new.status' if status == 'status' else ''}"
        made.append(
            f"CREATE TRIGGER {table}_moved AFTER UPDATE OF {columns} ON {table} WHEN {differs} BEGIN "
            f"{_sqlite_count(kind, 'old', status, -1, 'old.trashed_at IS NULL')} "
            f"{_sqlite_count(kind, 'new', status, 1, 'new.trashed_at IS NULL')} END"
        )
    return made


def _sqlite_count(kind: str, row: str, status: str, step: int, when: str = "true") -> str:
    value = f"{row}.{status}" if status == "status" else status
    return (
        f"INSERT INTO register_count (tenant_id, kind, status, rows) SELECT {row}.tenant_id, '{kind}', {value}, {step} "
        f"WHERE {when} ON CONFLICT (tenant_id, kind, status) DO UPDATE SET rows = rows + {step};"
    )


def _sqlite_final() -> list[str]:
    return [
        f"CREATE TRIGGER audit_event_{event.lower()} BEFORE {event} ON audit_event BEGIN "
        "SELECT RAISE(ABORT, 'the audit log is final'); END"
        for event in ("UPDATE", "DELETE")
    ]


def _postgresql_counts() -> list[str]:
    made = []
    for table, (kind, status) in COUNTED.items():
        upsert = (
            "insert into register_count (tenant_id, kind, status, rows) "
            f"select tenant_id, '{kind}', status, sum(step) from (%s) moved group by tenant_id, status having sum(step) <> 0 "
            "order by tenant_id, status "
            "on conflict (tenant_id, kind, status) do update set rows = register_count.rows + excluded.rows"
        )
        added = f"select tenant_id, {status} as status, 1 as step from new_rows where trashed_at is null"
        removed = f"select tenant_id, {status} as status, -1 as step from old_rows where trashed_at is null"
        for name, event, tables, rows in (
            ("added", "insert", "new table as new_rows", added),
            ("removed", "delete", "old table as old_rows", removed),
            ("moved", "update", "old table as old_rows new table as new_rows", f"{added} union all {removed}"),
        ):
            made.append(
                f"create function {table}_{name}() returns trigger language plpgsql as $$ begin {upsert % rows}; "
                "return null; end $$"
            )
            made.append(
                f"create trigger {table}_{name} after {event} on {table} referencing {tables} "
                f"for each statement execute function {table}_{name}()"
            )
    return made


def _postgresql_final() -> list[str]:
    return [
        "create function audit_is_final() returns trigger language plpgsql as $$ begin "
        "raise exception 'the audit log is final'; end $$",
        "create trigger audit_event_final before update or delete on audit_event "
        "for each row execute function audit_is_final()",
    ]


def _row_security() -> list[str]:
    own = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
    every = "(select current_setting('infosoc.tenant', true)) = '*'"
    shown = "tenant_id = any ((select nullif(current_setting('infosoc.shown', true), '')::bigint[])::bigint[])"
    made = [
        "do $$ begin if not exists (select 1 from pg_roles where rolname = 'infosoc_app') then "
        "create role infosoc_app nologin nosuperuser nobypassrls; end if; end $$",
        "do $$ begin if current_user <> 'infosoc_app' then execute format('grant infosoc_app to %I', current_user); "
        "end if; end $$",
        "grant usage on schema public to infosoc_app",
        "grant select, insert, update, delete on all tables in schema public to infosoc_app",
        "grant usage on all sequences in schema public to infosoc_app",
        "alter default privileges in schema public grant select, insert, update, delete on tables to infosoc_app",
        "alter default privileges in schema public grant usage on sequences to infosoc_app",
    ]
    for table in TENANT_TABLES:
        sees = f"{own} or {every}" + (f" or {shown}" if table in SHOWN_TABLES else "")
        made += _secured(table, sees, f"{own} or {every}")
    made += _joint_security(own.replace("tenant_id", "origin_tenant_id", 1), every)
    return made


def _joint_security(own: str, every: str) -> list[str]:
    company = "exists (select 1 from company_relation r where r.company_id = {})".format
    contact = "exists (select 1 from contact_relation r where r.contact_id = {})".format
    held = {
        "company": company("company.id"),
        "address": company("address.company_id"),
        "contact": contact("contact.id"),
        "post": contact("post.contact_id"),
        "contact_point": f"{company('contact_point.company_id')} or {contact('contact_point.contact_id')}",
    }
    return [
        statement
        for table, rule in held.items()
        for statement in _secured(table, f"{own} or {every} or {rule}", f"{own} or {every} or {rule}")
    ]


def _secured(table: str, sees: str, writes: str) -> list[str]:
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy sees on {table} for select using ({sees})",
        f"create policy adds on {table} for insert with check ({writes})",
        f"create policy changes on {table} for update using ({writes}) with check ({writes})",
        f"create policy removes on {table} for delete using ({writes})",
    ]
