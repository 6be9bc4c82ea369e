"""The form that takes an unsubscription back: signed, so that it is trusted without a login, and good for minutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer

from infosoc.mailings.commands.opt_out import UNDO_LASTS, Made

_SALT = "undo of an unsubscription"


def signed(number: bytes, made: Iterable[Made], *, key: str) -> str:
    """What the form carries: which letter, and which rows may be lifted. No personal data."""
    rows = [[one.tenant_id, one.public_id, one.made_at.isoformat()] for one in made]
    return URLSafeSerializer(key, salt=_SALT).dumps([number.hex(), rows])


def read(text: str, number: bytes, *, key: str, now: datetime) -> list[Made]:
    """The rows that the form may lift: none when it is forged, of another letter, or too old."""
    try:
        given, rows = URLSafeSerializer(key, salt=_SALT).loads(text)
    except BadSignature:
        return []
    made = [Made(tenant, public_id, datetime.fromisoformat(at)) for tenant, public_id, at in rows]
    return [one for one in made if given == number.hex() and now - one.made_at < UNDO_LASTS]
