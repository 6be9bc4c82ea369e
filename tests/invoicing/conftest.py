"""The world that tests of issued invoices begin with."""

from __future__ import annotations

import pytest

from tests.invoicing.world import make_house
from tests.subscriptions.world import World


@pytest.fixture
def house(app) -> World:
    return make_house(app)
