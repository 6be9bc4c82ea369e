"""Handing Peppol files to an access point, each once even when the process is killed in the middle.

A file is prepared, then the delivery is committed as being handed over, then it is handed over, then that is
committed. Whoever finds one that was cut off asks the same access point again with the same key: a folder knows by the
prepared file whether it had been moved, and an address takes the same `Idempotency-Key` for the same file.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from infosoc.documents.kept import write_whole
from infosoc.invoicing.einvoice import EInvoice
from infosoc.invoicing.rules.delivery import State
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

log = logging.getLogger(__name__)

TIMEOUT = 20.0
LARGEST_ANSWER = 100_000
STATES = {"sent": State.HANDED_OVER, "delivered": State.DELIVERED, "failed": State.FAILED}


class NotReached(Exception):
    """Try again later; the same key makes that harmless."""


class Declined(Refused):
    message = N_("The access point does not take the file: %(answer)s")


@dataclass(frozen=True)
class Receipt:
    """What an access point says of a file: which, and what became of it."""

    key: str
    state: State
    number: str = ""
    text: str = ""


class AccessPoint(Protocol):
    """What takes Peppol files."""

    def prepare(self, file: EInvoice, key: str) -> None:
        """What must be there before the delivery is committed as being handed over."""

    def hand_over(self, file: EInvoice, key: str) -> str:
        """Hand the file over, or find that it was; the access point's own number of it, if it has one."""


class Folder:
    """A folder that an access point's program empties: `outgoing` holds files, `receipts` what came of them.

    A file is written whole under `prepared` and then moved, which is one step for the file system.
    """

    def __init__(self, folder: Path) -> None:
        self.prepared, self.outgoing, self.receipts = (folder / one for one in ("prepared", "outgoing", "receipts"))

    def prepare(self, file: EInvoice, key: str) -> None:
        write_whole(self.prepared / self._name(file, key), file.content)

    def hand_over(self, file: EInvoice, key: str) -> str:
        name = self._name(file, key)
        self.outgoing.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            (self.prepared / name).rename(self.outgoing / name)
        except FileNotFoundError:
            log.info("%s had been handed over before", name)
        return name

    def read(self) -> Iterator[tuple[Path, Receipt]]:
        """The receipts that lie there, oldest first; what cannot be read is put aside by name."""
        for path in sorted(self.receipts.glob("*.json")):
            try:
                yield path, _receipt(json.loads(path.read_bytes()[:LARGEST_ANSWER]))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                log.warning("the receipt %s cannot be read: %r", path, error)
                path.rename(path.with_suffix(".unreadable"))

    def put_away(self, path: Path) -> None:
        """A receipt that has been noted."""
        done = self.receipts / "read"
        done.mkdir(exist_ok=True, mode=0o700)
        path.rename(done / path.name)

    @staticmethod
    def _name(file: EInvoice, key: str) -> str:
        return f"{file.number}-{key}.xml"


class Http:
    """An access point's address. The conversation is described in docs/e-invoices.md."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._open = urllib.request.build_opener(_NoRedirect).open

    def prepare(self, file: EInvoice, key: str) -> None:
        """Nothing: the key tells the access point that it has had the file."""

    def hand_over(self, file: EInvoice, key: str) -> str:
        answer = self._ask("", key, file.content)
        return str(answer.get("id") or "")[:120]

    def ask(self, key: str, number: str) -> Receipt:
        """What has become of a file that was handed over."""
        return _receipt({**self._ask(f"/{urllib.parse.quote(number, safe='')}", key, None), "delivery": key})

    def _ask(self, path: str, key: str, content: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key, "Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/xml; charset=utf-8"
        asked = urllib.request.Request(f"{self._url}{path}", data=content, headers=headers)  # noqa: S310 - set by the administrator
        try:
            with self._open(asked, timeout=TIMEOUT) as answer:
                return dict(json.loads(answer.read(LARGEST_ANSWER)))
        except urllib.error.HTTPError as error:
            said = error.read(300).decode("utf-8", "replace")
            if error.code in (408, 425, 429) or error.code >= 500:
                raise NotReached(f"{error.code} {said}") from error
            raise Declined(answer=f"{error.code} {said}") from error
        except (OSError, ValueError, TypeError) as error:
            raise NotReached(str(error)) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An invoice goes to the address that was set, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _receipt(said: dict[str, Any]) -> Receipt:
    return Receipt(
        str(said["delivery"])[:20], STATES[str(said["state"])], str(said.get("id") or "")[:120],
        " ".join(str(said.get("text") or "").split())[:1000],
    )  # fmt: skip
