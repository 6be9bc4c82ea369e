"""Vouchers as they are read: the list, and one with all that belongs to it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from infosoc.accounts.models import User
from infosoc.kernel.errors import NotFound
from infosoc.kernel.money import NotAnAmount, parse_ore
from infosoc.kernel.text import fold
from infosoc.ledger.models import Account, FiscalYear, Voucher, VoucherLine

PAGE, EXPORTED_AT_A_TIME = 50, 500
_NAME = re.compile(r"([A-Za-zÅÄÖåäö]{1,3})\s?(\d{1,9})\Z")
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})\Z")


@dataclass(frozen=True)
class VoucherFilter:
    """What of the vouchers is shown. Nothing chosen is everything."""

    series: frozenset[str] = frozenset()
    first: date | None = None
    last: date | None = None
    account: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Cursor:
    """Where an older page begins: after this voucher."""

    voucher_on: date
    id: int

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        found = _CURSOR.match(text or "")
        if not found:
            return None
        try:
            return cls(date.fromisoformat(found[1]), int(found[2]))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.voucher_on.isoformat()}.{self.id}"


@dataclass(frozen=True)
class VoucherRow:
    """One voucher in the list."""

    voucher: Voucher
    by: str


@dataclass(frozen=True)
class VoucherPage:
    rows: list[VoucherRow]
    older: Cursor | None


@dataclass(frozen=True)
class Neighbour:
    """Another voucher that this one is linked with."""

    name: str
    public_id: str
    registered_at: object = None
    by: str = ""


@dataclass(frozen=True)
class VoucherCard:
    """One voucher with its lines, the names of its accounts, its year, and the vouchers it is linked with."""

    voucher: Voucher
    lines: list[tuple[VoucherLine, Account]]
    year: FiscalYear
    by: str
    reverses: Neighbour | None
    replaces: Neighbour | None
    reversed_by: Neighbour | None
    replaced_by: Neighbour | None
    before: Neighbour | None
    after: Neighbour | None

    @property
    def may_be_reversed(self) -> bool:
        return self.reversed_by is None and self.voucher.reverses_id is None


def page(session: Session, wanted: VoucherFilter, before: Cursor | None, limit: int = PAGE) -> VoucherPage:
    """A page of the vouchers, the latest day first."""
    query = select(Voucher, User.name).outerjoin(User, User.id == Voucher.registered_by)
    if wanted.account is not None and not wanted.series and not wanted.words.strip():
        query = query.where(Voucher.id.in_(_newest_on(wanted, before, limit + 1)))
    else:
        query = narrowed(query, wanted)
        if before is not None:
            query = query.where(_is_older(Voucher.voucher_on, Voucher.id, before))
    query = query.order_by(Voucher.voucher_on.desc(), Voucher.id.desc()).limit(limit + 1)
    rows = [VoucherRow(voucher, by or "") for voucher, by in session.execute(query)]
    last = rows[limit - 1].voucher if len(rows) > limit else None
    return VoucherPage(rows[:limit], Cursor(last.voucher_on, last.id) if last else None)


def _is_older(day: Any, id: Any, before: Cursor) -> ColumnElement[bool]:
    return or_(day < before.voucher_on, and_(day == before.voucher_on, id < before.id))


def _newest_on(wanted: VoucherFilter, before: Cursor | None, limit: int) -> Select[Any]:
    """Just those vouchers of an account that the page shows: read backwards along the account's own index."""
    line = aliased(VoucherLine)
    query = select(line.voucher_id).where(line.account == wanted.account)
    if wanted.first:
        query = query.where(line.voucher_on >= wanted.first)
    if wanted.last:
        query = query.where(line.voucher_on <= wanted.last)
    if before is not None:
        query = query.where(line.voucher_on <= before.voucher_on, _is_older(line.voucher_on, line.voucher_id, before))
    query = query.group_by(line.voucher_on, line.voucher_id)
    return query.order_by(line.voucher_on.desc(), line.voucher_id.desc()).limit(limit)


def every(session: Session, wanted: VoucherFilter) -> Iterator[tuple[VoucherRow, list[VoucherLine]]]:
    """All vouchers of a filter in the order of the list, each with its lines; read a part at a time."""
    before: Cursor | None = None
    while True:
        found = page(session, wanted, before, limit=EXPORTED_AT_A_TIME)
        lines: dict[int, list[VoucherLine]] = {}
        query = select(VoucherLine).where(VoucherLine.voucher_id.in_([row.voucher.id for row in found.rows]))
        for line in session.scalars(query.order_by(VoucherLine.voucher_id, VoucherLine.position)):
            lines.setdefault(line.voucher_id, []).append(line)
        for row in found.rows:
            yield row, lines.get(row.voucher.id, [])
        before = found.older
        if before is None:
            return
        session.expunge_all()


def accounts(session: Session) -> dict[int, Account]:
    """The chart of accounts by number."""
    return {one.number: one for one in session.scalars(select(Account))}


def narrowed(query: Select, wanted: VoucherFilter) -> Select:
    if wanted.series:
        query = query.where(Voucher.series.in_(sorted(wanted.series)))
    if wanted.first:
        query = query.where(Voucher.voucher_on >= wanted.first)
    if wanted.last:
        query = query.where(Voucher.voucher_on <= wanted.last)
    if wanted.account is not None:
        query = query.where(Voucher.id.in_(select(VoucherLine.voucher_id).where(VoucherLine.account == wanted.account)))
    return _searched(query, wanted.words) if wanted.words.strip() else query


def _searched(query: Select, words: str) -> Select:
    """By text and counterparty, every word of it; by name (`A12`), or by amount where it is one."""
    texts = and_(*(Voucher.text_folded.contains(word, autoescape=True) for word in fold(words).split()[:8]))
    ways = [texts]
    if found := _NAME.match(words.strip()):
        ways.append(and_(Voucher.series == found[1].upper(), Voucher.number == int(found[2])))
    with contextlib.suppress(NotAnAmount):
        ways.append(Voucher.amount_ore == abs(parse_ore(words)))
    return query.where(or_(*ways))


def card(session: Session, public_id: str) -> VoucherCard:
    """The voucher at an address; raises NotFound."""
    found = session.execute(
        select(Voucher, FiscalYear, User.name)
        .join(FiscalYear, FiscalYear.id == Voucher.fiscal_year_id)
        .outerjoin(User, User.id == Voucher.registered_by)
        .where(Voucher.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    voucher, year, by = found
    near = _near(session, voucher)
    return VoucherCard(
        voucher, lines_with_accounts(session, voucher.id), year, by or "",
        reverses=_named(near, lambda one: one.id == voucher.reverses_id),
        replaces=_named(near, lambda one: one.id == voucher.replaces_id),
        reversed_by=_named(near, lambda one: one.reverses_id == voucher.id),
        replaced_by=_named(near, lambda one: one.replaces_id == voucher.id),
        before=_named(near, lambda one: _is_beside(one, voucher, -1)),
        after=_named(near, lambda one: _is_beside(one, voucher, 1)),
    )  # fmt: skip


def lines_with_accounts(session: Session, voucher_id: int) -> list[tuple[VoucherLine, Account]]:
    query = (
        select(VoucherLine, Account)
        .join(Account, Account.number == VoucherLine.account)
        .where(VoucherLine.voucher_id == voucher_id)
        .order_by(VoucherLine.position)
    )
    return [(line, account) for line, account in session.execute(query)]


def _near(session: Session, voucher: Voucher) -> list[tuple[Voucher, str]]:
    """The vouchers linked with this one, either way, and those before and after it in its series."""
    of, who = aliased(Voucher), aliased(User)
    linked = [one for one in (voucher.reverses_id, voucher.replaces_id) if one is not None]
    query = (
        select(of, who.name)
        .outerjoin(who, who.id == of.registered_by)
        .where(
            or_(
                of.id.in_(linked),
                of.reverses_id == voucher.id,
                of.replaces_id == voucher.id,
                and_(
                    of.fiscal_year_id == voucher.fiscal_year_id,
                    of.series == voucher.series,
                    of.number.in_([voucher.number - 1, voucher.number + 1]),
                ),
            )
        )
    )
    return [(one, by or "") for one, by in session.execute(query)]


def _named(near: list[tuple[Voucher, str]], fits) -> Neighbour | None:
    return next((Neighbour(one.name, one.public_id, one.registered_at, by) for one, by in near if fits(one)), None)


def _is_beside(one: Voucher, voucher: Voucher, step: int) -> bool:
    same = (one.fiscal_year_id, one.series) == (voucher.fiscal_year_id, voucher.series)
    return same and one.number == voucher.number + step
