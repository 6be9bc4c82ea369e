"""The words that the pages of reminders share."""

from __future__ import annotations

from typing import Any

from infosoc.accounts.request import may
from infosoc.kernel.permission import Permission
from infosoc.outbox.rules import STATE_LABELS as MAIL_LABELS
from infosoc.reminders.rules import words


def shared() -> dict[str, Any]:
    """Labels by their stored values, and what the reader may do."""
    return {
        "step_words": _by_text(words.STEP_LABELS), "hold_words": _by_text(words.HOLD_LABELS),
        "cost_words": _by_text(words.COST_LABELS), "loss_words": _by_text(words.LOSS_LABELS),
        "channel_words": _by_text(words.CHANNEL_LABELS), "run_words": _by_text(words.RUN_LABELS),
        "run_marks": {"queued": "waiting", "running": "running", "done": "ok"}, "mail_words": _by_text(MAIL_LABELS),
        "mail_marks": {"sent": "ok", "failed": "error", "bounced": "error", "uncertain": "warning"},
        "may_remind": may(Permission.REMINDERS_WRITE), "may_set_up": may(Permission.INVOICES_SET_UP),
        "may_read_books": may(Permission.LEDGER_READ),
    }  # fmt: skip


def _by_text(labels: Any) -> dict[str, str]:
    return {str(key): label for key, label in labels.items()}
