"""The world that tests of payments begin with: a tenant that invoices."""

from __future__ import annotations

import pytest

from tests.invoicing.world import make_house
from tests.subscriptions.world import World


@pytest.fixture
def house(app) -> World:
    return make_house(app)
