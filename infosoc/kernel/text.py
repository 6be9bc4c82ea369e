"""Text as people type it: cleaned for storing, folded for searching, keyed for sorting.

`fold` makes "Lönn" and "lonn" the same word. `sort_key` gives Swedish order (a … z å ä ö) with plain code
points, so that SQLite and PostgreSQL with the "C" collation sort alike without knowing Swedish.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart into a base letter and a mark.
_FOLD_BY_HAND = {
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    "ẞ": "ss",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ŋ": "n",
    "ŧ": "t",
}

# Swedish order: å ä ö after z, and æ, ø as ä, ö. "{", "|" and "}" are the three code points after "z".
# Source: Svenska Akademiens ordlista (v and w are separate letters since 2006; é as e, ü as y).
_SORT_BY_HAND = {"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "œ": "}", "ü": "y", "ű": "y", "ő": "}"}


def clean(text: str) -> str:
    """One line of text: NFC, trimmed, inner white space as single spaces, no invisible characters.

    Empty when nothing in it can be seen.
    """
    if text.isascii() and text.isprintable():
        return text.strip() if "  " not in text else " ".join(text.split())
    cleaned = " ".join(_visible(text).split())
    return cleaned if any(map(_is_seen, cleaned)) else ""


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in _BLANK


def clean_multiline(text: str) -> str:
    """Several lines of text: like `clean` for each line, at most one blank line in a row, none at the ends."""
    lines = [" ".join(_visible(line).split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def fold(text: str) -> str:
    """The text as a search sees it: lower case, no accents, å as a, ä as a, ö as o."""
    if text.isascii():
        return text.lower()
    return text.casefold().translate(_FOLDED)


def sort_key(text: str) -> str:
    """A key whose code points sort in Swedish order; punctuation and case do not count."""
    key = text.lower() if text.isascii() else unicodedata.normalize("NFC", text).lower().translate(_SORTED)
    return " ".join(_NOT_SORTED.sub(" ", key).split())


def readable_key(key: str) -> str:
    """A sort key as people can read it: the stand-ins are å ä ö again."""
    return key.translate(_UNSORTED)


# Everything in ASCII that is neither letter nor digit; the three stand-ins for å ä ö stay.
_NOT_SORTED = re.compile(r"[\x00-/:-`~]+")

# Format characters that say nothing in a name or a note: soft hyphen, zero width space, byte order mark,
# and the marks that turn the reading direction (they can make a text look like another). Joiners stay: emoji use them.
_INVISIBLE = {0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0x061C, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are drawn as nothing


class _VisibleTable(dict[int, "int | str | None"]):
    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        result: int | str | None = code
        if code in _INVISIBLE or (unicodedata.category(char) == "Cc" and not char.isspace()):
            result = None
        elif unicodedata.category(char) == "Cs":
            result = "\ufffd"  # half a surrogate pair cannot be stored as UTF-8
        self[code] = result
        return result


class _FoldTable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        result = _FOLD_BY_HAND.get(char)
        if result is None:
            parts = unicodedata.normalize("NFKD", char)
            result = "".join(_FOLD_BY_HAND.get(part, part) for part in parts if not unicodedata.combining(part))
            result = result.casefold()
        self[code] = result
        return result


class _SortTable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        result = _SORT_BY_HAND.get(char)
        if result is None:
            result = char if char.isascii() else fold(char) if char.isalnum() else " "
            result = "" if unicodedata.combining(char) else result
            result = result.replace("{", " ").replace("|", " ").replace("}", " ")
        self[code] = result
        return result


_VISIBLE = _VisibleTable()
_FOLDED = _FoldTable()
_SORTED = _SortTable()
_UNSORTED = str.maketrans("{|}", "åäö")


def _visible(text: str) -> str:
    if not text.isprintable():
        text = text.translate(_VISIBLE)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
