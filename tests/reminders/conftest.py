"""The world of issued invoices, with what every late claim begins with."""

from __future__ import annotations

import pytest

from infosoc.cli.worker import load_jobs
from tests.invoicing.world import make_house
from tests.subscriptions.world import World


@pytest.fixture
def house(app) -> World:
    load_jobs()
    return make_house(app)
