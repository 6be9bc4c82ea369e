"""What makes pages of many rows cheap: macros imported once a process, and rows escaped a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from types import ModuleType
from typing import Any

import jinja2
from flask import Flask, current_app
from markupsafe import Markup, escape

_BETWEEN = "\x1f"


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = _Template
    app.jinja_env.globals["remembered"] = remembered
    app.extensions["remembered"] = {}


class _Template(jinja2.Template):
    """Imported macros see the globals of the environment only, so one module a template is enough for ever."""

    def _get_default_module(self, ctx: Any = None) -> ModuleType:  # type: ignore[override]
        if self._module is None:
            self._module = self.make_module()
        return self._module  # type: ignore[return-value]


MOST_REMEMBERED = 500
_HOLE = "\x00"


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
