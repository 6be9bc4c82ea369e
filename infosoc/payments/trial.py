"""What importing a file would do, without writing anything."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from infosoc.ledger.rules import MOST_LINES
from infosoc.payments.commands import files
from infosoc.payments.commands.booking import EntryFacts
from infosoc.payments.importing import CHUNK
from infosoc.payments.matching import match_exactly
from infosoc.payments.queries import entries, items
from infosoc.payments.survey import Survey


@dataclass(frozen=True)
class Trial:
    """How many payments would be booked, how many of them matched, and how many deposits are known already."""

    deposits: int
    payments: int
    matched: int
    known: int
    without_details: int

    def as_json(self) -> dict[str, Any]:
        return {
            "new_deposits": self.deposits, "new_payments": self.payments, "matched": self.matched,
            "known": self.known, "without_details": self.without_details,
        }  # fmt: skip


def trial(session: Session, stream: BinaryIO, read: Survey) -> Trial:
    """Go through what would be booked; the survey gets to know what contradicts what is there."""
    planned = entries.plan(session, read)
    facts = {
        one.section.number: EntryFacts(one.section.number, one.section.account, one.section.serial, one.section.paid_on)
        for one in planned
        if one.takes
    }
    matched, taken = 0, defaultdict[int, int](int)
    stream.seek(0)
    for chunk in files.chunks(files.coming(stream, facts), facts, CHUNK, MOST_LINES):
        payments = [one.payment for one in chunk]
        known = items.named_by(session, payments, on=facts[chunk[0].entry_id].paid_on, taken=taken)
        for payment in payments:
            if proposal := match_exactly(payment, known.balances):
                matched += 1
                for at, ore in proposal.allocations:
                    taken[at] += abs(ore)
    return Trial(
        len(facts), sum(one.section.payments for one in planned if one.takes), matched,
        sum(not one.takes and one.section.payments > 0 for one in planned),
        sum(one.section.payments == 0 for one in planned),
    )  # fmt: skip
