"""What has been typed so far, made comparable; half a number is no number yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infosoc.kernel import email, phone
from infosoc.kernel.errors import Invalid
from infosoc.kernel.identity import parse_org_number


def typed_points(values: Mapping[str, Any]) -> dict[str, str]:
    """Organisation number, phone and e-mail in the form they are kept in, or empty."""
    readers = {"org_number": parse_org_number, "phone": phone.normalise, "email": email.canonical}
    return {name: _read(reader, str(values.get(name) or "")) for name, reader in readers.items()}


def _read(reader: Any, text: str) -> str:
    try:
        return reader(text[:254]) if text.strip() else ""
    except Invalid:
        return ""
