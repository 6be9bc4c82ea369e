"""The accounts that customers pay to: added, given their days, and chosen to be printed on invoices.

What is printed stands in the settings, one number of each kind; the list holds every number that payments are received
on. Invoices that were issued keep what was printed on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.models import InvoicingSettings, ReceivingAccount
from infosoc.invoicing.queries import parties, receiving
from infosoc.invoicing.rules import accounts
from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.words import N_
from infosoc.ledger.models import Account

BANK = 1930


class BadBankgiro(Invalid):
    message = N_("This is not a bankgiro number: its last digit does not match the others. Write it as 991-2346.")


class BadPlusgiro(Invalid):
    message = N_("This is not a plusgiro number: its last digit does not match the others. Write it as 28 65 43-4.")


class BadIban(Invalid):
    message = N_("This is not an IBAN: its check digits do not match the rest.")


class BadBic(Invalid):
    message = N_("This is not a BIC. It has eight or eleven characters, such as SWEDSESS.")


class IbanNeedsBic(Invalid):
    message = N_("A BIC goes with the IBAN.")


class NoNumber(Invalid):
    message = N_("Enter the number of the account.")


class KnownNumber(Refused):
    message = N_("The account is in the list already.")


class NotABankAccount(Invalid):
    message = N_("Choose an open account of the chart for cash or bank, such as 1930.")


class EndsBeforeItBegins(Invalid):
    message = N_("The last day is before the first one.")


class StillPrinted(Invalid):
    message = N_("Invoices print this account. Choose another one to print first.")


class NotInUse(Refused):
    message = N_("The account is not in use today. Change its days first.")


@dataclass(frozen=True)
class Use:
    """From when through when an account is ours, and the account of the chart that holds its money."""

    ledger_account: int = BANK
    valid_from: date | None = None
    valid_through: date | None = None


def read_number(kind: str, written: str) -> str:
    """A number as it is kept: digits, or an IBAN; empty when nothing was written. Raises what is wrong with it."""
    if kind == "iban":
        return _iban(written)
    is_right, wrong = {
        "bankgiro": (accounts.is_bankgiro, BadBankgiro), "plusgiro": (accounts.is_plusgiro, BadPlusgiro),
    }[kind]  # fmt: skip
    digits = "".join(sign for sign in written if not sign.isspace() and sign not in "-\u2013")
    if digits and not is_right(digits):
        raise wrong(field=kind)
    return digits


def _iban(written: str) -> str:
    try:
        return iban.validate(written) if written.strip() else ""
    except ValidationError:
        raise BadIban(field="iban") from None


def read_bic(written: str) -> str:
    try:
        return bic.validate(written) if written.strip() else ""
    except ValidationError:
        raise BadBic(field="bic") from None


def add(
    session: Session, kind: str, number: str, use: Use, *, bic: str = "", by: int | None, now: datetime
) -> ReceivingAccount:
    """Put an account in the list: what comes to it is ours from then on."""
    try:
        digits = read_number(kind, number)
    except Invalid as error:
        error.field = "number"
        raise
    if not digits:
        raise NoNumber(field="number")
    code = read_bic(bic) if kind == "iban" else ""
    if kind == "iban" and not code:
        raise IbanNeedsBic(field="bic")
    audit.take_turn(session)
    if _listed(session, kind, digits):
        raise KnownNumber(field="number")
    _check(session, use)
    made = _put(session, kind, digits, code, use, by=by, now=now)
    changes = {"number": (None, digits), "ledger account": (None, use.ledger_account)}
    _note(session, "receiving account added", changes, by)
    return made


def change(session: Session, public_id: str, use: Use, *, by: int | None) -> ReceivingAccount:
    """Give an account other days, or another account of the chart for what comes from now on."""
    audit.take_turn(session)
    account = receiving.account_at(session, public_id)
    if use.valid_through and receiving.is_printed(parties.settings(session), account):
        raise StillPrinted(field="valid_through")
    _check(session, use)
    names = {"ledger account": "ledger_account", "first day": "valid_from", "last day": "valid_through"}
    before = {name: getattr(account, column) for name, column in names.items()}
    for column in names.values():
        setattr(account, column, getattr(use, column))
    after = {name: getattr(account, column) for name, column in names.items()}
    changes = {name: (_told(before[name]), _told(after[name])) for name in names if before[name] != after[name]}
    if changes:
        _note(session, "receiving account changed", {"number": (account.number, account.number), **changes}, by)
    return account


def choose(session: Session, public_id: str, *, on: date, by: int | None, now: datetime) -> ReceivingAccount:
    """Print an account on the invoices that are issued from now on, instead of the one of its kind."""
    audit.take_turn(session)
    account = receiving.account_at(session, public_id)
    own = parties.settings(session)
    if own is None:
        raise parties.NotSetUp
    if not (account.valid_from or date.min) <= on or account.valid_through:
        raise NotInUse
    wanted = {account.kind: account.number} | ({"bic": account.bic} if account.kind == "iban" else {})
    changes = {name: (getattr(own, name), value) for name, value in wanted.items() if getattr(own, name) != value}
    keep_printed(session, own, by=by, now=now)
    for name, (_, value) in changes.items():
        setattr(own, name, value)
    if changes:
        session.flush()
        _note(session, "invoicing settings changed", changes, by)
    return account


def keep_printed(session: Session, own: InvoicingSettings, *, by: int | None, now: datetime) -> None:
    """What is printed is in the list, so that it is still ours when something else is printed. Raises `NotInUse`."""
    for kind, number in receiving.printed(own).items():
        listed = _listed(session, kind, number)
        if listed is None:
            _put(session, kind, number, own.bic if kind == "iban" else "", Use(), by=by, now=now)
        elif listed.valid_through:
            raise NotInUse(field=kind)


def _told(value: object) -> str | None:
    return None if value is None else str(value)


def _put(
    session: Session, kind: str, number: str, bic: str, use: Use, *, by: int | None, now: datetime
) -> ReceivingAccount:
    made = ReceivingAccount(
        kind=kind, number=number, bic=bic, ledger_account=use.ledger_account, valid_from=use.valid_from,
        valid_through=use.valid_through, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _listed(session: Session, kind: str, number: str) -> ReceivingAccount | None:
    query = select(ReceivingAccount).where(ReceivingAccount.kind == kind, ReceivingAccount.number == number)
    return session.scalar(query)


def _check(session: Session, use: Use) -> None:
    if use.valid_from and use.valid_through and use.valid_through < use.valid_from:
        raise EndsBeforeItBegins(field="valid_through")
    query = select(Account.id).where(Account.number == use.ledger_account, Account.closed_at.is_(None))
    if not 1900 <= use.ledger_account <= 1999 or session.scalar(query) is None:
        raise NotABankAccount(field="account")


def _note(session: Session, deed: str, changes: Mapping[str, tuple[object, object]], by: int | None) -> None:
    audit.record(session, deed, "tenant", current_scope().tenant_id, by=by, changes=changes)
