"""A bank file gone through before anything is booked: its sums, its deposits, and what must be refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from datetime import date

from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.words import N_
from infosoc.payments.identity import Digest, Section
from infosoc.payments.readers.errors import BankFileError, UnknownBankFile
from infosoc.payments.readers.records import Deposit, Event, Opening, Payment
from infosoc.payments.report import Report

_SHORTEST = 7  # digits of an account number that are taken for the end of an IBAN


class NotOurs(Invalid):
    code = "not_our_account"
    message = N_("The account %(account)s is not registered as ours in the settings of invoicing.")


@dataclass(frozen=True)
class OwnAccounts:
    """The accounts of the settings; asked by a number as a bank writes it, which may be the last part of the IBAN."""

    bankgiro: str = ""
    plusgiro: str = ""
    iban: str = ""

    def __contains__(self, account: object) -> bool:
        number = str(account).replace("-", "").replace(" ", "").upper()
        if not number:
            return False
        plain = number.lstrip("0")
        if plain in {self.bankgiro, self.plusgiro, self.iban}:
            return True
        return bool(self.iban) and number.isdigit() and len(plain) >= _SHORTEST and self.iban.endswith(plain)


class Survey:
    """Everything that is to be known of a file before it is booked.

    A deposit to an account that is not ours, or on a day that cannot be booked, is left out and named.
    """

    def __init__(self, own: Container[str], problem_of: Callable[[date], DomainError | None]) -> None:
        self.own, self.problem_of = own, problem_of
        self.report = Report(own)
        self.sections: list[Section] = []
        self.refused: list[dict[str, object]] = []
        self._opening: Opening | None = None
        self._digest = Digest()

    def read(self, events: Iterable[Event]) -> Survey:
        """Go through a file; raises the reader's `BankFileError`, after which nothing of it counts."""
        self.report.read(self._watched(events))
        if not self.report.format:
            raise UnknownBankFile(1)
        return self

    @property
    def usable(self) -> list[Section]:
        left_out = {one["section"] for one in self.refused}
        return [section for section in self.sections if section.number not in left_out]

    @property
    def payments(self) -> int:
        return sum(section.payments for section in self.usable)

    def _watched(self, events: Iterable[Event]) -> Iterable[Event]:
        for event in events:
            match event:
                case Payment():
                    self._digest.add(event)
                case Opening():
                    self._opening, self._digest = event, Digest()
                case Deposit():
                    self._close(event)
            yield event

    def _close(self, deposit: Deposit) -> None:
        opening, digest = self._opening, self._digest
        if opening is None:
            raise BankFileError(deposit.line)
        section = Section(
            opening.section, opening.line, self.report.format, opening.account, opening.statement, deposit.serial,
            deposit.paid_on, deposit.amount_ore,
        )  # fmt: skip
        if digest.payments:
            section = replace(
                section, payments=digest.payments, checked=digest.checked, amounts=digest.amounts,
                references=digest.references, serials=digest.serials,
            )  # fmt: skip
        self.sections.append(section)
        problem = self.problem_of(deposit.paid_on)
        if opening.account not in self.own:
            problem = NotOurs(account=opening.account)
        if problem:
            self.refuse(section, problem)

    def refuse(self, section: Section, error: DomainError) -> None:
        """Leave a section out, and say why."""
        self.refused.append({
            "section": section.number, "line": section.line, "reason": str(error), "message": str(error.message),
            "values": {name: str(value) for name, value in error.values.items()},
        })  # fmt: skip
