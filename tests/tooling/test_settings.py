"""Every environment variable that the program reads is in the tables of settings, once."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = ("README.md", "docs/operations.md")
# Read by name elsewhere than in Python.
OF_SCRIPTS = {"DEMO", "PORT"}


def read_in(source: str) -> set[str]:
    """The variables that a Python file asks for: `os.environ.get("X")`, `os.environ["X"]`, `os.getenv("X")`, and what
    config's own readers are given."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            asked = ast.unparse(node.func) in {"os.environ.get", "os.getenv", "environ.get", "getenv", "_key", "_count"}
            name = node.args[0]
        elif isinstance(node, ast.Subscript):
            asked, name = ast.unparse(node.value) in {"os.environ", "environ"}, node.slice
        else:
            continue
        if asked and isinstance(name, ast.Constant):
            found.add(name.value)
    return found


def listed(page: str) -> Counter[str]:
    return Counter(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


@cache
def program() -> set[str]:
    files = [*(ROOT / "infosoc").rglob("*.py"), *(ROOT / "migrations").rglob("*.py"), ROOT / "app.py"]
    return OF_SCRIPTS.union(*(read_in(path.read_text()) for path in files))


@pytest.mark.parametrize("table", TABLES)
def test_every_variable_that_is_read_is_in_the_table_once(table):
    names = listed((ROOT / table).read_text())
    assert len(program()) > 8
    assert program() - set(names) == set()
    assert [name for name, times in names.items() if times > 1] == []


def test_variables_of_scripts_are_those_that_the_scripts_read():
    script = (ROOT / "bin/run").read_text()
    assert {name for name in OF_SCRIPTS if re.search(rf"\${{?{name}\b", script)} == OF_SCRIPTS


def test_a_variable_is_found_however_it_is_read():
    planted = 'import os\nos.environ.get("A")\nos.environ["B"]\nos.getenv("C", "")\n_count("D")\nother.get("E")\n'
    assert read_in(planted) == {"A", "B", "C", "D"}
