"""Every page there is: the GET routes of the application, each with values for which it answers a whole page."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

# Which table a route's public id is of, where its blueprint does not say; tried before all others.
TABLES = {
    "companies": "company", "contacts": "contact", "contact_log": "contact_log_entry", "follow_ups": "follow_up",
    "imports": "import_batch", "outbox": "outbox_message", "saved_views": "saved_view", "members": "user_account",
    "bulk": "undo", "exports": "export", "jobs": "job", "mailings": "mailing",
}  # fmt: skip
ARGUMENTS = {
    "company_id": "company", "contact_id": "contact", "company_public_id": "company", "first_public_id": "company",
    "second_public_id": "second",
}  # fmt: skip
WORDS = ("name", "notes", "tags", "status", "line", "owner", "companies", "contacts", "log", "csv", "customer-register")


@dataclass(frozen=True)
class Found:
    """The pages by endpoint, and the endpoints for which no whole page was found."""

    pages: dict[str, str]
    without: set[str]


def all_pages(
    app: Flask, client: FlaskClient, ids: Mapping[str, list[str]], token: str, *, without: Collection[str] = ()
) -> Found:
    """An address for every GET route that answers a page; what is left over answers something else, or lacks a row.

    What is known to be `without` a page is not tried: for each of those every value there is would be asked for.
    """
    adapter, pages, left = app.url_map.bind("localhost"), {}, set(without)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", *without}:
            continue
        paths = (adapter.build(rule.endpoint, values) for values in _values(rule, ids, token))
        page = next((path for path in paths if _is_page(client, path)), None)
        if page:
            pages[rule.endpoint] = page
        else:
            left.add(rule.endpoint)
    return Found(pages, left)


def _is_page(client: FlaskClient, path: str) -> bool:
    answer = client.get(path)
    assert answer.status_code < 500, f"{path} answered {answer.status_code}"
    return answer.status_code == 200 and answer.get_data().lstrip()[:15].lower() == b"<!doctype html>"


def _values(rule: Rule, ids: Mapping[str, list[str]], token: str) -> Iterator[dict[str, object]]:
    names = sorted(rule.arguments)
    offered = [_offered(rule, name, ids, token) for name in names]
    for values in itertools.product(*offered):
        yield dict(zip(names, values, strict=True))


def _offered(rule: Rule, name: str, ids: Mapping[str, list[str]], token: str) -> list[object]:
    if name == "tenant":
        return ["infosoc"]
    if name == "token":
        return [token]
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    if isinstance(converter, IntegerConverter):
        return [2026 if name == "year" else 1]
    if not name.endswith("_id"):
        return list(WORDS)
    first = ARGUMENTS.get(name) or TABLES.get(rule.endpoint.partition(".")[0], "")
    others = itertools.chain.from_iterable(ids[table] for table in ids if table != first)
    return list(dict.fromkeys([*ids.get(first, ()), *others]))  # rows of many tables have the same one
