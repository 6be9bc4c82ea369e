"""What a bank file holds, added up: the answer to a dry run. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.words import N_
from infosoc.payments.readers.errors import BankFileError
from infosoc.payments.readers.records import (
    Deposit,
    Event,
    Head,
    Opening,
    Payment,
    PaymentKind,
    Refusal,
    Remark,
    Withdrawal,
)

MOST_WARNINGS = 100


class NotOurAccount(Invalid):
    code = "not_our_account"
    message = N_("The account %(account)s is not registered as ours: what came to it would be refused.")


class MarkedAsTest(Invalid):
    code = "test_file"
    message = N_("The bank has marked the file as a test: it would be refused.")


class Report:
    """Sums and counts of what can be used of one file; sums are öre in SEK. What is refused is in `refused` only."""

    def __init__(self, own_accounts: Container[str]) -> None:
        self.own_accounts = own_accounts
        self.format = self.version = self.file_id = ""
        self.payments_ore = self.deductions_ore = self.deposits_ore = 0
        self.counts = dict.fromkeys(
            ("payments", "deductions", "references", "deposits", "withdrawals", "refused_sections"), 0
        )
        self.refused: list[dict[str, Any]] = []
        self.warnings: list[dict[str, Any]] = []
        self.more_warnings = 0
        self.is_test = False
        self.accounts: set[str] = set()

    def read(self, events: Iterable[Event]) -> None:
        """Add up a file; raises the reader's `BankFileError`, after which nothing of it counts."""
        try:
            for event in events:
                self._take(event)
        except BankFileError as error:
            self._refuse_all(error)
            raise

    def as_json(self) -> dict[str, Any]:
        """The answer of `flask payments import --json` for a file in which nothing has been matched yet."""
        return {
            "format": self.format or None, "version": self.version or None, "file_id": self.file_id or None,
            "payments_ore": self.payments_ore, "deductions_ore": self.deductions_ore,
            "deposits_ore": self.deposits_ore, "counts": self.counts, "matched": 0,
            "unmatched": self.counts["payments"] + self.counts["deductions"], "refused": self.refused,
            "warnings": self.warnings, "more_warnings": self.more_warnings,
        }  # fmt: skip

    def _take(self, event: Event) -> None:
        match event:
            case Payment():
                self._take_payment(event)
            case Opening():
                self._take_opening(event)
            case Deposit():
                self.counts["deposits"] += 1
                self.deposits_ore += event.amount_ore
            case Withdrawal():
                self.counts["withdrawals"] += 1
            case Refusal():
                self.counts["refused_sections"] += 1
                self.refused.append({"section": event.section, "line": event.line, "reason": str(event.error)})
            case Remark():
                self._warn(event.error, event.line)
            case Head():
                self.format, self.version, self.file_id = event.format.value, event.version, event.file_id
                self.is_test = event.is_test
                if event.is_test:
                    self._warn(MarkedAsTest(), 1)

    def _take_payment(self, payment: Payment) -> None:
        self.counts["references"] += len(payment.references)
        if payment.kind is PaymentKind.PAYMENT:
            self.counts["payments"] += 1
            self.payments_ore += payment.amount_ore
        else:
            self.counts["deductions"] += 1
            self.deductions_ore += payment.amount_ore

    def _take_opening(self, opening: Opening) -> None:
        if opening.account not in self.accounts and len(self.accounts) < MOST_WARNINGS:
            self.accounts.add(opening.account)
            if opening.account not in self.own_accounts:
                self._warn(NotOurAccount(account=opening.account), opening.line)

    def _warn(self, error: DomainError, line: int) -> None:
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append({"line": line, "warning": str(error)})
        else:
            self.more_warnings += 1

    def _refuse_all(self, error: BankFileError) -> None:
        self.payments_ore = self.deductions_ore = self.deposits_ore = 0
        self.counts = dict.fromkeys(self.counts, 0)
        self.refused = [{"line": error.line, "reason": str(error)}]
