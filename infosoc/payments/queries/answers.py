"""What has been said of deposits that came without their payments: which stand, and which were settled by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.payments.identity import Section
from infosoc.payments.models import BankEntry, DepositAnswer

NEAR = timedelta(days=5)  # over a long weekend a bank may book the same money on different days
_BATCH = 500


@dataclass(frozen=True)
class ByHand:
    """A deposit that somebody has settled, by its group, and the formats of the files that have told of it."""

    group_id: int
    paid_on: date
    amount_ore: int
    ledger_account: int
    is_apart: bool
    formats: frozenset[str]


def standing(session: Session, group_ids: Sequence[int]) -> dict[int, DepositAnswer]:
    """The answer that stands of each of these groups that has one."""
    found: dict[int, DepositAnswer] = {}
    for start in range(0, len(group_ids), _BATCH):
        some = group_ids[start : start + _BATCH]
        query = select(DepositAnswer).where(DepositAnswer.group_id.in_(some), DepositAnswer.undone_at.is_(None))
        found |= {one.group_id: one for one in session.scalars(query)}
    return found


def by_hand(session: Session, sections: Sequence[Section]) -> list[ByHand]:
    """Those settled by hand about the days of some sections."""
    days = [one.paid_on for one in sections]
    if not days:
        return []
    query = (
        select(BankEntry, DepositAnswer.apart_at)
        .join(DepositAnswer, DepositAnswer.group_id == BankEntry.id)
        .where(
            DepositAnswer.undone_at.is_(None), DepositAnswer.payment_id.is_not(None),
            BankEntry.paid_on.between(min(days) - NEAR, max(days) + NEAR),
        )
        .order_by(BankEntry.id)
    )  # fmt: skip
    rows = [(entry, apart_at) for entry, apart_at in session.execute(query)]
    told = formats(session, [entry.id for entry, _ in rows])
    return [
        ByHand(
            entry.id, entry.paid_on, entry.amount_ore, entry.ledger_account, apart_at is not None,
            frozenset(told[entry.id]),
        )
        for entry, apart_at in rows
    ]  # fmt: skip


def same_by_hand(section: Section, group_id: int | None, known: Sequence[ByHand]) -> ByHand | None:
    """The deposit settled by hand that a section with payments tells of, or may tell of."""
    of_group = next((one for one in known if one.group_id == group_id), None)
    if of_group or group_id is not None:
        return of_group
    return next((
        one for one in known
        if (one.amount_ore, one.ledger_account) == (section.amount_ore, section.ledger_account)
        and abs(one.paid_on - section.paid_on) <= NEAR and section.format not in one.formats and not one.is_apart
    ), None)  # fmt: skip


def formats(session: Session, group_ids: Sequence[int]) -> dict[int, set[str]]:
    """The formats of the files that have told of groups, by themselves or through a deposit tied to them."""
    found: dict[int, set[str]] = {at: set() for at in group_ids}
    for start in range(0, len(group_ids), _BATCH):
        some = group_ids[start : start + _BATCH]
        own = select(BankEntry.group_id, BankEntry.format).where(BankEntry.group_id.in_(some))
        tied = (
            select(DepositAnswer.other_id, BankEntry.format)
            .join(BankEntry, BankEntry.group_id == DepositAnswer.group_id)
            .where(DepositAnswer.other_id.in_(some), DepositAnswer.undone_at.is_(None))
        )
        for at, name in [*session.execute(own), *session.execute(tied)]:
            found[at].add(name)
    return found
