"""What a suppression says, and the keyed hash it is kept under. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum

from infosoc.kernel import email
from infosoc.kernel.words import N_


class Kind(StrEnum):
    """What is suppressed."""

    NO_MAILINGS = "no_mailings"
    NO_REGISTRATION = "no_registration"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


KIND_LABELS = {
    Kind.NO_MAILINGS: N_("Has unsubscribed"),
    Kind.NO_REGISTRATION: N_("Has been removed on request"),
    Kind.BOUNCED: N_("The address bounces"),
    Kind.COMPLAINED: N_("Has reported a mailing as spam"),
}


class Channel(StrEnum):
    """How it came."""

    PAGE = "page"
    ONE_CLICK = "one_click"
    MAIL = "mail"
    STAFF = "staff"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    IMPORT = "import"
    ERASURE = "erasure"


CHANNEL_LABELS = {
    Channel.PAGE: N_("The unsubscribe page"),
    Channel.ONE_CLICK: N_("The mail program's own button"),
    Channel.MAIL: N_("A mail"),
    Channel.STAFF: N_("A member of staff"),
    Channel.BOUNCE: N_("A bounce"),
    Channel.COMPLAINT: N_("A spam report"),
    Channel.IMPORT: N_("An import"),
    Channel.ERASURE: N_("A removal"),
}

# What keeps an address out of mailings, and what keeps it out of the register.
STOPS_MAILINGS = frozenset(Kind)
STOPS_REGISTRATION = frozenset({Kind.NO_REGISTRATION})


def fingerprint(pepper: bytes) -> str:
    """By which a pepper is known again without being told."""
    return hmac.digest(pepper, b"fingerprint of the pepper", hashlib.sha256).hex()[:32]


def digest(pepper: bytes, address: str) -> bytes:
    """HMAC-SHA-256 of the canonical address under the installation's pepper (requirement M-17).

    Exact addresses only: no guessing about dots and plus signs. Raises `InvalidEmail` for what is no address.
    """
    return hmac.digest(pepper, email.canonical(address).encode(), hashlib.sha256)


def digester(pepper: bytes) -> Callable[[str], bytes]:
    """`digest` for many addresses: the key is worked in once, which is most of the work."""
    keyed = hmac.new(pepper, digestmod=hashlib.sha256)

    def digest(address: str) -> bytes:
        made = keyed.copy()
        made.update(email.canonical(address).encode())
        return made.digest()

    return digest
