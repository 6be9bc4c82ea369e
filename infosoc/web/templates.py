"""What makes pages of many rows cheap: macros imported once a process, and rows escaped a page at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import jinja2
from flask import Flask, current_app, render_template, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

_BETWEEN = "\x1f"


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = _Template
    app.jinja_env.globals["remembered"] = remembered
    app.jinja_env.globals["around_page"] = around_page
    app.jinja_env.filters["around"] = around
    app.extensions["remembered"] = {}
    app.extensions["framed"] = {}


class _Template(jinja2.Template):
    """Imported macros see the globals of the environment only, so one module a template is enough for ever."""

    def _get_default_module(self, ctx: Any = None) -> Any:
        if self._module is None:
            self._module = self.make_module()
        return self._module


MOST_REMEMBERED = 500
MOST_FRAMES = 200
_HOLE, _TOKEN = "\x00", "token of forms"
_PIECE = secrets.token_hex(16)  # nobody can have written this anywhere


def remembered(key: Hashable | None, token: str = "", *, caller: Callable[[], Markup]) -> Markup:
    """A piece of a page that is the same whenever its key is; without a key it is made each time.

    `{% call remembered(key) %} … {% endcall %}`. The key holds everything that the piece shows, the tenant and the
    language among it. Only the token of its forms may differ: give it, and it is put in anew.
    """
    if key is None:
        return caller()
    kept: dict[Hashable, str] = current_app.extensions["remembered"]
    text = kept.get(key)
    if text is None:
        if len(kept) >= MOST_REMEMBERED:
            kept.clear()
        made = str(caller())
        text = kept[key] = made.replace(token, _HOLE) if token else made
    return Markup(text.replace(_HOLE, token) if token else text)  # noqa: S704 - it was made by a template


def piece(name: str, **values: Any) -> Markup:
    """A template that shows its values alone: what the frame of a page wants is not worked out for it."""
    return Markup(current_app.jinja_env.get_template(name).render(values))  # noqa: S704 - a template escapes


def framed(key: Hashable | None, name: str, pieces: dict[str, Markup], **values: Any) -> str:
    """A page that is the same whenever its key is, but for these pieces and the token of its forms.

    Without a key, or with something to tell (a flashed message), all of it is made.
    """
    if key is None or "_flashes" in session:
        return render_template(name, **values, **pieces)
    kept: dict[Hashable, list[str]] = current_app.extensions["framed"]
    parts, token = kept.get(key), generate_csrf()
    if parts is None:
        if len(kept) >= MOST_FRAMES:
            kept.clear()
        holes = {one: Markup(f"{_PIECE}{one}{_PIECE}") for one in pieces}  # noqa: S704 - letters of our own
        text = render_template(name, **values, **holes).replace(token, f"{_PIECE}{_TOKEN}{_PIECE}")
        parts = kept[key] = text.split(_PIECE)
    filled = {**pieces, _TOKEN: token}
    return "".join(filled[part] if at % 2 else part for at, part in enumerate(parts))


def around_page(page: int, last: int) -> list[int]:
    """The numbers that pagination shows: the first, two on each side of this page, and the last."""
    near = range(max(2, page - 2), min(last, page + 3))
    return [1, *near, last] if last > 1 else [1]


def around(pieces: list[str], text: str) -> str:
    """What is written once for all rows, split where the id goes, with the id of this row."""
    return text.join(pieces)


def escaped(rows: Iterable[tuple[Any, ...]]) -> list[list[str]]:
    """Every value of every row as text that may stand in HTML; nothing becomes the empty text.

    One call for a page: a template that escapes value by value spends most of its time there. The template that shows
    them says `{% autoescape false %}` around just these rows.
    """
    made = list(rows)
    flat = ["" if value is None else str(value) for row in made for value in row]
    parts = str(escape(_BETWEEN.join(flat))).split(_BETWEEN)
    if len(parts) != len(flat):  # somebody has the separator in a name
        parts = [str(escape(value)) for value in flat]
    place, found = 0, []
    for row in made:
        found.append(parts[place : place + len(row)])
        place += len(row)
    return found
