"""Walks the texts: each has a Swedish wording, none is fuzzy, and the values in it are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "infosoc" / "translations" / "sv" / "LC_MESSAGES" / "messages.po"
METHODS = [("infosoc/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "_l": None,
    "lazy_gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
VALUE = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="sv")


@pytest.fixture(scope="module")
def used() -> set:
    found = set()
    options = {"templates/**.html": {"trimmed": "true", "extensions": "jinja2.ext.do"}}
    for _file, _line, text, _comments, _context in extract_from_dir(
        ROOT,
        METHODS,
        options_map=options,
        keywords=KEYWORDS,
        directory_filter=lambda path: not path.endswith((".venv", "instance")),
    ):
        found.add(tuple(text) if isinstance(text, tuple | list) else text)
    return found


def untranslated(used: set, catalogue: Catalog) -> list:
    missing = []
    for text in used:
        message = catalogue.get(text[0] if isinstance(text, tuple) else text)
        strings = (message.string if isinstance(message.string, tuple | list) else (message.string,)) if message else ()
        if not strings or not all(strings) or message.fuzzy:
            missing.append(text)
    return sorted(map(str, missing))


def test_every_text_has_its_swedish_wording(used, catalogue):
    assert len(used) > 100
    assert untranslated(used, catalogue) == []


def test_the_walk_finds_a_missing_and_a_fuzzy_text(used, catalogue):
    assert untranslated({"Never written anywhere"}, catalogue) == ["Never written anywhere"]
    some = next(text for text in used if isinstance(text, str))
    message = catalogue.get(some)
    message.flags.add("fuzzy")
    try:
        assert untranslated({some}, catalogue) == [some]
    finally:
        message.flags.discard("fuzzy")


def test_the_values_in_a_text_are_the_same_in_both_languages(used, catalogue):
    wrong = []
    for text in used:
        wanted = set(VALUE.findall(" ".join(text) if isinstance(text, tuple) else text))
        message = catalogue.get(text[0] if isinstance(text, tuple) else text)
        if message and set(VALUE.findall(str(message.string))) - wanted:
            wrong.append(text)
    assert wrong == []


def test_swedish_keeps_to_the_words_that_were_settled():
    """Wordings that were translated by the letter once, and the words that replaced them."""
    said = CATALOGUE.read_text()
    for by_the_letter in ("Laget", "överallt annars", "svarar mot", "integritetsansvarig"):
        assert by_the_letter not in said
    assert 'msgid "Team"\nmsgstr "Teamet"' in said
