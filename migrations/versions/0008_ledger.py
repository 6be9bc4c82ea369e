"""the ledger: chart, fiscal years, unbroken series, vouchers that the database keeps final; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = (
    "fiscal_year", "ledger_account", "account_month", "number_series", "opening_balance", "voucher_line", "voucher",
)  # fmt: skip
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"

# Conditions in SQL that both databases read, on the row that comes (`new`) or goes (`old`); each with what is said.
YEAR = "from fiscal_year y where y.tenant_id = new.tenant_id and y.id = new.fiscal_year_id"
LINES = "from voucher_line l where l.tenant_id = new.tenant_id and l.voucher_id = new.id"
SERIES = "tenant_id = new.tenant_id and fiscal_year_id = new.fiscal_year_id and series = new.series"
OVERLAPS = (
    "exists (select 1 from fiscal_year y where y.tenant_id = new.tenant_id and y.id <> new.id "
    "and y.starts_on <= new.ends_on and y.ends_on >= new.starts_on)"
)
OUTSIDE = (
    "exists (select 1 from voucher v where v.tenant_id = new.tenant_id and v.fiscal_year_id = new.id "
    "and (v.voucher_on < new.starts_on or v.voucher_on > new.ends_on))"
)
VOUCHER_CHECKS = (
    (
        "the day is in no such fiscal year",
        f"not exists (select 1 {YEAR} and new.voucher_on between y.starts_on and y.ends_on)",
    ),
    ("the period is locked", f"exists (select 1 {YEAR} and new.voucher_on <= y.locked_through)"),
    ("the voucher does not balance", f"coalesce((select sum(l.amount_ore) {LINES}), 1) <> 0"),
    (
        "the voucher and its lines do not agree",
        f"exists (select 1 {LINES} and l.voucher_on <> new.voucher_on) "
        f"or new.amount_ore <> coalesce((select sum(l.amount_ore) {LINES} and l.amount_ore > 0), 0)",
    ),
    (
        "the number is not the next one in its series",
        f"new.number <> 1 + coalesce((select max(v.number) from voucher v where v.{SERIES.replace(' and ', ' and v.')} "
        "and v.id <> new.id), 0) "
        f"or not exists (select 1 from number_series where kind = 'voucher' and {SERIES} and last_number >= new.number)",
    ),
)
COUNTER_MOVED = (
    "new.last_number < old.last_number or new.tenant_id <> old.tenant_id or new.kind <> old.kind "
    "or new.series <> old.series or new.fiscal_year_id is distinct from old.fiscal_year_id"
)
SUMS = (
    "insert into account_month (tenant_id, fiscal_year_id, account, month, debit_ore, credit_ore) "
    "select new.tenant_id, new.fiscal_year_id, l.account, {month}, "
    "sum(case when l.amount_ore > 0 then l.amount_ore else 0 end), "
    f"sum(case when l.amount_ore < 0 then -l.amount_ore else 0 end) {LINES} group by l.account order by l.account "
    "on conflict (tenant_id, fiscal_year_id, account, month) do update set "
    "debit_ore = account_month.debit_ore + excluded.debit_ore, "
    "credit_ore = account_month.credit_ore + excluded.credit_ore"
)
FINAL = "a posted voucher is final"
COUNTER_FINAL = "a series is only counted upwards"
OPENING_LOCKED = "the year is locked: its opening balances are final"


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else [*_row_security(), *_postgresql()]:
        op.execute(statement)


# ---- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite() -> list[str]:
    # REPLACE removes the row in its way without telling a trigger: it is refused before it comes to that.
    same_voucher = (
        "exists (select 1 from voucher where id = new.id) or exists (select 1 from voucher where public_id = new.public_id) "
        "or exists (select 1 from voucher where tenant_id = new.tenant_id and source = new.source) "
        f"or exists (select 1 from voucher where {SERIES} and number = new.number) "
        "or exists (select 1 from voucher where tenant_id = new.tenant_id and reverses_id = new.reverses_id) "
        "or exists (select 1 from voucher where tenant_id = new.tenant_id and replaces_id = new.replaces_id)"
    )
    same_line = (
        "exists (select 1 from voucher_line where id = new.id) "
        "or exists (select 1 from voucher where id = new.voucher_id)"
    )
    same_series = (
        "exists (select 1 from number_series where id = new.id or (tenant_id = new.tenant_id and kind = new.kind "
        "and series = new.series and fiscal_year_id is new.fiscal_year_id))"
    )
    sums = SUMS.format(month="strftime('%Y-%m-01', new.voucher_on)")
    counter_moved = COUNTER_MOVED.replace("is distinct from", "is not")
    return [
        _refuse("voucher_once", "before insert on voucher", (("there is such a voucher", same_voucher),)),
        _refuse("voucher_whole", "after insert on voucher", VOUCHER_CHECKS),
        f"CREATE TRIGGER voucher_summed AFTER INSERT ON voucher BEGIN {sums}; END",
        _refuse("voucher_line_whole", "before insert on voucher_line", ((FINAL, same_line),)),
        *(
            _refuse(f"{table}_{event}", f"before {event} on {table}", ((FINAL, "true"),))
            for table in ("voucher", "voucher_line")
            for event in ("update", "delete")
        ),
        _refuse("number_series_once", "before insert on number_series", ((COUNTER_FINAL, same_series),)),
        _refuse("number_series_update", "before update on number_series", ((COUNTER_FINAL, counter_moved),)),
        _refuse("number_series_delete", "before delete on number_series", ((COUNTER_FINAL, "old.last_number > 0"),)),
        _refuse("fiscal_year_insert", "after insert on fiscal_year", (("fiscal years overlap", OVERLAPS),)),
        _refuse(
            "fiscal_year_update", "after update on fiscal_year",
            (("fiscal years overlap", OVERLAPS), ("there are vouchers outside", OUTSIDE)),
        ),
        *(
            _refuse(f"opening_balance_{event}", f"before {event} on opening_balance", ((OPENING_LOCKED, _opened(row)),))
            for event, row in (("insert", "new"), ("update", "new"), ("delete", "old"))
        ),
    ]  # fmt: skip


def _refuse(name: str, when: str, checks: tuple[tuple[str, str], ...]) -> str:
    tests = " ".join(f"SELECT RAISE(ABORT, '{said}') WHERE {condition};" for said, condition in checks)
    return f"CREATE TRIGGER {name} {when} BEGIN {tests} END"


def _opened(row: str) -> str:
    return (
        f"exists (select 1 from fiscal_year y where y.tenant_id = {row}.tenant_id and y.id = {row}.fiscal_year_id "
        "and y.locked_through is not null)"
    )


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgresql() -> list[str]:
    sums = SUMS.format(month="date_trunc('month', new.voucher_on)::date")
    # Whoever locks the period meanwhile waits for this voucher, or this voucher sees the lock.
    hold = f"perform 1 {YEAR} for share;"
    line = "exists (select 1 from voucher v where v.tenant_id = new.tenant_id and v.id = new.voucher_id)"
    return [
        *_raising("voucher_whole", "after insert on voucher", VOUCHER_CHECKS, first=hold, last=f"{sums};"),
        *_raising("voucher_line_whole", "before insert on voucher_line", ((FINAL, line),)),
        *_raising("voucher_final", "before update or delete on voucher", ((FINAL, "true"),)),
        *_raising("voucher_line_final", "before update or delete on voucher_line", ((FINAL, "true"),)),
        *(
            f"create trigger {table}_not_emptied before truncate on {table} execute function voucher_final()"
            for table in ("voucher", "voucher_line")
        ),
        *_raising("number_series_counted", "before update on number_series", ((COUNTER_FINAL, COUNTER_MOVED),)),
        *_raising(
            "number_series_kept", "before delete on number_series", ((COUNTER_FINAL, "old.last_number > 0"),), row="old"
        ),
        *_raising("fiscal_year_apart", "after insert or update on fiscal_year", (("fiscal years overlap", OVERLAPS),)),
        *_raising("fiscal_year_holds", "after update on fiscal_year", (("there are vouchers outside", OUTSIDE),)),
        *_raising(
            "opening_balance_set", "before insert or update on opening_balance", ((OPENING_LOCKED, _opened("new")),)
        ),
        *_raising(
            "opening_balance_kept", "before delete on opening_balance", ((OPENING_LOCKED, _opened("old")),), row="old"
        ),
    ]


def _raising(
    name: str, when: str, checks: tuple[tuple[str, str], ...], *, first: str = "", last: str = "", row: str = "new"
) -> list[str]:
    tests = " ".join(f"if {condition} then raise exception '{said}'; end if;" for said, condition in checks)
    return [
        f"create function {name}() returns trigger language plpgsql as $$ begin {first} {tests} {last} "
        f"return {row}; end $$",
        f"create trigger {name} {when} for each row execute function {name}()",
    ]


def _row_security() -> list[str]:
    rule = f"{OWN} or {EVERY}"
    made = [
        f"grant select, insert, update, delete on {', '.join(TENANT_TABLES)} to infosoc_app",
        "grant usage on all sequences in schema public to infosoc_app",
    ]
    for table in TENANT_TABLES:
        made += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy sees on {table} for select using ({rule})",
            f"create policy adds on {table} for insert with check ({rule})",
            f"create policy changes on {table} for update using ({rule}) with check ({rule})",
            f"create policy removes on {table} for delete using ({rule})",
        ]
    return made


# ---- tables ---------------------------------------------------------------------------------------------------------


def _line_to_voucher() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "voucher_id"], ["voucher.tenant_id", "voucher.id"],
        name="fk_voucher_line_tenant_id_voucher_id_voucher", initially="DEFERRED", deferrable=True,
    )  # fmt: skip


def _tables() -> None:
    # A line's key to its voucher: SQLite takes it before there is a voucher table, PostgreSQL afterwards.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    to_voucher = [_line_to_voucher()] if is_sqlite else []
    op.create_table(
        "fiscal_year",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("locked_through", sa.Date(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_fiscal_year_order")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_fiscal_year_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_year")),
        sa.UniqueConstraint("public_id", name=op.f("uq_fiscal_year_public_id")),
        sa.UniqueConstraint("tenant_id", "ends_on", name=op.f("uq_fiscal_year_tenant_id_ends_on")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_fiscal_year_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "starts_on", name=op.f("uq_fiscal_year_tenant_id_starts_on")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ledger_account",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name_sv", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("vat_code", sa.String(length=6), nullable=False),
        sa.Column("sru", sa.String(length=12), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("number between 1000 and 9999", name=op.f("ck_ledger_account_number")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_account_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_ledger_account_public_id")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_ledger_account_tenant_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_month",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("fiscal_year_id", BIG, nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("debit_ore", BIG, nullable=False),
        sa.Column("credit_ore", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account"],
            ["ledger_account.tenant_id", "ledger_account.number"],
            name=op.f("fk_account_month_tenant_id_account_ledger_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fiscal_year_id"],
            ["fiscal_year.tenant_id", "fiscal_year.id"],
            name=op.f("fk_account_month_tenant_id_fiscal_year_id_fiscal_year"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_account_month_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_month")),
        sa.UniqueConstraint(
            "tenant_id",
            "fiscal_year_id",
            "account",
            "month",
            name=op.f("uq_account_month_tenant_id_fiscal_year_id_account_month"),
        ),
    )
    op.create_index("ix_account_month_account", "account_month", ["tenant_id", "account"])

    op.create_table(
        "number_series",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("fiscal_year_id", BIG, nullable=True),
        sa.Column("last_number", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fiscal_year_id"],
            ["fiscal_year.tenant_id", "fiscal_year.id"],
            name=op.f("fk_number_series_tenant_id_fiscal_year_id_fiscal_year"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_number_series_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "series",
            "fiscal_year_id",
            name=op.f("uq_number_series_tenant_id_kind_series_fiscal_year_id"),
        ),
    )
    op.create_index("ix_number_series_year", "number_series", ["tenant_id", "fiscal_year_id"])
    op.create_index(
        "uq_number_series_without_year",
        "number_series",
        ["tenant_id", "kind", "series"],
        unique=True,
        sqlite_where=sa.text("fiscal_year_id is null"),
        postgresql_where=sa.text("fiscal_year_id is null"),
    )

    op.create_table(
        "opening_balance",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("fiscal_year_id", BIG, nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account"],
            ["ledger_account.tenant_id", "ledger_account.number"],
            name=op.f("fk_opening_balance_tenant_id_account_ledger_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fiscal_year_id"],
            ["fiscal_year.tenant_id", "fiscal_year.id"],
            name=op.f("fk_opening_balance_tenant_id_fiscal_year_id_fiscal_year"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_opening_balance_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_balance")),
        sa.UniqueConstraint(
            "tenant_id", "fiscal_year_id", "account", name=op.f("uq_opening_balance_tenant_id_fiscal_year_id_account")
        ),
    )
    op.create_index("ix_opening_balance_account", "opening_balance", ["tenant_id", "account"])

    op.create_table(
        "voucher_line",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.Integer(), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("vat_code", sa.String(length=6), nullable=False),
        sa.Column("vat_on", sa.Date(), nullable=False),
        sa.Column("voucher_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("objects", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account"],
            ["ledger_account.tenant_id", "ledger_account.number"],
            name=op.f("fk_voucher_line_tenant_id_account_ledger_account"),
        ),
        *to_voucher,
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_voucher_line_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_line")),
        sa.UniqueConstraint(
            "tenant_id", "voucher_id", "position", name=op.f("uq_voucher_line_tenant_id_voucher_id_position")
        ),
    )
    op.create_index(
        "ix_voucher_line_account", "voucher_line", ["tenant_id", "account", "voucher_on", "voucher_id", "position"]
    )

    op.create_table(
        "voucher",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("fiscal_year_id", BIG, nullable=False),
        sa.Column("series", sa.String(length=3), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("voucher_on", sa.Date(), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("text_folded", sa.String(length=400), nullable=False),
        sa.Column("counterparty", sa.String(length=200), nullable=False),
        sa.Column("documents", sa.String(length=200), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reverses_id", BIG, nullable=True),
        sa.Column("replaces_id", BIG, nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", BIG, nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_voucher_number")),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["user_account.id"], name=op.f("fk_voucher_registered_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fiscal_year_id"],
            ["fiscal_year.tenant_id", "fiscal_year.id"],
            name=op.f("fk_voucher_tenant_id_fiscal_year_id_fiscal_year"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_voucher_tenant_id_replaces_id_voucher"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_voucher_tenant_id_reverses_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_voucher_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("public_id", name=op.f("uq_voucher_public_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "fiscal_year_id",
            "series",
            "number",
            name=op.f("uq_voucher_tenant_id_fiscal_year_id_series_number"),
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_voucher_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "replaces_id", name=op.f("uq_voucher_tenant_id_replaces_id")),
        sa.UniqueConstraint("tenant_id", "reverses_id", name=op.f("uq_voucher_tenant_id_reverses_id")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_voucher_tenant_id_source")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_voucher_newest", "voucher", ["tenant_id", "voucher_on", "id"])
    op.create_index("ix_voucher_registered_by", "voucher", ["registered_by"])

    if not is_sqlite:
        op.create_foreign_key(
            "fk_voucher_line_tenant_id_voucher_id_voucher", "voucher_line", "voucher",
            ["tenant_id", "voucher_id"], ["tenant_id", "id"], initially="DEFERRED", deferrable=True,
        )  # fmt: skip
