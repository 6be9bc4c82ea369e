"""reminders: policy, rates, runs, letters, costs, stops, hand-overs to collection and losses; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = (
    "reminder_policy",
    "reference_rate",
    "reminder_run",
    "reminder_problem",
    "reminder",
    "reminder_paper",
    "reminder_cost",
    "reminder_stop",
    "collection_batch",
    "collection_item",
    "bad_debt",
)
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"

# What has gone out or been posted is never written anew (BFL 5:5): a correction is another row.
FINAL = {
    "reference_rate": ("tenant_id", "starts_on", "percent_hundredths", "source", "made_by", "made_at"),
    "reminder": (
        "tenant_id",
        "public_id",
        "invoice_id",
        "run_id",
        "position",
        "kind",
        "reminded_on",
        "pay_by",
        "open_ore",
        "interest_ore",
        "fees_ore",
        "compensation_ore",
        "to_pay_ore",
        "record",
        "channel",
        "outbox_id",
        "made_by",
        "made_at",
    ),
    "reminder_paper": ("tenant_id", "reminder_id", "file", "sha256", "size", "made_at"),
    "reminder_cost": (
        "tenant_id",
        "invoice_id",
        "kind",
        "booked_on",
        "amount_ore",
        "source",
        "voucher_id",
        "made_by",
        "made_at",
    ),
    "reminder_stop": ("tenant_id", "invoice_id", "reason", "made_by", "made_at"),
    "collection_batch": (
        "tenant_id",
        "public_id",
        "handed_over_on",
        "partner",
        "claims",
        "total_ore",
        "content",
        "made_by",
        "made_at",
    ),
    "collection_item": (
        "tenant_id",
        "batch_id",
        "invoice_id",
        "handed_over_on",
        "open_ore",
        "interest_ore",
        "costs_ore",
    ),
    "bad_debt": (
        "tenant_id",
        "invoice_id",
        "kind",
        "booked_on",
        "reason",
        "net_ore",
        "vat_ore",
        "voucher_id",
        "settlement_id",
        "made_by",
        "made_at",
    ),
}
# A stop is ended once.
ENDED = "old.ended_at IS NOT NULL"


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else [*_row_security(), *_postgresql()]:
        op.execute(statement)


def _sqlite() -> list[str]:
    made = [
        "CREATE TRIGGER reminder_stop_ended BEFORE UPDATE OF ended_at, ended_by ON reminder_stop "
        f"WHEN {ENDED} BEGIN SELECT RAISE(ABORT, 'a stop ends once'); END"
    ]
    for table, columns in FINAL.items():
        stop = f"BEGIN SELECT RAISE(ABORT, 'a row of {table} is final'); END"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        made += [
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} {stop}",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {stop}",
        ]
    return made


def _postgresql() -> list[str]:
    made = [
        "create function reminder_stop_ends_once() returns trigger language plpgsql as $$ begin "
        "raise exception 'a stop ends once'; end $$",
        "create trigger reminder_stop_ended before update of ended_at, ended_by on reminder_stop for each row "
        f"when ({ENDED}) execute function reminder_stop_ends_once()",
    ]
    for table, columns in FINAL.items():
        changed = " or ".join(f"old.{one} is distinct from new.{one}" for one in columns)
        made += [
            f"create function {table}_is_final() returns trigger language plpgsql as $$ begin "
            f"raise exception 'a row of {table} is final'; end $$",
            f"create trigger {table}_final before update on {table} for each row when ({changed}) "
            f"execute function {table}_is_final()",
            f"create trigger {table}_kept before delete on {table} for each row execute function {table}_is_final()",
        ]
    return made


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


def _tables() -> None:
    op.create_table(
        "collection_batch",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=False),
        sa.Column("partner", sa.String(length=120), nullable=False),
        sa.Column("claims", BIG, nullable=False),
        sa.Column("total_ore", BIG, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_collection_batch_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_collection_batch_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_batch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_collection_batch_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_collection_batch_tenant_id_id")),
    )
    op.create_index(op.f("ix_collection_batch_made_by"), "collection_batch", ["made_by"], unique=False)
    op.create_index("ix_collection_batch_newest", "collection_batch", ["tenant_id", "made_at", "id"], unique=False)
    op.create_table(
        "reference_rate",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("percent_hundredths", BIG, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("percent_hundredths between 0 and 10000", name=op.f("ck_reference_rate_percent")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reference_rate_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reference_rate_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_rate")),
    )
    op.create_index("ix_reference_rate_half_year", "reference_rate", ["tenant_id", "starts_on", "id"], unique=False)
    op.create_index(op.f("ix_reference_rate_made_by"), "reference_rate", ["made_by"], unique=False)
    op.create_table(
        "reminder_policy",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("smallest_ore", BIG, nullable=False),
        sa.Column("asks_interest", sa.Boolean(), nullable=False),
        sa.Column("asks_compensation", sa.Boolean(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_policy_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_policy")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_reminder_policy_tenant_id")),
    )
    op.create_table(
        "reminder_run",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned", BIG, nullable=False),
        sa.Column("made", BIG, nullable=False),
        sa.Column("failed", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reminder_run_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_run_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reminder_run_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_reminder_run_tenant_id_id")),
    )
    op.create_index(op.f("ix_reminder_run_made_by"), "reminder_run", ["made_by"], unique=False)
    op.create_index("ix_reminder_run_newest", "reminder_run", ["tenant_id", "made_at", "id"], unique=False)
    op.create_table(
        "collection_item",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("batch_id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=False),
        sa.Column("open_ore", BIG, nullable=False),
        sa.Column("interest_ore", BIG, nullable=False),
        sa.Column("costs_ore", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["collection_batch.tenant_id", "collection_batch.id"],
            name=op.f("fk_collection_item_tenant_id_batch_id_collection_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_collection_item_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_collection_item_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_item")),
        sa.UniqueConstraint("tenant_id", "invoice_id", name=op.f("uq_collection_item_tenant_id_invoice_id")),
    )
    op.create_index("ix_collection_item_batch", "collection_item", ["tenant_id", "batch_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("position", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("open_ore", BIG, nullable=False),
        sa.Column("interest_ore", BIG, nullable=False),
        sa.Column("fees_ore", BIG, nullable=False),
        sa.Column("compensation_ore", BIG, nullable=False),
        sa.Column("to_pay_ore", BIG, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("outbox_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reminder_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["reminder_run.tenant_id", "reminder_run.id"],
            name=op.f("fk_reminder_tenant_id_run_id_reminder_run"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reminder_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_reminder_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "position", name=op.f("uq_reminder_tenant_id_invoice_id_position")
        ),
    )
    op.create_index(op.f("ix_reminder_made_by"), "reminder", ["made_by"], unique=False)
    op.create_index("ix_reminder_outbox", "reminder", ["outbox_id"], unique=False)
    op.create_index("ix_reminder_run", "reminder", ["tenant_id", "run_id", "id"], unique=False)
    op.create_table(
        "reminder_cost",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_ore <> 0", name=op.f("ck_reminder_cost_amount")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reminder_cost_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_cost_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_reminder_cost_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_cost_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_cost")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_reminder_cost_tenant_id_source")),
    )
    op.create_index("ix_reminder_cost_invoice", "reminder_cost", ["tenant_id", "invoice_id", "id"], unique=False)
    op.create_index(op.f("ix_reminder_cost_made_by"), "reminder_cost", ["made_by"], unique=False)
    op.create_index("ix_reminder_cost_voucher", "reminder_cost", ["tenant_id", "voucher_id"], unique=False)
    op.create_table(
        "reminder_problem",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_problem_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["reminder_run.tenant_id", "reminder_run.id"],
            name=op.f("fk_reminder_problem_tenant_id_run_id_reminder_run"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_problem_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_problem")),
        sa.UniqueConstraint(
            "tenant_id", "run_id", "invoice_id", name=op.f("uq_reminder_problem_tenant_id_run_id_invoice_id")
        ),
    )
    op.create_index("ix_reminder_problem_invoice", "reminder_problem", ["tenant_id", "invoice_id"], unique=False)
    op.create_table(
        "reminder_stop",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["user_account.id"], name=op.f("fk_reminder_stop_ended_by_user_account")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_reminder_stop_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_stop_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_stop_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_stop")),
    )
    op.create_index(op.f("ix_reminder_stop_ended_by"), "reminder_stop", ["ended_by"], unique=False)
    op.create_index("ix_reminder_stop_invoice", "reminder_stop", ["tenant_id", "invoice_id", "id"], unique=False)
    op.create_index(op.f("ix_reminder_stop_made_by"), "reminder_stop", ["made_by"], unique=False)
    op.create_index(
        "uq_reminder_stop_stands",
        "reminder_stop",
        ["tenant_id", "invoice_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "bad_debt",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("net_ore", BIG, nullable=False),
        sa.Column("vat_ore", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("settlement_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_bad_debt_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_bad_debt_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "settlement_id"],
            ["settlement.tenant_id", "settlement.id"],
            name=op.f("fk_bad_debt_tenant_id_settlement_id_settlement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_bad_debt_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bad_debt_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_debt")),
        sa.UniqueConstraint("tenant_id", "settlement_id", name=op.f("uq_bad_debt_tenant_id_settlement_id")),
    )
    op.create_index("ix_bad_debt_invoice", "bad_debt", ["tenant_id", "invoice_id", "id"], unique=False)
    op.create_index(op.f("ix_bad_debt_made_by"), "bad_debt", ["made_by"], unique=False)
    op.create_index("ix_bad_debt_voucher", "bad_debt", ["tenant_id", "voucher_id"], unique=False)
    op.create_table(
        "reminder_paper",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("reminder_id", BIG, nullable=False),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reminder_id"],
            ["reminder.tenant_id", "reminder.id"],
            name=op.f("fk_reminder_paper_tenant_id_reminder_id_reminder"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_paper_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_paper")),
        sa.UniqueConstraint("tenant_id", "reminder_id", name=op.f("uq_reminder_paper_tenant_id_reminder_id")),
    )
