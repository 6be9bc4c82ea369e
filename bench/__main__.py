"""`bin/bench`: run the goals, print the table, exit 1 when one is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from bench import goals, report
from bench.databases import databases
from bench.pairs import Options, Result

ROWS = (10_000, 100_000, 1_000_000)


def main() -> int:
    """Measure what was asked for."""
    options, only, report_to = _arguments()
    results: list[tuple[str, Result]] = []
    with databases(options.keep) as made:
        for goal in _goals(only):
            print(f"\n{goal.TITLE}", flush=True)
            for result in goal.measure(options, made):
                results.append((goal.TITLE, result))
                print(_line(result), flush=True)
    missed = [result for _, result in results if not result.kept]
    print(f"\n{len(results)} measured, {len(missed)} missed")
    told = [vars(result) | {"goal": goal, "kept": result.kept} for goal, result in results]
    print("bench: " + json.dumps(told, ensure_ascii=False))
    if report_to:
        report.write(report_to, options, results)
    return 1 if missed or not results else 0


def _arguments() -> tuple[Options, list[str], Path | None]:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Speed as ratios against floors, in one run.")
    parser.add_argument("goal", nargs="*", help=f"which goals (default: all of {', '.join(_names()) or 'none yet'})")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="numbers of contacts (default: %(default)s)")
    parser.add_argument("--backend", choices=("sqlite", "postgresql"), nargs="+", default=("sqlite", "postgresql"))
    parser.add_argument("--pairs", type=int, default=5, help="pairs a measurement (default: 5)")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the generated databases here and use them again")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the table into this Markdown file as well")
    given = parser.parse_args()
    return Options(tuple(given.rows), tuple(given.backend), given.pairs, given.keep), given.goal, given.report


def _names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(goals.__path__))


def _goals(only: list[str]) -> list[ModuleType]:
    unknown = set(only) - set(_names())
    if unknown:
        sys.exit(f"bin/bench: no such goal: {', '.join(sorted(unknown))}")
    return [importlib.import_module(f"bench.goals.{name}") for name in only or _names()]


def _line(result: Result) -> str:
    sign = "≥" if result.at_least else "≤"
    verdict = "ok" if result.kept else "MISSED"
    return f"  {result.name:<52} {result.ratio:8.2f} {sign} {result.limit:<7g} {verdict:<7} {result.note}"


if __name__ == "__main__":
    sys.exit(main())
