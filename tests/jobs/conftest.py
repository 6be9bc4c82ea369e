"""Jobs that only tests know."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infosoc.jobs import registry


@pytest.fixture
def kinds() -> Iterator[Callable[..., None]]:
    """Registers a function as a kind of job for the length of one test."""
    before = dict(registry.kinds), dict(registry.regulars)
    yield lambda name, function, **options: registry.job(name, **options)(function) and None
    for now, then in zip((registry.kinds, registry.regulars), before, strict=True):
        now.clear()
        now.update(then)
