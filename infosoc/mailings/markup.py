"""Letters as they are written: a small Markdown, turned into HTML for mail and into a complete plain text. Pure.

Headings, paragraphs, lists, bold, italics, links and pictures of the own store; HTML is text. `[name]` and a few more
are filled in for each recipient, from a closed list: there is no template language, so `{{...}}`, `{%...%}` and
`${...}` arrive as they were typed (M-29). What is filled in is text: nothing in it is read as markup or as a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infosoc.kernel.words import N_

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

# What may be filled in: how people write it, in both languages, and what it is.
FIELD_NAMES = {
    "förnamn": "first_name", "first name": "first_name",
    "namn": "name", "name": "name",
    "företag": "company", "company": "company",
    "titel": "title", "title": "title",
}  # fmt: skip
FIELDS = tuple(dict.fromkeys(FIELD_NAMES.values()))
WIDEST = 560  # pixels that a picture takes in a letter, at most

_FIELD = re.compile(r"\[(" + "|".join(map(re.escape, FIELD_NAMES)) + r")\]", re.IGNORECASE)
_LINKS = ("https", "http", "mailto", "tel")
_PICTURE = re.compile(r"(?:bild|image):([a-z0-9]{11})\Z")


@dataclass(frozen=True)
class Field:
    """A place for something of the recipient's."""

    name: str


@dataclass(frozen=True)
class PictureAt:
    """A place for a picture, with the words for those who do not see it."""

    public_id: str
    alt: tuple[str | Field, ...]


@dataclass(frozen=True)
class Picture:
    """Where a picture is in this rendering (`cid:` in mail), and how large it is."""

    src: str
    width: int
    height: int


@dataclass(frozen=True)
class Letter:
    """A body, read once and filled in for each recipient."""

    html_parts: tuple[str | Field | PictureAt, ...]
    text_parts: tuple[str | Field, ...]
    pictures: tuple[str, ...]
    outside: tuple[str, ...]
    fields: frozenset[str]

    def html(self, values: Mapping[str, Any], pictures: Mapping[str, Picture] | None = None) -> str:
        """The HTML for one recipient; a picture that is not given is left as its words."""
        return "".join(_shown(part, values, pictures or {}) for part in self.html_parts)

    def text(self, values: Mapping[str, Any]) -> str:
        """The plain text for one recipient: all that the HTML says, addresses of links included."""
        filled = "".join(part if isinstance(part, str) else value_of(values, part.name) for part in self.text_parts)
        return "\n".join(line.rstrip() for line in filled.splitlines()).strip() + "\n"


def fill_line(text: str, values: Mapping[str, Any]) -> str:
    """One line, such as the subject, with its fields filled in."""
    return "".join(part if isinstance(part, str) else value_of(values, part.name) for part in _with_fields(text))


def value_of(values: Mapping[str, Any], name: str) -> str:
    """What is filled in. The first name is the first word of the name, unless it is given."""
    value = str(values.get(name) or "")
    if name == "first_name" and not value:
        value = str(values.get("name") or "").strip().split(" ", 1)[0]
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


@lru_cache(maxsize=64)
def read(body: str) -> Letter:
    """The letter that a body says."""
    tokens = _parser().parse(body)
    reading = _Reading()
    html, text = _merged(reading.html(tokens)), _merged(reading.text(tokens))
    fields = frozenset(part.name for part in text if isinstance(part, Field))
    return Letter(html, text, tuple(dict.fromkeys(reading.pictures)), tuple(reading.outside), fields)


def problems(body: str) -> list[tuple[str, dict[str, str]]]:
    """What has to be put right before the letter can be sent, as message ids with their values."""
    letter = read(body)
    found = [(OUTSIDE_PICTURE, {"address": one[:80]}) for one in letter.outside]
    return found if letter.text({}).strip() else [(EMPTY, {}), *found]


OUTSIDE_PICTURE = N_("Pictures are sent along, never fetched from outside. Add this one under Pictures: %(address)s")
EMPTY = N_("The letter has no text yet.")

# ---- reading ---------------------------------------------------------------------------------------------------------


def _is_good_address(url: str) -> bool:
    if _PICTURE.match(url):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _LINKS and bool(parts.netloc or parts.path) and url.isprintable()


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # only where letters are written and sent

    made = MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False, "maxNesting": 12})
    made.enable(["heading", "list", "emphasis", "balance_pairs", "fragments_join", "link", "autolink", "image"])
    made.enable(["newline", "escape"]).disable("text_join")  # what is escaped stays apart: `\\[name]` is no field
    made.inline.ruler.before("emphasis", "literal", _literal)
    made.validateLink = _is_good_address  # type: ignore[method-assign]  # as its manual says
    return made


# Underscores stand in file names and addresses; what other programs fill in is no markup of ours (M-29).
_LITERAL = re.compile(r"_+|\{\{.*?\}\}|\{%.*?%\}|[$#]\{.*?\}")


def _literal(state: StateInline, silent: bool) -> bool:
    """An inline rule: what is text whatever stands in it."""
    found = _LITERAL.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("literal", "", 0).content = found[0]
    state.pos = found.end()
    return True


_TAGS = {"paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "strong": "strong", "em": "em"}
Piece = str | Field | PictureAt


class _Reading:
    """One walk over the tokens for HTML, one for the text; what they meet on the way is kept."""

    def __init__(self) -> None:
        self.pictures: list[str] = []
        self.outside: list[str] = []

    # ---- as HTML

    def html(self, tokens: list[Token]) -> Iterator[Piece]:
        for token in tokens:
            kind = token.type.removesuffix("_open").removesuffix("_close")
            if token.type == "inline":
                yield from self.html(token.children or [])
            elif kind == "heading":
                # The page or the mail around it has the first heading.
                yield f"<{'/' if token.nesting < 0 else ''}h{min(int(token.tag[1]) + 1, 4)}>"
            elif kind == "paragraph" and token.hidden:
                continue
            elif kind == "link":
                yield "</a>" if token.nesting < 0 else f'<a href="{escape(str(token.attrGet("href")))}">'
            elif kind == "ordered_list" and token.attrGet("start") not in (None, 1):
                yield f'<ol start="{token.attrGet("start")}">'
            elif kind in _TAGS:
                yield f"<{'/' if token.nesting < 0 else ''}{_TAGS[kind]}>"
            elif kind == "image":
                yield self._picture(token)
            elif kind in ("softbreak", "hardbreak"):
                yield "<br>\n"
            elif kind == "text":
                yield from (escape(part) if isinstance(part, str) else part for part in _with_fields(token.content))
            else:
                yield escape(token.content)

    def _picture(self, token: Token) -> Piece:
        address = str(token.attrGet("src"))
        found = _PICTURE.match(address)
        if found is None:
            self.outside.append(address)
            return escape(token.content)
        self.pictures.append(found[1])
        return PictureAt(found[1], tuple(_with_fields(token.content)))

    # ---- as text

    def text(self, tokens: list[Token]) -> Iterator[str | Field]:
        lists: list[int | None] = []
        for token in tokens:
            if token.type == "inline":
                yield from self._line("  " * len(lists), token.children or [])
            elif token.type == "bullet_list_open":
                lists.append(None)
            elif token.type == "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
                yield "" if lists else "\n"
            elif token.type == "list_item_open":
                yield "  " * (len(lists) - 1) + ("- " if lists[-1] is None else f"{lists[-1]}. ")
                lists[-1] = None if lists[-1] is None else lists[-1] + 1
            elif token.type in ("paragraph_close", "heading_close"):
                yield "\n" if token.hidden or lists else "\n\n"

    def _line(self, margin: str, tokens: list[Token]) -> Iterator[str | Field]:
        linked, said = "", ""
        for token in tokens:
            if token.type == "link_open":
                linked, said = str(token.attrGet("href")), ""
            elif token.type == "link_close":
                yield "" if said in (linked, linked.partition(":")[2]) else f" ({linked})"
                linked = ""
            elif token.type in ("softbreak", "hardbreak"):
                yield "\n" + margin
            elif token.type in ("text", "image"):
                said += token.content
                yield from _with_fields(f"[{token.content}]" if token.type == "image" else token.content)
            else:
                said += token.content
                yield token.content


def _with_fields(text: str) -> Iterator[str | Field]:
    at = 0
    for found in _FIELD.finditer(text):
        yield text[at : found.start()]
        yield Field(FIELD_NAMES[found[1].lower()])
        at = found.end()
    yield text[at:]


def _merged(parts: Iterator[Any]) -> tuple[Any, ...]:
    """The same with neighbouring texts in one, for they are put together a hundred thousand times."""
    made: list[Any] = []
    for part in parts:
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        elif part != "":
            made.append(part)
    return tuple(made)


def _shown(part: Piece, values: Mapping[str, Any], pictures: Mapping[str, Picture]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Field):
        return escape(value_of(values, part.name))
    alt = escape("".join(one if isinstance(one, str) else value_of(values, one.name) for one in part.alt))
    picture = pictures.get(part.public_id)
    if picture is None:
        return alt
    width = min(picture.width, WIDEST)
    height = max(1, round(picture.height * width / max(picture.width, 1)))
    return f'<img src="{escape(picture.src)}" alt="{alt}" width="{width}" height="{height}">'
