"""Counts the pages of persons that are opened. Kept in memory and written in batches, after the answer has been made.

A process that ends loses fewer than a batch: of two hundred, that is near enough.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from threading import Lock

from flask import Flask, Response, current_app, g, request
from flask_login import current_user

from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.privacy.commands import readings

BATCH = 10
PAGES = frozenset({"contacts.show", "contacts.edit"})
Key = tuple[int, int, date]  # tenant, person, day


class Watch:
    """What has been opened and not been written yet."""

    def __init__(self, batch: int = BATCH) -> None:
        self.batch = batch
        self._seen: Counter[Key] = Counter()
        self._lock = Lock()

    def add(self, key: Key) -> int:
        """Count one; gives how many are to be written now, mostly none."""
        with self._lock:
            self._seen[key] += 1
            return self._seen.pop(key) if self._seen[key] >= self.batch else 0


def init_app(app: Flask) -> None:
    app.extensions["watch"] = Watch()
    app.after_request(_count)


def _count(response: Response) -> Response:
    if request.endpoint not in PAGES or response.status_code != 200 or request.method != "GET" or "tenant" not in g:
        return response
    day = clock.today()
    pages = current_app.extensions["watch"].add((g.tenant.id, current_user.id, day))
    if pages:
        with tenant_scope(Scope.alone(g.tenant.id)), transaction() as session:
            readings.add_pages(session, current_user.id, day, pages)
    return response
