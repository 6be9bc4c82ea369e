"""Posting: the one way into the bookkeeping, for people and for every other part of the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk, prepared
from infosoc.db.within import packed, within_bound
from infosoc.kernel.errors import Refused
from infosoc.kernel.public_id import new_public_ids
from infosoc.kernel.text import clean, fold
from infosoc.kernel.words import N_
from infosoc.ledger import rules
from infosoc.ledger.commands.numbers import VOUCHERS, take_numbers
from infosoc.ledger.models import Account, FiscalYear, Voucher, VoucherLine
from infosoc.ledger.rules import NewVoucher

LINE_COLUMNS = (
    "voucher_id", "position", "account", "amount_ore", "vat_code", "vat_on", "voucher_on", "text", "objects",
)  # fmt: skip
VOUCHER_COLUMNS = (
    "id", "public_id", "fiscal_year_id", "series", "number", "voucher_on", "event_on", "text", "text_folded",
    "counterparty", "documents", "amount_ore", "source", "rule", "fingerprint", "reverses_id", "replaces_id",
)  # fmt: skip


class SourceUsed(Refused):
    message = N_("%(source)s has been posted already, as %(name)s, and differently. Correct that voucher instead.")


class NoSuchYear(Refused):
    message = N_("There is no fiscal year on the books for %(day)s.")


class PeriodLocked(Refused):
    message = N_("The period is locked through %(day)s. Choose a later day, or have it unlocked.")


class NoSuchAccount(Refused):
    message = N_("There is no account %(number)s in the chart.")


class AccountClosed(Refused):
    message = N_("Account %(number)s is closed. Choose another one, or open it again in the chart.")


class Posted(NamedTuple):
    """A voucher that is on the books, as far as whoever has posted it asks."""

    id: int
    public_id: str
    series: str
    number: int
    source: str
    fingerprint: bytes

    @property
    def name(self) -> str:
        return f"{self.series}{self.number}"


def post(session: Session, voucher: NewVoucher, *, by: int | None, now: datetime) -> Posted:
    """Post one voucher: balanced, numbered, final. The same source again gives the first one, or refuses another."""
    return post_many(session, [voucher], by=by, now=now)[0]


def post_many(session: Session, vouchers: Sequence[NewVoucher], *, by: int | None, now: datetime) -> list[Posted]:
    """Post many in one go, numbered in the order given; those whose source is there already come back as they are."""
    for voucher in vouchers:
        rules.check_voucher(voucher)
    audit.take_turn(session)  # nobody else of the tenant posts until this commits
    session.flush()
    there = _posted(session, [voucher.source for voucher in vouchers])
    accounts = _accounts(session, vouchers)
    new: list[tuple[NewVoucher, list[str], bytes]] = []
    coming: dict[str, bytes] = {}
    for voucher in vouchers:
        codes = _codes(voucher, accounts)
        digest = rules.fingerprint(voucher, codes)
        known = there[voucher.source].fingerprint if voucher.source in there else coming.get(voucher.source)
        if known is None:
            _check_accounts(voucher, accounts)
            new.append((voucher, codes, digest))
            coming[voucher.source] = digest
        elif known != digest:
            name = there[voucher.source].name if voucher.source in there else "?"
            raise SourceUsed(source=voucher.source, name=name)
    there |= _write(session, new, by=by, now=now)
    return [there[voucher.source] for voucher in vouchers]


def _posted(session: Session, sources: list[str]) -> dict[str, Posted]:
    given = {"sources": packed(session, sources)}
    found = prepared.rows(session, "vouchers by source", lambda: _source_query(session), given)
    return {one.source: one for one in map(Posted._make, found)}


def _source_query(session: Session) -> Select[int, str, str, int, str, bytes]:
    query = select(Voucher.id, Voucher.public_id, Voucher.series, Voucher.number, Voucher.source, Voucher.fingerprint)
    return query.where(within_bound(session, Voucher.source, "sources"))


class _Account(NamedTuple):
    vat_code: str
    is_closed: bool


def _accounts(session: Session, vouchers: Sequence[NewVoucher]) -> dict[int, _Account]:
    numbers = {line.account for voucher in vouchers for line in voucher.lines}
    given = {"numbers": packed(session, numbers)}
    rows = prepared.rows(session, "accounts by number", lambda: _account_query(session), given)
    found = {number: _Account(vat_code, is_closed) for number, vat_code, is_closed in rows}
    missing = sorted(numbers - found.keys())
    if missing:
        raise NoSuchAccount(number=missing[0])
    return found


def _account_query(session: Session) -> Select[int, str, bool]:
    query = select(Account.number, Account.vat_code, Account.closed_at.is_not(None))
    return query.where(within_bound(session, Account.number, "numbers"))


def _codes(voucher: NewVoucher, accounts: dict[int, _Account]) -> list[str]:
    """The VAT code of each line: its own, or the account's."""
    return [
        accounts[line.account].vat_code if line.vat_code is None else rules.check_vat_code(line.vat_code)
        for line in voucher.lines
    ]


def _check_accounts(voucher: NewVoucher, accounts: dict[int, _Account]) -> None:
    """A closed account takes nothing new, but what is on it can be turned back."""
    for line in voucher.lines:
        if accounts[line.account].is_closed and voucher.reverses_id is None:
            raise AccountClosed(number=line.account)


def _write(
    session: Session, new: list[tuple[NewVoucher, list[str], bytes]], *, by: int | None, now: datetime
) -> dict[str, Posted]:
    """Number them and write them down: the lines first, for the database looks at all of it when the voucher comes."""
    if not new:
        return {}
    years = _years(session, [voucher.voucher_on for voucher, _, _ in new])
    numbers = _numbers(session, [(voucher, years[voucher.voucher_on]) for voucher, _, _ in new])
    ids = bulk.new_ids(session, Voucher, len(new))
    _write_lines(session, [(at, voucher, codes) for at, (voucher, codes, _) in zip(ids, new, strict=True)])
    rows = [
        (at, public_id, years[voucher.voucher_on].id, voucher.series, number, voucher.voucher_on,
         voucher.event_on or voucher.voucher_on, _short(voucher.text), _folded(voucher), _short(voucher.counterparty),
         _short(voucher.documents), rules.turnover(voucher.lines), voucher.source, voucher.rule[: rules.LONGEST_RULE],
         digest, voucher.reverses_id, voucher.replaces_id)
        for at, public_id, number, (voucher, _, digest) in zip(
            ids, new_public_ids(len(new)), numbers, new, strict=True
        )
    ]  # fmt: skip
    bulk.add_each(session, Voucher, VOUCHER_COLUMNS, rows, registered_at=now, registered_by=by)
    audit.record_bulk(session, [("voucher posted", "voucher", at, []) for at in ids], by=by)
    return {row[12]: Posted(row[0], row[1], row[3], row[4], row[12], row[14]) for row in rows}


def _write_lines(session: Session, vouchers: list[tuple[int, NewVoucher, list[str]]]) -> None:
    rows = [
        (at, place, line.account, line.amount_ore, code, line.vat_on or voucher.voucher_on, voucher.voucher_on,
         _short(line.text), dict(line.objects))
        for at, voucher, codes in vouchers
        for place, (line, code) in enumerate(zip(voucher.lines, codes, strict=True), 1)
    ]  # fmt: skip
    bulk.add(session, VoucherLine, LINE_COLUMNS, rows)


class Year(Protocol):
    """What posting asks of a fiscal year."""

    @property
    def id(self) -> int: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def locked_through(self) -> date | None: ...


AnyYear = TypeVar("AnyYear", bound=Year)


@dataclass(frozen=True)
class _Year:
    id: int
    starts_on: date
    ends_on: date
    locked_through: date | None


def _years(session: Session, days: list[date]) -> dict[date, _Year]:
    """The open year of each day."""
    known = [_Year(*row) for row in prepared.rows(session, "fiscal years", _year_query)]
    return {day: open_year(known, day) for day in set(days)}


def _year_query() -> Select[int, date, date, date | None]:
    return select(FiscalYear.id, FiscalYear.starts_on, FiscalYear.ends_on, FiscalYear.locked_through)


def open_year(known: Sequence[AnyYear], day: date) -> AnyYear:
    """The year that a day is in, when it is not locked there."""
    year = next((one for one in known if one.starts_on <= day <= one.ends_on), None)
    if year is None:
        raise NoSuchYear(field="voucher_on", day=day.isoformat())
    if year.locked_through is not None and day <= year.locked_through:
        raise PeriodLocked(field="voucher_on", day=year.locked_through.isoformat())
    return year


def _numbers(session: Session, wanted: Sequence[tuple[NewVoucher, Year]]) -> list[int]:
    """A number for each, in order; the counters are locked in one order, whatever that of the vouchers."""
    counts: dict[tuple[int, str], int] = {}
    for voucher, year in wanted:
        counts[year.id, voucher.series] = counts.get((year.id, voucher.series), 0) + 1
    given = {
        (year_id, series): iter(take_numbers(session, VOUCHERS, series, count, fiscal_year_id=year_id))
        for (year_id, series), count in sorted(counts.items())
    }
    return [next(given[year.id, voucher.series]) for voucher, year in wanted]


def _short(text: str) -> str:
    return clean(text)[: rules.LONGEST_TEXT]


def _folded(voucher: NewVoucher) -> str:
    """What the list is searched by: text and counterparty, without case and accents."""
    return fold(f"{_short(voucher.text)} {_short(voucher.counterparty)}")[:400]
