"""The pepper of this process: the key that turns an address into what a suppression is kept under.

It lies outside the database and is backed up apart (requirement M-17). Whoever starts the process says where it is;
without it nothing is looked up, so that a missing key never reads as "nobody has objected".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from infosoc.suppression import rules


class PepperMissing(RuntimeError):
    """Nobody has said where the pepper is."""


_source: Callable[[], bytes] | None = None


def provide(source: Callable[[], bytes]) -> None:
    """Say where the pepper is; it is asked for each time, for a process may hold several applications."""
    global _source
    _source = source


def digest(address: str) -> bytes:
    """The keyed hash of an address; raises `InvalidEmail` for what is none."""
    return rules.digest(_pepper(), address)


def digester() -> Callable[[str], bytes]:
    """The same for many addresses: the pepper is asked for once."""
    return rules.digester(_pepper())


def digests(addresses: Iterable[str]) -> dict[bytes, str]:
    """The addresses by their keyed hashes."""
    return {digest(address): address for address in addresses}


def _pepper() -> bytes:
    pepper = _source() if _source is not None else b""
    if not pepper:
        raise PepperMissing("the suppression pepper has not been provided")
    return pepper
