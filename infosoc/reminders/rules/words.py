"""What steps, holds, costs and losses are called on the screen. Pure."""

from __future__ import annotations

from enum import StrEnum

from infosoc.kernel.words import N_
from infosoc.reminders.rules.steps import Hold, StepKind

STEP_LABELS = {
    StepKind.REMINDER: N_("Reminder"),
    StepKind.COLLECTION_DEMAND: N_("Collection demand"),
    StepKind.HAND_OVER: N_("Handover to collection"),
}
HOLD_LABELS = {
    Hold.STOPPED: N_("Stopped"),
    Hold.NOTHING_OPEN: N_("Nothing left to pay"),
    Hold.TOO_SMALL: N_("Below the smallest amount"),
    Hold.NOT_LATE: N_("Not late"),
    Hold.WAITING: N_("Waiting for its next step"),
    Hold.DONE: N_("All steps taken"),
}


class CostKind(StrEnum):
    """What a row of costs is."""

    CHARGED = "charged"
    PAID = "paid"
    LET_GO = "let_go"
    INTEREST = "interest"


COST_LABELS = {
    CostKind.CHARGED: N_("Fees and compensation"), CostKind.PAID: N_("Fees and compensation paid"),
    CostKind.LET_GO: N_("Fees and compensation waived"), CostKind.INTEREST: N_("Late interest paid"),
}  # fmt: skip


class LossKind(StrEnum):
    """What is known of a loss."""

    EXPECTED = "expected"
    NOT_EXPECTED = "not_expected"
    CONFIRMED = "confirmed"
    TAKEN_BACK = "taken_back"


LOSS_LABELS = {
    LossKind.EXPECTED: N_("Loss expected"),
    LossKind.NOT_EXPECTED: N_("Loss no longer expected"),
    LossKind.CONFIRMED: N_("Written off"),
    LossKind.TAKEN_BACK: N_("Write-off undone"),
}
# What is certain, or was: the others say what is feared.
OF_CLAIM = (LossKind.CONFIRMED, LossKind.TAKEN_BACK)  # fmt: skip


class Channel(StrEnum):
    """How a letter goes out."""

    EMAIL = "email"
    PRINT = "print"


CHANNEL_LABELS = {Channel.EMAIL: N_("E-mail"), Channel.PRINT: N_("Paper")}


class RunState(StrEnum):
    """How far a run has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


RUN_LABELS = {RunState.QUEUED: N_("Waiting"), RunState.RUNNING: N_("In progress"), RunState.DONE: N_("Done")}
