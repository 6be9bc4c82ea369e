"""The life of an imported file: its states and what may be done in each. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from infosoc.crm.imports.planning import Policy, Result
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.words import N_

CHUNK = 1000  # rows a transaction
KEEP_IMAGES = timedelta(days=30)
KEEP_DRAFTS = timedelta(days=7)
LONGEST_SOURCE = 120
SOON = 256 * 1024  # bytes of a text file whose preview is made at once, while the reader waits
SOON_WORKBOOK = 80 * 1024


class State(StrEnum):
    """Where a file is on its way."""

    UPLOADED = "uploaded"
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    COMMITTING = "committing"
    COMMITTED = "committed"
    REVERTING = "reverting"
    REVERTED = "reverted"
    FAILED = "failed"
    DISCARDED = "discarded"


STATE_LABELS = {
    State.UPLOADED: N_("Not finished"),
    State.PREVIEWING: N_("Being checked"),
    State.PREVIEWED: N_("Not finished"),
    State.COMMITTING: N_("Being imported"),
    State.COMMITTED: N_("Imported"),
    State.REVERTING: N_("Being undone"),
    State.REVERTED: N_("Reverted"),
    State.FAILED: N_("Stopped"),
    State.DISCARDED: N_("Discarded"),
}
MARKS = {
    State.UPLOADED: "waiting", State.PREVIEWING: "running", State.PREVIEWED: "waiting", State.COMMITTING: "running",
    State.COMMITTED: "ok", State.REVERTING: "running", State.REVERTED: "waiting", State.FAILED: "error",
    State.DISCARDED: "waiting",
}  # fmt: skip
RESULT_LABELS = {
    Result.NEW: N_("New"),
    Result.CHANGED: N_("Changed"),
    Result.UNCHANGED: N_("Unchanged"),
    Result.REFUSED: N_("Rejected"),
}
POLICY_LABELS = {
    Policy.FILL: N_("Fill in what is missing, keep what is there"),
    Policy.OVERWRITE: N_("Use the file where they differ"),
}
DRAFTS = frozenset({State.UPLOADED, State.PREVIEWING, State.PREVIEWED})
MOVING = frozenset({State.PREVIEWING, State.COMMITTING, State.REVERTING})
REVERTIBLE = frozenset({State.COMMITTED, State.FAILED})


class SourceMissing(Invalid):
    message = N_("Enter where the list comes from: a register, a website, an event or an old system.")


class SaysNothing(Refused):
    message = N_("No rows in the file can be imported. Correct the file, or choose its columns again.")


class HasRefusedRows(Invalid):
    message = N_("Some rows are rejected. Tick the box to import the valid ones, or correct the file first.")


class NotNow(Refused):
    message = N_("The import has moved on since the page was shown. Check it again.")


class FileIsGone(Refused):
    message = N_("The file is no longer kept. Upload it again.")


class TooLate(Refused):
    message = N_("More than 30 days have passed: the import can no longer be undone.")


class Elsewhere(Refused):
    message = N_("Another worker has gone on with this import.")


def empty_counts() -> dict[str, int]:
    """Rows of the file by what became of them; `warned` counts those with a remark among the others."""
    return {**{result.value: 0 for result in Result}, "warned": 0}


def check_source(source: str) -> str:
    """Where the personal data comes from is mandatory: one source for the whole file (P-10)."""
    source = " ".join(source.split())[:LONGEST_SOURCE]
    if not source:
        raise SourceMissing(field="source")
    return source


def is_soon(kind: str, size: int) -> bool:
    """Whether a file is small enough for its preview to be made while the reader waits."""
    return size <= (SOON_WORKBOOK if kind == "xlsx" else SOON)
