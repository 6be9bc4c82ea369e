"""A mail server, an application that hands letters to it, and a stand-in for the worker around the lane."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.outbox.conftest import sink, worker  # noqa: F401 - fixtures


@pytest.fixture
def mailing_app(app, sink):  # noqa: F811
    """The application with the mail server and a real address set."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(
        settings, smtp_url=sink.url, mail_from="kund@infosoc.example", base_url="https://kund.infosoc.example"
    )
    return app
