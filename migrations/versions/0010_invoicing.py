"""invoicing: settings, drafts, issued invoices, claims, papers, deliveries and billing runs; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORT_KEY = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
TENANT_TABLES = (
    "invoicing_settings", "customer_account", "invoice_draft", "billing_run", "billing_problem", "invoice",
    "invoice_line", "invoiced_charge", "settlement", "invoice_paper", "invoice_delivery", "deferral_release",
)  # fmt: skip
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"

# What is never written anew once it is there (BFL 5:5, ML 17 kap. 22 §): a correction is another row.
FINAL = {
    "invoice": (
        "tenant_id", "kind", "series", "number", "agreement_id", "run_id", "credits_id", "source", "issued_on",
        "due_on", "ocr", "buyer_name", "buyer_sort", "language", "net_ore", "vat_ore", "payable_ore", "claim_account",
        "record", "record_hash", "voucher_id", "issued_at", "issued_by", "public_id",
    ),
    "invoice_line": (
        "tenant_id", "invoice_id", "position", "issued_on", "text", "net_ore", "vat_code", "account",
        "deferral_account", "period_start", "period_end",
    ),
    "invoiced_charge": ("tenant_id", "agreement_line_id", "period_on", "invoice_id", "net_ore"),
    "settlement": (
        "tenant_id", "invoice_id", "settled_on", "kind", "amount_ore", "source", "voucher_id", "undoes_id", "made_by",
        "made_at", "public_id",
    ),
    "invoice_paper": ("tenant_id", "invoice_id", "file", "sha256", "size", "made_at"),
    "deferral_release": ("tenant_id", "month", "account", "amount_ore", "voucher_id", "made_at"),
}  # fmt: skip
# A settlement lowers its claim in the same statement; the claim's own check refuses more than there is left.
LOWER = (
    "update invoice set settled_on = case when open_ore = new.amount_ore then new.settled_on end, "
    "open_ore = open_ore - new.amount_ore where id = new.invoice_id and tenant_id = new.tenant_id"
)
# ... and nothing else does: what is left is always the claim less its settlements.
LEFT = (
    "new.payable_ore - coalesce((select sum(amount_ore) from settlement where tenant_id = new.tenant_id "
    "and invoice_id = new.id), 0)"
)


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite() if is_sqlite else [*_row_security(), *_postgresql()]:
        op.execute(statement)


def _sqlite() -> list[str]:
    made = [
        f"CREATE TRIGGER settlement_lowers AFTER INSERT ON settlement BEGIN {LOWER}; END",
        "CREATE TRIGGER invoice_left BEFORE UPDATE OF open_ore ON invoice "
        f"WHEN new.open_ore IS NOT {LEFT} BEGIN SELECT RAISE(ABORT, 'a claim is lowered by settlements'); END",
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
        f"create function settlement_lowers() returns trigger language plpgsql as $$ begin {LOWER}; return new; end $$",
        "create trigger settlement_lowers after insert on settlement for each row execute function settlement_lowers()",
        "create function invoice_left() returns trigger language plpgsql as $$ begin "
        f"if new.open_ore <> {LEFT} then raise exception 'a claim is lowered by settlements'; end if; "
        "return new; end $$",
        "create trigger invoice_left before update of open_ore on invoice for each row execute function invoice_left()",
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
        "billing_run",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("through_on", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned", BIG, nullable=False),
        sa.Column("made", BIG, nullable=False),
        sa.Column("failed", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_billing_run_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_billing_run_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_billing_run_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_billing_run_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_billing_run_made_by"), "billing_run", ["made_by"], unique=False)
    op.create_index("ix_billing_run_newest", "billing_run", ["tenant_id", "made_at", "id"], unique=False)
    op.create_table(
        "invoicing_settings",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("seller_name", sa.String(length=200), nullable=False),
        sa.Column("org_number", sa.String(length=10), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("seat", sa.String(length=100), nullable=False),
        sa.Column("has_f_tax", sa.Boolean(), nullable=False),
        sa.Column("bankgiro", sa.String(length=8), nullable=False),
        sa.Column("plusgiro", sa.String(length=8), nullable=False),
        sa.Column("iban", sa.String(length=34), nullable=False),
        sa.Column("bic", sa.String(length=11), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=120), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("payment_days", BIG, nullable=False),
        sa.Column("to_kronor", sa.Boolean(), nullable=False),
        sa.Column("least_deferred_ore", BIG, nullable=False),
        sa.Column("bills_from", sa.Date(), nullable=True),
        sa.Column("access_point", sa.String(length=10), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoicing_settings_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoicing_settings")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_invoicing_settings_tenant_id")),
    )
    op.create_table(
        "customer_account",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("company_id", BIG, nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("has_agreed_fee", sa.Boolean(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_customer_account_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_customer_account_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_account")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_customer_account_tenant_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_customer_account_company", "customer_account", ["tenant_id", "company_id"], unique=False)
    op.create_table(
        "billing_problem",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_billing_problem_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["billing_run.tenant_id", "billing_run.id"],
            name=op.f("fk_billing_problem_tenant_id_run_id_billing_run"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_billing_problem_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_problem")),
        sa.UniqueConstraint(
            "tenant_id", "run_id", "agreement_id", name=op.f("uq_billing_problem_tenant_id_run_id_agreement_id")
        ),
    )
    op.create_index("ix_billing_problem_agreement", "billing_problem", ["tenant_id", "agreement_id"], unique=False)
    op.create_table(
        "deferral_release",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_deferral_release_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_deferral_release_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferral_release")),
    )
    op.create_index("ix_deferral_release_month", "deferral_release", ["tenant_id", "month", "account"], unique=False)
    op.create_index("ix_deferral_release_voucher", "deferral_release", ["tenant_id", "voucher_id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("series", sa.String(length=8), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("company_id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=True),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("credits_id", BIG, nullable=True),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("ocr", sa.String(length=25), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("buyer_sort", SORT_KEY, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("net_ore", BIG, nullable=False),
        sa.Column("vat_ore", BIG, nullable=False),
        sa.Column("payable_ore", BIG, nullable=False),
        sa.Column("claim_account", BIG, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("record_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", BIG, nullable=True),
        sa.Column("open_ore", BIG, nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("delivery", sa.String(length=10), nullable=False),
        sa.Column("delivery_state", sa.String(length=12), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_invoice_number")),
        sa.CheckConstraint(
            "payable_ore >= 0 and open_ore between 0 and payable_ore or payable_ore < 0 and open_ore between payable_ore and 0",
            name=op.f("ck_invoice_open"),
        ),
        sa.ForeignKeyConstraint(["issued_by"], ["user_account.id"], name=op.f("fk_invoice_issued_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_invoice_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_invoice_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credits_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_tenant_id_credits_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["billing_run.tenant_id", "billing_run.id"],
            name=op.f("fk_invoice_tenant_id_run_id_billing_run"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_invoice_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoice_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_invoice_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "series", "number", name=op.f("uq_invoice_tenant_id_series_number")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_invoice_tenant_id_source")),
        sa.UniqueConstraint("tenant_id", "voucher_id", name=op.f("uq_invoice_tenant_id_voucher_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invoice_agreement", "invoice", ["tenant_id", "agreement_id", "issued_on"], unique=False)
    op.create_index("ix_invoice_amount", "invoice", ["tenant_id", "payable_ore", "number"], unique=False)
    op.create_index("ix_invoice_buyer", "invoice", ["tenant_id", "buyer_sort", "number"], unique=False)
    op.create_index("ix_invoice_company", "invoice", ["tenant_id", "company_id", "issued_on"], unique=False)
    op.create_index("ix_invoice_credits", "invoice", ["tenant_id", "credits_id"], unique=False)
    op.create_index(
        "ix_invoice_due",
        "invoice",
        ["tenant_id", "due_on", "number"],
        unique=False,
        sqlite_where=sa.text("open_ore <> 0"),
        postgresql_where=sa.text("open_ore <> 0"),
    )
    op.create_index(op.f("ix_invoice_issued_by"), "invoice", ["issued_by"], unique=False)
    op.create_index("ix_invoice_newest", "invoice", ["tenant_id", "issued_on", "number"], unique=False)
    op.create_index("ix_invoice_number", "invoice", ["tenant_id", "number", "id"], unique=False)
    op.create_index("ix_invoice_run", "invoice", ["tenant_id", "run_id", "number"], unique=False)
    op.create_index(
        "uq_invoice_ocr",
        "invoice",
        ["tenant_id", "ocr"],
        unique=True,
        sqlite_where=sa.text("ocr <> ''"),
        postgresql_where=sa.text("ocr <> ''"),
    )
    op.create_table(
        "invoice_delivery",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("outbox_id", BIG, nullable=True),
        sa.Column("receipt", sa.String(length=120), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_invoice_delivery_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_delivery_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_delivery_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_delivery")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoice_delivery_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_invoice_delivery_tenant_id_id")),
    )
    op.create_index("ix_invoice_delivery_invoice", "invoice_delivery", ["tenant_id", "invoice_id", "id"], unique=False)
    op.create_index(op.f("ix_invoice_delivery_made_by"), "invoice_delivery", ["made_by"], unique=False)
    op.create_index("ix_invoice_delivery_outbox", "invoice_delivery", ["outbox_id"], unique=False)
    op.create_index(
        "ix_invoice_delivery_state", "invoice_delivery", ["tenant_id", "channel", "state", "id"], unique=False
    )
    op.create_table(
        "invoice_draft",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("company_id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=True),
        sa.Column("credits_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("payment_days", BIG, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("delivery", sa.String(length=10), nullable=False),
        sa.Column("recipient_name", sa.String(length=120), nullable=False),
        sa.Column("recipient_email", sa.String(length=254), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("order_number", sa.String(length=80), nullable=False),
        sa.Column("cost_centre", sa.String(length=80), nullable=False),
        sa.Column("einvoice_address", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("to_kronor", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("payable_ore", BIG, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_invoice_draft_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_invoice_draft_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_invoice_draft_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credits_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_draft_tenant_id_credits_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_draft_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invoice_draft_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_invoice_draft_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invoice_draft_agreement", "invoice_draft", ["tenant_id", "agreement_id"], unique=False)
    op.create_index("ix_invoice_draft_company", "invoice_draft", ["tenant_id", "company_id"], unique=False)
    op.create_index("ix_invoice_draft_credits", "invoice_draft", ["tenant_id", "credits_id"], unique=False)
    op.create_index(op.f("ix_invoice_draft_made_by"), "invoice_draft", ["made_by"], unique=False)
    op.create_index("ix_invoice_draft_newest", "invoice_draft", ["tenant_id", "changed_at", "id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("net_ore", BIG, nullable=False),
        sa.Column("vat_code", sa.String(length=4), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("deferral_account", BIG, nullable=True),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_line_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_line_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint(
            "tenant_id", "invoice_id", "position", name=op.f("uq_invoice_line_tenant_id_invoice_id_position")
        ),
    )
    op.create_index(
        "ix_invoice_line_deferred", "invoice_line", ["tenant_id", "deferral_account", "period_end"], unique=False
    )
    op.create_table(
        "invoice_paper",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_paper_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoice_paper_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_paper")),
        sa.UniqueConstraint("tenant_id", "invoice_id", name=op.f("uq_invoice_paper_tenant_id_invoice_id")),
    )
    op.create_table(
        "invoiced_charge",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("agreement_line_id", BIG, nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("net_ore", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_line_id"],
            ["agreement_line.tenant_id", "agreement_line.id"],
            name=op.f("fk_invoiced_charge_tenant_id_agreement_line_id_agreement_line"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoiced_charge_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_invoiced_charge_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoiced_charge")),
        sa.UniqueConstraint(
            "tenant_id",
            "agreement_line_id",
            "period_on",
            name=op.f("uq_invoiced_charge_tenant_id_agreement_line_id_period_on"),
        ),
    )
    op.create_index("ix_invoiced_charge_invoice", "invoiced_charge", ["tenant_id", "invoice_id"], unique=False)
    op.create_table(
        "settlement",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount_ore", BIG, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("undoes_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.CheckConstraint("amount_ore <> 0", name=op.f("ck_settlement_amount")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_settlement_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_settlement_tenant_id_invoice_id_invoice"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "undoes_id"],
            ["settlement.tenant_id", "settlement.id"],
            name=op.f("fk_settlement_tenant_id_undoes_id_settlement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "voucher_id"],
            ["voucher.tenant_id", "voucher.id"],
            name=op.f("fk_settlement_tenant_id_voucher_id_voucher"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_settlement_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_settlement_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_settlement_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_settlement_tenant_id_source")),
    )
    op.create_index("ix_settlement_day", "settlement", ["tenant_id", "settled_on", "invoice_id"], unique=False)
    op.create_index("ix_settlement_invoice", "settlement", ["tenant_id", "invoice_id", "settled_on"], unique=False)
    op.create_index(op.f("ix_settlement_made_by"), "settlement", ["made_by"], unique=False)
    op.create_index("ix_settlement_voucher", "settlement", ["tenant_id", "voucher_id"], unique=False)
    op.create_index("uq_settlement_undoes", "settlement", ["tenant_id", "undoes_id"], unique=True)
