"""kept counts of activity, lines and tags; what lists of contact persons filter by, copied onto their row

Locks contact_log_entry, company_relation, company_tag, post and contact_relation while it counts and copies once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = "trashed_at is null"

# (name, table, columns, what it is limited to)
INDEXES = (
    ("ix_contact_relation_status", "contact_relation", ["tenant_id", "trashed_at", "company_status", "name_sort", "id", "contact_id"], None),
    ("ix_contact_relation_owner", "contact_relation", ["tenant_id", "trashed_at", "company_owner_id", "name_sort", "id", "contact_id"], None),
    ("ix_contact_relation_municipality", "contact_relation", ["tenant_id", "trashed_at", "municipality", "name_sort", "id", "contact_id"], None),
    ("ix_contact_relation_marketing", "contact_relation", ["tenant_id", "trashed_at", "marketing", "name_sort", "id", "contact_id"], None),
    ("ix_contact_relation_blocked", "contact_relation", ["tenant_id", "trashed_at", "name_sort", "id", "contact_id"], "call_blocked_at IS NOT NULL"),
    ("ix_company_relation_quiet", "company_relation", ["tenant_id", "owner_id", "status", "last_contact_at", "id"],
     "trashed_at IS NULL AND next_follow_up_on IS NULL"),
    ("ix_audit_event_actor", "audit_event", ["tenant_id", "actor_id", "number"], None),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "activity_count",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("by_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_activity_count_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_count")),
        sa.UniqueConstraint(
            "tenant_id", "monday", "by_id", "kind", name=op.f("uq_activity_count_tenant_id_monday_by_id_kind")
        ),
    )
    for column in (
        sa.Column("company_status", sa.String(length=20)),
        sa.Column("company_owner_id", BIG),
        sa.Column("municipality", sa.String(length=60)),
    ):
        op.add_column("contact_relation", column)
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        # Row-level security binds the owner too; this concerns every tenant.
        op.execute("select set_config('infosoc.tenant', '*', true)")
    for statement in [*_fill(on_sqlite), *(_sqlite() if on_sqlite else _postgresql())]:
        op.execute(statement)
    for name, table, columns, where in INDEXES:
        limited = sa.text(where) if where else None
        op.create_index(op.f(name), table, columns, sqlite_where=limited, postgresql_where=limited)


# ---- what is there already ------------------------------------------------------------------------------------------

# The Monday of the Swedish week. SQLite knows no zones; summer time has since 1996 been from the last Sunday in March
# to the last in October, at one o'clock UTC, and what was before is on no page.
SQLITE_MONDAY = (
    "date({0}, CASE WHEN {0} >= datetime(strftime('%Y', {0}) || '-03-25', 'weekday 0', '+1 hour') "
    "AND {0} < datetime(strftime('%Y', {0}) || '-10-25', 'weekday 0', '+1 hour') THEN '+2 hours' ELSE '+1 hour' END, "
    "'weekday 0', '-6 days')"
)
MONDAY = "date_trunc('week', {0} at time zone 'Europe/Stockholm')::date"
AT_COMPANY = (
    "SELECT r.status, r.owner_id, r.municipality FROM post p JOIN company_relation r "
    "ON r.company_id = p.company_id AND r.tenant_id = {tenant} WHERE p.contact_id = {contact} AND p.is_main IS TRUE"
)
COPIES = "(company_status, company_owner_id, municipality)"


def _fill(on_sqlite: bool) -> list[str]:
    monday = (SQLITE_MONDAY if on_sqlite else MONDAY).format("happened_at")
    at_company = AT_COMPANY.format(tenant="contact_relation.tenant_id", contact="contact_relation.contact_id")
    return [
        f"INSERT INTO activity_count (tenant_id, monday, by_id, kind, rows) SELECT tenant_id, {monday}, "
        f"coalesce(by_id, 0), kind, count(*) FROM contact_log_entry WHERE {LIVE} GROUP BY 1, 2, 3, 4",
        "INSERT INTO register_count (tenant_id, kind, status, rows) SELECT tenant_id, 'line', CAST(line_id AS varchar), "
        "count(*) FROM company_relation WHERE line_id IS NOT NULL GROUP BY tenant_id, line_id",
        "INSERT INTO register_count (tenant_id, kind, status, rows) SELECT tenant_id, 'tag', CAST(tag_id AS varchar), "
        "count(*) FROM company_tag GROUP BY tenant_id, tag_id",
        f"UPDATE contact_relation SET {COPIES} = ({at_company} LIMIT 1)",
    ]


# ---- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite() -> list[str]:
    return [*_sqlite_activity(), *_sqlite_used("company_relation", "line"), *_sqlite_used("company_tag", "tag"),
            *_sqlite_copies()]  # fmt: skip


def _sqlite_trigger(name: str, event: str, table: str, when: str, *statements: str) -> str:
    return f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {when} BEGIN {' '.join(statements)} END"


def _sqlite_activity() -> list[str]:
    def step(row: str, number: int) -> str:
        return (
            f"INSERT INTO activity_count (tenant_id, monday, by_id, kind, rows) SELECT {row}.tenant_id, "
            f"{SQLITE_MONDAY.format(row + '.happened_at')}, coalesce({row}.by_id, 0), {row}.kind, {number} "
            f"WHERE {row}.{LIVE} ON CONFLICT (tenant_id, monday, by_id, kind) DO UPDATE SET rows = rows + {number};"
        )

    table = "contact_log_entry"
    return [
        _sqlite_trigger("activity_added", "INSERT", table, f"new.{LIVE}", step("new", 1)),
        _sqlite_trigger("activity_removed", "DELETE", table, f"old.{LIVE}", step("old", -1)),
        _sqlite_trigger(
            "activity_moved", "UPDATE OF trashed_at, happened_at, by_id, kind", table, "true", step("old", -1),
            step("new", 1),
        ),
    ]  # fmt: skip


def _sqlite_used(table: str, kind: str) -> list[str]:
    column = f"{kind}_id"

    def step(row: str, number: int) -> str:
        return (
            f"INSERT INTO register_count (tenant_id, kind, status, rows) SELECT {row}.tenant_id, '{kind}', "
            f"CAST({row}.{column} AS varchar), {number} WHERE {row}.{column} IS NOT NULL "
            f"ON CONFLICT (tenant_id, kind, status) DO UPDATE SET rows = rows + {number};"
        )

    return [
        _sqlite_trigger(f"{kind}_used", "INSERT", table, f"new.{column} IS NOT NULL", step("new", 1)),
        _sqlite_trigger(f"{kind}_unused", "DELETE", table, f"old.{column} IS NOT NULL", step("old", -1)),
        _sqlite_trigger(
            f"{kind}_changed", f"UPDATE OF {column}", table, f"old.{column} IS NOT new.{column}", step("old", -1),
            step("new", 1),
        ),
    ]  # fmt: skip


def _sqlite_copies() -> list[str]:
    at_company = AT_COMPANY.format(tenant="contact_relation.tenant_id", contact="contact_relation.contact_id")

    def copy(where: str) -> str:
        return f"UPDATE contact_relation SET {COPIES} = ({at_company} LIMIT 1) WHERE {where};"

    def staff(row: str) -> str:
        return (
            f"tenant_id = {row}.tenant_id AND contact_id IN "
            f"(SELECT contact_id FROM post WHERE company_id = {row}.company_id AND is_main IS TRUE)"
        )

    def person(row: str) -> str:
        return f"contact_id = {row}.contact_id"

    has_post = "EXISTS (SELECT 1 FROM post WHERE contact_id = new.contact_id AND is_main IS TRUE)"
    has_staff = "EXISTS (SELECT 1 FROM post WHERE company_id = new.company_id)"
    differs = "(old.status, old.owner_id, old.municipality) IS NOT (new.status, new.owner_id, new.municipality)"
    return [
        _sqlite_trigger("contact_copies_added", "INSERT", "contact_relation", has_post, copy("id = new.id")),
        _sqlite_trigger("company_copies_added", "INSERT", "company_relation", has_staff, copy(staff("new"))),
        _sqlite_trigger(
            "company_copies_changed", "UPDATE OF status, owner_id, municipality, company_id", "company_relation",
            f"{differs} OR old.company_id <> new.company_id", copy(staff("old")), copy(staff("new")),
        ),
        _sqlite_trigger("company_copies_removed", "DELETE", "company_relation", "true", copy(staff("old"))),
        _sqlite_trigger("post_copies_added", "INSERT", "post", "new.is_main IS TRUE", copy(person("new"))),
        _sqlite_trigger(
            "post_copies_changed", "UPDATE OF contact_id, company_id, is_main", "post", "true", copy(person("old")),
            copy(person("new")),
        ),
        _sqlite_trigger("post_copies_removed", "DELETE", "post", "old.is_main IS TRUE", copy(person("old"))),
    ]  # fmt: skip


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgresql() -> list[str]:
    own = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
    rule = f"{own} or (select current_setting('infosoc.tenant', true)) = '*'"
    return [
        "alter table activity_count enable row level security",
        "alter table activity_count force row level security",
        f"create policy sees on activity_count for select using ({rule})",
        f"create policy adds on activity_count for insert with check ({rule})",
        f"create policy changes on activity_count for update using ({rule}) with check ({rule})",
        f"create policy removes on activity_count for delete using ({rule})",
        "grant select, insert, update, delete on activity_count to infosoc_app",
        "grant usage on all sequences in schema public to infosoc_app",
        *_counted("activity", "contact_log_entry", ["trashed_at", "happened_at", "by_id", "kind"], _activity_upsert()),
        *_counted("line", "company_relation", ["line_id"], _used_upsert("line")),
        *_counted("tag", "company_tag", ["tag_id"], _used_upsert("tag")),
        *_postgresql_copies(),
    ]


def _activity_upsert() -> str:
    """Adds what %s holds: the rows of the log with how many times each counts."""
    return (
        "insert into activity_count (tenant_id, monday, by_id, kind, rows) "
        f"select tenant_id, {MONDAY.format('happened_at')}, coalesce(by_id, 0), kind, sum(step) from (%s) moved "
        f"where {LIVE} group by 1, 2, 3, 4 having sum(step) <> 0 order by 1, 2, 3, 4 "
        "on conflict (tenant_id, monday, by_id, kind) do update set rows = activity_count.rows + excluded.rows"
    )


def _used_upsert(kind: str) -> str:
    return (
        "insert into register_count (tenant_id, kind, status, rows) "
        f"select tenant_id, '{kind}', {kind}_id::varchar, sum(step) from (%s) moved where {kind}_id is not null "
        "group by 1, 3 having sum(step) <> 0 order by 1, 3 "
        "on conflict (tenant_id, kind, status) do update set rows = register_count.rows + excluded.rows"
    )


def _counted(name: str, table: str, columns: list[str], upsert: str) -> list[str]:
    """Rows come and go many at a time; a change is of one row, and seldom of what is counted."""
    changed = " or ".join(f"old.{column} is distinct from new.{column}" for column in columns)
    made = []
    for deed, rows in (
        ("added", "select *, 1 as step from new_rows"),
        ("removed", "select *, -1 as step from old_rows"),
        ("changed", "select old.*, -1 as step union all select new.*, 1"),
    ):
        made.append(
            f"create function {name}_count_{deed}() returns trigger language plpgsql as $$ begin {upsert % rows}; "
            "return null; end $$"
        )
    return [
        *made,
        f"create trigger {name}_count_added after insert on {table} referencing new table as new_rows "
        f"for each statement execute function {name}_count_added()",
        f"create trigger {name}_count_removed after delete on {table} referencing old table as old_rows "
        f"for each statement execute function {name}_count_removed()",
        f"create trigger {name}_count_changed after update of {', '.join(columns)} on {table} "
        f"for each row when ({changed}) execute function {name}_count_changed()",
    ]


def _postgresql_copies() -> list[str]:
    """A post is joint: what it says is copied for every tenant that holds the person, whoever wrote it."""
    copy = (
        "update contact_relation c set (company_status, company_owner_id, municipality) = (n.status, n.owner_id, n.municipality) "
        "from (select h.id, r.status, r.owner_id, r.municipality from contact_relation h "
        "left join post p on p.contact_id = h.contact_id and p.is_main is true "
        "left join company_relation r on r.company_id = p.company_id and r.tenant_id = h.tenant_id where %s) n "
        "where c.id = n.id and (c.company_status, c.company_owner_id, c.municipality) "
        "is distinct from (n.status, n.owner_id, n.municipality)"
    )
    staff = (
        "h.tenant_id in ({0}.tenant_id) and h.contact_id in "
        "(select m.contact_id from post m where m.company_id = {0}.company_id and m.is_main is true)"
    )
    many_staff = (
        "(h.tenant_id, h.contact_id) in (select t.tenant_id, m.contact_id from {0} t "
        "join post m on m.company_id = t.company_id and m.is_main is true)"
    )
    one_changed = f"{copy % staff.format('old')}; {copy % staff.format('new')}"
    person = "h.contact_id in (old.contact_id, new.contact_id)"
    deeds = (
        ("contact_copies_added", "contact_relation", "insert", copy % "h.id in (select id from new_rows)"),
        ("company_copies_added", "company_relation", "insert", copy % many_staff.format("new_rows")),
        ("company_copies_removed", "company_relation", "delete", copy % many_staff.format("old_rows")),
        ("post_copies_added", "post", "insert", copy % "h.contact_id in (select contact_id from new_rows)"),
        ("post_copies_removed", "post", "delete", copy % "h.contact_id in (select contact_id from old_rows)"),
    )
    made = []
    for name, table, event, statement in deeds:
        made.append(_function(name, statement))
        rows = "new table as new_rows" if event == "insert" else "old table as old_rows"
        made.append(
            f"create trigger {name} after {event} on {table} referencing {rows} for each statement "
            f"execute function {name}()"
        )
    differs = "(old.status, old.owner_id, old.municipality, old.company_id) is distinct from (new.status, new.owner_id, new.municipality, new.company_id)"
    moved = (
        "(old.contact_id, old.company_id, old.is_main) is distinct from (new.contact_id, new.company_id, new.is_main)"
    )
    return [
        *made,
        _function("company_copies_changed", one_changed),
        "create trigger company_copies_changed after update of status, owner_id, municipality, company_id on "
        f"company_relation for each row when ({differs}) execute function company_copies_changed()",
        _function("post_copies_changed", copy % person),
        "create trigger post_copies_changed after update of contact_id, company_id, is_main on post "
        f"for each row when ({moved}) execute function post_copies_changed()",
    ]


def _function(name: str, statement: str) -> str:
    """Works for every tenant, and then as before. (Only a superuser may write the setting into the function itself.)"""
    return (
        f"create function {name}() returns trigger language plpgsql as $$ "
        "declare before text := coalesce(current_setting('infosoc.tenant', true), ''); begin "
        f"perform set_config('infosoc.tenant', '*', true); {statement}; "
        "perform set_config('infosoc.tenant', before, true); return null; end $$"
    )
