"""What an invoice is to the ledger (specification 4.3, rules 1, 6 and 10): one voucher, made of the record alone."""

from __future__ import annotations

from dataclasses import dataclass

from infosoc.invoicing.rules.deferral import unearned
from infosoc.invoicing.rules.record import Invoice, Row
from infosoc.invoicing.rules.vat import treatment
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.ledger.rules import NO_VAT, NewLine, NewVoucher

SERIES = "B"
RULE = "invoice/1"
RECEIVABLE, GROUP_RECEIVABLE = 1510, 1560
CLAIM_ACCOUNTS = (RECEIVABLE, GROUP_RECEIVABLE)
# Output VAT in Sweden, by rate: account and the code of its box (SKV 4700).
OUTPUT_VAT = {25: (2611, "O25"), 12: (2621, "O12"), 6: (2631, "O6")}


class AccountMissing(Refused):
    message = N_("“%(text)s” has no revenue account. Choose one on the product.")


@dataclass(frozen=True)
class Accounts:
    """Those of the tenant's settings; a group company's claim is on 1560."""

    receivable: int = RECEIVABLE
    rounding: int = 3740
    deferred_income: int = 3090  # the counterpart of what is moved to a row's deferral account
    least_deferred_ore: int = 0  # rows below it are earned at once (K2 allows 5 000 kr)


def voucher(invoice: Invoice, *, source: str, accounts: Accounts, text: str) -> NewVoucher:
    """Debit the claim, credit income and VAT, and move what is unearned, in one voucher on the invoice's day.

    A credit note is the same with its signs turned; what it takes back of unearned income goes with it.
    """
    sign = -1 if invoice.is_credit_note else 1
    lines = [
        NewLine(accounts.receivable, sign * invoice.payable_ore, NO_VAT),
        *(NewLine(account, -sign * ore, code) for (account, code), ore in _income(invoice).items()),
        *(NewLine(*_vat(group.rate, -sign * group.vat_ore)) for group in invoice.groups if group.vat_ore),
        *(NewLine(account, sign * ore, NO_VAT) for account, ore in _deferred(invoice, accounts).items()),
    ]
    if invoice.rounding_ore:
        lines.append(NewLine(accounts.rounding, -sign * invoice.rounding_ore, NO_VAT))
    return NewVoucher(
        SERIES, invoice.heading.issued_on, text, [line for line in lines if line.amount_ore], source,
        counterparty=invoice.buyer.name, documents=invoice.heading.number, rule=RULE,
    )  # fmt: skip


def _income(invoice: Invoice) -> dict[tuple[int, str], int]:
    sums: dict[tuple[int, str], int] = {}
    for row in invoice.lines:
        if row.account is None:
            raise AccountMissing(text=row.text)
        key = row.account, treatment(row.vat_code).ledger_code
        sums[key] = sums.get(key, 0) + row.net_ore
    return sums


def _vat(rate: int, ore: int) -> tuple[int, int, str]:
    account, code = OUTPUT_VAT[rate]
    return account, ore, code


def _deferred(invoice: Invoice, accounts: Accounts) -> dict[int, int]:
    """What is moved from income to each deferral account: debit income's counterpart, credit the debt to the buyer."""
    sums: dict[int, int] = {}
    for row in invoice.lines:
        ore = deferred(row, invoice, accounts)
        if ore and row.deferral_account:
            sums[accounts.deferred_income] = sums.get(accounts.deferred_income, 0) + ore
            sums[row.deferral_account] = sums.get(row.deferral_account, 0) - ore
    return sums


def deferred(row: Row, invoice: Invoice, accounts: Accounts) -> int:
    """What of a row is not earned in the month of the invoice and stands on its deferral account, in öre."""
    if not (row.deferral_account and row.period_start and row.period_end):
        return 0
    if abs(row.net_ore) < accounts.least_deferred_ore:
        return 0
    return unearned(row.net_ore, row.period_start, row.period_end, on=invoice.heading.issued_on)
