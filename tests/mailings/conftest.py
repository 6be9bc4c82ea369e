"""A mail server, an application that hands letters to it, and a stand-in for the worker around the lane."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infosoc.mailings import jobs
from tests.mailings.posting import make_posting
from tests.outbox.conftest import sink, worker  # noqa: F401 - fixtures


@pytest.fixture
def mailing_app(app, sink):
    """The application with the mail server and a real address set."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(
        settings, smtp_url=sink.url, mail_from="kund@infosoc.example", base_url="https://kund.infosoc.example"
    )
    return app


@pytest.fixture
def raw(mailing_app, session, sink, worker) -> bytes:
    """A letter as the mail server got it."""
    make_posting(session, 1)
    jobs.send_waiting(worker, mailing_app)
    return sink.raw[0]


@pytest.fixture(autouse=True)
def awake():
    """No rest after the trouble of another test."""
    jobs._rest_until.clear()
