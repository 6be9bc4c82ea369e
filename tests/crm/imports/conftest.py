"""Fixtures of the tests of importing."""

from __future__ import annotations

import pytest

from tests.crm.imports.place import Place


@pytest.fixture
def place(app, tmp_path) -> Place:
    return Place(app, tmp_path)
