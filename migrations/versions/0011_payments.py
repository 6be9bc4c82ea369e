"""payments: bank files, their entries, incoming payments and what they were used for; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = ("bank_file", "bank_entry", "incoming_payment", "payment_allocation")
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"

# What is never written anew once it is there (BFL 5:5): a correction is another row.
FINAL = {
    "bank_file": ("tenant_id", "public_id", "sha256", "size", "content", "format", "made_by", "made_at"),
    "bank_entry": (
        "tenant_id", "file_id", "section", "line", "format", "account", "serial", "paid_on", "amount_ore", "payments",
        "checked", "amounts_digest", "references_digest", "key", "group_id", "takes",
    ),
    "incoming_payment": (
        "tenant_id", "public_id", "entry_id", "position", "kind", "paid_on", "amount_ore", "serial", "account",
        "voucher_id", "made_by", "made_at",
    ),
    "payment_allocation": (
        "tenant_id", "payment_id", "kind", "invoice_id", "settlement_id", "amount_ore", "allocated_on", "voucher_id",
        "undoes_id", "made_by", "made_at",
    ),
}  # fmt: skip
# A file that has been read, and nothing booked of it, may be thrown away again.
KEPT = {"bank_file": "old.state <> 'read'"}
# An allocation lowers what is left of its payment in the same statement ...
LOWER = (
    "update incoming_payment set left_ore = left_ore - new.amount_ore "
    "where id = new.payment_id and tenant_id = new.tenant_id"
)
# ... and nothing else does: what is left is always the payment less its allocations.
LEFT = (
    "new.amount_ore - coalesce((select sum(amount_ore) from payment_allocation where tenant_id = new.tenant_id "
    "and payment_id = new.id), 0)"
)

# PostgreSQL fires a statement's triggers when all of its rows are there, so that there it is counted anew each time.
RECOUNT = (
    "update incoming_payment set left_ore = amount_ore - (select coalesce(sum(amount_ore), 0) from payment_allocation "
    "where tenant_id = new.tenant_id and payment_id = new.payment_id) "
    "where id = new.payment_id and tenant_id = new.tenant_id"
)


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else [*_row_security(), *_postgresql()]:
        op.execute(statement)


def _sqlite() -> list[str]:
    made = [
        f"CREATE TRIGGER payment_lowers AFTER INSERT ON payment_allocation BEGIN {LOWER}; END",
        "CREATE TRIGGER payment_left BEFORE UPDATE OF left_ore ON incoming_payment "
        f"WHEN new.left_ore IS NOT {LEFT} BEGIN SELECT RAISE(ABORT, 'a payment is lowered by allocations'); END",
    ]
    for table, columns in FINAL.items():
        stop = f"BEGIN SELECT RAISE(ABORT, 'a row of {table} is final'); END"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        when = f"WHEN {KEPT[table]} " if table in KEPT else ""
        made += [
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} {stop}",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {when}{stop}",
        ]
    return made


def _postgresql() -> list[str]:
    made = [
        f"create function payment_lowers() returns trigger language plpgsql as $$ begin {RECOUNT}; return new; end $$",
        "create trigger payment_lowers after insert on payment_allocation for each row "
        "execute function payment_lowers()",
        "create function payment_left() returns trigger language plpgsql as $$ begin "
        f"if new.left_ore <> {LEFT} then raise exception 'a payment is lowered by allocations'; end if; "
        "return new; end $$",
        "create trigger payment_left before update of left_ore on incoming_payment for each row "
        "execute function payment_left()",
    ]
    for table, columns in FINAL.items():
        changed = " or ".join(f"old.{one} is distinct from new.{one}" for one in columns)
        when = f"when ({KEPT[table]}) " if table in KEPT else ""
        made += [
            f"create function {table}_is_final() returns trigger language plpgsql as $$ begin "
            f"raise exception 'a row of {table} is final'; end $$",
            f"create trigger {table}_final before update on {table} for each row when ({changed}) "
            f"execute function {table}_is_final()",
            f"create trigger {table}_kept before delete on {table} for each row {when}"
            f"execute function {table}_is_final()",
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
        "bank_file",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("taken", BIG, nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("matched", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_bank_file_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bank_file_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bank_file_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_bank_file_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bank_file_hash", "bank_file", ["tenant_id", "sha256"], unique=False)
    op.create_index(op.f("ix_bank_file_made_by"), "bank_file", ["made_by"], unique=False)
    op.create_index("ix_bank_file_newest", "bank_file", ["tenant_id", "made_at", "id"], unique=False)
    op.create_table(
        "bank_entry",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("section", BIG, nullable=False),
        sa.Column("line", BIG, nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("payments", BIG, nullable=False),
        sa.Column("checked", BIG, nullable=False),
        sa.Column("amounts_digest", sa.String(length=16), nullable=False),
        sa.Column("references_digest", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("takes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["bank_file.tenant_id", "bank_file.id"],
            name=op.f("fk_bank_entry_tenant_id_file_id_bank_file"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["bank_entry.tenant_id", "bank_entry.id"],
            name=op.f("fk_bank_entry_tenant_id_group_id_bank_entry"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_bank_entry_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entry")),
        sa.UniqueConstraint("tenant_id", "file_id", "section", name=op.f("uq_bank_entry_tenant_id_file_id_section")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_bank_entry_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_bank_entry_tenant_id_key")),
    )
    op.create_index("ix_bank_entry_day", "bank_entry", ["tenant_id", "paid_on", "id"], unique=False)
    op.create_index("ix_bank_entry_group", "bank_entry", ["tenant_id", "group_id"], unique=False)
    op.create_index(
        "uq_bank_entry_takes",
        "bank_entry",
        ["tenant_id", "group_id"],
        unique=True,
        sqlite_where=sa.text("takes = 1"),
        postgresql_where=sa.text("takes"),
    )
    op.create_table(
        "incoming_payment",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("left_ore", BIG, nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("payer_name", sa.String(length=140), nullable=False),
        sa.Column("payer_account", sa.String(length=40), nullable=False),
        sa.Column("payer_number", sa.String(length=20), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_aside_why", sa.String(length=200), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint(
            "amount_ore >= 0 and left_ore between 0 and amount_ore or amount_ore < 0 and left_ore between amount_ore and 0",
            name=op.f("ck_incoming_payment_left"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_incoming_payment_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["bank_entry.tenant_id", "bank_entry.id"],
            name=op.f("fk_incoming_payment_tenant_id_entry_id_bank_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_incoming_payment_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_incoming_payment_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_payment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incoming_payment_public_id")),
        sa.UniqueConstraint(
            "tenant_id", "entry_id", "position", name=op.f("uq_incoming_payment_tenant_id_entry_id_position")
        ),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_incoming_payment_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_incoming_payment_left",
        "incoming_payment",
        ["tenant_id", "paid_on", "id"],
        unique=False,
        sqlite_where=sa.text("left_ore <> 0"),
        postgresql_where=sa.text("left_ore <> 0"),
    )
    op.create_index(op.f("ix_incoming_payment_made_by"), "incoming_payment", ["made_by"], unique=False)
    op.create_index("ix_incoming_payment_newest", "incoming_payment", ["tenant_id", "paid_on", "id"], unique=False)
    op.create_index(
        "ix_incoming_payment_payer",
        "incoming_payment",
        ["tenant_id", "payer_account"],
        unique=False,
        sqlite_where=sa.text("payer_account <> ''"),
        postgresql_where=sa.text("payer_account <> ''"),
    )
    op.create_index("ix_incoming_payment_voucher", "incoming_payment", ["tenant_id", "voucher_id"], unique=False)
    op.create_table(
        "payment_allocation",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("invoice_id", BIG, nullable=True),
        sa.Column("settlement_id", BIG, nullable=True),
        sa.Column("company_id", BIG, nullable=True),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("undoes_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_ore <> 0", name=op.f("ck_payment_allocation_amount")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_payment_allocation_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_payment_allocation_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_payment_allocation_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["incoming_payment.tenant_id", "incoming_payment.id"],
            name=op.f("fk_payment_allocation_tenant_id_payment_id_incoming_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "settlement_id"],
            ["settlement.tenant_id", "settlement.id"],
            name=op.f("fk_payment_allocation_tenant_id_settlement_id_settlement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "undoes_id"],
            ["payment_allocation.tenant_id", "payment_allocation.id"],
            name=op.f("fk_payment_allocation_tenant_id_undoes_id_payment_allocation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_payment_allocation_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_payment_allocation_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_allocation")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_payment_allocation_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "settlement_id", name=op.f("uq_payment_allocation_tenant_id_settlement_id")),
        sa.UniqueConstraint("tenant_id", "undoes_id", name=op.f("uq_payment_allocation_tenant_id_undoes_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_payment_allocation_company",
        "payment_allocation",
        ["tenant_id", "company_id"],
        unique=False,
        sqlite_where=sa.text("company_id IS NOT NULL"),
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_allocation_invoice",
        "payment_allocation",
        ["tenant_id", "invoice_id"],
        unique=False,
        sqlite_where=sa.text("invoice_id IS NOT NULL"),
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_payment_allocation_made_by"), "payment_allocation", ["made_by"], unique=False)
    op.create_index("ix_payment_allocation_payment", "payment_allocation", ["tenant_id", "payment_id"], unique=False)
    op.create_index("ix_payment_allocation_voucher", "payment_allocation", ["tenant_id", "voucher_id"], unique=False)
