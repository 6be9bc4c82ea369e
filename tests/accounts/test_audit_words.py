"""Every field that a deed may tell of is called something on the screen."""

from __future__ import annotations

import ast
from pathlib import Path

import infosoc
from infosoc.audit.words import FIELDS

CODE = Path(infosoc.__file__).parent


def fields_told() -> dict[str, str]:
    """The fields that code records from and to (a pair under a plain name), and a file that does."""
    found = {}
    for file in sorted(CODE.rglob("commands/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                named = zip(node.keys, node.values, strict=True)
                pairs = [(key.value, value) for key, value in named if isinstance(key, ast.Constant)]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_told":
                pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
            else:
                continue
            found |= {name: file.name for name, value in pairs if is_change(value)}
    return found


def is_change(value: ast.expr) -> bool:
    """A pair, from and to; two constants are what something may be."""
    pair = value.elts if isinstance(value, ast.Tuple) else []
    return len(pair) == 2 and not all(isinstance(one, ast.Constant) for one in pair)


def test_fields_are_found_where_they_are_told():
    assert {"due_on", "rows kept", "roles", "name"} <= fields_told().keys()


def test_every_field_of_the_log_has_a_name(app):
    assert {name: file for name, file in fields_told().items() if name not in FIELDS} == {}
