"""The table of a run as Markdown, with the machine it was taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.pairs import Options, Result

MARK = "## The last run"


def write(path: Path, options: Options, found: Iterable[tuple[str, Result]]) -> None:
    """Put the table after the mark of the document; what stands before it is kept."""
    before = path.read_text(encoding="utf-8").partition(MARK)[0] if path.exists() else "# How fast\n\n"
    path.write_text(before + MARK + "\n\n" + "\n".join(_lines(options, found)) + "\n", encoding="utf-8")


def _lines(options: Options, found: Iterable[tuple[str, Result]]) -> Iterable[str]:
    yield f"Taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.pairs} pairs: {_machine()}."
    yield ""
    title = None
    for goal, result in found:
        if goal != title:
            title = goal
            yield from ("", f"### {goal}", "", "| What | Ratio | Goal | Kept | Times |", "|---|--:|--:|---|---|")
        sign = "≥" if result.at_least else "≤"
        kept = "yes" if result.kept else "**no**"
        yield f"| {result.name} | {result.ratio:.2f} | {sign} {result.limit:g} | {kept} | {result.note} |"


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {_processor()}), {_memory()} GB, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, load at the end {load:.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
