"""A test letter to oneself: marked, with a link that does nothing, and only where a letter may go (M-27)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.outbox import commands as outbox
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import LONGEST_SUBJECT
from infosoc.suppression import pepper
from infosoc.suppression.queries import stops_for

MARK = "[TEST] "


class OwnAddressSuppressed(Refused):
    message = N_("Your own address has unsubscribed, so no test can be sent to it.")


class Letter(Protocol):
    """A letter as it reads."""

    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


def send_test(
    session: Session, list_id: int, mailing_public_id: str, letter: Letter, address: str, *, now: datetime
) -> OutboxMessage:
    """Queue one test letter."""
    if stops_for(session, [pepper.digest(address)], list_id=list_id):
        raise OwnAddressSuppressed
    return outbox.queue(
        session, recipient=address, subject=(MARK + letter.subject)[:LONGEST_SUBJECT], text=letter.text,
        html=letter.html, unique_key=f"mailing-test:{mailing_public_id}:{now.timestamp():.6f}", now=now,
    )  # fmt: skip
