"""States of a mailing and of a recipient, reasons to skip somebody, and how fast letters go. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from infosoc.kernel.words import N_


class State(StrEnum):
    """Where a mailing is. Steps cannot be skipped: draft, frozen, approved, sending, done."""

    DRAFT = "draft"
    FROZEN = "frozen"
    APPROVED = "approved"
    SENDING = "sending"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    CANCELLED = "cancelled"


STATE_LABELS = {
    State.DRAFT: N_("Draft"),
    State.FROZEN: N_("Recipients locked"),
    State.APPROVED: N_("Approved"),
    State.SENDING: N_("Being sent"),
    State.PAUSED: N_("Paused"),
    State.STOPPED: N_("Stopped"),
    State.DONE: N_("Sent"),
    State.CANCELLED: N_("Cancelled"),
}

STEPS = {
    State.DRAFT: {State.FROZEN, State.CANCELLED},
    State.FROZEN: {State.DRAFT, State.APPROVED, State.CANCELLED},
    State.APPROVED: {State.DRAFT, State.SENDING, State.CANCELLED},
    State.SENDING: {State.PAUSED, State.STOPPED, State.DONE, State.CANCELLED},
    State.PAUSED: {State.SENDING, State.CANCELLED},
    State.STOPPED: {State.SENDING, State.CANCELLED},
    State.DONE: set[State](),
    State.CANCELLED: set[State](),
}


class RecipientState(StrEnum):
    """Where one letter is. `uncertain` waits for a person: nobody knows whether it went."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


RECIPIENT_STATE_LABELS = {
    RecipientState.QUEUED: N_("Waiting"),
    RecipientState.CLAIMED: N_("Waiting"),
    RecipientState.SENDING: N_("Being sent"),
    RecipientState.SENT: N_("Sent"),
    RecipientState.FAILED: N_("Not sent"),
    RecipientState.BOUNCED: N_("Bounced"),
    RecipientState.SKIPPED: N_("Skipped"),
    RecipientState.UNCERTAIN: N_("Uncertain"),
    RecipientState.CANCELLED: N_("Cancelled"),
}


class Reason(StrEnum):
    """Why somebody gets no letter. In the order in which they are asked: the first that holds is told."""

    PROTECTED = "protected"
    RESTRICTED = "restricted"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    COMPLAINED = "complained"
    OPTED_OUT = "opted_out"
    OPTED_OUT_OF_LIST = "opted_out_of_list"
    BOUNCED = "bounced"
    SOLE_TRADER = "sole_trader"
    UNKNOWN_FORM = "unknown_form"
    NO_GROUND = "no_ground"
    NOT_INFORMED = "not_informed"
    SAME_ADDRESS = "same_address"
    GONE = "gone"


REASON_LABELS = {
    Reason.PROTECTED: N_("Protected identity"),
    Reason.RESTRICTED: N_("The data may not be used (restriction)"),
    Reason.NO_ADDRESS: N_("No e-mail address"),
    Reason.SUPPRESSED: N_("Has been removed on request"),
    Reason.COMPLAINED: N_("Has reported a mailing as spam"),
    Reason.OPTED_OUT: N_("Has unsubscribed"),
    Reason.OPTED_OUT_OF_LIST: N_("Has left this list"),
    Reason.BOUNCED: N_("The address bounces"),
    Reason.SOLE_TRADER: N_("Sole trader without consent"),
    Reason.UNKNOWN_FORM: N_("The company's legal form is not known"),
    Reason.NO_GROUND: N_("No legal ground is noted"),
    Reason.NOT_INFORMED: N_("Has not been informed about the source of the address"),
    Reason.SAME_ADDRESS: N_("Someone else in the mailing has the same address"),
    Reason.GONE: N_("No longer in the register"),
}

# The worker asks again at each claim, so what is said now holds within the minute (M-22).
MOST_HARD_FAILURES, FEWEST_TO_JUDGE = 0.05, 20  # M-24: five per cent, once so many have been tried
MOST_COMPLAINTS = 0.001
LATE_START = timedelta(hours=2)  # M-23: a time that passed longer ago needs a new confirmation
PER_HOUR = 3600  # letters an hour for a tenant, when its settings say nothing else
PER_DOMAIN_PER_MINUTE = 30


def may_go(state: State, to: State) -> bool:
    """Whether a mailing may take this step."""
    return to in STEPS[state]


def is_too_bad(tried: int, failed: int, complained: int) -> bool:
    """Whether a mailing stops by itself: too many hard failures or complaints (M-24)."""
    if tried < FEWEST_TO_JUDGE:
        return False
    return failed / tried >= MOST_HARD_FAILURES or complained / tried > MOST_COMPLAINTS
