"""Headers as they stand on the wire, written out by us. Pure.

The standard library folds long words of a header into encoded words, which ruins an address of 120 signs, and loses
blanks between encoded words. Here a header is written whole and broken at blanks only (requirement M-30).
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any

from infosoc.outbox.rules import header_text

LINE = 76
LONGEST_LOCAL = 64  # RFC 5321
_WRITTEN = (
    "from", "to", "subject", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help",
    "list-post", "reply-to",
)  # fmt: skip


class _Written:
    """A header whose value is on the wire what it was when it was set, with line breaks at blanks."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"], kwds["decoded"] = None, value

    def fold(self, *, policy: EmailPolicy) -> str:
        return _folded(f"{self.name}: {self}", policy.linesep)  # type: ignore[attr-defined]  # of the header it is mixed into


def _policy() -> Any:
    registry = HeaderRegistry()
    for name in _WRITTEN:
        registry.map_to_type(name, _Written)  # type: ignore[arg-type]  # mixed into a header, as the registry does
    return SMTP.clone(header_factory=registry)


POLICY = _policy()


def new_message() -> EmailMessage:
    """A message whose headers go out as they are set."""
    return EmailMessage(policy=POLICY)


def words(text: str, *, field: str) -> str:
    """Text for a header such as Subject: as it is, or as encoded words."""
    header_text(text, field=field)
    if text.isascii() and "=?" not in text and text == text.strip() and len(text) < 900:
        return text
    return " ".join(Header(text, "utf-8", maxlinelen=LINE).encode().split())


def phrase(text: str, *, field: str) -> str:
    """A name in front of an address."""
    if text.isascii() and "=?" not in text and len(text) < 200:
        quoted = header_text(text, field=field).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return words(text, field=field)


def mailbox(name: str, address: str, *, field: str) -> str:
    """`"Name" <address>`; the address is refused when it holds anything that could end it."""
    return f"{phrase(name, field=field)} <{bare(address, field=field)}>" if name else bare(address, field=field)


def bare(address: str, *, field: str) -> str:
    """An address that stands in a header as it is."""
    header_text(address, field=field)
    if any(sign in address for sign in ' <>,;:"()[]\\') or address.count("@") != 1 or not address.isascii():
        raise ValueError(f"{field}: not an address that can be written to")
    return address


def _folded(line: str, end: str) -> str:
    made, current = [], ""
    for number, word in enumerate(line.split(" ")):
        # A break is made between two words only, and never straight after the name of the header.
        if number > 1 and word and current.strip() and not current.endswith(" ") and len(current) + len(word) >= LINE:
            made.append(current)
            current = " " + word
        else:
            current = current + " " + word if number else word
    return end.join([*made, current]) + end
