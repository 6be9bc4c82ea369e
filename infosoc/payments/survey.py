"""A bank file gone through before anything is booked: its sums, its deposits, and what must be refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.words import N_
from infosoc.payments.identity import Digest, Section
from infosoc.payments.readers.errors import BankFileError, UnknownBankFile
from infosoc.payments.readers.records import Deposit, Event, Opening, Payment
from infosoc.payments.report import Report
from infosoc.payments.rules import BANK

_SHORTEST = 7  # digits of an account number that are taken for the end of an IBAN


class NotOurs(Invalid):
    code = "not_our_account"
    message = N_("The account %(account)s is not registered as ours in the settings of invoicing.")


class NotOursThen(Invalid):
    code = "not_our_account"
    message = N_("The account %(account)s was not ours on %(day)s, by the days in the settings of invoicing.")


@dataclass(frozen=True)
class OwnAccount:
    """A number that is ours from a day through a day, and the account of the chart that its money comes to."""

    number: str
    ledger_account: int = BANK
    valid_from: date | None = None
    valid_through: date | None = None

    def is_named(self, account: str) -> bool:
        """By its number as a bank writes it, which may be the last part of the IBAN."""
        number = account.replace("-", "").replace(" ", "").upper()
        plain = number.lstrip("0")
        if plain == self.number:
            return bool(plain)
        return (
            self.number[:2].isalpha() and number.isdigit() and len(plain) >= _SHORTEST and self.number.endswith(plain)
        )

    def is_ours(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_through or date.max)


@dataclass(frozen=True)
class OwnAccounts:
    """The accounts of the settings, those of other days among them."""

    accounts: Sequence[OwnAccount] = ()

    def __contains__(self, account: object) -> bool:
        return any(one.is_named(str(account)) for one in self.accounts)

    def on(self, account: str, day: date) -> OwnAccount:
        """The one of a day; raises what is wrong with it."""
        named = [one for one in self.accounts if one.is_named(account)]
        if not named:
            raise NotOurs(account=account)
        found = next((one for one in named if one.is_ours(day)), None)
        if found is None:
            raise NotOursThen(account=account, day=day.isoformat())
        return found


class Survey:
    """Everything that is to be known of a file before it is booked.

    A deposit to an account that is not ours, or on a day that cannot be booked, is left out and named.
    """

    def __init__(self, own: OwnAccounts, problem_of: Callable[[date], DomainError | None]) -> None:
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
        problem = self.problem_of(deposit.paid_on)
        try:
            ours = self.own.on(opening.account, deposit.paid_on)
            section = replace(section, ledger_account=ours.ledger_account)
        except Invalid as error:
            problem = error
        self.sections.append(section)
        if problem:
            self.refuse(section, problem)

    def refuse(self, section: Section, error: DomainError) -> None:
        """Leave a section out, and say why."""
        self.refused.append({
            "section": section.number, "line": section.line, "reason": str(error), "message": str(error.message),
            "values": {name: str(value) for name, value in error.values.items()},
        })  # fmt: skip
