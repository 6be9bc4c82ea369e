"""The world that tests of products and agreements begin with."""

from __future__ import annotations

import pytest

from tests.subscriptions.world import World, make_world


@pytest.fixture
def world(app) -> World:
    return make_world(app)
