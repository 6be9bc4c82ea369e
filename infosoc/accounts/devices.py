"""Known devices: a browser that has signed in to an account before is not slowed down by strangers who guess at it.

A signed, long-lived cookie says to which accounts. It opens nothing: a password is asked for as ever, and wrong ones
are counted for that device. It holds no name and no address, only keyed digests of accounts and a number of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer

LASTS = timedelta(days=180)
# A computer that several people share.
MOST_ACCOUNTS = 5
_SALT = "known device"


def cookie_name(session_cookie: str) -> str:
    """The cookie stands beside the session's and has the same protection."""
    return f"{session_cookie}-device"


def number_for(cookie: str | None, account: str, *, key: str) -> str | None:
    """The device's own number for this account; None when the account has not been signed in to here."""
    return _known(cookie, key).get(_tag(account, key))


def remembered(cookie: str | None, account: str, *, key: str) -> str:
    """The cookie that says that the account has been signed in to here too, the latest last."""
    tag, known = _tag(account, key), _known(cookie, key)
    number = known.pop(tag, None) or secrets.token_urlsafe(12)
    kept = list(known.items())[-(MOST_ACCOUNTS - 1) :]
    return _signer(key).dumps([*kept, (tag, number)])


def _known(cookie: str | None, key: str) -> dict[str, str]:
    try:
        pairs = _signer(key).loads(cookie or "", max_age=int(LASTS.total_seconds()))
    except BadSignature:  # made up, too old, or signed with another key
        return {}
    return {str(tag): str(number) for tag, number in pairs}


def _signer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _tag(account: str, key: str) -> str:
    return hmac.new(key.encode(), f"device|{account}".encode(), hashlib.sha256).hexdigest()[:32]
