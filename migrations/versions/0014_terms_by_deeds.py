"""agreements: terms are changed by dated deeds; those that were signed are final"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

# What is never written anew once it is there: the terms that were signed, and what a deed changed of them.
FINAL = {
    "agreement": (
        "starts_on", "anchor_on", "billing_months", "in_advance", "binding_months", "notice_months", "renewal_months",
        "payment_days", "index_kind", "index_from", "index_percent", "index_series", "index_base",
    ),
    "agreement_deed": ("terms",),
}  # fmt: skip


def upgrade() -> None:
    op.add_column("agreement_deed", sa.Column("terms", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, columns in FINAL.items():
        for statement in _sqlite(table, columns) if is_sqlite else _postgresql(table, columns):
            op.execute(statement)


def _sqlite(table: str, columns: tuple[str, ...]) -> list[str]:
    changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
    return [
        f"CREATE TRIGGER {table}_terms_final BEFORE UPDATE OF {', '.join(columns)} ON {table} WHEN {changed} "
        f"BEGIN SELECT RAISE(ABORT, 'the terms of {table} are final'); END"
    ]


def _postgresql(table: str, columns: tuple[str, ...]) -> list[str]:
    # JSON has no equality; its text has.
    changed = " or ".join(f"old.{one}::text is distinct from new.{one}::text" for one in columns)
    return [
        f"create function {table}_terms_are_final() returns trigger language plpgsql as $$ begin "
        f"raise exception 'the terms of {table} are final'; end $$",
        f"create trigger {table}_terms_final before update on {table} for each row when ({changed}) "
        f"execute function {table}_terms_are_final()",
    ]
