"""what takes back a bulk edit, one row a chunk; moves what edits that can still be undone have kept till now"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"


def upgrade() -> None:
    op.create_table(
        "undo_part",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("undo_id", BIG, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "undo_id"], ["undo.tenant_id", "undo.id"], name=op.f("fk_undo_part_tenant_id_undo_id_undo")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_undo_part_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_part")),
    )
    op.create_index("ix_undo_part_undo", "undo_part", ["tenant_id", "undo_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        # Row-level security binds the owner too; this concerns every tenant.
        op.execute("select set_config('infosoc.tenant', '*', true)")
    _move()
    if op.get_bind().dialect.name == "postgresql":
        for statement in _row_security():
            op.execute(statement)


def _move() -> None:
    """Undos of bulk edits kept the values of all rows in one image."""
    undo = sa.table("undo", sa.column("id"), sa.column("tenant_id"), sa.column("deed"), sa.column("images", sa.JSON()))
    part = sa.table("undo_part", sa.column("tenant_id"), sa.column("undo_id"), sa.column("before", sa.JSON()))
    rows = op.get_bind().execute(sa.select(undo).where(undo.c.deed == "bulk edit")).mappings().all()
    for row in rows:
        image = row["images"] if isinstance(row["images"], dict) else json.loads(row["images"])
        before = image.pop("before", {})
        if before:
            values = {"tenant_id": row["tenant_id"], "undo_id": row["id"], "before": before}
            op.get_bind().execute(sa.insert(part).values(**values))
        op.get_bind().execute(sa.update(undo).where(undo.c.id == row["id"]).values(images=image))


def _row_security() -> list[str]:
    rule = f"{OWN} or {EVERY}"
    return [
        "grant select, insert, update, delete on undo_part to infosoc_app",
        "grant usage on all sequences in schema public to infosoc_app",
        "alter table undo_part enable row level security",
        "alter table undo_part force row level security",
        f"create policy sees on undo_part for select using ({rule})",
        f"create policy adds on undo_part for insert with check ({rule})",
        f"create policy changes on undo_part for update using ({rule}) with check ({rule})",
        f"create policy removes on undo_part for delete using ({rule})",
    ]
