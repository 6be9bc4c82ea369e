"""A message as it stands on the wire."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from infosoc.kernel import clock
from infosoc.outbox import rules


def compose(
    *, sender: str, sender_name: str, recipient: str, subject: str, text: str, html: str | None,
    message_id: str, written_at: datetime,
) -> EmailMessage:  # fmt: skip
    """The whole letter, in UTF-8, with headers that say that a program wrote it."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(rules.header_text(sender_name, field="sender"), addr_spec=parseaddr(sender)[1])
    letter["To"] = Address(addr_spec=rules.header_text(recipient, field="recipient"))
    letter["Subject"] = rules.header_text(subject, field="subject")
    letter["Date"] = format_datetime(clock.local(written_at))
    letter["Message-ID"] = message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(text, charset="utf-8", cte="quoted-printable")
    if html is not None:
        letter.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    return letter


def message_id(public_id: str, domain: str) -> str:
    """The id of a message, the same however often it is sent."""
    return f"<{public_id}@{domain}>"
