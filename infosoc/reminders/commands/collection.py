"""Handing claims over to a collection company: a batch with the file for it, each claim once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.queries import parties
from infosoc.invoicing.rules import archive
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.reminders.commands import costs, sending
from infosoc.reminders.commands.costs import Charge
from infosoc.reminders.models import CollectionBatch, CollectionItem
from infosoc.reminders.queries import late as queries
from infosoc.reminders.queries.late import Found
from infosoc.reminders.rules import collection as rules
from infosoc.reminders.rules.booking import About
from infosoc.reminders.rules.collection import HandedOver
from infosoc.reminders.rules.steps import Letter, StepKind


class WhichPartner(Invalid):
    message = N_("Enter who will collect the claims.")


class NothingToHandOver(Refused):
    message = N_("None of the invoices is ready to be handed over.")


def hand_over(
    session: Session, partner: str, *, on: date, only: Collection[str] | None, by: int | None, now: datetime
) -> CollectionBatch:
    """Hand over every claim that has come so far, or some of them by the addresses of their invoices."""
    if not partner.strip():
        raise WhichPartner(field="partner")
    audit.take_turn(session)
    found = sending.preview(session, on=on)
    ripe = [
        one for one in found.preview.letters
        if one.step.kind is StepKind.HAND_OVER and (only is None or found.late[one.claim.id].public_id in only)
    ]  # fmt: skip
    if not ripe:
        raise NothingToHandOver
    claims = _claims(session, ripe, found)
    batch = CollectionBatch(
        handed_over_on=on, partner=clean(partner)[:120], claims=len(claims),
        total_ore=sum(one.to_pay_ore for one in claims), content=rules.csv_text(claims, on=on), made_by=by, made_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add_all(_item(batch.id, one, on) for one in claims)
    costs.charge(session, [_charge(one, found) for one in ripe], on=on, by=by, now=now)
    audit.record_bulk(session, [("handed over to collection", "invoice", one.claim.id, []) for one in ripe], by=by)
    return batch


def _claims(session: Session, ripe: list[Letter], found: Found) -> list[HandedOver]:
    ids = [one.claim.id for one in ripe]
    query = select(Invoice.id, Invoice.record).where(Invoice.id.in_(ids))
    records = {at: archive.from_json(text) for at, text in session.execute(query)}
    buyers = parties.customers(session, {found.late[at].company_id for at in ids})
    made = []
    for one in ripe:
        late, record = found.late[one.claim.id], records[one.claim.id]
        customer = buyers.get(late.company_id)
        buyer = sending.buyer_now(customer.party if customer else None, record.buyer)
        made.append(HandedOver(one, record, buyer, late.email, late.paid_ore, queries.to_pay(one, late)))
    return made


def _item(batch_id: int, one: HandedOver, on: date) -> CollectionItem:
    letter = one.letter
    return CollectionItem(
        batch_id=batch_id,
        invoice_id=letter.claim.id,
        handed_over_on=on,
        open_ore=letter.claim.open_ore,
        interest_ore=letter.interest.total_ore,
        costs_ore=letter.costs.total_ore,
    )


def _charge(letter: Letter, found: Found) -> Charge:
    """Compensation falls due by itself: a claim that no letter has asked it for has it by now."""
    late = found.late[letter.claim.id]
    rest = letter.costs.total_ore - late.charged_ore
    return Charge(letter.claim.id, About(late.number, late.buyer), len(letter.claim.sent) + 1, rest)
