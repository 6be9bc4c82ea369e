"""Chromium on a live server: one fresh SQLite database a test.

    def test_...(server, visitor):  empty, migrated database; server.app prepares rows

`visitor.page(width=375, theme="dark")` opens a page; anything it reports as an error fails the test at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import server as servers
from tests.support.applications import make
from tests.support.browser import Visitor, launch
from tests.support.databases import let_go, settings
from tests.support.server import LiveServer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of this process; each test gets contexts of its own."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


def _serve(database_url: str, data_dir: Path) -> Iterator[LiveServer]:
    running = LiveServer(lambda address: make(settings(database_url, data_dir, base_url=address)))
    yield running
    running.stop()
    let_go(running.app)


@pytest.fixture
def server(databases, tmp_path: Path) -> Iterator[LiveServer]:
    """The application on an empty database of this test's own."""
    yield from _serve(databases.fresh("sqlite", tmp_path), tmp_path)


def _visit(browser: Browser, running: LiveServer) -> Iterator[Visitor]:
    visitor = Visitor(browser, running.url)
    yield visitor
    visitor.close()
    assert not visitor.problems, "the pages reported errors:\n" + "\n".join(visitor.problems)


@pytest.fixture
def visitor(browser: Browser, server: LiveServer) -> Iterator[Visitor]:
    """Somebody with a browser at `server`."""
    yield from _visit(browser, server)


@pytest.fixture
def worker(server: LiveServer, tmp_path: Path) -> Iterator[None]:
    """The background worker beside `server`."""
    process = servers.start_worker(f"sqlite:///{tmp_path / 'infosoc.sqlite3'}", tmp_path)
    yield
    process.terminate()
    process.wait(20)
