"""deposits settled by hand or tied to what was posted; several receiving accounts; keeps what the settings had"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = ("deposit_answer", "receiving_account")
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"
STANDS = sa.text("undone_at IS NULL")
TIED, LUMP = sa.text("other_id IS NOT NULL"), sa.text("payments = 0")

# What is never written anew once it is there (BFL 5:5); the new columns are final as the others of their rows.
FINAL = {
    "bank_entry": (
        "tenant_id", "file_id", "section", "line", "format", "account", "serial", "paid_on", "amount_ore", "payments",
        "checked", "amounts_digest", "references_digest", "key", "group_id", "takes", "ledger_account",
    ),
    "payment_allocation": (
        "tenant_id", "payment_id", "kind", "invoice_id", "settlement_id", "amount_ore", "allocated_on", "voucher_id",
        "undoes_id", "made_by", "made_at", "account",
    ),
    "deposit_answer": ("tenant_id", "group_id", "other_id", "payment_id", "made_by", "made_at"),
}  # fmt: skip
# The same money is posted from a file or settled by hand, never both: whichever comes second is refused.
STANDING = (
    "exists (select 1 from deposit_answer a where a.tenant_id = new.tenant_id and a.group_id = new.group_id "
    "and a.undone_at is null)"
)
TAKEN = (
    "exists (select 1 from bank_entry e where e.tenant_id = new.tenant_id and e.group_id = new.group_id and e.takes)"
)
KINDS = ("bankgiro", "plusgiro", "iban")
LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else [*_row_security(), *_postgresql()]:
        op.execute(statement)
    _keep_numbers(is_sqlite=is_sqlite)


def _keep_numbers(*, is_sqlite: bool) -> None:
    """Each number of the settings is one that payments are received on; they were booked on 1930."""
    bind = op.get_bind()
    if not is_sqlite:
        op.execute("select set_config('infosoc.tenant', '*', true)")
    found = bind.execute(sa.text("select tenant_id, bic, bankgiro, plusgiro, iban from invoicing_settings")).all()
    now = datetime.now(UTC)
    rows = [
        {
            "tenant_id": tenant_id, "public_id": "".join(secrets.choice(LETTERS) for _ in range(11)), "kind": kind,
            "number": number, "bic": bic if kind == "iban" else "", "ledger_account": 1930, "made_at": now,
        }
        for tenant_id, bic, *numbers in found
        for kind, number in zip(KINDS, numbers, strict=True)
        if number
    ]  # fmt: skip
    columns = [
        sa.column("tenant_id"), sa.column("public_id"), sa.column("kind"), sa.column("number"), sa.column("bic"),
        sa.column("ledger_account"), sa.column("made_at", sa.DateTime(timezone=True)),
    ]  # fmt: skip
    if rows:
        op.bulk_insert(sa.table("receiving_account", *columns), rows)


def _sqlite() -> list[str]:
    made = []
    for table, columns in FINAL.items():
        stop = f"BEGIN SELECT RAISE(ABORT, 'a row of {table} is final'); END"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        made += [
            f"DROP TRIGGER IF EXISTS {table}_final",
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} {stop}",
        ]
    final = "BEGIN SELECT RAISE(ABORT, 'a row of deposit_answer is final'); END"
    twice = "BEGIN SELECT RAISE(ABORT, 'the deposit has been settled already'); END"
    return [
        *made,
        f"CREATE TRIGGER deposit_answer_kept BEFORE DELETE ON deposit_answer {final}",
        "CREATE TRIGGER deposit_answer_undone BEFORE UPDATE OF undone_at ON deposit_answer "
        f"WHEN old.undone_at IS NOT NULL AND old.undone_at IS NOT new.undone_at {final}",
        f"CREATE TRIGGER bank_entry_once BEFORE INSERT ON bank_entry WHEN new.takes AND {STANDING} {twice}",
        f"CREATE TRIGGER deposit_answer_once BEFORE INSERT ON deposit_answer WHEN {TAKEN} {twice}",
    ]


def _postgresql() -> list[str]:
    made = [
        "create function deposit_answer_is_final() returns trigger language plpgsql as $$ begin "
        "raise exception 'a row of deposit_answer is final'; end $$",
        "create trigger deposit_answer_kept before delete on deposit_answer for each row "
        "execute function deposit_answer_is_final()",
        "create trigger deposit_answer_undone before update on deposit_answer for each row "
        "when (old.undone_at is not null and old.undone_at is distinct from new.undone_at) "
        "execute function deposit_answer_is_final()",
        "create function bank_entry_once() returns trigger language plpgsql as $$ begin "
        f"if new.takes and {STANDING} then raise exception 'the deposit has been settled already'; end if; "
        "return new; end $$",
        "create trigger bank_entry_once before insert on bank_entry for each row execute function bank_entry_once()",
        "create function deposit_answer_once() returns trigger language plpgsql as $$ begin "
        f"if {TAKEN} then raise exception 'the deposit has been settled already'; end if; return new; end $$",
        "create trigger deposit_answer_once before insert on deposit_answer for each row "
        "execute function deposit_answer_once()",
    ]
    for table, columns in FINAL.items():
        changed = " or ".join(f"old.{one} is distinct from new.{one}" for one in columns)
        made += [
            f"drop trigger if exists {table}_final on {table}",
            f"create trigger {table}_final before update on {table} for each row when ({changed}) "
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
    op.add_column("bank_entry", sa.Column("ledger_account", BIG, server_default=sa.text("1930"), nullable=False))
    op.add_column("payment_allocation", sa.Column("account", BIG, nullable=True))
    op.create_index(
        "ix_bank_entry_lump", "bank_entry", ["tenant_id", "paid_on", "id"], sqlite_where=LUMP, postgresql_where=LUMP
    )
    _answers()
    _receiving()


def _answers() -> None:
    op.create_table(
        "deposit_answer",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("other_id", BIG, nullable=True),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apart_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(other_id is null) <> (payment_id is null)", name=op.f("ck_deposit_answer_one_of_two")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_deposit_answer_tenant_id_tenant")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_deposit_answer_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"], ["bank_entry.tenant_id", "bank_entry.id"],
            name=op.f("fk_deposit_answer_tenant_id_group_id_bank_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "other_id"], ["bank_entry.tenant_id", "bank_entry.id"],
            name=op.f("fk_deposit_answer_tenant_id_other_id_bank_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"], ["incoming_payment.tenant_id", "incoming_payment.id"],
            name=op.f("fk_deposit_answer_tenant_id_payment_id_incoming_payment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_answer")),
        sa.UniqueConstraint("tenant_id", "payment_id", name=op.f("uq_deposit_answer_tenant_id_payment_id")),
    )  # fmt: skip
    op.create_index("ix_deposit_answer_group", "deposit_answer", ["tenant_id", "group_id"])
    op.create_index(op.f("ix_deposit_answer_made_by"), "deposit_answer", ["made_by"])
    op.create_index(
        "ix_deposit_answer_other", "deposit_answer", ["tenant_id", "other_id"], sqlite_where=TIED, postgresql_where=TIED
    )
    op.create_index(
        "uq_deposit_answer_stands", "deposit_answer", ["tenant_id", "group_id"], unique=True,
        sqlite_where=STANDS, postgresql_where=STANDS,
    )  # fmt: skip


def _receiving() -> None:
    op.create_table(
        "receiving_account",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("ledger_account", BIG, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_through", sa.Date(), nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("valid_through >= valid_from", name=op.f("ck_receiving_account_days")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_receiving_account_tenant_id_tenant")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_receiving_account_made_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiving_account")),
        sa.UniqueConstraint("public_id", name=op.f("uq_receiving_account_public_id")),
        sa.UniqueConstraint("tenant_id", "kind", "number", name=op.f("uq_receiving_account_tenant_id_kind_number")),
    )
    op.create_index(op.f("ix_receiving_account_made_by"), "receiving_account", ["made_by"])
