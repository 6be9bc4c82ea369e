"""What is kept of a mail that has come in: its words, and the names of the files that came with it. Pure.

A file in a mail is never kept. Nobody here could open it, an erasure could not look into it, and people who ask for
their data send copies of identity documents, which are not to be stored (P-27, P-41).
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.policy import compat32, default
from typing import Any

WORDS = ("text/plain", "text/html", "text/rfc822-headers", "message/global-headers")
LEFT_OUT = "X-Left-Out"
AS_IT_CAME = compat32.clone(max_line_length=0)
LONGEST_NAME, MOST_NAMES = 120, 20
LONGEST_BROKEN = 20_000
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError, MessageError)


def kept(raw: bytes) -> bytes:
    """The mail without its files; of one that no program can take apart, the beginning of it."""
    try:
        mail = message_from_bytes(raw, policy=AS_IT_CAME)
        files = list(_files(mail))
        for part in files:
            _empty(part)
        return mail.as_bytes() if files else raw
    except _BROKEN:
        return raw[:LONGEST_BROKEN]


def file_names(raw: bytes) -> tuple[str, ...]:
    """The names of the files that came, or had come, with a mail."""
    try:
        found = [_name(part) for part in _files(message_from_bytes(raw, policy=default))]
    except _BROKEN:
        return ()
    return tuple(dict.fromkeys(found))[:MOST_NAMES]


def _files(mail: Message) -> Iterator[Message]:
    """The parts that are no words; a mail that was sent along is looked into instead."""
    for part in list(mail.walk()):
        if isinstance(part.get_payload(), list):
            continue
        is_named = part.get_filename() is not None and part.get_content_maintype() != "message"
        if is_named or part.get_content_type() not in WORDS:
            yield part


def _empty(part: Message) -> None:
    """Leave the headers that say what the part was."""
    for name in ("Content-Transfer-Encoding", LEFT_OUT):
        del part[name]
    part[LEFT_OUT] = "yes"
    part.set_payload("")


def _name(part: Message) -> str:
    """What the sender calls the file; its kind where it has no name."""
    given: Any = part.get_filename() or part.get_content_type()
    words = "".join(sign if sign.isprintable() else " " for sign in str(given))
    return " ".join(words.split())[:LONGEST_NAME]
