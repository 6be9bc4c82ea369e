"""Asking an application in this process, without a server or a network between: for what compares it with itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client, EnvironBuilder

from bench.client import find_token
from bench.databases import EMAIL, PASSWORD
from infosoc.db.session import db


class Asker:
    """One signed-in person; a request is built once and then only answered."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        client = app.test_client()
        token = find_token(client.get("/login").text)
        client.post("/login", data={"email": EMAIL, "password": PASSWORD, "csrf_token": token})
        self.token = find_token(client.get("/infosoc/companies").text)
        self.cookies = "; ".join(f"{name}={value}" for name, value in _cookies(client))

    def work(self, path: str, *, form: dict[str, str] | None = None, expect: int = 200, **headers: str) -> Callable:
        """The request as a call without arguments, for timing; refuses an answer with another status."""
        given = {"Cookie": self.cookies, **{name.replace("_", "-"): value for name, value in headers.items()}}
        method = "GET" if form is None else "POST"
        builder = EnvironBuilder(path=path, method=method, headers=given, data=form)

        def ask() -> bytes:
            said: list[Any] = []
            answer = self.app.wsgi_app(builder.get_environ(), lambda status, head, _error=None: said.append(status))
            try:
                body = b"".join(answer)
            finally:
                if hasattr(answer, "close"):
                    answer.close()
            if not said[0].startswith(str(expect)):
                raise RuntimeError(f"{path} answered {said[0]}:\n{body.decode()[:2000]}")
            return body

        return ask

    def text(self, path: str, **headers: str) -> str:
        return self.work(path, **headers)().decode()

    def statements(self, path: str) -> int:
        """How many SQL statements an answer takes (BEGIN and the like are none)."""
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not re.match(r"(begin|commit|rollback|set|select set_config)\b", statement.strip(), re.IGNORECASE):
                asked.append(statement)

        with self._listening(note):
            self.work(path)()
        return len(asked)

    @contextmanager
    def _listening(self, note: Callable[..., None]) -> Iterator[None]:
        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", note)


def _cookies(client: Client) -> Iterator[tuple[str, str]]:
    for cookie in client._cookies.values():
        yield cookie.key, cookie.value
