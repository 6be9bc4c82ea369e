"""Addresses that must not be written down again: asked at every way in (requirements M-18, P-46).

Who has been removed on request is known by a hash of the address. Whoever types it in learns that the address is
blocked, and nothing of why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy.orm import Session

from infosoc.crm.queries.import_matching import ask_before_writing_down
from infosoc.crm.rules import PointKind
from infosoc.kernel.email import is_valid
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.suppression.queries import refused_registration

Blocked = Callable[[Session, Collection[str]], Iterable[str]]
_more: list[Blocked] = []


class AddressBlocked(Invalid):
    message = N_("Blocked address: the person must not be added here.")


def also(source: Blocked) -> None:
    """Let a higher domain block more addresses (those of people under restriction)."""
    if source not in _more:
        _more.append(source)


@ask_before_writing_down
def among(session: Session, addresses: Collection[str]) -> set[str]:
    """Those of these e-mail addresses that are blocked in this tenant."""
    wanted = [address for address in dict.fromkeys(addresses) if is_valid(address)]
    if not wanted:
        return set()
    found = refused_registration(session, wanted)
    for source in _more:
        found.update(source(session, wanted))
    return found


def refuse(session: Session, addresses: Collection[str], *, field: str | None = "email") -> None:
    """Raise `AddressBlocked` when one of the addresses is."""
    if among(session, addresses):
        raise AddressBlocked(field=field)


def emails(points: Iterable[Any]) -> list[str]:
    """The e-mail addresses among ways to reach somebody."""
    return [one.normalised for one in points if one.kind == PointKind.EMAIL.value]
