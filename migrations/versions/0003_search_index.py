"""search index: FTS5 on SQLite, GIN on PostgreSQL; touches no rows"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Four letters of code stand before every word: prefixes of two to eight letters are indexed. A longer beginning of a
# common word ("foretag", in every address) would be put together from all its rows at each look-up.
SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='search_document', content_rowid='id', "
    "prefix='6 7 8 9 10 11 12', tokenize='unicode61 remove_diacritics 0', detail=none, columnsize=0)",
    "CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN "
    "INSERT INTO search_index (rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN "
    "INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER search_document_changed AFTER UPDATE OF tokens ON search_document BEGIN "
    "INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO search_index (rowid, tokens) VALUES (new.id, new.tokens); END",
)

OWN = "tenant_id = nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint"
EVERY = "current_setting('infosoc.tenant', true) = '*'"
COLUMNS = "d.tenant_id, d.kind, d.subject_id, d.public_id, d.title, d.subtitle, found.question"

# The policy cannot stand on the table for reading: PostgreSQL would then test it before the index is asked, which reads
# every row. So the application has no right to read the table's index by itself; this function reads for it, and only
# the tenants of the scope.
POSTGRESQL = (
    # A stored column, so that the planner knows how common each word is: it reads on for common ones, looks up rare ones.
    "alter table search_document add column vector tsvector "
    "generated always as (array_to_tsvector(string_to_array(tokens, ' '))) stored",
    "alter table search_document alter column vector set statistics 1000",
    "create index ix_search_document_vector on search_document using gin (vector)",
    "alter table search_document enable row level security",
    f"create policy owns on search_document using ({OWN} or {EVERY}) with check ({OWN} or {EVERY})",
    f"""create function search_candidates(whole text, begun text, log text, first text, last text)
    returns table (tenant_id bigint, kind varchar, subject_id bigint, public_id varchar, title varchar, subtitle varchar,
                   question int)
    language plpgsql stable security definer set search_path = public set plan_cache_mode = force_custom_plan as $$
    declare shown bigint[] := nullif(current_setting('infosoc.register', true), '')::bigint[];
            every_shown bigint[] := nullif(current_setting('infosoc.shown', true), '')::bigint[];
    begin
      return query
      with found as (
        select n.id, 0 as question from unnest(shown) as t(id) cross join (values ('company'), ('contact')) as k(kind)
          cross join lateral (select d.id from search_document d where d.tenant_id = t.id and d.kind = k.kind
            and d.name_folded >= first collate "C" and d.name_folded < last collate "C"
            order by d.name_folded limit 20) n
        union all (select d.id, 1 from search_document d where d.vector @@ whole::tsquery limit 40)
        union all (select d.id, 2 from search_document d where d.vector @@ begun::tsquery limit 60)
        union all (select d.id, 2 from search_document d where d.vector @@ log::tsquery limit 60)
      )
      select {COLUMNS} from search_document d join found on found.id = d.id where d.tenant_id = any (every_shown);
    end $$""",
    """create function search_ids(begun text, most int) returns setof bigint
    language plpgsql stable security definer set search_path = public set plan_cache_mode = force_custom_plan as $$
    declare every_shown bigint[] := nullif(current_setting('infosoc.shown', true), '')::bigint[];
    begin
      return query select d.subject_id from search_document d
        where d.vector @@ begun::tsquery and d.tenant_id = any (every_shown) limit most;
    end $$""",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
