"""Pictures of the demo: each page in the widths and themes that are worth showing."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from infosoc.factory import create_app
from tests.support import server as servers
from tests.support.browser import DESKTOP, PHONE, Visitor, launch
from tests.support.databases import let_go, migrate, settings
from tests.support.server import LiveServer

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
EMAIL = "karin@infosoc.example"

# name, address, (width, theme) of each picture; "*" opens the first row of the list, and what follows is a part of it.
PICTURES = (
    ("companies", "/infosoc/companies", ((DESKTOP, "light"), (PHONE, "light"))),
    ("company", "/infosoc/companies*", ((DESKTOP, "light"), (PHONE, "dark"))),
    ("recipients", "/infosoc/mailings?show=drafts*/recipients", ((DESKTOP, "light"), (PHONE, "dark"))),
    ("case", "/infosoc/privacy/cases*", ((DESKTOP, "light"), (PHONE, "light"))),
    ("privacy-page", "/infosoc/privacy", ((PHONE, "light"),)),
    ("my-day", "/infosoc/my-day", ((DESKTOP, "dark"), (PHONE, "light"))),
)


def main(folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with _demo() as (address, password), sync_playwright() as playwright:
        visitor = Visitor(launch(playwright), address)
        for name, path, looks in PICTURES:
            for width, theme in looks:
                page = visitor.page(width=width, theme=theme)
                _sign_in(page, password)
                _open(page, path)
                file = folder / f"{name}-{'phone' if width == PHONE else 'desktop'}-{theme}.png"
                page.screenshot(path=file)
                print(file)
                page.context.close()
        for problem in visitor.problems:
            print(problem, file=sys.stderr)


@contextmanager
def _demo() -> Iterator[tuple[str, str]]:
    """The demo on a server of its own: its address, and everybody's password."""
    with tempfile.TemporaryDirectory(prefix="infosoc-pictures-") as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'infosoc.sqlite3'}"
        migrate(url, folder)
        said = servers.flask("demo", database_url=url, data_dir=folder)
        password = re.search(r"password for all: (\S+)\)", said.stdout)
        if not password:
            sys.exit(f"bin/screenshots: the demo could not be loaded.\n{said.stderr}")
        running = LiveServer(lambda address: create_app(settings(url, folder, base_url=address)))
        try:
            yield running.url, password[1]
        finally:
            running.stop()
            let_go(running.app)


def _sign_in(page: Page, password: str) -> None:
    page.goto("/login")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


def _open(page: Page, path: str) -> None:
    address, star, part = path.partition("*")
    page.goto(address)
    if star:
        page.locator(".row-link, [data-cell=main] > a").first.click()
        page.wait_for_load_state()
    if part:
        page.goto(page.url + part)
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
