"""Says at the end which layers of the suite ran, and fails a complete run that left one out."""

from __future__ import annotations

from collections import Counter

import pytest

LAYERS = {
    "rules": "plain Python",
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "chromium": "Chromium",
}


class LayerReport:
    """Counts passed and failed tests a layer; works under xdist, where only the main process reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ran: Counter[tuple[str, str]] = Counter()
        self._is_worker = hasattr(config, "workerinput")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.user_properties.append(("layer", layer_of(item)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        layer = dict(report.user_properties).get("layer")
        if layer and (report.when == "call" or report.failed or report.skipped):
            self._ran[layer, report.outcome] += 1

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._left_out():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._is_worker or self._config.option.collectonly:
            return
        terminalreporter.section("layers")
        for layer, name in LAYERS.items():
            passed, failed, skipped = (self._ran[layer, outcome] for outcome in ("passed", "failed", "skipped"))
            line = f"{name:<13} {passed:>5} passed {failed:>5} failed {skipped:>5} skipped"
            if layer in self._left_out():
                line += "   <- THIS LAYER DID NOT RUN"
            terminalreporter.write_line(line)

    def _left_out(self) -> list[str]:
        """The layers without one test that ran, in a run that was meant to be of everything."""
        if self._is_worker or not _is_complete(self._config):
            return []
        return [layer for layer in LAYERS if not self._ran[layer, "passed"] and not self._ran[layer, "failed"]]


def layer_of(item: pytest.Item) -> str:
    """Which layer a test belongs to: by its folder, then by the database it got."""
    if "browser" in item.path.relative_to(item.config.rootpath).parts:
        return "chromium"
    callspec = getattr(item, "callspec", None)
    backend = callspec.params.get("backend") if callspec else None
    return backend or "rules"


def _is_complete(config: pytest.Config) -> bool:
    option = config.option
    chosen = option.keyword or option.markexpr or option.collectonly or option.maxfail
    chosen = chosen or getattr(option, "lf", False) or getattr(option, "stepwise", False) or option.deselect
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not chosen
