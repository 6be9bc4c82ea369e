"""One application a process and kind of database, lent to one test at a time.

Making one takes longer than most tests: four hundred addresses are worked out, and every template and statement is
compiled anew. A test gets it with its own settings and database and with nothing in it that another test left. What a
test changed for good (a route that it planted, a view that it replaced) makes the application unfit: the next test
gets a new one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, event, make_url

from infosoc.config import Settings
from infosoc.db.session import db
from infosoc.factory import create_app, flask_config
from infosoc.privacy.watch import Watch

KEPT_BY_CONTENT = ("remembered", "framed", "assets", "frame")
"""Dictionaries of what was worked out before, in `app.extensions`."""
NOT_COMPARED = {"config", "extensions", "_got_first_request", "logger"}
"""What is put right when it is lent, and what nobody changes."""


class _Compiled(BytecodeCache):
    """What the templates are as programs, worked out once a process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the program if there is one; Jinja looks whether it is of this very source."""
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the other applications of this process."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def make(settings: Settings) -> Flask:
    """An application of one's own that does not compile templates which another one has compiled."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = _compiled
    return app


class Lent:
    """An application and what it was like when it was made."""

    def __init__(self, settings: Settings) -> None:
        self.app = make(settings)
        with self.app.app_context():
            self.engine = db.engine
        self._config, self._extensions = dict(self.app.config), dict(self.app.extensions)
        event.listen(self.engine, "do_connect", self._connect)
        assert self.app.jinja_loader  # found when it is first asked for, and then kept
        self._made = list(_looks(self.app, self.engine))

    def is_fit(self) -> bool:
        """Whether everything that a test could have changed for good is as it was made."""
        now = list(_looks(self.app, self.engine))
        return len(now) == len(self._made) and all(a is b or a == b for a, b in zip(now, self._made, strict=True))

    def lend(self, settings: Settings) -> Flask:
        """The application as if it had just been made with these settings."""
        app = self.app
        app.config.clear()
        app.config.update(self._config | flask_config(settings))
        app.extensions.clear()
        app.extensions.update(self._extensions | {"settings": settings, "watch": Watch()})
        for name in KEPT_BY_CONTENT:
            app.extensions[name].clear()
        app._got_first_request = False
        self.engine.url = make_url(settings.database_url)
        return app

    def _connect(self, dialect: Any, _record: Any, _arguments: Any, _options: Any) -> Any:
        """Connect to the database of the test, not to the one that the engine was made for."""
        arguments, options = dialect.create_connect_args(self.engine.url)
        return dialect.connect(*arguments, **options)


_lent: dict[str, Lent] = {}


def lend(settings: Settings) -> Flask:
    """An application with these settings that is nobody else's until the test has ended."""
    kind = settings.database_url.partition(":")[0]
    if kind not in _lent or not _lent[kind].is_fit():
        _lent[kind] = Lent(settings)
    return _lent[kind].lend(settings)


def _looks(app: Flask, engine: Engine) -> Iterator[Any]:
    """Everything that hangs on an application and is not put right when it is lent."""
    for name, value in vars(app).items():
        if name not in NOT_COMPARED:
            yield from _parts(value)
    environment = app.jinja_env
    yield from (environment.loader, environment.undefined, environment.template_class)
    for names in (environment.globals, environment.filters, environment.tests):
        yield from names
        yield from map(id, names.values())
    yield len(app.url_map._rules)
    for listened in (engine, engine.pool):
        for name in listened.dispatch._event_names:
            yield len(getattr(listened.dispatch, name))


def _parts(value: Any) -> Iterator[Any]:
    """A value; of a collection what is in it: being asked for something, Flask's get keys without anything."""
    if isinstance(value, dict):
        for key, inside in list(value.items()):
            parts = list(_parts(inside))
            yield from [key, *parts] if parts else ()
    elif isinstance(value, list):
        yield from value
    else:
        yield value
