"""deliveries: files with messages, what was checked, states that follow one another; old messages carry no files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

# The state of a delivery by e-mail is that of its message, whoever changes it: the worker, a person, a bounce.
STATE = (
    "case new.state when 'sent' then 'handed_over' when 'failed' then 'failed' when 'bounced' then 'failed' "
    "when 'uncertain' then 'failed' else 'created' end"
)
FOLLOW = (
    f"update invoice_delivery set state = {STATE}, "
    "problem = case when new.state = 'sent' then '' else new.problem end, "
    "changed_at = coalesce(new.handed_over_at, changed_at) "
    "where outbox_id = new.id and tenant_id = new.tenant_id"
)
# The invoice's own is that of its newest delivery.
NEWEST = (
    "update invoice set delivery_state = new.state where id = new.invoice_id and tenant_id = new.tenant_id "
    "and delivery_state <> new.state and not exists (select 1 from invoice_delivery later "
    "where later.tenant_id = new.tenant_id and later.invoice_id = new.invoice_id and later.id > new.id)"
)
RULES = (
    ("delivery_follows_message", "outbox_message", FOLLOW),
    ("invoice_follows_delivery", "invoice_delivery", NEWEST),
)


def upgrade() -> None:
    empty = sa.text("'[]'")
    op.add_column("outbox_message", sa.Column("attached", sa.JSON(), server_default=empty, nullable=False))
    op.add_column("invoice_delivery", sa.Column("checked", sa.JSON(), server_default=empty, nullable=False))
    op.add_column("invoice_delivery", sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True))
    unprepared = sa.text("prepared_at IS NULL")
    op.create_index(
        "ix_invoice_delivery_unprepared", "invoice_delivery", ["tenant_id", "id"],
        sqlite_where=unprepared, postgresql_where=unprepared,
    )  # fmt: skip
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, rule in RULES:
        for statement in _sqlite(name, table, rule) if is_sqlite else _postgresql(name, table, rule):
            op.execute(statement)


def _sqlite(name: str, table: str, rule: str) -> list[str]:
    return [f"CREATE TRIGGER {name} AFTER UPDATE OF state ON {table} WHEN old.state IS NOT new.state BEGIN {rule}; END"]


def _postgresql(name: str, table: str, rule: str) -> list[str]:
    return [
        f"create function {name}() returns trigger language plpgsql as $$ begin {rule}; return new; end $$",
        f"create trigger {name} after update of state on {table} for each row "
        f"when (old.state is distinct from new.state) execute function {name}()",
    ]
