"""A message as it stands on the wire."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from infosoc.kernel import clock
from infosoc.outbox import rules
from infosoc.outbox.attachments import File

_IN_PAGE = re.compile(r'src="data:image/([a-z]+);base64,([A-Za-z0-9+/]+={0,2})"')


def compose(
    *, sender: str, sender_name: str, recipient: str, subject: str, text: str, html: str | None,
    message_id: str, written_at: datetime, attached: Sequence[File] = (),
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
        html, pictures = _sent_along(html)
        letter.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
        parts: Any = letter.get_payload()
        for number, (kind, content) in enumerate(pictures):
            parts[1].add_related(
                content, maintype="image", subtype=kind, cid=f"<{number}@pictures>", disposition="inline"
            )
    for file in attached:
        maintype, _, subtype = file.kind.partition("/")
        letter.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    return letter


def _sent_along(html: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Pictures that stand in the page itself become parts of the letter: mail programs show no others."""
    pictures: list[tuple[str, bytes]] = []

    def taken(found: re.Match[str]) -> str:
        pictures.append((found[1], base64.b64decode(found[2])))
        return f'src="cid:{len(pictures) - 1}@pictures"'

    return _IN_PAGE.sub(taken, html), pictures


def message_id(public_id: str, domain: str) -> str:
    """The id of a message, the same however often it is sent."""
    return f"<{public_id}@{domain}>"
