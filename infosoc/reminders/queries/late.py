"""Late invoices as claims: what is left, what has been done, and what was agreed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.invoicing.models import CustomerAccount, Delivery, Invoice, Settlement
from infosoc.kernel.identity import LegalForm
from infosoc.rates.book import RateBook
from infosoc.reminders.models import CollectionItem, Reminder, ReminderCost, ReminderStop
from infosoc.reminders.rules import steps
from infosoc.reminders.rules.costs import Debtor
from infosoc.reminders.rules.interest import Settled
from infosoc.reminders.rules.steps import Claim, Policy, Preview, Sent, StepKind
from infosoc.reminders.rules.words import CostKind
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.rules.invoicing import PUBLIC_SECTOR

CHUNK = 500


@dataclass(frozen=True)
class Late:
    """An invoice with its claim, who owes it, and what has been booked of costs. In öre."""

    claim: Claim
    public_id: str
    number: int
    company_id: int
    buyer: str
    email: str
    charged_ore: int  # fees and compensation that letters have asked for
    covered_ore: int  # of these, paid or let go of
    interest_paid_ore: int

    @property
    def paid_ore(self) -> int:
        return self.covered_ore + self.interest_paid_ore


@dataclass(frozen=True)
class Found:
    """What a run on a day would do, with the invoices behind it by id."""

    preview: Preview
    late: dict[int, Late]


def to_pay(letter: steps.Letter, late: Late) -> int:
    """What a letter asks for: less what has been paid of costs and interest, and at least the invoice's own rest."""
    beside = letter.interest.total_ore + max(letter.costs.total_ore, late.charged_ore) - late.paid_ore
    return letter.claim.open_ore + max(beside, 0)


def found(session: Session, policy: Policy, rates: RateBook, *, on: date) -> Found:
    """Every late invoice, looked at."""
    return looked_at((one for chunk in all_late(session, on=on) for one in chunk), policy, rates, on=on)


def looked_at(some: Iterable[Late], policy: Policy, rates: RateBook, *, on: date) -> Found:
    """What is to be done about these on a day."""
    late = {one.claim.id: one for one in some}
    return Found(steps.preview([one.claim for one in late.values()], policy, rates, on=on), late)


def of_invoices(session: Session, ids: Collection[int], policy: Policy, rates: RateBook, *, on: date) -> Found:
    """The same for some of them."""
    return looked_at(_loaded(session, Invoice.id.in_(ids)), policy, rates, on=on)


def one(session: Session, invoice_id: int, *, on: date) -> Late | None:
    """One invoice as a claim, late or not."""
    return next(iter(_loaded(session, Invoice.id == invoice_id)), None)


def all_late(session: Session, *, on: date) -> Iterator[list[Late]]:
    """Open invoices whose due day is over, the oldest first, some hundreds at a time."""
    last: tuple[date, int] | None = None
    while True:
        where = and_(Invoice.open_ore > 0, Invoice.due_on < on)
        if last is not None:
            where = and_(where, Invoice.due_on >= last[0], (Invoice.due_on > last[0]) | (Invoice.number > last[1]))
        chunk = _loaded(session, where, most=CHUNK)
        if chunk:
            yield chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1].claim.due_on, chunk[-1].number


def page(
    session: Session, where: ColumnElement[bool], *, most: int, skip: int = 0, is_falling: bool = False
) -> list[Late]:
    """Some late invoices, the oldest first; found from the other end when they are falling."""
    key = (Invoice.due_on, Invoice.number)
    order = [one.desc() for one in key] if is_falling else list(key)
    rows = list(session.execute(_query().where(where).order_by(*order).limit(most).offset(skip)))
    return _made(session, rows[::-1] if is_falling else rows)


def _loaded(session: Session, where: ColumnElement[bool], most: int | None = None) -> list[Late]:
    query = _query().where(where, Invoice.payable_ore > 0).order_by(Invoice.due_on, Invoice.number).limit(most)
    return _made(session, session.execute(query).all())


def _made(session: Session, rows: Sequence[Any]) -> list[Late]:
    settled, sent = _happened(session, [row.id for row in rows])
    return [_late(row, settled.get(row.id, ()), sent.get(row.id, ())) for row in rows]


def _query() -> Any:
    of = CustomerAccount.company_id == Invoice.company_id
    # After a merge there may be two accounts: the older one counts, as when it is invoiced.
    agreed = select(CustomerAccount.has_agreed_fee).where(of).order_by(CustomerAccount.id).limit(1)
    email = (
        select(Delivery.recipient)
        .where(Delivery.invoice_id == Invoice.id, Delivery.channel == "email", Delivery.recipient != "")
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    stopped = select(ReminderStop.id).where(ReminderStop.invoice_id == Invoice.id, ReminderStop.ended_at.is_(None))
    handed = select(CollectionItem.handed_over_on).where(CollectionItem.invoice_id == Invoice.id)
    return (
        select(
            Invoice.id, Invoice.public_id, Invoice.number, Invoice.company_id, Invoice.agreement_id, Invoice.issued_on,
            Invoice.due_on, Invoice.payable_ore, Invoice.open_ore, Invoice.buyer_name, Company.legal_form,
            # The record is JSON with its keys in order: this is how it says nothing of interest.
            Invoice.record.contains('"late":""').label("says_nothing"),
            agreed.scalar_subquery().label("agreed"), email.scalar_subquery().label("email"),
            Agreement.recipient_email.label("agreement_email"), stopped.exists().label("stopped"),
            handed.scalar_subquery().label("handed"), _costs(CostKind.CHARGED).label("charged"),
            _costs(CostKind.PAID, CostKind.LET_GO).label("covered"), _costs(CostKind.INTEREST).label("interest_paid"),
        )
        .outerjoin(Company, Company.id == Invoice.company_id)
        .outerjoin(Agreement, Agreement.id == Invoice.agreement_id)
    )  # fmt: skip


def _costs(*kinds: CostKind) -> Any:
    total = func.coalesce(func.sum(ReminderCost.amount_ore), 0)
    return (
        select(total)
        .where(ReminderCost.invoice_id == Invoice.id, ReminderCost.kind.in_([kind.value for kind in kinds]))
        .scalar_subquery()
    )


def _happened(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[Settled]], dict[int, list[Sent]]]:
    """What has lowered these invoices, and the letters about them, each in their order: one statement."""
    settled: dict[int, list[Settled]] = {}
    sent: dict[int, list[Sent]] = {}
    if not ids:
        return settled, sent
    money = select(
        Settlement.invoice_id, literal("").label("kind"), Settlement.settled_on.label("day"),
        Settlement.amount_ore.label("at"),
    ).where(Settlement.invoice_id.in_(ids))  # fmt: skip
    letters = select(Reminder.invoice_id, Reminder.kind, Reminder.reminded_on, Reminder.position).where(
        Reminder.invoice_id.in_(ids)
    )
    both = union_all(money, letters).subquery()
    for invoice_id, kind, on, at in session.execute(select(both).order_by(both.c.kind, both.c.day, both.c.at)):
        if kind:
            sent.setdefault(invoice_id, []).append(Sent(StepKind(kind), on))
        else:
            settled.setdefault(invoice_id, []).append(Settled(on, at))
    for letters_of in sent.values():
        letters_of.sort(key=lambda one: one.on)  # no two are of one day
    return settled, sent


def _late(row: Any, settled: Sequence[Settled], sent: Sequence[Sent]) -> Late:
    handed = (Sent(StepKind.HAND_OVER, row.handed),) if row.handed else ()
    claim = Claim(
        row.id, row.payable_ore, row.open_ore, row.due_on, debtor_of(row.legal_form),
        is_due_day_agreed=row.agreement_id is not None, demanded_on=None if row.says_nothing else row.issued_on,
        is_fee_agreed=bool(row.agreed), settled=tuple(settled), sent=(*sent, *handed), is_stopped=bool(row.stopped),
    )  # fmt: skip
    return Late(
        claim, row.public_id, row.number, row.company_id, row.buyer_name, row.email or row.agreement_email or "",
        int(row.charged), -int(row.covered), -int(row.interest_paid),
    )  # fmt: skip


def debtor_of(legal_form: str | None) -> Debtor:
    """Who owes, to the law. One that may be no company at all is asked for what a consumer owes, and no more."""
    if legal_form in PUBLIC_SECTOR:
        return Debtor.AUTHORITY
    return Debtor.CONSUMER if legal_form == LegalForm.OTHER else Debtor.COMPANY
