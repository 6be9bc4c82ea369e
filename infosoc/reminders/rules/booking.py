"""What costs of late claims and losses are to the ledger (specification 4.3, rules 7 and 8). Pure.

Fees and compensation are claims of their own beside the invoices: on 1680, so that the customer ledger is the invoices
and nothing else. Interest runs until it is paid, and is booked then, as a part of the payment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from infosoc.invoicing.rules.posting import OUTPUT_VAT
from infosoc.invoicing.rules.record import Invoice
from infosoc.invoicing.rules.vat import treatment
from infosoc.kernel.money import split
from infosoc.ledger.rules import LONGEST_TEXT, NO_VAT, NewLine, NewVoucher
from infosoc.payments.rules import LATE_COSTS

COST_INCOME = 3590
CONFIRMED_LOSS, EXPECTED_LOSS, WRITTEN_DOWN = 6351, 6352, 1519
CLAIMS_SERIES, LOSSES_SERIES = "B", "A"


@dataclass(frozen=True)
class About:
    """The invoice that a voucher is about, as far as it is named there."""

    number: int
    buyer: str


def voucher(
    series: str, on: date, what: str, about: About, lines: Iterable[NewLine], *, source: str, rule: str
) -> NewVoucher:
    """A voucher about one invoice; lines of nothing are left out."""
    text = f"{what} faktura {about.number} {about.buyer}"[:LONGEST_TEXT]
    posted = [line for line in lines if line.amount_ore]
    return NewVoucher(
        series, on, text, posted, source, counterparty=about.buyer[:LONGEST_TEXT], documents=str(about.number),
        rule=rule,
    )  # fmt: skip


def charged(ore: int) -> list[NewLine]:
    """Fees and compensation that a letter asks for; the same lines with a minus sign when they are let go of."""
    return [NewLine(LATE_COSTS, ore, NO_VAT), NewLine(COST_INCOME, -ore, NO_VAT)]


@dataclass(frozen=True)
class LossPart:
    """What is lost of a sale of one treatment, in öre."""

    vat_code: str
    net_ore: int
    vat_ore: int


def loss(invoice: Invoice, lost_ore: int) -> list[LossPart]:
    """A claim that is lost, by treatment: each has its share of what was to be paid, and so has its VAT.

    Rounding: half up, and the last share takes what is over, so that the parts are the whole.
    """
    keys = [(at, is_vat) for at, group in enumerate(invoice.groups) for is_vat in (False, True)
            if (group.vat_ore if is_vat else group.base_ore) > 0]  # fmt: skip
    weights = [invoice.groups[at].vat_ore if is_vat else invoice.groups[at].base_ore for at, is_vat in keys]
    shares = dict(zip(keys, split(lost_ore, weights), strict=True)) if keys else {}
    return [
        LossPart(group.vat_code, shares.get((at, False), 0), shares.get((at, True), 0))
        for at, group in enumerate(invoice.groups)
    ]


def confirmed(parts: Iterable[LossPart], account: int, *, written_down_ore: int = 0) -> list[NewLine]:
    """A loss that is certain: cost, less VAT to pay, and no claim; what was written down before is taken back.

    The cost lines have the code of the sale with the other sign: base and VAT of the return go down together.
    """
    lines = []
    for part in parts:
        way = treatment(part.vat_code)
        lines.append(NewLine(CONFIRMED_LOSS, part.net_ore, way.ledger_code if way.rate else NO_VAT))
        if part.vat_ore:
            vat_account, code = OUTPUT_VAT[way.rate]
            lines.append(NewLine(vat_account, part.vat_ore, code))
        lines.append(NewLine(account, -part.net_ore - part.vat_ore, NO_VAT))
    return [*_together(lines), *not_expected(written_down_ore)]


def taken_back(parts: Iterable[LossPart], account: int) -> list[NewLine]:
    """A loss that was none after all: the claim stands again, and so does its VAT."""
    return [replace(line, amount_ore=-line.amount_ore) for line in confirmed(parts, account)]


def expected(net_ore: int) -> list[NewLine]:
    """A loss that is feared: the amount without VAT, for the VAT may not be taken back yet."""
    return [NewLine(EXPECTED_LOSS, net_ore, NO_VAT), NewLine(WRITTEN_DOWN, -net_ore, NO_VAT)]


def not_expected(net_ore: int) -> list[NewLine]:
    return expected(-net_ore)


def _together(lines: Iterable[NewLine]) -> list[NewLine]:
    sums: dict[tuple[int, str | None], int] = {}
    for line in lines:
        key = line.account, line.vat_code
        sums[key] = sums.get(key, 0) + line.amount_ore
    return [NewLine(account, ore, code) for (account, code), ore in sums.items()]
