"""Plain WeasyPrint: `python -m bench.floors.paper plain|warm` draws the HTML of each line it is given, and says done.

`plain` is a call as one finds it in any program: sheet and fonts anew each time. `warm` keeps both.
"""

from __future__ import annotations

import json
import sys
import time

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration


def plain(html: str, sheet: str) -> bytes:
    return HTML(string=html).write_pdf(stylesheets=[CSS(string=sheet)])


class Warm:
    """One set of fonts and one sheet for all."""

    def __init__(self) -> None:
        self._fonts, self._sheet = FontConfiguration(), None

    def __call__(self, html: str, sheet: str) -> bytes:
        self._sheet = self._sheet or CSS(string=sheet, font_config=self._fonts)
        return HTML(string=html).write_pdf(stylesheets=[self._sheet], font_config=self._fonts)


if __name__ == "__main__":
    draw = Warm() if sys.argv[1] == "warm" else plain
    for line in sys.stdin:
        asked = json.loads(line)
        started = time.perf_counter()
        for html in asked["html"]:
            draw(html, asked["sheet"])
        print(time.perf_counter() - started, flush=True)
