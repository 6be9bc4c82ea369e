"""products, price lists, agreements, usage, indexes and price increases; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = (
    "product", "price_list", "list_price", "agreement", "agreement_line", "agreement_deed", "agreement_product",
    "usage_report", "index_value", "price_increase", "price_increase_row",
)  # fmt: skip
# A company that shows whether somebody is its customer shows these as well: they name products and hold no prices.
SHOWN_TABLES = {"agreement_product"}
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"
SHOWN = "tenant_id = any ((select nullif(current_setting('infosoc.shown', true), '')::bigint[])::bigint[])"

# What is never written anew once it is there: a change is another row. Free text may lose a name (GDPR article 17).
FINAL = {
    "agreement_deed": ("agreement_id", "kind", "effective_on", "undoes_id", "made_at"),
    "agreement_line": (
        "agreement_id", "product_id", "starts_on", "quantity_thousandths", "price_ore", "per_months", "discount",
        "replaces_id", "made_at",
    ),
    "list_price": (
        "price_list_id", "product_id", "valid_from", "valid_until", "price_ore", "per_months", "tiers", "made_at",
    ),
    "usage_report": ("line_id", "used_on", "quantity_thousandths", "made_at"),
}  # fmt: skip


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite_final() if is_sqlite else [*_row_security(), *_postgresql_final()]:
        op.execute(statement)


def _sqlite_final() -> list[str]:
    made = []
    for table, columns in FINAL.items():
        stop = f"BEGIN SELECT RAISE(ABORT, 'a row of {table} is final'); END"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        made += [
            f"CREATE TRIGGER {table}_final BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} {stop}",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {stop}",
        ]
    return made


def _postgresql_final() -> list[str]:
    made = []
    for table, columns in FINAL.items():
        # JSON has no equality; its text has.
        changed = " or ".join(
            f"old.{one}::text is distinct from new.{one}::text" if one == "tiers"
            else f"old.{one} is distinct from new.{one}"
            for one in columns
        )  # fmt: skip
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
        sees = f"{rule} or {SHOWN}" if table in SHOWN_TABLES else rule
        made += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy sees on {table} for select using ({sees})",
            f"create policy adds on {table} for insert with check ({rule})",
            f"create policy changes on {table} for update using ({rule}) with check ({rule})",
            f"create policy removes on {table} for delete using ({rule})",
        ]
    return made


def _tables() -> None:
    op.create_table(
        "index_value",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("value_thousandths", BIG, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_index_value_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_index_value_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_value")),
        sa.UniqueConstraint("tenant_id", "series", "month", name=op.f("uq_index_value_tenant_id_series_month")),
    )
    op.create_index(op.f("ix_index_value_made_by"), "index_value", ["made_by"], unique=False)
    op.create_table(
        "price_list",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_price_list_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("public_id", name=op.f("uq_price_list_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_price_list_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_price_list_tenant_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "product",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_sv", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("billing", sa.String(length=10), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("tier_kind", sa.String(length=10), nullable=False),
        sa.Column("vat_code", sa.String(length=4), nullable=False),
        sa.Column("revenue_account", sa.String(length=4), nullable=False),
        sa.Column("deferral_account", sa.String(length=4), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_product_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("public_id", name=op.f("uq_product_public_id")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_product_tenant_id_code")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_product_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "list_price",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("price_list_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("price_ore", BIG, nullable=False),
        sa.Column("per_months", BIG, nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_list_price_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "price_list_id"],
            ["price_list.tenant_id", "price_list.id"],
            name=op.f("fk_list_price_tenant_id_price_list_id_price_list"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_list_price_tenant_id_product_id_product"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_list_price_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_price")),
    )
    op.create_index(
        "ix_list_price_list", "list_price", ["tenant_id", "price_list_id", "product_id", "valid_from"], unique=False
    )
    op.create_index(op.f("ix_list_price_made_by"), "list_price", ["made_by"], unique=False)
    op.create_index("ix_list_price_product", "list_price", ["tenant_id", "product_id"], unique=False)
    op.create_index(
        "uq_list_price_from",
        "list_price",
        ["tenant_id", "price_list_id", "product_id", "valid_from"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "price_increase",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("product_id", BIG, nullable=True),
        sa.Column("percent", BIG, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("letter_subject", sa.String(length=200), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", BIG, nullable=True),
        sa.Column("lettered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["applied_by"], ["user_account.id"], name=op.f("fk_price_increase_applied_by_user_account")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_price_increase_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_price_increase_tenant_id_product_id_product"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_price_increase_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_increase")),
        sa.UniqueConstraint("public_id", name=op.f("uq_price_increase_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_price_increase_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_price_increase_applied_by"), "price_increase", ["applied_by"], unique=False)
    op.create_index(op.f("ix_price_increase_made_by"), "price_increase", ["made_by"], unique=False)
    op.create_index("ix_price_increase_newest", "price_increase", ["tenant_id", "made_at", "id"], unique=False)
    op.create_index("ix_price_increase_product", "price_increase", ["tenant_id", "product_id"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("company_id", BIG, nullable=False),
        sa.Column("price_list_id", BIG, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("billing_months", BIG, nullable=False),
        sa.Column("in_advance", sa.Boolean(), nullable=False),
        sa.Column("binding_months", BIG, nullable=False),
        sa.Column("notice_months", BIG, nullable=False),
        sa.Column("renewal_months", BIG, nullable=False),
        sa.Column("payment_days", BIG, nullable=False),
        sa.Column("index_kind", sa.String(length=10), nullable=False),
        sa.Column("index_from", sa.Date(), nullable=True),
        sa.Column("index_percent", BIG, nullable=False),
        sa.Column("index_series", sa.String(length=20), nullable=False),
        sa.Column("index_base", sa.Date(), nullable=True),
        sa.Column("delivery", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("recipient_name", sa.String(length=120), nullable=False),
        sa.Column("recipient_email", sa.String(length=254), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("order_number", sa.String(length=80), nullable=False),
        sa.Column("cost_centre", sa.String(length=80), nullable=False),
        sa.Column("einvoice_address", sa.String(length=60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_from", sa.Date(), nullable=False),
        sa.Column("next_change_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_agreement_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_agreement_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_agreement_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "price_list_id"],
            ["price_list.tenant_id", "price_list.id"],
            name=op.f("fk_agreement_tenant_id_price_list_id_price_list"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agreement_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agreement_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_agreement_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_agreement_tenant_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agreement_company", "agreement", ["tenant_id", "company_id", "number"], unique=False)
    op.create_index("ix_agreement_contact", "agreement", ["contact_id", "tenant_id"], unique=False)
    op.create_index(op.f("ix_agreement_made_by"), "agreement", ["made_by"], unique=False)
    op.create_index("ix_agreement_next", "agreement", ["tenant_id", "next_change_on"], unique=False)
    op.create_index("ix_agreement_price_list", "agreement", ["tenant_id", "price_list_id"], unique=False)
    op.create_index("ix_agreement_state", "agreement", ["tenant_id", "state", "number"], unique=False)
    op.create_table(
        "agreement_deed",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("undoes_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_agreement_deed_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_agreement_deed_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "undoes_id"],
            ["agreement_deed.tenant_id", "agreement_deed.id"],
            name=op.f("fk_agreement_deed_tenant_id_undoes_id_agreement_deed"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agreement_deed_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_deed")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_agreement_deed_tenant_id_id")),
    )
    op.create_index(
        "ix_agreement_deed_agreement",
        "agreement_deed",
        ["tenant_id", "agreement_id", "effective_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_agreement_deed_made_by"), "agreement_deed", ["made_by"], unique=False)
    op.create_index("ix_agreement_deed_undoes", "agreement_deed", ["tenant_id", "undoes_id"], unique=False)
    op.create_table(
        "agreement_line",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("quantity_thousandths", BIG, nullable=False),
        sa.Column("price_ore", BIG, nullable=True),
        sa.Column("per_months", BIG, nullable=False),
        sa.Column("discount", BIG, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("replaces_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_agreement_line_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_agreement_line_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_agreement_line_tenant_id_product_id_product"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"],
            ["agreement_line.tenant_id", "agreement_line.id"],
            name=op.f("fk_agreement_line_tenant_id_replaces_id_agreement_line"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agreement_line_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agreement_line_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_agreement_line_tenant_id_id")),
    )
    op.create_index(
        "ix_agreement_line_agreement", "agreement_line", ["tenant_id", "agreement_id", "position"], unique=False
    )
    op.create_index(op.f("ix_agreement_line_made_by"), "agreement_line", ["made_by"], unique=False)
    op.create_index(
        "ix_agreement_line_product", "agreement_line", ["tenant_id", "product_id", "agreement_id"], unique=False
    )
    op.create_index("ix_agreement_line_replaces", "agreement_line", ["tenant_id", "replaces_id"], unique=False)
    op.create_table(
        "agreement_product",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("company_id", BIG, nullable=False),
        sa.Column("name_sv", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("state_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_agreement_product_tenant_id_agreement_id_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "company_id"],
            ["company_relation.tenant_id", "company_relation.company_id"],
            name=op.f("fk_agreement_product_tenant_id_company_id_company_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_agreement_product_tenant_id_product_id_product"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_agreement_product_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_product")),
        sa.UniqueConstraint(
            "tenant_id",
            "agreement_id",
            "product_id",
            name=op.f("uq_agreement_product_tenant_id_agreement_id_product_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_agreement_product_company", "agreement_product", ["company_id", "tenant_id"], unique=False)
    op.create_index(
        "ix_agreement_product_product",
        "agreement_product",
        ["tenant_id", "product_id", "is_live", "company_id"],
        unique=False,
    )
    op.create_table(
        "price_increase_row",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("increase_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("before_ore", BIG, nullable=False),
        sa.Column("after_ore", BIG, nullable=False),
        sa.Column("per_months", BIG, nullable=False),
        sa.Column("is_from_list", sa.Boolean(), nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        sa.Column("new_line_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "increase_id"],
            ["price_increase.tenant_id", "price_increase.id"],
            name=op.f("fk_price_increase_row_tenant_id_increase_id_price_increase"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["agreement_line.tenant_id", "agreement_line.id"],
            name=op.f("fk_price_increase_row_tenant_id_line_id_agreement_line"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "new_line_id"],
            ["agreement_line.tenant_id", "agreement_line.id"],
            name=op.f("fk_price_increase_row_tenant_id_new_line_id_agreement_line"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_price_increase_row_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_increase_row")),
        sa.UniqueConstraint(
            "tenant_id", "increase_id", "line_id", name=op.f("uq_price_increase_row_tenant_id_increase_id_line_id")
        ),
    )
    op.create_index("ix_price_increase_row_line", "price_increase_row", ["tenant_id", "line_id"], unique=False)
    op.create_index("ix_price_increase_row_new_line", "price_increase_row", ["tenant_id", "new_line_id"], unique=False)
    op.create_table(
        "usage_report",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("quantity_thousandths", BIG, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_usage_report_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["agreement_line.tenant_id", "agreement_line.id"],
            name=op.f("fk_usage_report_tenant_id_line_id_agreement_line"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_usage_report_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_report")),
    )
    op.create_index("ix_usage_report_line", "usage_report", ["tenant_id", "line_id"], unique=False)
    op.create_index(op.f("ix_usage_report_made_by"), "usage_report", ["made_by"], unique=False)
    op.create_index("ix_usage_report_newest", "usage_report", ["tenant_id", "made_at", "id"], unique=False)
    op.create_index(
        "uq_usage_report_day",
        "usage_report",
        ["tenant_id", "line_id", "used_on"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
