"""Correcting (BFL 5:5, 5:9): a voucher that turns the wrong one back, and one that says how it should have been."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.words import N_
from infosoc.ledger import rules
from infosoc.ledger.commands.posting import Posted, post
from infosoc.ledger.models import Voucher, VoucherLine
from infosoc.ledger.rules import NewLine, NewVoucher


class AlreadyReversed(Refused):
    message = N_("This voucher has already been reversed, by %(name)s.")


class NotReversed(Refused):
    message = N_("Reverse the wrong voucher first.")


class ReversesAnother(Refused):
    message = N_("This voucher reverses another one. Correct it with a new voucher.")


def reverse(session: Session, voucher_id: int, *, on: date, text: str, by: int | None, now: datetime) -> Posted:
    """Turn a voucher back whole: the same lines with their signs turned, on a day that is open, linked both ways."""
    audit.take_turn(session)
    wrong = voucher_numbered(session, voucher_id)
    if wrong.reverses_id is not None:
        raise ReversesAnother
    before = session.scalar(select(Voucher).where(Voucher.reverses_id == wrong.id))
    if before is not None:
        raise AlreadyReversed(name=before.name)
    made = post(
        session,
        NewVoucher(
            series=rules.CORRECTION_SERIES, voucher_on=on, text=text,
            lines=rules.reversed_lines(lines_of(session, wrong.id)), source=f"reversal:{wrong.id}",
            counterparty=wrong.counterparty, documents=wrong.documents, rule="reversal", reverses_id=wrong.id,
        ),
        by=by, now=now,
    )  # fmt: skip
    audit.record(
        session, "voucher turned back", "voucher", wrong.id, by=by, changes={"turned back by": (None, made.name)}
    )
    return made


def check_replaces(session: Session, voucher_id: int) -> Voucher:
    """The voucher that a right one is to stand for: it must have been turned back, or it would be booked twice."""
    wrong = voucher_numbered(session, voucher_id)
    if session.scalar(select(Voucher.id).where(Voucher.reverses_id == wrong.id)) is None:
        raise NotReversed
    return wrong


def voucher_numbered(session: Session, voucher_id: int) -> Voucher:
    found = session.scalar(select(Voucher).where(Voucher.id == voucher_id))
    if found is None:
        raise NotFound
    return found


def lines_of(session: Session, voucher_id: int) -> list[NewLine]:
    """The lines of a posted voucher, as they would be posted."""
    rows = session.scalars(
        select(VoucherLine).where(VoucherLine.voucher_id == voucher_id).order_by(VoucherLine.position)
    )
    return [NewLine(row.account, row.amount_ore, row.vat_code, row.text, row.vat_on, dict(row.objects)) for row in rows]
