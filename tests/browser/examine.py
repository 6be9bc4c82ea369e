"""What every page must satisfy, in both themes and at both widths; each fault is told by its kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from tests.support.browser import EXPECTED, overflow

KINDS = ("console", "hosts", "overflow", "axe", "storage")
THEMES = ("light", "dark")
# What the themes can differ in is colour; the rest of axe's rules need one run.
COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
STORED = """async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage), script_cookies: document.cookie,
    databases: (await indexedDB.databases()).map(one => one.name), caches: await caches.keys(),
})"""


@dataclass
class Examiner:
    """Looks at the pages that are opened in one browser tab."""

    page: Page
    cookies: set[str] = field(default_factory=set)
    theme: str = THEMES[0]  # the one that the next page is opened in
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.page.on("request", self._on_request)
        self.page.on("console", lambda told: told.type in {"error", "warning"} and self._on_console(told.text))
        self.page.on("pageerror", lambda error: self._tell("console", str(error)))
        self.page.on("response", lambda answer: answer.status >= 500 and self._tell("console", f"{answer.status}"))

    def open(self, address: str) -> None:
        """Go there and look at everything."""
        self.page.goto(address)
        self.look()

    def look(self) -> None:
        """Look at the page as it stands."""
        self.page.evaluate(_AXE)
        self._look_in_theme(whole=True)
        self.theme = next(theme for theme in THEMES if theme != self.theme)  # and the next page begins in this one
        self.page.emulate_media(color_scheme=self.theme, reduced_motion="reduce")
        self._look_in_theme(whole=False)
        self._look_at_storage()

    def _look_in_theme(self, *, whole: bool) -> None:
        if wide := overflow(self.page):
            self._tell("overflow", f"{self.theme}: {wide}")
        for fault in self._axe(whole=whole):
            self._tell("axe", f"{self.theme}: {fault}")

    def _axe(self, *, whole: bool) -> list[str]:
        options = {"resultTypes": ["violations", "incomplete"], "preload": False, **({} if whole else COLOUR)}
        found = self.page.evaluate(_RUN, options)
        return [f"{rule['id']}: {rule['help']} {rule['targets'][:3]}" for rule in found]

    def _look_at_storage(self) -> None:
        kept = {name: value for name, value in self.page.evaluate(STORED).items() if value}
        kept["cookies"] = [one["name"] for one in self.page.context.cookies() if one["name"] not in self.cookies]
        for name, value in kept.items():
            if value:
                self._tell("storage", f"{name}: {value}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        own = urlsplit(self.page.url).netloc
        if address.scheme in {"http", "https", "ws", "wss"} and own and address.netloc != own:
            self._tell("hosts", request.url)

    def _on_console(self, text: str) -> None:
        if not EXPECTED.search(text):
            self._tell("console", text)

    def _tell(self, kind: str, what: str) -> None:
        width = (self.page.viewport_size or {}).get("width")
        self.found[kind].append(f"{self.page.url} at {width}: {what}")


_AXE = Axe().axe_script
# Over a gradient or picture axe sees no contrast, and says so only in small print: a whole page can slip through. The
# arrow of a field that is chosen from is drawn so, and the fading edge of a row's actions; nothing else may be.
_RUN = """async options => {
    const found = await axe.run(document, options);
    const unseen = found.incomplete.filter(rule => rule.id === 'color-contrast').map(rule => ({
        id: 'color-contrast', help: 'lies over a gradient or picture, so that nobody has checked it',
        nodes: rule.nodes.filter(node => ['bgGradient', 'bgImage'].includes(node.any[0]?.data?.messageKey)
            && !document.querySelector(node.target[0])?.closest('select, .row-actions')),
    })).filter(rule => rule.nodes.length);
    return [...found.violations, ...unseen]
        .map(rule => ({id: rule.id, help: rule.help, targets: rule.nodes.map(node => node.target)}));
}"""
