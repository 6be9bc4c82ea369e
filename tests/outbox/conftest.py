"""A mail server, and an application that hands its letters to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pytest

from tests.outbox.sink import Sink


@dataclass
class StandIn:
    """What a lane knows of its worker."""

    id: str = "a worker"
    stopping: bool = False

    def finishing(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink()
    yield server
    server.stop()


@pytest.fixture
def worker() -> StandIn:
    return StandIn()


@pytest.fixture
def mailing_app(app, sink):
    """The application with the mail server set."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, smtp_url=sink.url, mail_from="kund@infosoc.example")
    return app
