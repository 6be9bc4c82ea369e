"""BgMax (Bankgirot Inbetalningar, version 01), read line by line.

Source: Bankgirot's technical manual of November 2019. Lines of 80 characters in ISO-8859-1; positions here count
from 1, as the manual's do. Real files leave out blanks at the end of a line, and some come in UTF-8: both are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import BinaryIO

from infosoc.kernel import ocr
from infosoc.payments.readers import errors
from infosoc.payments.readers.bgmax_payment import PaymentParts, digits, field
from infosoc.payments.readers.records import SEK, BankFormat, Deposit, Event, Head, Opening, Refusal, Remark

WIDTH = 80
_LONGEST = 1000  # bytes; a file without line ends is not read into memory
VERSION = "01"
_DETAILS = frozenset({b"22", b"23", b"25", b"26", b"27", b"28", b"29"})
_COUNTED = {b"20": b"20", b"21": b"21", b"22": b"22", b"23": b"22", b"15": b"15"}
# What the end record counts, and where: payments, deductions, extra references, deposits.
_CONTROLS = ((b"20", 3), (b"21", 11), (b"22", 19), (b"15", 27))


def read(stream: BinaryIO) -> Iterator[Event]:
    """Every record of the file, checked as it goes; raises a `BankFileError` that names the line."""
    file = _File()
    number = 0
    for number, raw in enumerate(iter(partial(stream.readline, _LONGEST), b""), 1):
        line = raw.rstrip(b" \t\r\n\x00\x1a")
        if not line:
            continue
        if not line.isascii():
            line = _in_latin(line)
        if len(line) > WIDTH:
            raise errors.SecondFile(number) if b"01BGMAX" in line[1:] else errors.TooLong(number)
        yield from file.take(number, line.ljust(WIDTH))
    file.end(number)


def _in_latin(line: bytes) -> bytes:
    """The line in one byte a character, so that positions hold also where somebody has made UTF-8 of it."""
    try:
        return line.decode().encode("latin-1", "replace")
    except UnicodeDecodeError:
        return line


class _File:
    """Where in the file the reader is, and what it has counted."""

    def __init__(self) -> None:
        self.has_begun = self.has_ended = False
        self.opening: Opening | None = None
        self.payment: PaymentParts | None = None
        self.section = 0
        self.sum_ore = 0
        self.in_section = 0
        self.counts = dict.fromkeys((b"20", b"21", b"22", b"15"), 0)
        self.deposits: set[tuple[str, int, str]] = set()
        self.unknown: set[bytes] = set()

    def take(self, number: int, line: bytes) -> Iterator[Event]:
        """Read one line."""
        code = line[:2]
        if not self.has_begun and code != b"01":
            raise errors.UnknownBankFile(number)
        if self.has_ended:
            raise errors.SecondFile(number) if code == b"01" else errors.AfterEnd(number)
        if counted := _COUNTED.get(code):
            self.counts[counted] += 1
        if self.payment and code in _DETAILS:
            self.payment.take(number, code, line)
        elif self.opening and code in (b"20", b"21"):
            yield from self._finish_payment()
            self._begin_payment(number, code, line)
        else:
            yield from self._take_frame(number, code, line)

    def end(self, number: int) -> None:
        """What holds when there is nothing left to read."""
        if not self.has_begun:
            raise errors.EmptyFile(max(number, 1))
        if not self.has_ended:
            raise errors.CutOff(number)

    def _take_frame(self, number: int, code: bytes, line: bytes) -> Iterator[Event]:
        if code == b"05" and not self.opening:
            yield from self._open_section(number, line)
        elif code == b"15" and self.opening:
            yield from self._finish_payment()
            yield from self._close_section(number, line, self.opening)
        elif code == b"01" and not self.has_begun:
            yield self._begin(number, line)
        elif code == b"01":
            raise errors.SecondFile(number)
        elif code == b"70" and not self.opening:
            self._check_counts(number, line)
            self.has_ended = True
        elif code in _DETAILS or code in (b"05", b"15", b"20", b"21", b"70") or not code.isdigit():
            raise errors.Misplaced(number, record=code.decode("latin-1"))
        elif code not in self.unknown:
            self.unknown.add(code)
            yield Remark(number, errors.UnknownRecord(number, record=code.decode()))

    def _begin(self, number: int, line: bytes) -> Head:
        if line[2:22].rstrip() != b"BGMAX":
            raise errors.UnknownBankFile(number)
        version = field(line, 23, 24)
        if version != VERSION:
            raise errors.UnknownVersion(number, version=version, format="BgMax")
        self.has_begun = True
        return Head(BankFormat.BGMAX, version, field(line, 25, 44), is_test=line[44:45] == b"T")

    def _open_section(self, number: int, line: bytes) -> Iterator[Event]:
        currency = field(line, 23, 25)
        if not (len(currency) == 3 and currency.isalpha() and currency.isascii()):
            raise errors.NotACurrency(number, found=currency)
        account = field(line, 3, 12).lstrip("0") or field(line, 13, 22).lstrip("0")
        self.section += 1
        self.sum_ore = self.in_section = 0
        self.opening = Opening(self.section, number, account, currency)
        if currency == SEK:
            yield self.opening

    def _begin_payment(self, number: int, code: bytes, line: bytes) -> None:
        self.payment = PaymentParts(number, code, line)
        self.in_section += 1
        self.sum_ore += self.payment.amount_ore if code == b"20" else -self.payment.amount_ore

    def _finish_payment(self) -> Iterator[Event]:
        parts, self.payment = self.payment, None
        if parts is None or self.opening is None or self.opening.currency != SEK:
            return
        yield parts.payment()
        if parts.checked and not ocr.has_check_digit(parts.checked):
            yield Remark(parts.line, errors.WrongCheckDigit(parts.line, reference=parts.checked))

    def _close_section(self, number: int, line: bytes, opening: Opening) -> Iterator[Event]:
        amount_ore, count = digits(number, line, 51, 68), digits(number, line, 72, 79)
        currency, serial = field(line, 69, 71), field(line, 46, 50)
        if currency != opening.currency:
            raise errors.CurrencyChanges(number, found=currency, said=opening.currency)
        if amount_ore != self.sum_ore:
            raise errors.WrongSum(number, section=self.section, found_ore=self.sum_ore, said_ore=amount_ore)
        if count != self.in_section:
            raise errors.WrongCount(number, what="20 + 21", said=count, found=self.in_section)
        paid_on = _day(number, field(line, 38, 45))
        same = (opening.account, paid_on.year, serial)
        if serial.strip("0") and same in self.deposits:
            raise errors.SameDepositTwice(number, serial=serial, account=opening.account)
        self.deposits.add(same)
        self.opening = None
        if currency == SEK:
            bank_account = field(line, 3, 37).lstrip("0")
            yield Deposit(self.section, number, amount_ore, paid_on, serial, bank_account, count)
        else:
            error = errors.ForeignCurrency(opening.line, currency=currency)
            yield Refusal(self.section, opening.line, error, count)

    def _check_counts(self, number: int, line: bytes) -> None:
        if line[34:].strip():
            raise errors.SecondFile(number) if b"BGMAX" in line else errors.AfterEnd(number)
        for code, start in _CONTROLS:
            said, found = digits(number, line, start, start + 7), self.counts[code]
            if said != found:
                what = "22 + 23" if code == b"22" else code.decode()
                raise errors.WrongCount(number, what=what, said=said, found=found)


def _day(number: int, text: str) -> date:
    try:
        if len(text) != 8 or not text.isdigit():
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise errors.NotADate(number, found=text) from error
