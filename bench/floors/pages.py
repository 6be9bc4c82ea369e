"""The page floors: a list by one keyset query, a search by one unranked look-up, a call written by bare INSERTs."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request

from bench.floors.store import connection, is_sqlite, marked

app = Flask(__name__)
app.jinja_env.autoescape = True

LIST = app.jinja_env.from_string(
    """<!doctype html><html lang=sv><title>Companies</title><table>
<thead><tr><th>Name<th>Status<th>Municipality<th>Last contact<th>Next follow-up</thead><tbody>
{% for id, name, status, municipality, contacted, follow_up in rows %}
<tr><td><a href="/companies/{{ id }}">{{ name }}</a><td>{{ status }}<td>{{ municipality }}<td>{{ contacted }}
<td>{{ follow_up or "" }}
{% endfor %}
</tbody></table><a href="?name={{ rows[-1][1] | urlencode }}">Next</a></html>"""
)
HITS = app.jinja_env.from_string(
    "<ul>{% for kind, id, title, subtitle in hits %}"
    '<li><a href="/{{ kind }}/{{ id }}">{{ title }}</a> {{ subtitle }}</li>{% endfor %}</ul>'
)
PAGE = """SELECT c.public_id, c.name, r.status, r.municipality, r.last_contact_at, r.next_follow_up_on
FROM company_relation r JOIN company c ON c.id = r.company_id
WHERE r.tenant_id = 1 AND r.trashed_at IS NULL AND (r.name_sort, r.id) > (?, ?)
ORDER BY r.trashed_at, r.name_sort, r.id LIMIT 50"""
SQLITE_HITS = """SELECT d.kind, d.public_id, d.title, d.subtitle
FROM (SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT 15) i JOIN search_document d ON d.id = i.rowid"""
POSTGRESQL_HITS = "SELECT kind, public_id, title, subtitle FROM search_document WHERE vector @@ ?::tsquery LIMIT 15"
ENTRY = """INSERT INTO contact_log_entry
(tenant_id, public_id, company_id, contact_id, kind, direction, by_id, happened_at, text, version, created_at)
SELECT 1, ?, r.company_id, r.company_id, 'call', 'out', 1, ?, ?, 1, ?
FROM company_relation r JOIN company c ON c.id = r.company_id WHERE r.tenant_id = 1 AND c.public_id = ?
RETURNING id, company_id"""
DOCUMENT = """INSERT INTO search_document (tenant_id, kind, subject_id, public_id, title, subtitle, name_folded, tokens)
VALUES (1, 'entry', ?, ?, ?, ?, '', ?)"""
COPY = "UPDATE company_relation SET last_contact_at = ? WHERE tenant_id = 1 AND company_id = ?"
PERSON_COPY = "UPDATE contact_relation SET last_contact_at = ? WHERE tenant_id = 1 AND contact_id = ?"
TRAIL = "INSERT INTO bench_trail (at, what, subject, by_id) VALUES (?, 'contact logged', ?, 1)"


def list_page() -> str:
    """Fifty rows by one statement, through a plain template."""
    key = (request.args.get("name", ""), 0)
    return LIST.render(rows=connection().execute(marked(PAGE), key).fetchall())


def hits_sql() -> str:
    return SQLITE_HITS if is_sqlite(os.environ["FLOOR_DATABASE"]) else marked(POSTGRESQL_HITS)


@app.get("/list")
def show_list() -> str:
    return list_page()


@app.get("/search")
def search() -> str:
    """The first rows that answer a ready-made index query, in no order."""
    return HITS.render(hits=connection().execute(hits_sql(), (request.args["q"],)).fetchall())


@app.post("/log/<company>")
def log(company: str) -> str:
    """One call written in its own durable transaction, and the page floor as the answer."""
    made: Any = connection()
    now, said = datetime.now(UTC), request.form["text"]
    at = now.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite(os.environ["FLOOR_DATABASE"]) else now
    public_id = secrets.token_hex(5) + "f"
    tokens = " ".join("aabl" + word for word in said.lower().split())
    made.execute("BEGIN IMMEDIATE" if is_sqlite(os.environ["FLOOR_DATABASE"]) else "BEGIN")
    entry, company_id = made.execute(marked(ENTRY), (public_id, at, said, at, company)).fetchone()
    made.execute(marked(DOCUMENT), (entry, public_id, "Company", said, tokens))
    made.execute(marked(COPY), (at, company_id))
    made.execute(marked(PERSON_COPY), (at, company_id))
    made.execute(marked(TRAIL), (at, entry))
    made.execute("COMMIT")
    return list_page()
