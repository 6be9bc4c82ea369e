"""search of misspelt words: a function on PostgreSQL; touches no rows"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Hundreds of beginnings of words in one question: the planner thinks of every one that it may be common, and would
# read the whole table. Each is rare, and the index knows.
POSTGRESQL = """create function search_near(begun text)
    returns table (tenant_id bigint, kind varchar, subject_id bigint, public_id varchar, title varchar, subtitle varchar)
    language plpgsql stable security definer set search_path = public set plan_cache_mode = force_custom_plan
    set enable_seqscan = off as $$
    declare every_shown bigint[] := nullif(current_setting('infosoc.shown', true), '')::bigint[];
    begin
      return query select d.tenant_id, d.kind, d.subject_id, d.public_id, d.title, d.subtitle from search_document d
        where d.vector @@ begun::tsquery and d.tenant_id = any (every_shown) limit 60;
    end $$"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
