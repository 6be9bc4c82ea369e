"""When two files tell of the same money. Pure.

A format has its own key for a deposit: in BgMax the receiving account, the year and the serial number, in camt the
account and the bank's reference, or else the statement and what stands in it. Between formats it is the day and the
amount, with what else agrees: the serial number, the payments and their references. Source: specification 3.3 and 3.4.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from infosoc.payments.open_items import money_ore
from infosoc.payments.readers.records import Payment, ReferenceKind
from infosoc.payments.rules import BANK

_MODULUS = 1 << 64
_ODD, _PRIME = 0x9E3779B97F4A7C15, (1 << 61) - 1
LONGEST_KEY = 200


class Digest:
    """What a deposit's payments come to, whatever their order, in little memory however many they are."""

    def __init__(self) -> None:
        self.payments = self.checked = 0
        self._amounts = self._references = self._serials = 0

    def add(self, payment: Payment) -> None:
        ore = money_ore(payment)
        named = sorted(one.text for one in payment.references if one.kind is ReferenceKind.CHECKED)
        self.payments += 1
        self.checked += bool(named)
        self._amounts += _mixed(ore)
        self._references += _mixed(ore, "|".join(named))
        self._serials += _mixed(ore, payment.serial.lstrip("0"))

    @property
    def amounts(self) -> str:
        return f"{self._amounts % _MODULUS:016x}"

    @property
    def references(self) -> str:
        return f"{self._references % _MODULUS:016x}"

    @property
    def serials(self) -> str:
        return f"{self._serials % _MODULUS:016x}"


def _mixed(ore: int, text: str = "") -> int:
    """A number that differs where these differ; quick rather than safe against forgery, which a bank does not do."""
    return ((ore << 32) + zlib.crc32(text.encode()) + 1) * _ODD % _PRIME


@dataclass(frozen=True, slots=True)
class Section:
    """A deposit or entry as one file tells of it. Without payments when their details come elsewhere."""

    number: int
    line: int
    format: str
    account: str
    statement: str
    serial: str
    paid_on: date
    amount_ore: int
    payments: int = 0
    checked: int = 0
    amounts: str = ""
    references: str = ""
    serials: str = ""
    ledger_account: int = BANK

    @property
    def own_key(self) -> str:
        """What the format itself tells it by; equal in two files, it is the same deposit."""
        if serial := self.serial.lstrip("0"):
            return f"{self.format}|{self.account}|{self.paid_on.year}|{serial}"
        return (
            f"{self.format}|{self.account}|{self.statement}|{self.paid_on}|{self.amount_ore}|{self.amounts}"
            f"|{self.serials}"
        )


@dataclass
class Money:
    """One deposit that is known: its files' formats and keys, and whether its payments have been taken, or it has been
    said what it is.
    """

    group_id: int
    paid_on: date
    amount_ore: int
    ledger_account: int = BANK
    is_taken: bool = False
    formats: set[str] = field(default_factory=set)
    serials: set[str] = field(default_factory=set)
    detailed: list[Section] = field(default_factory=list)

    def add(self, section: Section, *, takes: bool) -> None:
        self.is_taken |= takes
        self.formats.add(section.format)
        self.serials |= {section.serial.lstrip("0")} - {""}
        if section.payments:
            self.detailed.append(section)


def keys(sections: Sequence[Section]) -> list[str]:
    """A key for each: the same content twice in one file is two deposits, told apart by their order."""
    seen: Counter[str] = Counter()
    made = []
    for section in sections:
        key = section.own_key[: LONGEST_KEY - 8]
        seen[key] += 1
        made.append(key if seen[key] == 1 else f"{key}|{seen[key]}")
    return made


def same_money(sections: Iterable[Section], known: Iterable[Money]) -> dict[int, Money]:
    """For sections that their own format does not know yet: the deposit of another format that each is, by number.

    It came to the same account of ours. A deposit is one of each format at most, so that as many deposits of a day and
    amount remain as a bank told of. The surest pairs are made first.
    """
    by_money: dict[tuple[date, int, int], list[Money]] = defaultdict(list)
    for money in known:
        by_money[money.paid_on, money.amount_ore, money.ledger_account].append(money)
    pairs = [
        (-likeness, section.number, at, section, money)
        for section in sections
        for at, money in enumerate(by_money.get((section.paid_on, section.amount_ore, section.ledger_account), ()))
        if (likeness := _likeness(section, money))
    ]
    found: dict[int, Money] = {}
    used: set[int] = set()
    for _, number, _, _, money in sorted(pairs, key=lambda pair: pair[:3]):
        if number not in found and money.group_id not in used:
            found[number] = money
            used.add(money.group_id)
    return found


def _likeness(section: Section, money: Money) -> int:
    """How surely they are the same: 0 when they are not."""
    if section.format in money.formats:
        return 0
    if section.serial.lstrip("0") in money.serials:
        return 4
    if not section.payments or not money.detailed:
        return 1
    if any(one.references == section.references for one in money.detailed):
        return 3
    # Where one of the files states no checked references at all, the amounts must do.
    return 2 if any(one.amounts == section.amounts and not (one.checked and section.checked)
                    for one in money.detailed) else 0  # fmt: skip
