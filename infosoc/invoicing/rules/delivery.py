"""How an invoice goes out, and which states follow one another. Pure."""

from __future__ import annotations

from enum import StrEnum

from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.words import DELIVERY_LABELS
from infosoc.subscriptions.rules.words import Delivery as Channel

CHANNEL_LABELS = DELIVERY_LABELS


class State(StrEnum):
    """Made; given to somebody else (a mail server, an access point, the post); known to have arrived; not."""

    CREATED = "created"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    FAILED = "failed"


STATE_LABELS = {
    State.CREATED: N_("Not sent yet"),
    State.HANDED_OVER: N_("Handed over for delivery"),
    State.DELIVERED: N_("Delivered"),
    State.FAILED: N_("Not delivered"),
}

# What a person may say of a delivery that no machine follows. E-mail follows its message.
BY_HAND: dict[Channel, dict[State, tuple[State, ...]]] = {
    Channel.EMAIL: {},
    Channel.PRINT: {State.CREATED: (State.HANDED_OVER,), State.HANDED_OVER: (State.FAILED,)},
    Channel.PEPPOL: {
        State.CREATED: (State.HANDED_OVER,), State.HANDED_OVER: (State.DELIVERED, State.FAILED),
    },
}  # fmt: skip


class AccessPoint(StrEnum):
    """Where Peppol files are handed over."""

    DOWNLOAD = "download"
    FOLDER = "folder"
    HTTP = "http"


ACCESS_POINT_LABELS = {
    AccessPoint.DOWNLOAD: N_("Someone downloads the file and hands it over"),
    AccessPoint.FOLDER: N_("A folder that the access point reads"),
    AccessPoint.HTTP: N_("The access point's address (HTTP)"),
}


def may_follow(channel: str, state: str, then: State) -> bool:
    """Whether a person may say so."""
    return then in BY_HAND[Channel(channel)].get(State(state), ())
