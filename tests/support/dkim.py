"""Signing a letter as a mail server does (RFC 6376, relaxed/relaxed, RSA-SHA256), with the openssl program."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from pathlib import Path

SIGNED = ("from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post")


class Signer:
    """A key of its own, and what it signs with it."""

    def __init__(self, folder: Path, *, domain: str = "infosoc.example", selector: str = "infosoc") -> None:
        self.domain, self.selector = domain, selector
        self.key, self.public = folder / "dkim.key", folder / "dkim.pub"
        _openssl("genrsa", "-out", str(self.key), "2048")
        _openssl("rsa", "-in", str(self.key), "-pubout", "-out", str(self.public))

    def sign(self, raw: bytes, headers: tuple[str, ...] = SIGNED) -> bytes:
        """The letter with a DKIM-Signature over these headers."""
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = _fields(head)
        present = [name for name in headers if name in fields]
        digest = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        unsigned = (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector}; h={':'.join(present)}; "
            f"bh={digest}; b="
        )
        signature = base64.b64encode(self._rsa(self._to_sign(fields, present, unsigned))).decode()
        folded = unsigned.replace("; h=", ";\r\n\th=").replace("; bh=", ";\r\n\tbh=")
        return b"DKIM-Signature: " + f"{folded}{signature}\r\n".encode() + raw

    def is_good(self, raw: bytes) -> bool:
        """Whether the signature holds for the letter as it is now: body and every signed header."""
        head, _, body = raw.partition(b"\r\n\r\n")
        fields = _fields(head)
        given = re.sub(r"\s+", " ", fields["dkim-signature"])
        tags = dict(part.strip().split("=", 1) for part in given.split(";"))
        if tags["bh"] != base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode():
            return False
        unsigned = given.replace(tags["b"], "").rstrip()
        checked = self.key.with_suffix(".sig")
        checked.write_bytes(base64.b64decode(tags["b"]))
        signed = self._to_sign(fields, tags["h"].split(":"), unsigned)
        arguments = ["openssl", "dgst", "-sha256", "-verify", str(self.public), "-signature", str(checked)]
        return subprocess.run(arguments, input=signed, capture_output=True, check=False).returncode == 0

    def _to_sign(self, fields: dict[str, str], names: list[str], signature: str) -> bytes:
        lines = [f"{name}:{_relaxed(fields[name])}" for name in names]
        return "\r\n".join([*lines, f"dkim-signature:{_relaxed(signature)}"]).encode()

    def _rsa(self, content: bytes) -> bytes:
        return _openssl("dgst", "-sha256", "-sign", str(self.key), content=content)


def _fields(head: bytes) -> dict[str, str]:
    unfolded = re.sub(rb"\r\n(?=[ \t])", b"", head).decode()
    pairs = (line.partition(":") for line in unfolded.split("\r\n"))
    return {name.strip().lower(): value for name, _, value in pairs}


def _relaxed(value: str) -> str:
    return re.sub(r"[ \t]+", " ", value).strip()


def _relaxed_body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"\r\n".join(lines) + b"\r\n" if lines else b""


def _openssl(*arguments: str, content: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *arguments], input=content, capture_output=True, check=True).stdout
