"""A person with a mark of their own in every column that may hold something of somebody, made from the schema itself.

With it `flask privacy verify` and the tests prove that an extract misses nothing and that an erasure leaves nothing. A
new table or column is filled without anybody thinking of it. Meant for scratch copies and tests alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKeyConstraint, Integer, LargeBinary, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from infosoc.accounts.models import Membership, User
from infosoc.db.base import Base, UtcInstant
from infosoc.db.tenancy import Joint, TenantScoped, current_scope, every_tenant
from infosoc.kernel.public_id import new_public_id
from infosoc.ledger.commands.posting import post
from infosoc.ledger.models import Account, FiscalYear, Voucher, VoucherLine
from infosoc.ledger.rules import NewLine, NewVoucher
from infosoc.privacy.classes import Holds
from infosoc.privacy.columns import OF_STAFF, TABLES, told
from infosoc.privacy.queries import places
from infosoc.suppression import pepper

NAME, ADDRESS, PHONE = "Zqåsa Zqmärksdotter", "zqasa.zqmark@zqfirma.example", "+46701990199"
_SIGNS = "zq{number:03d}x"
_FIRST_DAY, _FIRST_INSTANT = date(1981, 1, 1), datetime(1981, 1, 1, 12, tzinfo=UTC)

# Where a value must be one that others understand, or lead to the person.
_FIXED: dict[str, Any] = {
    "contact.name": NAME, "contact.language": "sv", "contact.is_protected": False,
    "contact_point.kind": "email", "contact_point.value": ADDRESS, "contact_point.normalised": ADDRESS,
    "contact_point.company_id": None,
    "contact_relation.legal_ground": "contract", "contact_relation.marketing": "allowed",
    "company.legal_form": "sole_trader", "company.size": "1-9", "company.parent_id": None,
    "company_relation.status": "prospect", "company_relation.legal_ground": "contract",
    "company_relation.line_id": None,
    "address.kind": "visiting", "address.country": "SE",
    "contact_log_entry.kind": "call", "contact_log_entry.direction": "out", "contact_log_entry.outcome": "reached",
    "search_document.kind": "contact",
    "audit_event.subject_kind": "contact", "audit_event.deed": "contact changed", "audit_event.number": 900_000_001,
    "import_batch.state": "committed", "import_row.result": "new", "job.state": "done",
    "saved_view.list_name": "contacts",
    "outbox_message.recipient": ADDRESS, "outbox_message.state": "sent", "outbox_message.is_secret": False,
    "mailing.state": "done", "mailing.language": "sv",
    "mailing_recipient.address": ADDRESS, "mailing_recipient.state": "sent", "mailing_recipient.reason": "gone",
    "suppression.kind": "no_mailings", "suppression.channel": "page",
    "privacy_case.requester": ADDRESS, "privacy_case.kind": "erase", "privacy_case.channel": "page",
    "request_link.address": ADDRESS, "request_link.language": "sv", "case_letter.language": "sv",
    "erasure.channel": "page", "processing_activity.role": "controller",
    "agreement.recipient_email": ADDRESS, "agreement.state": "ended", "agreement.delivery": "email",
    "agreement.language": "sv", "agreement.index_kind": "", "agreement_deed.kind": "start",
    "agreement.price_list_id": None, "agreement_line.replaces_id": None, "agreement_deed.undoes_id": None,
    "invoice_draft.kind": "invoice", "invoice_draft.delivery": "email", "invoice_draft.language": "sv",
    "invoice_draft.credits_id": None, "invoice_draft.recipient_email": ADDRESS,
    "invoice.kind": "invoice", "invoice.credits_id": None, "invoice.run_id": None, "invoice.voucher_id": None,
    "invoice.open_ore": 0, "invoice.language": "sv", "invoice.delivery": "email", "invoice.delivery_state": "created",
    "invoice_delivery.channel": "email", "invoice_delivery.state": "delivered", "invoice_delivery.recipient": ADDRESS,
    "reminder.kind": "reminder", "reminder.run_id": None, "reminder.channel": "email", "reminder.recipient": ADDRESS,
    "reminder_cost.kind": "charged", "bad_debt.kind": "expected", "bad_debt.settlement_id": None,
    "bad_debt.voucher_id": None,
    "price_increase.product_id": None, "product.billing": "fixed", "product.unit": "C62",
    "incoming_payment.entry_id": None, "incoming_payment.voucher_id": None, "incoming_payment.account": 1930,
    "incoming_payment.amount_ore": 100, "incoming_payment.left_ore": 100, "incoming_payment.kind": "payment",
    "user_account.email": ADDRESS, "user_account.language": "sv", "user_account.theme": "auto",
    "membership.roles": ["seller"],
    "ledger_account.number": 9990, "ledger_account.kind": "K", "ledger_account.vat_code": "N",
    "ledger_account.closed_at": None,
    "custom_field.kind": "text", "custom_field.key": "zqfield", "mailing_list.slug": "zqlist",
}  # fmt: skip


@dataclass
class Marked:
    """The person that was made: the record, and what each column that an extract shows holds."""

    contact_id: int
    rows: dict[str, int] = field(default_factory=dict)
    values: dict[tuple[str, str], Any] = field(default_factory=dict)


def fill(session: Session, *, with_account: bool = True) -> Marked:
    """Make the person in the tenant of the scope, with a row in every table that may hold something of them."""
    filler = _Filler(session, with_account=with_account)
    with every_tenant("a scratch copy gets a marked person"):
        filler.fill()
    filler.book()
    with every_tenant("a scratch copy gets a marked person"):
        made = filler.marked()
    session.flush()
    return made


class _Filler:
    def __init__(self, session: Session, *, with_account: bool) -> None:
        self.session, self.tenant_id = session, current_scope().tenant_id
        self.numbers = itertools.count(1)
        self.rows: dict[str, dict[str, Any]] = {}
        self.skipped = frozenset() if with_account else OF_STAFF
        self.staff_id = 0

    def fill(self) -> None:
        self.staff_id = self._staff()
        for table in self._tables():
            self.rows[table] = self._row(table)
        self._phone()

    def book(self) -> None:
        """Vouchers are made the one way there is: posted, on an account of the person's, in a year of long ago."""
        year = FiscalYear(starts_on=date(1981, 1, 1), ends_on=date(1981, 12, 31), created_at=_FIRST_INSTANT)
        other = Account(number=9991, name_sv="Motkonto", kind="K", created_at=_FIRST_INSTANT)
        self.session.add_all([year, other])
        self.session.flush()
        said = {
            name: self._value("voucher", Voucher.__table__.c[name]) for name in ("text", "counterparty", "documents")
        }
        text = self._value("voucher_line", VoucherLine.__table__.c.text)
        lines = [NewLine(9990, 100, text=text), NewLine(9991, -100)]
        new = NewVoucher("A", _FIRST_DAY, lines=lines, source=_SIGNS.format(number=next(self.numbers)), **said)
        made = post(self.session, new, by=self.staff_id, now=_FIRST_INSTANT)
        line = select(VoucherLine.id).where(VoucherLine.voucher_id == made.id, VoucherLine.position == 1)
        self.rows["voucher"] = {"id": made.id}
        self.rows["voucher_line"] = {"id": self.session.scalars(line).one()}

    def marked(self) -> Marked:
        """The person and what the columns hold by now."""
        made = Marked(self.rows["contact"]["id"], {name: row["id"] for name, row in self.rows.items()})
        for one in told():
            if one.name not in self.skipped:
                made.values |= self._values(one.name)
        return made

    def _staff(self) -> int:
        user = User(name="Zqpersonal", email="zqpersonal@x.example", created_at=_FIRST_INSTANT)
        self.session.add(user)
        self.session.flush()
        self.session.add(Membership(tenant_id=self.tenant_id, user_id=user.id, roles=[], created_at=_FIRST_INSTANT))
        self.session.flush()
        return user.id

    def _tables(self) -> Iterator[str]:
        """What extracts read, and what these rows need, in the order their keys ask for."""
        first = ("company", "contact")
        yield from first
        wanted = {one.name for one in told()} - self.skipped - set(first) - {"voucher", "voucher_line"}
        yield from (table.name for table in Base.metadata.sorted_tables if table.name in wanted)

    def _row(self, table: str) -> dict[str, Any]:
        model = places.model_of(table)
        values = {
            column.name: self._value(table, column) for column in model.__table__.columns if not column.primary_key
        }
        self._keys(table, model, values)
        values["id"] = self.session.execute(insert(model).returning(model.id), [values]).scalar_one()
        return values

    def _keys(self, table: str, model: Any, values: dict[str, Any]) -> None:
        """Keys lead to the rows made so far, those to staff to a colleague; the rest as `_FIXED` says."""
        for key in model.__table__.constraints:
            if not isinstance(key, ForeignKeyConstraint) or key.referred_table.name not in self.rows:
                continue
            target = self.rows[key.referred_table.name]
            for column, element in zip(key.columns, key.elements, strict=True):
                if f"{table}.{column.name}" not in _FIXED:
                    values[column.name] = target[element.column.name]
        for name, classified in TABLES[table].columns.items():
            if classified.holds is Holds.STAFF and isinstance(model.__table__.c[name].type, BigInteger | Integer):
                values[name] = self.staff_id
        if issubclass(model, TenantScoped) or table == "inbound_mail":
            values["tenant_id"] = self.tenant_id
        if issubclass(model, Joint):
            values["origin_tenant_id"] = self.tenant_id
        if table == "agreement":
            values["company_id"] = self._customer()
        if table in {"invoice", "invoice_draft"}:
            values["company_id"] = self.rows["agreement"]["company_id"]
        if "subject_id" in values:
            values["subject_id"] = self.rows["contact"]["id"]

    def _value(self, table: str, column: Any) -> Any:
        name, kind, number = f"{table}.{column.name}", column.type, next(self.numbers)
        if name in _FIXED:
            return _FIXED[name]
        if column.name == "public_id":
            return new_public_id()
        if isinstance(kind, UtcInstant):
            return _FIRST_INSTANT + timedelta(days=number)
        if isinstance(kind, Date):
            return _FIRST_DAY + timedelta(days=number)
        if isinstance(kind, Boolean):
            return True
        if isinstance(kind, LargeBinary):
            return self._bytes(table, column, number)
        if isinstance(kind, BigInteger | Integer):
            return number
        text = _SIGNS.format(number=number)
        if TABLES[table].columns[column.name].holds is Holds.TEXT:
            text = f"{text} {NAME} {ADDRESS}"
        if isinstance(kind, JSON):
            return self._json(table, column, text)
        return text[: kind.length] if getattr(kind, "length", None) else text

    def _json(self, table: str, column: Any, text: str) -> Any:
        if f"{table}.{column.name}" == "erasure.digests":
            return [pepper.digest(ADDRESS).hex()]
        if column.default is not None and column.default.is_callable and column.default.arg.__name__ == "list":
            return [text]
        return {"text": text}

    def _bytes(self, table: str, column: Any, number: int) -> bytes:
        if column.name == "digest" and table not in {"request_link", "inbound_mail"} and not column.unique:
            return pepper.digest(ADDRESS)
        if TABLES[table].columns[column.name].holds is Holds.TEXT:
            return f"{_SIGNS.format(number=number)} {NAME}".encode()
        return number.to_bytes(column.type.length or 32, "big")

    def _customer(self) -> int:
        """A company that somebody else owns: agreements are kept, and with them the one they were made with."""
        same = {"version": 1, "created_at": _FIRST_INSTANT}
        firm = {**same, "name": "Kunden AB", "public_id": new_public_id(), "changed_at": _FIRST_INSTANT}
        model, relation = places.model_of("company"), places.model_of("company_relation")
        made = insert(model).returning(model.id)
        company_id = self.session.execute(made, [{**firm, "origin_tenant_id": self.tenant_id}]).scalar_one()
        held = {**same, "tenant_id": self.tenant_id, "company_id": company_id, "status": "customer"}
        self.session.execute(insert(relation), [{**held, "name_sort": "kunden", "notes": "", "custom": {}}])
        return company_id

    def _phone(self) -> None:
        model = places.model_of("contact_point")
        row = self.rows["contact_point"]
        again = {**row, "public_id": new_public_id(), "kind": "mobile", "value": PHONE, "normalised": PHONE}
        again.pop("id")
        self.session.execute(insert(model), [again])

    def _values(self, table: str) -> dict[tuple[str, str], Any]:
        """What the columns hold by now: the database may have filled in some of them itself."""
        model = places.model_of(table)
        row = self.session.execute(select(model.__table__).where(model.id == self.rows[table]["id"])).mappings().one()
        return {(table, name): row[name] for name in TABLES[table].told}
