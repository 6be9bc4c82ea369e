"""Every page in a browser as wide as a phone; see test_every_page.py."""

from __future__ import annotations

import pytest

from tests.browser.examine import KINDS
from tests.browser.test_every_page import NOT_PAGES
from tests.browser.walk import nasty_house, routes_of, visiting, walk
from tests.support.browser import PHONE


@pytest.fixture(scope="module")
def findings(browser, databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    with nasty_house(databases, tmp_path_factory.mktemp("house")) as house, visiting(browser, house) as visitor:
        return walk(house, routes_of(house, NOT_PAGES), visitor, PHONE)


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_a_fault(findings, kind):
    assert findings[kind] == []
