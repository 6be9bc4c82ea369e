"""The signed cookie of a session: Flask's own, by a signer that is made once a key."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface


class SignedSessions(SecureCookieSessionInterface):
    """Flask makes a new signer for each reading and each writing of a cookie."""

    def get_signing_serializer(self, app: Flask) -> Any:
        return self._made(app, app.secret_key) if app.secret_key else None

    @lru_cache(maxsize=4)  # noqa: B019 - there is one of these, and as long as the process
    def _made(self, app: Flask, _key: Any) -> Any:
        return super().get_signing_serializer(app)
