"""Two mirrored tenants: every table has a row of each, and every string of the other one carries a marker word.

The rows are made from the schema itself, so that a new table or column is marked without anybody thinking of it. What a
flag may show (the register; the log) has a marker of its own, so that a crawl can tell shown from leaked.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKeyConstraint, Integer, LargeBinary, String, Text, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

import infosoc.models  # noqa: F401 - all tables
from infosoc.accounts.models import Membership, User
from infosoc.db import search_index
from infosoc.db.base import Base, UtcInstant
from infosoc.db.tenancy import Joint, Scope, TenantScoped, every_tenant
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.record import Address, Heading, Kind, Party, References, Seller, Terms, made
from infosoc.invoicing.rules.totals import Line
from infosoc.kernel import clock
from infosoc.kernel.public_id import new_public_id
from infosoc.reminders.rules.letter import Printed
from tests.builders import make_tenant

REGISTER, LOG, STATUS, PRIVATE = "zqregister", "zqlog", "zqstatus", "zqprivate"

# Columns whose value is one of a closed set, or has a form that others rely on: what a mirrored row holds there.
FIXED: dict[str, Any] = {
    "company_relation.status": "customer",
    "contact_log_entry.kind": "call",
    "mailing.state": "done",
    "mailing.language": "sv",
    "mailing_recipient.state": "sent",
    "mailing_recipient.reason": "",
    "privacy_case.kind": "access",
    "privacy_case.channel": "mail",
    "privacy_case.outcome": "done",
    "privacy_case.identity_method": "reply",
    "case_letter.kind": "done",
    "case_letter.way": "mail",
    "case_letter.language": "sv",
    "processing_activity.role": "controller",
    "incident.role": "controller",
    "incident_entry.kind": "seen",
    "suppression.kind": "no_mailings",
    "suppression.channel": "staff",
    "contact_log_entry.direction": "out",
    "contact_log_entry.outcome": "reached",
    "contact_relation.marketing": "allowed",
    "contact_point.kind": "email",
    "address.kind": "visiting",
    "address.country": "SE",
    "company.legal_form": "limited_company",
    "company.size": "1-9",
    "company.org_number": None,
    "company.parent_id": None,
    "contact.language": "sv",
    "custom_field.kind": "text",
    "duplicate_pair.reason": "name",
    "duplicate_pair.settled_as": None,
    "duplicate_pair.settled_at": None,
    "import_batch.state": "previewed",
    "import_row.result": "new",
    "saved_view.list_name": "companies",
    "list_columns.list_name": "companies",
    "export.list_name": "companies",
    "outbox_message.state": "queued",
    "company_relation.legal_ground": "contract",
    "contact_relation.legal_ground": "contract",
    "list_columns.columns": ["name"],
    "custom_field.choices": [],
    "contact.is_protected": False,
    "import_batch.reading": {},
    "import_batch.mapping": {},
    "import_batch.counts": {},
    "undo.images": {},
    "undo.undone_at": None,
    "saved_view.is_shared": True,
    "export.columns": ["name"],
    "audit_event.number": 900,
    "audit_event.deed": "company changed",
    "audit_event.subject_kind": "company",
    "company_relation.custom": {},
    "job.state": "done",
    "job.title_values": {},
    "job.problem": {},
    "job.args": {},
    "membership.roles": ["seller"],
    "membership.calendar_digest": None,
    "ledger_account.number": 1930,
    "ledger_account.kind": "T",
    "ledger_account.vat_code": "N",
    "fiscal_year.starts_on": date(2026, 1, 1),
    "fiscal_year.ends_on": date(2026, 12, 31),
    "fiscal_year.locked_through": None,
    "number_series.kind": "voucher",
    "number_series.series": "A",
    "account_month.month": date(2026, 2, 1),
    "voucher_line.amount_ore": 0,
    "voucher_line.vat_code": "N",
    "voucher_line.objects": {},
    "voucher.series": "A",
    "voucher.amount_ore": 0,
    "voucher.reverses_id": None,
    "voucher.replaces_id": None,
    "product.billing": "fixed",
    "product.unit": "C62",
    "product.tier_kind": "graduated",
    "list_price.per_months": 1,
    "list_price.tiers": [],
    "agreement.billing_months": 12,
    "agreement.anchor_on": date(2026, 1, 1),
    "agreement.starts_on": date(2026, 1, 1),
    "agreement.index_kind": "",
    "agreement.delivery": "email",
    "agreement.language": "sv",
    "agreement.state": "active",
    "agreement.next_change_on": None,
    "agreement_deed.kind": "start",
    "agreement_deed.undoes_id": None,
    "agreement_line.per_months": 1,
    "agreement_line.replaces_id": None,
    "agreement_product.state": "active",
    "agreement_product.is_live": True,
    "price_increase_row.per_months": 1,
    "price_increase_row.new_line_id": None,
    "invoicing_settings.access_point": "download",
    "invoice_draft.kind": "invoice",
    "invoice_draft.credits_id": None,
    "invoice_draft.language": "sv",
    "invoice_draft.delivery": "email",
    "invoice_draft.rows": [],
    "billing_run.state": "done",
    "invoice.kind": "invoice",
    "invoice.credits_id": None,
    "invoice.language": "sv",
    "invoice.delivery": "email",
    "invoice.delivery_state": "created",
    "invoice_line.vat_code": "S25",
    "settlement.kind": "payment",
    "settlement.undoes_id": None,
    "payment_allocation.undoes_id": None,
    "reminder_policy.steps": [],
    "reference_rate.starts_on": date(2026, 1, 1),
    "reminder_run.state": "done",
    "reminder.kind": "reminder",
    "reminder.channel": "email",
    "reminder_cost.kind": "charged",
    "bad_debt.kind": "expected",
    "bad_debt.settlement_id": None,
    "bank_file.format": "bgmax",
    "bank_file.state": "posted",
    "bank_entry.format": "bgmax",
    "bank_entry.takes": False,
    "bank_entry.payments": 0,
    "bank_entry.section": 1,
    "deposit_answer.other_id": None,
    "receiving_account.kind": "bankgiro",
    "incoming_payment.kind": "payment",
    "payment_allocation.kind": "invoice",
    "invoice_delivery.channel": "email",
    "invoice_delivery.state": "created",
}
# Instants that say "gone" or "over": a mirrored row is alive.
ALIVE = re.compile(
    r"trashed|retired|done_at|done_by|reverted|blocked|disabled|ends_on|undone|settled|used_at|finished|failed"
    r"|closed_at|reduced_at|replaced_at"
)
SKIPPED = {"search_document", "register_count", "activity_count", "audit_head"}
LOG_TABLES = {"contact_log_entry"}
STATUS_TABLES = {"agreement_product"}  # what shows a sister company who has which product
_numbers = itertools.count(1)


@dataclass
class Mirror:
    """A tenant with one row in every table: the rows by table, and its member.

    The rows share one public id, so that an address with it finds something whatever kind of thing it asks for.
    """

    tenant_id: int
    slug: str
    user: User
    rows: dict[str, dict[str, Any]]
    public_id: str

    def ids(self) -> list[tuple[str, int]]:
        """Every pair of public id and number that an address may be filled with."""
        return [(self.public_id, number) for number in sorted({row["id"] or 1 for row in self.rows.values()})]


def two_mirrors(session: Session) -> tuple[Mirror, Mirror]:
    """Ours, unmarked, and theirs, marked; call inside `transaction()`."""
    return fill(session, "infosoc", marked=False), fill(session, "rattsdata", marked=True)


def fill(session: Session, slug: str, *, marked: bool) -> Mirror:
    """One tenant with a row in every table."""
    public_id = new_public_id()
    tenant = make_tenant(session, slug, name=f"{PRIVATE}name" if marked else "Vi")
    name = f"{PRIVATE}staff" if marked else "Våra Folk"
    user = User(name=name, email=f"{name.split()[0].lower()}@x.example", created_at=clock.now())
    session.add(user)
    session.flush()
    rows: dict[str, dict[str, Any]] = {
        "tenant": {"id": tenant.id},
        "user_account": {"id": user.id},
        "membership": {"tenant_id": tenant.id, "user_id": user.id, "id": None},
    }
    with every_tenant("a test fills a mirrored tenant"):
        session.add(Membership(tenant_id=tenant.id, user_id=user.id, roles=["administrator"], created_at=clock.now()))
        session.flush()
        for model in _models():
            rows[model.__table__.name] = _row(session, model, tenant.id, rows, public_id, marked=marked)
        for kind, table in (("company", "company"), ("contact", "contact"), ("entry", "contact_log_entry")):
            search_index.mark(session, kind, [rows[table]["id"]])
        session.flush()
    return Mirror(tenant.id, slug, user, rows, public_id)


def alone(mirror: Mirror) -> Scope:
    return Scope.alone(mirror.tenant_id)


def _models() -> list[type[Any]]:
    """Every table that holds something of a tenant, in the order their keys ask for."""
    by_table = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return [
        by_table[table]
        for table in Base.metadata.sorted_tables
        if table in by_table and table.name not in SKIPPED | {"membership"}
        and issubclass(by_table[table], TenantScoped | Joint)
    ]  # fmt: skip


def _row(
    session: Session, model: type[Any], tenant_id: int, rows: dict[str, dict[str, Any]], public_id: str, *, marked: bool
) -> dict[str, Any]:
    table = model.__table__
    word = LOG if table.name in LOG_TABLES else REGISTER if issubclass(model, Joint) else PRIVATE
    word = STATUS if table.name in STATUS_TABLES else word
    values = {
        column.name: _value(table.name, column, word if marked else "vår")
        for column in table.columns
        if not column.primary_key
    }
    if "public_id" in values:
        values["public_id"] = public_id
    for key in table.constraints:
        if (
            isinstance(key, ForeignKeyConstraint)
            and key.referred_table.name in rows
            and key.referred_table is not table
        ):
            target = rows[key.referred_table.name]
            for column, element in zip(key.columns, key.elements, strict=True):
                if values.get(column.name) is not None or not column.nullable:
                    values[column.name] = target[element.column.name]
    for name in ("tenant_id", "origin_tenant_id"):
        if name in values:
            values[name] = tenant_id
    _sensible(table.name, values, rows)
    values["id"] = session.scalar(insert(model).returning(model.id), [values])
    return values


def _sensible(table: str, values: dict[str, Any], rows: dict[str, dict[str, Any]]) -> None:
    """What the columns cannot say: a point belongs to one of two; a pair has two sides."""
    if table == "contact_point":
        values["contact_id"] = None
    # The lines of a voucher are there before it, and know its id.
    if table == "voucher_line":
        values["voucher_id"] = 900_000 + values["tenant_id"]
    if table == "voucher":
        values["id"] = rows["voucher_line"]["voucher_id"]
    # The first entry that tells of a payment is the group of all that do.
    if table == "bank_entry":
        values["id"] = values["group_id"] = 900_000 + values["tenant_id"]
    if table == "duplicate_pair":
        values["second_id"] = values["first_id"]
    if table == "audit_event":
        values["subject_id"] = rows.get("company", {"id": 1})["id"]


def _value(table: str, column: Any, word: str) -> Any:
    name = f"{table}.{column.name}"
    if name in FIXED:
        return FIXED[name]
    if name == "invoice.record":
        return _invoice_record(word)
    if name == "reminder.record":
        return _reminder_record(word)
    if column.nullable and ALIVE.search(column.name):
        return None
    kind, now = column.type, clock.now()
    if isinstance(kind, UtcInstant):
        return now - timedelta(days=1) if isinstance(now, datetime) else now
    if isinstance(kind, Date):
        return clock.today() if "due" in column.name or "follow" in column.name else date(2026, 1, 2)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return next(_numbers).to_bytes(kind.length or 32, "big")
    if isinstance(kind, JSON):
        return {} if not column.nullable else None
    if isinstance(kind, BigInteger | Integer) or column.foreign_keys:
        return 1
    if isinstance(kind, String | Text) or hasattr(kind, "length"):
        text = f"{word}{table.replace('_', '')}{column.name.replace('_', '')}{next(_numbers)}"
        return text[: kind.length] if getattr(kind, "length", None) else text
    raise TypeError(f"no value is known for {name} ({kind!r})")


def _invoice_record(word: str) -> str:
    """An invoice that can be shown and drawn, with the word in all that names somebody."""
    said = [f"{word}invoicerecord{next(_numbers)}" for _ in range(6)]
    seller = Seller(Party(said[0], Address((said[1],), "111 20", "Umeå"), "5599999991", "SE559999999101"))
    buyer = Party(said[2], Address((said[3],), "111 20", "Umeå"))
    heading = Heading(Kind.INVOICE, "1", date(2026, 1, 2), note=said[4])
    row = Line(said[5], 1000, 100, "S25", account=3010)
    terms = Terms(date(2026, 2, 1), 30)
    return archive.to_json(
        made(heading, [row], seller=seller, buyer=buyer, references=References(), terms=terms, unit_names={})
    )


def _reminder_record(word: str) -> str:
    """A letter that can be drawn, with the word in all that names somebody."""
    said = [f"{word}reminderrecord{next(_numbers)}" for _ in range(5)]
    seller = Seller(Party(said[0], Address((said[1],), "111 20", "Umeå"), "5599999991", "SE559999999101"))
    buyer, day = Party(said[2], Address((said[3],), "111 20", "Umeå")), date(2026, 1, 2)
    return archive.to_json(
        Printed("reminder", day, day, "sv", seller, buyer, "1", day, day, "", said[4], "", 1, 1, (), 0, 0, 0, 0, 1)
    )
