"""Removal that a person asks for without talking to anybody: by the link of a letter, or after an extract.

Each company answers for itself: where it may be done at once it is done, and where the person's employer is a contract
customer the mailings stop and a case is opened. The objection to mailings is written first, whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from infosoc.mailings.commands.opt_out import opt_out_address
from infosoc.privacy.commands import erasure
from infosoc.privacy.commands.erasure import Outcome
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence


@dataclass(frozen=True)
class Asked:
    """Who asks, as far as it is known, and of which companies; the first is the one that was turned to.

    `addresses_now` are those that the person has been given since the letter went out.
    """

    digest: bytes | None
    address: str
    tenants: tuple[int, ...]
    addresses_now: tuple[str, ...] = ()


def remove(session: Session, asked: Asked, evidence: Evidence, *, now: datetime) -> Outcome:
    """Do what was asked, in this transaction; may be repeated, and then changes nothing more."""
    if asked.digest is None:
        return Outcome(asked.tenants, ())
    is_joint = len(asked.tenants) > 1
    cases: set[int] = set()
    known = {asked.digest: asked.address} | pepper.digests(asked.addresses_now)
    for digest in known:
        opt_out_address(session, digest, asked.tenants, evidence, now=now, is_joint=is_joint)
    for digest, address in known.items():
        done = erasure.remove_on_request(session, asked.tenants, digest, joint=is_joint, now=now, address=address)
        cases |= set(done.cases)
    return Outcome(
        tuple(one for one in asked.tenants if one not in cases), tuple(one for one in asked.tenants if one in cases)
    )
