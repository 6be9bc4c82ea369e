"""Emptying a PostgreSQL database that a test is done with, so that the next one gets it as if it were new.

A new copy of a hundred tables and their indexes is a thousand files: ten times the work of deleting what a test wrote.
A database that is not the same as before but for its rows (a table altered) is not kept. Statistics of its tables,
which every import of a file gathers, go with the rows, and so does what a vacuum notes: a table that is known to be
empty is read whole by every key that points to it, for as long as a connection lasts.
"""

from __future__ import annotations

import time

import psycopg

UNTOUCHED = "alembic_version"
_TABLES = f"from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> '{UNTOUCHED}'"

# What the catalogue holds, by the transactions that wrote it: a change of any kind is another sum.
_SHAPE = " union all ".join(
    f"select '{name}', count(*), coalesce(sum(xmin::text::bigint), 0) from {name} {but}"
    for name, but in (
        *dict.fromkeys((
            "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_proc",
            "pg_policy", "pg_namespace", "pg_type", "pg_rewrite", "pg_extension", "pg_default_acl", "pg_largeobject",
        ), "").items(),
        ("pg_class", f"where oid not in (select oid {_TABLES})"),
        ("pg_statistic", f"where starelid not in (select oid {_TABLES})"),
    )
)  # fmt: skip
_SHAPE += (
    " union all select 'tables', count(*), coalesce(sum(hashtext((relname, relowner, relnatts, relchecks, relhasrules,"
    " relhastriggers, relrowsecurity, relforcerowsecurity, relreplident, relacl::text, reloptions)::text)), 0)"
    f" {_TABLES}"
)
_FILLED = f"select relname {_TABLES} and pg_relation_size(oid) > 0"
_FORGET = f"delete from pg_statistic where starelid in (select oid {_TABLES})"
_UNKNOWN = f"update pg_class set reltuples = -1 where reltuples >= 0 and oid in (select oid {_TABLES})"
_RECOUNT = (
    "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
    " from pg_sequences where schemaname = 'public' and last_value is not null"
)
_OTHERS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
PATIENCE = 5.0


def shape(connection: psycopg.Connection) -> list[tuple]:
    """What a database is like apart from its rows."""
    return connection.execute(_SHAPE).fetchall()


def empty(connection: psycopg.Connection, made: list[tuple]) -> bool:
    """Take all rows out and begin every sequence anew; False if the database is no longer what it was made as."""
    if not _alone(connection) or shape(connection) != made:
        return False
    # As a replica does: without triggers, which keep people from deleting what must be kept.
    connection.execute("set session_replication_role = replica")
    filled = [f'"{name}"' for (name,) in connection.execute(_FILLED)]
    if filled:
        connection.execute("; ".join(f"delete from {name}" for name in filled))
    if connection.execute(_FORGET).rowcount:
        filled.append("pg_statistic")
    if filled:
        connection.execute("vacuum " + ", ".join(filled))
        connection.execute(_UNKNOWN)
    connection.execute(_RECOUNT)
    return not connection.execute(_FILLED).fetchall()


def _alone(connection: psycopg.Connection) -> bool:
    """End every other connection, as dropping the database would."""
    connection.execute(f"select pg_terminate_backend(pid) {_OTHERS}")
    until = time.monotonic() + PATIENCE
    while connection.execute(f"select count(*) {_OTHERS}").fetchone() != (0,):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
