"""The tenant's chart of accounts: seeded when bookkeeping is taken into use, then its own."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger import rules
from infosoc.ledger.models import Account, AccountMonth, OpeningBalance, VoucherLine
from infosoc.ledger.rules import AccountKind
from infosoc.tenancy import commands as tenancy
from infosoc.tenancy.rules import Flag


class NumberTaken(Invalid):
    message = N_("Account %(number)s already exists.")


class NameMissing(Invalid):
    message = N_("Give the account a name.")


class AccountUsed(Refused):
    message = N_("Account %(number)s has been used: it can be closed but not deleted.")


@dataclass(frozen=True)
class AccountFacts:
    """What may be changed of an account."""

    name_sv: str
    name_en: str
    vat_code: str
    sru: str = ""


@lru_cache
def seed() -> tuple[tuple[int, str, str, str, str, str], ...]:
    """The chart that a tenant begins with: number, names, kind, VAT code, field of the income return (INK2R)."""
    text = resources.files("infosoc.ledger").joinpath("data/chart.csv").read_text(encoding="utf-8")
    return tuple(
        (int(row["number"]), row["name_sv"], row["name_en"], row["kind"], row["vat_code"], row["sru"])
        for row in csv.DictReader(text.splitlines(), delimiter=";")
    )


def seed_chart(session: Session, *, now: datetime) -> int:
    """Give the tenant of the scope the chart, unless it has accounts; how many it was."""
    if session.scalar(select(Account.id).limit(1)):
        return 0
    rows = [(*row, public_id) for row, public_id in zip(seed(), new_public_ids(len(seed())), strict=True)]
    columns = ("number", "name_sv", "name_en", "kind", "vat_code", "sru", "public_id")
    bulk.add(session, Account, columns, rows, version=1, created_at=now)
    return len(rows)


def seed_with_module(session: Session, tenant_id: int, flag: Flag, value: bool) -> None:
    """Give a tenant its chart when it takes bookkeeping into use."""
    if flag is Flag.MODULE_FINANCE and value:
        with tenant_scope(Scope.alone(tenant_id)):
            seed_chart(session, now=clock.now())


tenancy.after_flag(seed_with_module)


def add_account(
    session: Session, number: int, kind: AccountKind, facts: AccountFacts, *, by: int | None, now: datetime
) -> Account:
    """A new account of the tenant's own."""
    rules.check_account_number(number)
    if session.scalar(select(Account.id).where(Account.number == number)):
        raise NumberTaken(field="number", number=number)
    facts = _checked(facts)
    made = Account(
        number=number, kind=kind.value, name_sv=facts.name_sv, name_en=facts.name_en, vat_code=facts.vat_code,
        sru=facts.sru, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, "account added", "account", made.id, by=by, changes={"number": (None, number)})
    return made


def change_account(
    session: Session, public_id: str, facts: AccountFacts, *, version: int | None, by: int | None
) -> Account:
    """Other names or another usual VAT code; what has been posted stays as it was."""
    account = account_at(session, public_id)
    if version is not None and version != account.version:
        raise Stale
    facts = _checked(facts)
    wanted = {"name_sv": facts.name_sv, "name_en": facts.name_en, "vat_code": facts.vat_code, "sru": facts.sru}
    changes = {key: (getattr(account, key), value) for key, value in wanted.items() if getattr(account, key) != value}
    for key, (_, after) in changes.items():
        setattr(account, key, after)
    if changes:
        audit.record(session, "account changed", "account", account.id, by=by, changes=changes)
    return account


def close_account(session: Session, public_id: str, *, by: int | None, now: datetime) -> Account:
    """Nothing new is posted on it; what is there stays and is shown."""
    account = account_at(session, public_id)
    if account.closed_at is None:
        account.closed_at = now
        audit.record(session, "account closed", "account", account.id, by=by)
    return account


def reopen_account(session: Session, public_id: str, *, by: int | None) -> Account:
    account = account_at(session, public_id)
    if account.closed_at is not None:
        account.closed_at = None
        audit.record(session, "account opened", "account", account.id, by=by)
    return account


def remove_account(session: Session, public_id: str, *, by: int | None) -> int:
    """Take an account that nothing was ever posted on out of the chart; its number."""
    account = account_at(session, public_id)
    if is_used(session, account.number):
        raise AccountUsed(number=account.number)
    audit.record(session, "account removed", "account", account.id, by=by, changes={"number": (account.number, None)})
    session.delete(account)
    session.flush()
    return account.number


def is_used(session: Session, number: int) -> bool:
    """Whether anything stands on the account, in any year."""
    uses = (exists().where(model.account == number) for model in (VoucherLine, AccountMonth, OpeningBalance))
    return bool(session.scalar(select(Account.id).where(Account.number == number, or_(*uses))))


def account_at(session: Session, public_id: str) -> Account:
    found = session.scalar(select(Account).where(Account.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _checked(facts: AccountFacts) -> AccountFacts:
    name_sv = clean(facts.name_sv)[:120]
    if not name_sv:
        raise NameMissing(field="name_sv")
    rules.check_vat_code(facts.vat_code)
    return AccountFacts(name_sv, clean(facts.name_en)[:120], facts.vat_code, clean(facts.sru)[:12])
