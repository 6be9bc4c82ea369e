"""Looking up texts quickly: a page asks for two hundred, and the extension goes a long way for each.

The language is the one that Flask-Babel has chosen for the request (or been told by `force_locale`); its catalogue is
asked once for each text and language. Plurals and lazy texts stay with the extension.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

_plain: dict[str, dict[str, str]] = {}
_marked: dict[str, dict[str, Markup]] = {}


def init_app(app: Flask) -> None:
    """Give the templates this `_` in place of the extension's."""
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)


def gettext(message: str, /, **values: Any) -> str:
    """The text in the reader's language, like the extension's function of the same name."""
    language = _language()
    known = _plain.setdefault(language, {})
    text = known.get(message)
    if text is None:
        text = known[message] = get_domain().gettext(message)
    return text % values if values else text


@pass_eval_context
def _in_template(context: EvalContext, message: str, **values: Any) -> str:
    """Templates write `%%` for a per cent sign, and their values are escaped where the template escapes."""
    if not context.autoescape:
        return gettext(message) % values
    language = _language()
    known = _marked.setdefault(language, {})
    text = known.get(message)
    if text is None:
        text = known[message] = Markup(gettext(message))  # noqa: S704 - our own catalogue
    return text % values if values or "%" in text else text


def _language() -> str:
    # Where the extension keeps what it has chosen; forcing a language changes it there.
    locale = getattr(getattr(g, "_flask_babel", None), "babel_locale", None) or get_locale()
    return locale.language if locale else ""
