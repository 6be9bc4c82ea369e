"""What a voucher must be, which VAT codes there are, and when a fiscal year may begin and end. Pure."""

from __future__ import annotations

import calendar
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from infosoc.kernel.errors import Invalid, Refused
from infosoc.kernel.money import LARGEST_ORE
from infosoc.kernel.words import N_

LONGEST_TEXT, LONGEST_SOURCE, LONGEST_RULE, MOST_LINES = 200, 120, 60, 5000
LOWEST_ACCOUNT, HIGHEST_ACCOUNT = 1000, 9999
MANUAL_SERIES, CORRECTION_SERIES = "A", "K"
_SERIES = re.compile(r"[A-ZÅÄÖ][A-ZÅÄÖ0-9]{0,2}\Z")


class NotOfSales(Invalid):
    message = N_("A sale is booked on an account of income or cost, from 3000 to 8999.")


class NotOfPrepayments(Invalid):
    message = N_("What is paid in advance stands on an account of group 24 or 29, such as 2979.")


class AccountKind(StrEnum):
    """What an account holds; the letters are those of SIE (KTYP)."""

    ASSET = "T"
    DEBT = "S"
    INCOME = "I"
    COST = "K"


def is_of_sales(number: int) -> bool:
    """Whether what is sold may be booked on the account. On one of claims, VAT or the bank the ledgers would differ."""
    return 3000 <= number <= 8999


def is_of_prepayments(number: int) -> bool:
    """Whether income of days to come may stand on the account."""
    return number // 100 in (24, 29)


KIND_LABELS = {
    AccountKind.ASSET: N_("Asset"),
    AccountKind.DEBT: N_("Equity or liability"),
    AccountKind.INCOME: N_("Income"),
    AccountKind.COST: N_("Cost"),
}
BALANCE_KINDS = frozenset({AccountKind.ASSET, AccountKind.DEBT})

# Series are suggestions of the trade; a tenant may use others.
SERIES_LABELS = {
    "A": N_("Manual vouchers"), "B": N_("Customer invoices"), "C": N_("Incoming payments"),
    "D": N_("Supplier invoices"), "E": N_("Outgoing payments"), "L": N_("Payroll"), "M": N_("VAT"),
    "P": N_("Accruals"), "I": N_("Opening balance"), "J": N_("Closing"), "K": N_("Corrections"),
}  # fmt: skip


@dataclass(frozen=True)
class VatCode:
    """What a line is to the VAT return: rate in per cent (none where it does not matter) and boxes of SKV 4700."""

    code: str
    label: str
    rate: int | None = None
    base_box: str = ""
    tax_box: str = ""


NO_VAT = "N"
_SALE, _OUT = N_("Sale in Sweden, %(rate)s %% VAT"), N_("Output VAT %(rate)s %%")
_OUT_REVERSE, _OUT_IMPORT = N_("Output VAT %(rate)s %%, reverse charge"), N_("Output VAT %(rate)s %%, import")
_PURCHASE = N_("Purchase, %(rate)s %% VAT")
# Source: SKV 409 edition 21, by the specification's 4.1.
VAT_CODES = {
    one.code: one
    for one in (
        VatCode(NO_VAT, N_("Outside VAT")),
        VatCode("S25", _SALE, 25, "05"), VatCode("S12", _SALE, 12, "05"), VatCode("S6", _SALE, 6, "05"),
        VatCode("S0", N_("Exempt sale in Sweden"), None, "42"),
        VatCode("S41", N_("Sale in Sweden, reverse charge"), None, "41"),
        VatCode("G35", N_("Goods to the EU"), None, "35"), VatCode("G36", N_("Goods outside the EU"), None, "36"),
        VatCode("G38", N_("Goods, triangulation"), None, "38"),
        VatCode("T39", N_("Services to companies in the EU"), None, "39"),
        VatCode("T40", N_("Services outside the EU"), None, "40"),
        VatCode("U06", N_("Withdrawals"), 25, "06"), VatCode("L08", N_("Rent, voluntary VAT"), 25, "08"),
        VatCode("O25", _OUT, 25, "", "10"), VatCode("O12", _OUT, 12, "", "11"), VatCode("O6", _OUT, 6, "", "12"),
        VatCode("OR25", _OUT_REVERSE, 25, "", "30"), VatCode("OR12", _OUT_REVERSE, 12, "", "31"),
        VatCode("OR6", _OUT_REVERSE, 6, "", "32"),
        VatCode("OI25", _OUT_IMPORT, 25, "", "60"), VatCode("OI12", _OUT_IMPORT, 12, "", "61"),
        VatCode("OI6", _OUT_IMPORT, 6, "", "62"),
        VatCode("I", N_("Input VAT"), None, "", "48"),
        VatCode("I25", _PURCHASE, 25), VatCode("I12", _PURCHASE, 12), VatCode("I6", _PURCHASE, 6),
        VatCode("I0", N_("Purchase without VAT"), 0),
        VatCode("I25H", N_("Car hire and leasing, half of the VAT deducted"), 25),
        VatCode("IREP", N_("Entertainment, VAT deducted in part")),
        VatCode("P20", N_("Goods from the EU"), None, "20"), VatCode("P21", N_("Services from the EU"), None, "21"),
        VatCode("P22", N_("Services from outside the EU"), None, "22"),
        VatCode("P23", N_("Goods in Sweden, reverse charge"), None, "23"),
        VatCode("P24", N_("Services in Sweden, reverse charge"), None, "24"),
        VatCode("P50", N_("Import of goods"), None, "50"),
    )
}  # fmt: skip


class NotBalanced(Invalid):
    code = "not_balanced"
    message = N_("The voucher does not balance: debit and credit differ by %(difference)s.")


class TooFewLines(Invalid):
    code = "too_few_lines"
    message = N_("A voucher needs at least two lines with amounts.")


class TooManyLines(Invalid):
    message = N_("A voucher can have at most %(most)s lines.")


class BadAmount(Invalid):
    message = N_("This is not an amount that can be booked.")


class TextMissing(Invalid):
    message = N_("Enter what the voucher is for.")


class SourceMissing(Invalid):
    message = N_("A voucher needs a source that tells it from all others.")


class BadSeries(Invalid):
    message = N_("A series is one to three capital letters or digits, the first one a letter.")


class UnknownVatCode(Invalid):
    message = N_("There is no VAT code called %(code)s.")


class BadAccountNumber(Invalid):
    message = N_("The number of an account is four digits, from 1000 to 9999.")


class BadYear(Invalid):
    message = N_("A fiscal year ends after it begins, on the last day of a month, and is at most 18 months long.")


class YearNotNext(Invalid):
    message = N_("Fiscal years must be consecutive: the next one begins on %(day)s.")


class LockBackwards(Refused):
    message = N_("The period is already locked through %(day)s. Unlock it first, and enter why.")


@dataclass(frozen=True)
class NewLine:
    """A line to be posted. Debit is positive, credit negative, in whole öre.

    Without a VAT code the account's own is taken; `vat_on` is the day the VAT belongs to, else the voucher's.
    `objects` are dimension numbers and their objects: `{"1": "10"}` is cost centre 10.
    """

    account: int
    amount_ore: int
    vat_code: str | None = None
    text: str = ""
    vat_on: date | None = None
    objects: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewVoucher:
    """A voucher to be posted (BFL 5:7): when, what, with whom, and which documents it rests on and where they are.

    `source` tells it from all others of the tenant: the same one is never posted twice. `rule` names what made it.
    `voucher_on` is the day it belongs to, `event_on` the day of the business event when that is another.
    """

    series: str
    voucher_on: date
    text: str
    lines: Sequence[NewLine]
    source: str
    event_on: date | None = None
    counterparty: str = ""
    documents: str = ""
    rule: str = "manual"
    reverses_id: int | None = None
    replaces_id: int | None = None


def check_voucher(voucher: NewVoucher) -> None:
    """Refuse what can never be a voucher, whatever the chart and the years say."""
    check_series(voucher.series)
    if not voucher.text.strip():
        raise TextMissing(field="text")
    if not voucher.source.strip() or len(voucher.source) > LONGEST_SOURCE:
        raise SourceMissing
    if len(voucher.lines) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES)
    for line in voucher.lines:
        check_line(line)
    if sum(line.amount_ore != 0 for line in voucher.lines) < 2:
        raise TooFewLines
    difference = sum(line.amount_ore for line in voucher.lines)
    if difference:
        raise NotBalanced(difference=kronor(difference))


def check_line(line: NewLine) -> None:
    if isinstance(line.amount_ore, bool) or not isinstance(line.amount_ore, int) or abs(line.amount_ore) > LARGEST_ORE:
        raise BadAmount
    if line.vat_code is not None:
        check_vat_code(line.vat_code)


def check_series(series: str) -> str:
    if not _SERIES.match(series):
        raise BadSeries(field="series")
    return series


def check_vat_code(code: str) -> str:
    if code not in VAT_CODES:
        raise UnknownVatCode(field="vat_code", code=code)
    return code


def check_account_number(number: int) -> int:
    if not LOWEST_ACCOUNT <= number <= HIGHEST_ACCOUNT:
        raise BadAccountNumber(field="number")
    return number


def turnover(lines: Iterable[NewLine]) -> int:
    """The sum of the debit side, in öre: what a list shows as the voucher's amount."""
    return sum(line.amount_ore for line in lines if line.amount_ore > 0)


def reversed_lines(lines: Iterable[NewLine]) -> list[NewLine]:
    """The same lines with their signs turned."""
    return [NewLine(one.account, -one.amount_ore, one.vat_code, one.text, None, dict(one.objects)) for one in lines]


def fingerprint(voucher: NewVoucher, codes: Sequence[str]) -> bytes:
    """A digest of all that is posted, by which a second posting of the same source is told from another voucher.

    `codes` are the VAT codes of the lines as they were settled.
    """
    lines = [
        [one.account, one.amount_ore, code, one.text[:LONGEST_TEXT], str(one.vat_on or voucher.voucher_on), one.objects]
        for one, code in zip(voucher.lines, codes, strict=True)
    ]
    said = [
        voucher.series, str(voucher.voucher_on), str(voucher.event_on or voucher.voucher_on),
        voucher.text.strip()[:LONGEST_TEXT], voucher.counterparty, voucher.documents, voucher.rule,
        voucher.reverses_id, voucher.replaces_id, lines,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).digest()


# ---- fiscal years (BFL 3) -------------------------------------------------------------------------------------------


def check_year(starts_on: date, ends_on: date, *, is_first: bool) -> None:
    """A year ends with a month and begins with one (the very first may begin on any day), 18 months at most."""
    begins_well = starts_on.day == 1 or is_first
    if ends_on <= starts_on or ends_on != last_of_month(ends_on) or not begins_well or _months(starts_on, ends_on) > 18:
        raise BadYear(field="ends_on")


def next_year(last_end: date) -> tuple[date, date]:
    """The twelve months after a year."""
    starts_on = last_end + timedelta(days=1)
    return starts_on, last_of_month(add_months(starts_on, 11))


def last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(first: date, months: int) -> date:
    """The first of the month so many months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def months_of(starts_on: date, ends_on: date) -> list[date]:
    """The first days of the months of a year; the first may be broken."""
    return [add_months(starts_on, step) for step in range(_months(starts_on, ends_on))]


def _months(starts_on: date, ends_on: date) -> int:
    return (ends_on.year - starts_on.year) * 12 + ends_on.month - starts_on.month + 1


def kronor(ore: int) -> str:
    """An amount without its sign, for messages of the domain."""
    return f"{abs(ore) // 100},{abs(ore) % 100:02d}"
