"""Walks the source: what the style asks and a machine can see."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted((ROOT / "infosoc").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_VIEW = 400, 40, 25
SILENCED = re.compile(r"# (?:type: ignore\[[a-z, -]+\]|noqa: [A-Z0-9, ]+|type: ignore|noqa)\s*$", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_too_long():
    assert [name(path) for path in PYTHON if len(path.read_text().splitlines()) > LONGEST_FILE] == []


def test_whoever_silences_a_check_says_why():
    folders = ("infosoc", "tests", "bench", "bin")
    paths = [ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    assert [name(path) for path in paths if SILENCED.search(path.read_text())] == []


def test_the_walk_over_silenced_checks_finds_a_planted_fault():
    assert SILENCED.search("import x  # no" + "qa: F401\n")
    assert not SILENCED.search("import x  # no" + "qa: F401 - it need only be there\n")


def functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            first = body[0].lineno if body else node.lineno
            yield node.name, (node.end_lineno or first) - first + 1


def test_no_function_is_too_long():
    long = [
        f"{name(path)}: {function} ({lines})"
        for path in PYTHON
        for function, lines in functions(path)
        if lines > (LONGEST_VIEW if "/views/" in name(path) else LONGEST_FUNCTION)
    ]
    assert long == []


def test_only_the_database_package_commits_or_touches_the_engine():
    forbidden = re.compile(
        r"\.commit\(\)|\.connection\(\)|db\.engine\b|\.exec_driver_sql\(|\btext\(\s*f?\"\"?\"?(select|insert|update|delete)",
        re.I,
    )
    allowed = ("infosoc/db/", "infosoc/factory.py", "infosoc/jobs/", "infosoc/cli/backup.py", "infosoc/web/health.py")
    found = [name(path) for path in PYTHON if not name(path).startswith(allowed) and forbidden.search(path.read_text())]
    assert found == []


def test_own_sql_is_marked_in_the_database_package_only():
    allowed = ("infosoc/db/", "infosoc/jobs/")
    found = [name(path) for path in PYTHON if not name(path).startswith(allowed) and "own_sql" in path.read_text()]
    assert found == []


FORBIDDEN_IN_TEMPLATES = {
    "an event handler or script in the page": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\son[a-z]+=|hx-on|javascript:", re.I
    ),
    "a style in the page": re.compile(r"\sstyle=|<style", re.I),
    "htmx that needs eval": re.compile(r"hx-vals=[\"']js:|hx-trigger=\"[^\"]*\["),
    "markup that is trusted": re.compile(r"\|\s*safe\b"),
    "something from outside": re.compile(r"(src|href)=\"(https?:)?//", re.I),
}


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_templates_hold_nothing_that_the_policy_forbids(what):
    # The drawings of the icons are constants in their own file.
    pages = [path for path in TEMPLATES if path.name != "icons.html"]
    found = [name(path) for path in pages if FORBIDDEN_IN_TEMPLATES[what].search(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("what", "planted"),
    [("an event handler or script in the page", "<a onclick=\"x()\">"), ("a style in the page", '<p style="a">'),
     ("htmx that needs eval", 'hx-trigger="click[ctrlKey]"'), ("markup that is trusted", "{{ note | safe }}"),
     ("something from outside", '<img src="https://example.com/x.png">')],
)  # fmt: skip
def test_the_template_walk_finds_a_planted_fault(what, planted):
    assert FORBIDDEN_IN_TEMPLATES[what].search(planted)


def test_every_template_says_what_it_needs():
    silent = [name(path) for path in TEMPLATES if not path.read_text().lstrip().startswith("{#")]
    assert silent == []


def test_the_browser_code_and_styles_are_small():
    import gzip

    # All of it counts, htmx too, whichever page loads it. Styles are sent as one.
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in (ROOT / "static").rglob("*.js")}
    assert sum(sizes.values()) <= 24_800, sizes
    styles = b"".join(path.read_bytes() for path in sorted((ROOT / "static" / "css").rglob("*.css")))
    assert len(gzip.compress(styles)) <= 19_000


def test_nothing_is_kept_in_the_browsers_storage():
    for path in (ROOT / "static" / "js").rglob("*.js"):
        assert not re.search(r"(localStorage|sessionStorage)\.setItem|indexedDB|caches\.", path.read_text()), name(path)
