"""What makes pages of many rows cheap: macros imported once a process, and rows escaped a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from types import ModuleType
from typing import Any

import jinja2
from flask import Flask
from markupsafe import Markup, escape

_BETWEEN = "\x1f"


def init_app(app: Flask) -> None:
    app.jinja_env.template_class = _Template
    app.jinja_env.globals["remembered"] = remembered


class _Template(jinja2.Template):
    """Imported macros see the globals of the environment only, so one module a template is enough for ever."""

    def _get_default_module(self, ctx: Any = None) -> ModuleType:  # type: ignore[override]
        if self._module is None:
            self._module = self.make_module()
        return self._module  # type: ignore[return-value]


_remembered: dict[Hashable, Markup] = {}
MOST_REMEMBERED = 300


def remembered(key: Hashable | None, caller: Callable[[], Markup]) -> Markup:
    """A piece of a page that is the same for everybody with the same key; without a key it is made each time.

    `{% call remembered(key) %} … {% endcall %}`. The key holds all that the piece shows, the tenant and the language
    among it; nothing in the piece may belong to a person or a session.
    """
    if key is None:
        return caller()
    made = _remembered.get(key)
    if made is None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        made = _remembered[key] = caller()
    return made


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
