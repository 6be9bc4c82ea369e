"""Chromium against a real server: opening pages, and what every page must satisfy."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

# The last list of features is the one that counts: what Playwright turns off, and the list under the address bar, for
# which each new window would begin a process of its own.
WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "TcpPortRandomizationWin", "OptimizationHints",
    "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
)  # fmt: skip
FLAGS = [
    f"--disable-features={','.join(WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PHONE, DESKTOP = 375, 1280
HEIGHTS = {PHONE: 740, DESKTOP: 800}

# Refusals that the application means to send, and requests that a newer one took the place of; the browser (and htmx)
# writes them to the console as errors. What fails on the way is also told as htmx:sendError, and found by that.
EXPECTED = re.compile(
    r"(status of|Response Status Error Code) (401|403|404|409|422|429)\b|htmx:sendAbort|htmx:afterRequest, \[object"
)


def find_chromium() -> str:
    """The browser's program: CHROMIUM, else the first one on the path."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    found = os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)
    if not found:
        raise RuntimeError("Chromium is missing: run bin/setup --dev, install chromium, or set CHROMIUM.")
    return found


def launch(playwright: Playwright) -> Browser:
    """Start Chromium without a window."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)


@dataclass
class Visitor:
    """Opens pages in contexts of their own and remembers what went wrong in them."""

    browser: Browser
    base_url: str
    problems: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def page(
        self,
        *,
        width: int = DESKTOP,
        theme: str = "light",
        locale: str = "sv-SE",
        javascript: bool = True,
        bypass_csp: bool = False,
    ) -> Page:
        """A page of a new, signed-out person. Addresses are relative to the server: `page.goto("/login")`."""
        context = self.browser.new_context(
            base_url=self.base_url,
            viewport={"width": width, "height": HEIGHTS.get(width, 800)},
            color_scheme=theme,
            locale=locale,
            timezone_id="Europe/Stockholm",
            reduced_motion="reduce",
            java_script_enabled=javascript,
            bypass_csp=bypass_csp,
            has_touch=width < 600,
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        return self.watch(context.new_page())

    def watch(self, page: Page) -> Page:
        """Remember every error that this page reports."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("response", lambda answer: self._on_status(answer.status, answer.url))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.problems.append(f"{message.location.get('url', '')}: {message.text}")

    def _on_status(self, status: int, url: str) -> None:
        if status >= 500:
            self.problems.append(f"{url}: answered {status}")


def axe_violations(page: Page) -> list[str]:
    """What axe finds wrong on the page, one line a violation with the first elements it concerns."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['help']} {[node['target'] for node in rule['nodes'][:3]]}" for rule in found]


def overflow(page: Page) -> list[str]:
    """The elements that make the page wider than the window; empty when it can only be scrolled downwards."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            const wide = [...document.querySelectorAll('body *')]
                .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > width + 1)
                .map(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.className ? '.' + e.className : ''));
            return wide.length ? wide.slice(0, 8) : ['the page itself'];
        }"""
    )
