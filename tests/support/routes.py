"""Addresses of routes with made-up or given values, for the tests that walk all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

SOME_FIELDS = ("name", "status", "owner", "notes", "field", "companies", "contacts", "csv", "title")


def addresses(app: Flask, method: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Endpoint and path of every route of a tenant that takes the method, with these values in it."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and "tenant" in rule.arguments:
            for filled in _filled(rule, values):
                yield rule.endpoint, adapter.build(rule.endpoint, filled, method=method)


def _filled(rule: Rule, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One set of values; for an argument that is a plain word (which field, which list), several."""
    filled: dict[str, Any] = {"tenant": values["tenant"]}
    words = None
    for name in sorted(rule.arguments - {"tenant"}):
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            filled[name] = sorted(converter.items)[0]
        elif isinstance(converter, IntegerConverter):
            filled[name] = values.get("number") or 1
        elif name.endswith("public_id") or name.endswith("_id"):
            filled[name] = values.get("public_id") or "zzzzzzzzzzz"
        else:
            words, filled[name] = name, SOME_FIELDS[0]
    if words is None:
        yield filled
        return
    for word in (*SOME_FIELDS, values.get("public_id") or "zzzzzzzzzzz"):
        yield {**filled, words: word}
