"""The world that tests of issued invoices begin with, and a mail server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.invoicing.world import make_house
from tests.outbox.conftest import sink, worker  # noqa: F401 - fixtures
from tests.subscriptions.world import World


@pytest.fixture
def house(app) -> World:
    return make_house(app)


@pytest.fixture
def posting(house: World, sink) -> World:
    """The same with a mail server to hand letters to."""
    settings = house.app.extensions["settings"]
    house.app.extensions["settings"] = replace(settings, smtp_url=sink.url, mail_from="kund@infosoc.example")
    return house
