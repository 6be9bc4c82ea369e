"""Drafts: written, changed, thrown away, and issued; and the credit notes of invoices, which begin as drafts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.crm.commands import blocked
from infosoc.crm.models.changes import Undo
from infosoc.crm.models.companies import Company
from infosoc.invoicing.commands import claims, customers, draft_records, issue
from infosoc.invoicing.commands.claims import How, NewSettlement
from infosoc.invoicing.commands.issue import Issued
from infosoc.invoicing.models import Delivery, Invoice, InvoiceDraft
from infosoc.invoicing.queries import drafts as queries
from infosoc.invoicing.rules import archive, credit, drafts
from infosoc.invoicing.rules.record import Kind, LessThanNothing
from infosoc.invoicing.rules.totals import count
from infosoc.kernel import email, text
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules import invoicing

REMOVED = "invoice draft removed"


class ReasonMissing(Invalid):
    message = N_("Enter why the invoice is credited; it is printed on the credit note.")


class NothingLeftToCredit(Refused):
    message = N_("Invoice %(number)s has been credited in full.")


@dataclass(frozen=True)
class DraftFacts:
    """A draft as its form states it; `rows` as `rules.drafts` keeps them."""

    issued_on: date | None = None
    payment_days: int = 30
    language: str = "sv"
    delivery: str = "email"
    recipient_name: str = ""
    recipient_email: str = ""
    reference: str = ""
    order_number: str = ""
    cost_centre: str = ""
    einvoice_address: str = ""
    note: str = ""
    reason: str = ""
    to_kronor: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)


def write(
    session: Session, company_id: str, facts: DraftFacts, *, vat_number: str = "", by: int | None, now: datetime
) -> InvoiceDraft:
    """A new draft of an invoice to a company."""
    company = queries.our_company(session, company_id)
    customers.set_vat_number(session, company.id, vat_number, by=by, now=now)
    draft = InvoiceDraft(
        kind=Kind.INVOICE.value, company_id=company.id, made_by=by, made_at=now, changed_at=now,
        **_details(session, company, facts), **_rows(facts),
    )  # fmt: skip
    return _added(session, draft, company, by=by)


def _added(session: Session, draft: InvoiceDraft, company: Company, *, by: int | None) -> InvoiceDraft:
    session.add(draft)
    session.flush()
    changes = {"company": (None, company.name), "amount": (None, print_ore(draft.payable_ore))}
    audit.record(session, "invoice draft written", "invoice_draft", draft.id, by=by, changes=changes)
    return draft


def change(
    session: Session, public_id: str, facts: DraftFacts, *, version: int | None, vat_number: str | None = None,
    by: int | None, now: datetime,
) -> InvoiceDraft:  # fmt: skip
    """A draft as it is from now on."""
    draft = _locked(session, public_id, version)
    if vat_number is not None:
        customers.set_vat_number(session, draft.company_id, vat_number, by=by, now=now)
    if draft.credits_id and not facts.reason.strip():
        raise ReasonMissing(field="reason")
    changes: dict[str, Any] = {}
    is_whole_credit = draft.credits_id is not None and not draft.rows
    values = _details(session, draft.company, facts) | ({} if is_whole_credit else _rows(facts))
    for name, value in values.items():
        before = getattr(draft, name)
        if before != value:
            setattr(draft, name, value)
            changes |= _told(name, before, value)
    if changes:
        draft.changed_at = now
        audit.record(session, "invoice draft changed", "invoice_draft", draft.id, by=by, changes=changes)
    return draft


def _told(name: str, before: Any, value: Any) -> dict[str, Any]:
    """A change as the log says it: of the rows how many there are, of the amount what it reads."""
    if name == "rows":
        return {"lines": (len(before), len(value))}
    if name == "payable_ore":
        return {"amount": (print_ore(before), print_ore(value))}
    return {name: (before, value)}


def remove(session: Session, public_id: str, *, version: int | None, by: int, now: datetime) -> Undo:
    """Throw a draft away; it has no number, so nothing is missing after it. What brings it back is kept for a time."""
    draft = _locked(session, public_id, version)
    undo = Undo(deed=REMOVED, by_id=by, made_at=now, images=_image(draft))
    session.add(undo)
    changes = {"company": (draft.company.name, None), "amount": (print_ore(draft.payable_ore), None)}
    audit.record(session, REMOVED, "invoice_draft", draft.id, by=by, changes=changes)
    session.delete(draft)
    session.flush()
    return undo


def restore(session: Session, undo_id: str, *, by: int, now: datetime) -> InvoiceDraft:
    """Bring back a draft that one has just thrown away, at its own address; again is harmless.

    A company that has gone meanwhile, or is in the trash, has none.
    """
    audit.take_turn(session)
    undo = session.scalar(select(Undo).where(Undo.public_id == undo_id, Undo.deed == REMOVED, Undo.by_id == by))
    if undo is None:
        raise NotFound
    image = dict(undo.images)
    company = queries.our_company(session, image.pop("company"))
    known = session.scalar(select(InvoiceDraft).where(InvoiceDraft.public_id == image["public_id"]))
    if known is not None:
        return known
    if undo.undone_at is not None:
        raise NotFound
    image |= {name: _moment(image[name]) for name in ("issued_on", "made_at")}
    draft = InvoiceDraft(company_id=company.id, changed_at=now, **image)
    undo.undone_at = now
    session.add(draft)
    session.flush()
    changes = {"company": (None, company.name), "amount": (None, print_ore(draft.payable_ore))}
    audit.record(session, "invoice draft restored", "invoice_draft", draft.id, by=by, changes=changes)
    return draft


def _image(draft: InvoiceDraft) -> dict[str, Any]:
    """The draft as JSON, its company by the address."""
    left_out = {"tenant_id", "id", "company_id", "changed_at", "version"}
    names = [column.key for column in InvoiceDraft.__table__.columns if column.key not in left_out]
    values = {name: getattr(draft, name) for name in names}
    values |= {name: values[name].isoformat() if values[name] else None for name in ("issued_on", "made_at")}
    return values | {"company": draft.company.public_id}


def _moment(text: str | None) -> date | None:
    """A day or an instant out of an image."""
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def issue_draft(
    session: Session, public_id: str, *, version: int | None, brand: str, today: date, by: int | None, now: datetime
) -> Issued:
    """Issue what the draft says, and remove it, in one go; a credit note is netted against its invoice."""
    draft = _locked(session, public_id, version)
    new = draft_records.new_invoice(session, draft, brand=brand, today=today)
    issued = issue.issue(session, new, by=by, now=now)
    if draft.credits_id:
        net(session, issued.id, by=by, now=now)
    session.delete(draft)
    session.flush()
    return issued


def net(session: Session, credit_note_id: int, *, by: int | None, now: datetime) -> None:
    """Use a credit note against its invoice as far as that is open: two settlements that are nothing together.

    Both stand on the same claim account and the same day, so no voucher goes with them. What is left of the credit
    note stays the customer's credit.
    """
    note = session.scalars(select(Invoice).where(Invoice.id == credit_note_id)).one()
    original = session.scalars(select(Invoice).where(Invoice.id == note.credits_id)).one()
    amount = min(original.open_ore, -note.open_ore)
    if amount <= 0:
        return
    pair = ((original, amount, "invoice"), (note, -amount, "note"))
    claims.settle(
        session,
        [
            NewSettlement(one.id, note.issued_on, How.CREDIT, ore, f"credit:{note.public_id}:{side}")
            for one, ore, side in pair
        ],
        by=by, now=now,
    )  # fmt: skip


# ---- credit notes ----------------------------------------------------------------------------------------------------


def begin_credit(
    session: Session, invoice_id: str, *, reason: str, is_whole: bool, by: int | None, now: datetime
) -> InvoiceDraft:
    """A draft of a credit note: of the whole invoice (without rows), or with its rows to choose among."""
    reason = text.clean(reason)[:300]
    if not reason:
        raise ReasonMissing(field="reason")
    audit.take_turn(session)
    original = _invoice(session, invoice_id)
    first = archive.from_json(original.record)
    credit.credited(first, reason)
    left = left_to_credit(session, original)
    if left <= 0:
        raise NothingLeftToCredit(number=original.number)
    if is_whole and left < original.payable_ore:
        raise credit.CreditsTooMuch(number=original.number)
    draft = InvoiceDraft(
        kind=Kind.CREDIT_NOTE.value, company_id=original.company_id, credits_id=original.id, reason=reason,
        payment_days=0, language=original.language, to_kronor=bool(first.rounding_ore),
        rows=[] if is_whole else drafts.kept_rows(first), payable_ore=original.payable_ore, made_by=by, made_at=now,
        changed_at=now, **_delivered_like(session, original, first),
    )  # fmt: skip
    company = session.scalars(select(Company).where(Company.id == original.company_id)).one()
    return _added(session, draft, company, by=by)


def left_to_credit(session: Session, original: Invoice) -> int:
    """What of an invoice has not been credited, in öre."""
    query = select(Invoice.payable_ore).where(Invoice.credits_id == original.id)
    return original.payable_ore + sum(session.scalars(query))


def _delivered_like(session: Session, original: Invoice, first: Any) -> dict[str, Any]:
    """A credit note goes the way that its invoice went last."""
    query = select(Delivery).where(Delivery.invoice_id == original.id).order_by(Delivery.id.desc())
    last = session.scalar(query.limit(1))
    channel = last.channel if last else original.delivery
    buyer, references = first.buyer, first.references
    return {
        "delivery": channel, "recipient_name": buyer.contact,
        "recipient_email": last.recipient if last and channel == "email" else buyer.email,
        "einvoice_address": f"{buyer.endpoint_scheme}:{buyer.endpoint}" if buyer.endpoint else "",
        "reference": references.buyer, "order_number": references.order, "cost_centre": references.cost_centre,
    }  # fmt: skip


def _invoice(session: Session, public_id: str) -> Invoice:
    found = session.scalar(select(Invoice).where(Invoice.public_id == public_id))
    if found is None:
        raise NotFound
    return found


# ---- the parts -------------------------------------------------------------------------------------------------------


def _locked(session: Session, public_id: str, version: int | None) -> InvoiceDraft:
    """The draft for this transaction alone. Who posts takes the end of the log first, so everybody does."""
    audit.take_turn(session)
    draft = queries.draft_at(session, public_id)
    if version is not None and version != draft.version:
        raise Stale
    return draft


def _details(session: Session, company: Company, facts: DraftFacts) -> dict[str, Any]:
    """How it is sent, in the form that is kept; refused when an invoice could not be sent so."""
    values: dict[str, Any] = {
        name: text.clean(value) if isinstance(value, str) else value for name, value in asdict(facts).items()
    }
    del values["rows"], values["to_kronor"]
    values["note"] = text.clean_multiline(facts.note)
    values["einvoice_address"] = invoicing.einvoice_address(facts.einvoice_address)
    values["recipient_email"] = _email(session, facts.recipient_email)
    invoicing.check_delivery(
        company.legal_form, facts.delivery, reference=values["reference"], order=values["order_number"],
        address=values["einvoice_address"], email=values["recipient_email"],
    )  # fmt: skip
    return values


def _rows(facts: DraftFacts) -> dict[str, Any]:
    """The rows and what they come to; refused when they could not be counted."""
    payable = count(drafts.lines_of(facts.rows), to_kronor=facts.to_kronor).payable_ore
    if payable < 0:
        raise LessThanNothing
    return {"rows": facts.rows, "to_kronor": facts.to_kronor, "payable_ore": payable}


def _email(session: Session, written: str) -> str:
    try:
        address = email.canonical(written) if written.strip() else ""
    except Invalid as error:
        error.field = "recipient_email"
        raise
    if address:
        blocked.refuse(session, [address], field="recipient_email")
    return address
