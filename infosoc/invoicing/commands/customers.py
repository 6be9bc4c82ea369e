"""Customer accounts: the number that a company has with us, and what invoicing knows of it beside its agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from infosoc.audit import commands as audit
from infosoc.invoicing.models import CustomerAccount
from infosoc.invoicing.queries.drafts import account_of
from infosoc.kernel.errors import Invalid, Stale
from infosoc.kernel.identity import has_personal_number
from infosoc.kernel.words import N_


class BadVatNumber(Invalid):
    message = N_("This is not a VAT number of an EU country. It begins with two letters, such as DE136695976.")


class VatNumberIsPersonal(Invalid):
    message = N_("This is a personal identity number. It must not be entered here.")


@dataclass(frozen=True)
class AccountFacts:
    """What may be changed of an account."""

    vat_number: str
    is_group: bool
    has_agreed_fee: bool


def vat_number(written: str) -> str:
    """The number in its one form; raises `BadVatNumber`."""
    if not written.strip():
        return ""
    try:
        number = vat.validate(written)
    except ValidationError:
        raise BadVatNumber(field="vat_number") from None
    if number.startswith("SE") and has_personal_number(number[2:12]):
        raise VatNumberIsPersonal(field="vat_number")
    return number


def open_account(session: Session, company_id: int, *, by: int | None, now: datetime) -> CustomerAccount:
    """The account of a company; opened under the next number where there is none."""
    found = account_of(session, company_id)
    if found is not None:
        return found
    audit.take_turn(session)  # whoever opens one at the same time waits, and then finds this one
    found = account_of(session, company_id)
    if found is not None:
        return found
    number = (session.scalar(select(func.max(CustomerAccount.number))) or 1000) + 1
    made = CustomerAccount(number=number, company_id=company_id, created_at=now)
    session.add(made)
    session.flush()
    changes = {"number": (None, number)}
    audit.record(session, "customer account opened", "customer_account", made.id, by=by, changes=changes)
    return made


def change_account(
    session: Session, company_id: int, facts: AccountFacts, *, version: int | None, by: int | None, now: datetime
) -> CustomerAccount:
    """What invoicing knows of a company from now on; invoices that are issued say what they said."""
    account = open_account(session, company_id, by=by, now=now)
    if version is not None and version != account.version:
        raise Stale
    number = vat_number(facts.vat_number)
    values = {"vat_number": number, "is_group": facts.is_group, "has_agreed_fee": facts.has_agreed_fee}
    return _set(session, account, values, by=by)


def set_vat_number(
    session: Session, company_id: int, written: str, *, by: int | None, now: datetime
) -> CustomerAccount:
    """The VAT number alone, as the form of an invoice states it."""
    number = vat_number(written)
    return _set(session, open_account(session, company_id, by=by, now=now), {"vat_number": number}, by=by)


def _set(session: Session, account: CustomerAccount, values: dict[str, object], *, by: int | None) -> CustomerAccount:
    changes = {}
    for name, value in values.items():
        before = getattr(account, name)
        if before != value:
            setattr(account, name, value)
            changes[name] = (before, value)
    session.flush()
    if changes:
        audit.record(session, "customer account changed", "customer_account", account.id, by=by, changes=changes)
    return account
