"""Fixtures of the register's tests."""

from __future__ import annotations

import pytest

from tests.crm.world import World, make_world


@pytest.fixture
def world(app) -> World:
    return make_world(app)
