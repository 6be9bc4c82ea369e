"""What a waiting payment could pay, the likeliest first: for a person to choose among."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.crm.queries.companies import AFTER
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.rules.record import Kind
from infosoc.kernel.text import fold, sort_key
from infosoc.payments import beside
from infosoc.payments.beside import Owed
from infosoc.payments.models import IncomingPayment, PaymentAllocation
from infosoc.payments.open_items import Customer, Why
from infosoc.payments.queries import items
from infosoc.payments.queries.items import LONGEST_NUMBER, Items
from infosoc.payments.readers.records import Payer, Payment, PaymentKind
from infosoc.payments.suggestions import Suggestions

MOST, MOST_OPEN, MOST_FOUND = 9, 60, 12
_DIGITS = re.compile(r"\d{3,25}")
_NAME = 10  # signs of a name that are compared; banks cut names off


@dataclass(frozen=True)
class Choice:
    """One way to use a payment: so much on each invoice, and why it is thought so."""

    rows: tuple[tuple[Invoice, int], ...]
    why: Why
    company: str

    @property
    def ore(self) -> int:
        return sum(ore for _, ore in self.rows)


@dataclass(frozen=True)
class Suggested:
    """The choices, the customer whom the payer probably is, and what the invoices among them owe beside themselves."""

    choices: list[Choice]
    company: Company | None
    ids: frozenset[int]
    owed: dict[int, Owed]


def suggest(session: Session, payment: IncomingPayment) -> Suggested:
    """Up to nine ways, each with what is open on the invoices now."""
    companies = _payers(session, payment)
    rows = _candidates(session, payment, companies)
    known = items.items_of(rows, {})
    made = Suggestions(_fresh(rows, companies)).make(_record(payment))
    best: list[tuple[tuple[tuple[int, int], ...], Why]] = []
    if made.allocations:
        best.append((tuple((one.item_id, one.amount_ore) for one in made.allocations), made.why))
    best += [way for way in _singles(payment, known, {one.id for one in companies}) if way not in best]
    ids = {at for way, _ in best[:MOST] for at, _ in way}
    found = {one.id: one for one in session.scalars(select(Invoice).where(Invoice.id.in_(ids)))} if ids else {}
    owed = beside.owed(session, ids, on=payment.paid_on) if payment.left_ore > 0 else {}
    choices = [
        Choice(_with_late(way, payment.left_ore, found, owed), why, found[way[0][0]].buyer_name)
        for way, why in best[:MOST]
    ]
    owner = next((one for one in companies if one.id == made.customer_id), companies[0] if companies else None)
    if owner is None and made.customer_id:
        owner = session.scalar(select(Company).where(Company.id == made.customer_id))
    return Suggested(choices, owner, frozenset(ids), owed)


def _with_late(
    way: Sequence[tuple[int, int]], left_ore: int, found: dict[int, Invoice], owed: dict[int, Owed]
) -> tuple[tuple[Invoice, int], ...]:
    """The rows of a choice, with what else of the payment covers costs and interest that their reminders asked for."""
    rest = left_ore - sum(ore for _, ore in way)
    rows = []
    for at, ore in way:
        late = min(max(rest, 0), owed[at].total_ore) if at in owed and ore == found[at].open_ore else 0
        rest -= late
        rows.append((found[at], ore + late))
    return tuple(rows)


def _fresh(rows: Sequence[Any], companies: Sequence[Company]) -> Any:
    """Balances that the suggestion may use up, with whom the payer may be."""
    balances = items.items_of(rows, {}).balances
    for one in companies:
        balances.customers[one.id] = Customer(one.id, one.name, one.org_number or "")
    return balances


def _singles(
    payment: IncomingPayment, known: Items, companies: set[int]
) -> Iterable[tuple[tuple[tuple[int, int], ...], Why]]:
    """One item each: those of the payer first, then by how near the amount is, then the oldest."""
    left = payment.left_ore
    fitting = [item for item in known.balances.items.values() if item.open_ore and item.sign * left > 0]
    fitting.sort(key=lambda one: (one.customer_id not in companies, one.open_ore != abs(left), one.due_on, one.id))
    for item in fitting:
        is_payer = item.customer_id in companies
        is_equal = item.open_ore == abs(left)
        why = Why.CUSTOMER_AND_AMOUNT if is_payer and is_equal else Why.CUSTOMER if is_payer else Why.AMOUNT
        yield ((item.id, item.sign * min(item.open_ore, abs(left))),), why if is_payer or is_equal else Why.NUMBER


def _record(payment: IncomingPayment) -> Payment:
    kind = PaymentKind.PAYMENT if payment.left_ore > 0 else PaymentKind.DEDUCTION
    payer = Payer(name=payment.payer_name, organisation_number=payment.payer_number, account=payment.payer_account)
    return Payment(0, kind, abs(payment.left_ore), (), tuple(payment.texts), payer, payment.serial)


def _payers(session: Session, payment: IncomingPayment) -> list[Company]:
    """Companies that the payer may be: by number, by an account that has paid before, by name."""
    ways: list[ColumnElement[bool]] = []
    number = re.sub(r"\D", "", payment.payer_number)[-10:]
    if len(number) == 10:
        ways.append(Company.org_number == number)
    if payment.payer_account.strip("0"):
        before = (
            select(PaymentAllocation.company_id)
            .join(IncomingPayment, IncomingPayment.id == PaymentAllocation.payment_id)
            .where(IncomingPayment.payer_account == payment.payer_account, PaymentAllocation.company_id.is_not(None))
        )
        ways.append(Company.id.in_(before))
    if len(name := sort_key(payment.payer_name)) > 2:
        first = name[:_NAME]
        buyers = select(Invoice.company_id).where(Invoice.buyer_sort >= first, Invoice.buyer_sort < first + AFTER)
        ways.append(Company.id.in_(buyers))
    if not ways:
        return []
    return list(session.scalars(select(Company).where(or_(*ways)).order_by(Company.id).limit(MOST)))


def _candidates(session: Session, payment: IncomingPayment, companies: Sequence[Company]) -> list[Any]:
    """Open items that the payer names, that are the payer's, or that have the amount."""
    tokens = {token for text in payment.texts for token in _DIGITS.findall(text)}
    ways: list[ColumnElement[bool]] = []
    if tokens:
        numbers = [int(token) for token in tokens if len(token) <= LONGEST_NUMBER]
        ways += [Invoice.ocr.in_(tokens), Invoice.number.in_(numbers)]
    if companies:
        ways.append(Invoice.company_id.in_([one.id for one in companies]))
    ways.append(Invoice.open_ore == payment.left_ore)
    return items.open_rows(session, ways, limit=MOST_OPEN)


def find_invoices(session: Session, words: str) -> list[Invoice]:
    """Open invoices and credit notes by number, reference or the beginning of the buyer's name."""
    plain = words.strip()[:80]
    if not plain:
        return []
    ways: list[ColumnElement[bool]] = [Invoice.buyer_sort.startswith(sort_key(plain), autoescape=True)]
    if plain.isascii() and plain.isdigit() and len(plain) <= LONGEST_NUMBER:
        ways += [Invoice.number == int(plain), Invoice.ocr == plain]
    ways += [
        Invoice.company_id.in_(select(Company.id).where(Company.name.icontains(fold(plain), autoescape=True))),
        Invoice.company_id.in_(select(Company.id).where(Company.name.icontains(plain, autoescape=True))),
    ]
    query = select(Invoice).where(Invoice.open_ore != 0, or_(*ways)).order_by(Invoice.due_on, Invoice.id)
    return list(session.scalars(query.limit(MOST_FOUND)))


def invoices_numbered(session: Session, numbers: Sequence[int]) -> list[Invoice]:
    """Invoices by their numbers, in the order given."""
    found = {one.number: one for one in session.scalars(select(Invoice).where(Invoice.number.in_(numbers)))}
    return [found[number] for number in numbers if number in found]


def spread(left_ore: int, invoices: Sequence[Invoice]) -> list[tuple[Invoice, int]]:
    """The money over these: credit notes first, as they make room, then in the order given as far as it goes."""
    notes = [one for one in invoices if one.kind == Kind.CREDIT_NOTE.value]
    rows = [(one, one.open_ore) for one in notes]
    room = left_ore - sum(ore for _, ore in rows)
    for one in invoices:
        if one not in notes:
            part = max(min(room, one.open_ore), 0)
            rows.append((one, part))
            room -= part
    return rows
