"""Where mail that comes in lies: a file of mails, or a mailbox on a server (IMAP)."""

from __future__ import annotations

import contextlib
import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

TIMEOUT = 30.0
AT_ONCE = 200
PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
LARGEST = 4 * 1024 * 1024


class BadMailboxUrl(ValueError):
    """MAILBOX_URL cannot be read."""


class NoMailbox(OSError):
    """The mailbox cannot be reached, or will not let us in."""


@dataclass(frozen=True)
class Place:
    """A mailbox on a server."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str


def read_url(url: str) -> Place:
    """`imaps://user:password@host/INBOX` (or `imap+starttls://`, `imap://`), percent-encoded."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise BadMailboxUrl(
            "MAILBOX_URL must start with imaps://, imap+starttls:// or imap:// and name a host"
        ) from None
    if not parts.hostname or not parts.username:
        raise BadMailboxUrl("MAILBOX_URL names no host or no user")
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    return Place(parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), folder)


def in_file(path: Path) -> Iterator[bytes]:
    """The mails of an mbox file, or of a Maildir."""
    box = mailbox.Maildir(path, create=False) if path.is_dir() else mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()


def on_server(place: Place, apply: Callable[[bytes], object]) -> int:
    """Apply each unseen mail and mark it seen; how many. One that cannot be applied stays unseen, and holds up none."""
    trouble: Exception | None = None
    try:
        with _open(place) as server:
            server.select(_quoted(place.folder))
            _, found = server.uid("search", "UNSEEN")
            numbers = (found[0] or b"").split()[:AT_ONCE]
            for number in numbers:
                raw = _fetched(server, number.decode())
                try:
                    apply(raw)
                except Exception as error:
                    trouble = trouble or error
                    continue
                server.uid("store", number.decode(), "+FLAGS.SILENT", r"(\Seen)")
    except (imaplib.IMAP4.error, OSError) as error:
        raise NoMailbox(f"the mailbox on {place.host}: {error}"[:300]) from error
    if trouble is not None:
        raise trouble
    return len(numbers)


@contextlib.contextmanager
def _open(place: Place) -> Iterator[imaplib.IMAP4]:
    trust = ssl.create_default_context()
    server: imaplib.IMAP4
    if place.scheme == "imaps":
        server = imaplib.IMAP4_SSL(place.host, place.port, ssl_context=trust, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT)
    try:
        if place.scheme == "imap+starttls":
            server.starttls(trust)
        server.login(place.user, place.password)
        yield server
    finally:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            server.logout()


def _fetched(server: imaplib.IMAP4, number: str) -> bytes:
    """The whole mail, not marked by being read; of a very large one, what fits."""
    _, parts = server.uid("fetch", number, f"(BODY.PEEK[]<0.{LARGEST}>)")
    for part in parts:
        if isinstance(part, tuple):
            return part[1]
    return b""


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
