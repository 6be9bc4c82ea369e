"""What the invented register is made of, read from `words.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))

FIRST_NAMES: list[str] = _WORDS["first_names"]
LAST_NAMES: list[str] = _WORDS["last_names"]
TITLES: list[str] = _WORDS["titles"]
PLACES: list[str] = _WORDS["places"]
NAME_PATTERNS: list[str] = _WORDS["name_patterns"]
ODD_NAMES: list[str] = _WORDS["odd_names"]
TAGS: list[str] = _WORDS["tags"]
SOURCES: list[str] = _WORDS["sources"]
CALL_NOTES: list[str] = _WORDS["call_notes"]
EMAIL_NOTES: list[str] = _WORDS["email_notes"]
MEETING_NOTES: list[str] = _WORDS["meeting_notes"]
LEGAL_NOTES: list[str] = _WORDS["legal_notes"]
FOLLOW_UPS: list[str] = _WORDS["follow_ups"]
BUSINESSES: list[tuple[str, str]] = [(name, code) for name, code in _WORDS["businesses"]]
PHONE_SERIES: list[tuple[str, int, int]] = [(start, first, last) for start, first, last in _WORDS["phone_series"]]
