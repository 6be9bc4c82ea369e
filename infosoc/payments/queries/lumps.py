"""Deposits that came without their payments: those that wait, and one with what it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from infosoc.accounts.models import User
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.invoicing.models import Invoice
from infosoc.kernel.errors import NotFound
from infosoc.kernel.text import sort_key
from infosoc.payments.models import BankEntry, BankFile, DepositAnswer, IncomingPayment
from infosoc.payments.queries.answers import NEAR, formats

ROWS, MOST_ALIKE = 50, 9


class LumpState(StrEnum):
    """Whether a deposit without payments waits, and else how it was settled."""

    WAITING = "waiting"
    POSTED = "posted"
    TIED = "tied"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Alike:
    """A deposit on the books that may be the same money; its payments are of this file, or were split by hand."""

    entry: BankEntry
    file: BankFile

    @property
    def group_id(self) -> int:
        return self.entry.group_id


@dataclass(frozen=True)
class Lump:
    """A deposit without payments, and everything that is known of it."""

    file: BankFile
    entry: BankEntry
    state: LumpState
    answer: DepositAnswer | None = None
    payment: IncomingPayment | None = None
    by: str = ""
    other: Alike | None = None


def is_taken() -> ColumnElement[bool]:
    """Whether the money of an entry has been posted from a file."""
    other = aliased(BankEntry)
    return select(other.id).where(other.group_id == BankEntry.group_id, other.takes).exists()


def is_answered() -> ColumnElement[bool]:
    """Whether somebody has said what the money of an entry is."""
    answer = aliased(DepositAnswer)
    return select(answer.id).where(answer.group_id == BankEntry.group_id, answer.undone_at.is_(None)).exists()


def _waiting(query: Select) -> Select:
    return query.where(
        BankEntry.payments == 0,
        BankEntry.amount_ore > 0,
        BankEntry.id == BankEntry.group_id,
        ~is_taken(),
        ~is_answered(),
    )


def waiting(session: Session) -> tuple[list[tuple[BankEntry, BankFile]], int, int]:
    """Those that wait, oldest first; how many there are, and what they come to."""
    number, ore = session.execute(
        _waiting(select(func.count(), func.coalesce(func.sum(BankEntry.amount_ore), 0)))
    ).one()
    query = _waiting(select(BankEntry, BankFile).join(BankFile, BankFile.id == BankEntry.file_id))
    rows = session.execute(query.order_by(BankEntry.paid_on, BankEntry.id).limit(ROWS)).all() if number else []
    return [(entry, file) for entry, file in rows], int(number), int(ore)


def count_waiting(session: Session) -> int:
    return int(session.scalar(_waiting(select(func.count()))) or 0)


def lump(session: Session, public_id: str, section: int) -> Lump:
    """The deposit without payments at an address, with what was said of it; raises NotFound."""
    query = select(BankEntry, BankFile).join(BankFile, BankFile.id == BankEntry.file_id)
    at = query.where(BankFile.public_id == public_id, BankEntry.section == section, BankEntry.payments == 0)
    found = session.execute(at.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    entry, file = found
    answered = session.execute(
        select(DepositAnswer, IncomingPayment, User.name)
        .outerjoin(IncomingPayment, IncomingPayment.id == DepositAnswer.payment_id)
        .outerjoin(User, User.id == DepositAnswer.made_by)
        .where(DepositAnswer.group_id == entry.group_id, DepositAnswer.undone_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if answered is None:
        other = _teller(session, entry.group_id)
        return Lump(file, entry, LumpState.POSTED if other else LumpState.WAITING, other=other)
    answer, payment, by = answered
    if answer.other_id is None:
        return Lump(file, entry, LumpState.BY_HAND, answer, payment, by or "")
    return Lump(file, entry, LumpState.TIED, answer, None, by or "", _teller(session, answer.other_id, or_first=True))


def _teller(session: Session, group_id: int, *, or_first: bool = False) -> Alike | None:
    """The entry of a group whose payments are on the books, or else the one that came first."""
    query = select(BankEntry, BankFile).join(BankFile, BankFile.id == BankEntry.file_id)
    query = query.where(BankEntry.group_id == group_id).order_by(BankEntry.takes.desc(), BankEntry.id).limit(1)
    found = session.execute(query if or_first else query.where(BankEntry.takes)).one_or_none()
    return Alike(*found) if found else None


def alike(session: Session, entry: BankEntry) -> list[Alike]:
    """Deposits on the books that may be the same money: same account and amount, about the day, and told of by no file
    of its format, for a bank tells of a deposit once in each. The nearest day comes first.
    """
    answer = aliased(DepositAnswer)
    by_hand = select(answer.id).where(
        answer.group_id == BankEntry.id, answer.payment_id.is_not(None), answer.undone_at.is_(None)
    )
    query = (
        select(BankEntry, BankFile)
        .join(BankFile, BankFile.id == BankEntry.file_id)
        .where(
            BankEntry.paid_on.between(entry.paid_on - NEAR, entry.paid_on + NEAR),
            BankEntry.amount_ore == entry.amount_ore, BankEntry.ledger_account == entry.ledger_account,
            BankEntry.group_id != entry.group_id, or_(BankEntry.takes, by_hand.exists()),
        )
    )  # fmt: skip
    rows = [Alike(*row) for row in session.execute(query)]
    told = formats(session, [*{one.group_id for one in rows}, entry.group_id])
    own = told[entry.group_id]
    fitting = [one for one in rows if not told[one.group_id] & own]
    return sorted(fitting, key=lambda one: (abs(one.entry.paid_on - entry.paid_on), one.entry.id))[:MOST_ALIKE]


def is_tied_to(session: Session, group_id: int) -> bool:
    """Whether somebody has said of another deposit that this one tells of it."""
    query = select(DepositAnswer.id).where(DepositAnswer.other_id == group_id, DepositAnswer.undone_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def invoices_of_amount(session: Session, ore: int) -> Sequence[Invoice]:
    """Open invoices of just so much."""
    query = select(Invoice).where(Invoice.open_ore == ore).order_by(Invoice.due_on, Invoice.id)
    return session.scalars(query.limit(MOST_ALIKE)).all()


def customers_named(session: Session, names: Sequence[str]) -> dict[str, list[Company]]:
    """The companies that names or organisation numbers mean: several where a name is not enough."""
    found: dict[str, list[Company]] = {}
    for name in dict.fromkeys(names):
        digits = name.replace("-", "").replace(" ", "")
        is_number = len(digits) == 10 and digits.isascii() and digits.isdigit()
        known = CompanyRelation.name_sort
        ways = (known == sort_key(name), known.startswith(sort_key(name), autoescape=True))
        for way in (Company.org_number == digits,) if is_number else map(_is_called, ways):
            found[name] = list(session.scalars(select(Company).where(way).order_by(Company.id).limit(2)))
            if found[name]:
                break
    return found


def _is_called(way: ColumnElement[bool]) -> ColumnElement[bool]:
    return Company.id.in_(select(CompanyRelation.company_id).where(way, CompanyRelation.trashed_at.is_(None)))
