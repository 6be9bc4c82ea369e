"""One statement or notification of camt: its entries become sections, its sums and balances are checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from infosoc.payments.readers import errors
from infosoc.payments.readers.camt_values import (
    Values,
    account,
    amount_in_sek,
    amount_ore,
    day,
    first,
    is_debit,
    payer,
    sent_to,
    structured,
)
from infosoc.payments.readers.records import (
    SEK,
    Deposit,
    Event,
    Opening,
    Payment,
    PaymentKind,
    Reference,
    Refusal,
    Remark,
    Withdrawal,
)

OPENING_BALANCES, CLOSING_BALANCE, BOOKED = ("OPBD", "PRCD"), "CLBD", "BOOK"


@dataclass(slots=True)
class _Entry:
    """The entry that is being read."""

    section: int
    line: int
    amount_ore: int
    currency: str
    is_debit: bool
    is_reversal: bool
    is_booked: bool
    serial: str
    paid_on: date | None  # none where no day is said
    sum_ore: int = 0
    payments: int = 0
    held: Payment | None = None  # it says no amount in SEK itself: it is the entry's, if it is the only one

    @property
    def is_deposit(self) -> bool:
        return self.is_booked and self.currency == SEK and not self.is_debit


class Statement:
    """Takes the elements in the order they end, and gives records in `events`."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.section = 0
        self.known: set[tuple[str, str]] = set()
        self.begin({})

    def begin(self, values: Values) -> None:
        """A statement begins; its values fill up as they are read."""
        self.values = values
        self.account = ""
        self.entry: _Entry | None = None
        self.references: list[Reference] = []
        self.notes: list[str] = []
        self.balances: dict[str, int] = {}
        self.can_balance = True
        self.summary: tuple[int, Values] | None = None
        # (number, sum in öre) of credits and debits, as booked and with what is not booked yet
        self.booked, self.all = {"Cdt": (0, 0), "Dbt": (0, 0)}, {"Cdt": (0, 0), "Dbt": (0, 0)}

    def take_account(self, values: Values) -> None:
        self.account = account(values)

    def take_balance(self, values: Values, line: int) -> None:
        """The balance at the beginning and at the end; in other currencies nothing is checked."""
        code = first(values, "Tp/CdOrPrtry/Cd")
        if first(values, "Amt@Ccy") != SEK or code in self.balances:
            self.can_balance = False
            return
        sign = -1 if is_debit(values, line) else 1
        self.balances[code] = sign * amount_ore(line, first(values, "Amt"))

    def take_summary(self, values: Values, line: int) -> None:
        self.summary = (line, values)

    def begin_details(self, values: Values, line: int) -> None:
        """The first payment of an entry begins: what the entry says of itself has been read."""
        self.references, self.notes = [], []
        if self.entry is None:
            self._open(values, line)

    def take_structured(self, values: Values, line: int) -> None:
        self.notes += values.get("AddtlRmtInf", ())
        if reference := structured(values, line):
            self.references.append(reference)

    def take_details(self, values: Values, line: int) -> None:
        """One payment of the entry."""
        entry = self.entry
        if entry is None or not entry.is_deposit:
            return
        if entry.held:
            raise errors.Missing(entry.held.line, element="TxDtls/Amt")
        entry.payments += 1
        amount = amount_in_sek(values, line, "Amt", "AmtDtls/TxAmt/Amt")
        payment = self._payment(values, line, amount or 0)
        if amount is None:
            if entry.payments > 1:
                raise errors.Missing(line, element="TxDtls/Amt")
            entry.held = payment
            return
        entry.sum_ore += amount if payment.kind is PaymentKind.PAYMENT else -amount
        self.events.append(payment)

    def take_entry(self, values: Values, line: int) -> None:
        """The entry ends: its payments must come to what it says."""
        entry = self.entry or self._open(values, line)
        self.entry = None
        if not entry.is_deposit:
            return
        if entry.held:
            entry.sum_ore = entry.amount_ore
            self.events.append(entry.held._replace(amount_ore=entry.amount_ore))
        elif entry.payments:
            self._check_entry(entry, values)
        else:
            self.events.append(Remark(line, errors.WithoutDetails(line)))
        assert entry.paid_on is not None  # noqa: S101 - a deposit without a day has been refused
        self.events.append(
            Deposit(
                entry.section, line, entry.amount_ore, entry.paid_on, entry.serial, self.account, entry.payments
            )
        )  # fmt: skip

    def end(self, line: int) -> None:
        """The statement ends: its balances and sums must agree with its entries."""
        number = first(self.values, "Id")
        if number and (self.account, number) in self.known:
            raise errors.SameStatementTwice(line, statement=number)
        self.known.add((self.account, number))
        opening = next((self.balances[code] for code in OPENING_BALANCES if code in self.balances), None)
        closing = self.balances.get(CLOSING_BALANCE)
        if self.can_balance and opening is not None and closing is not None and not self._is_a_page():
            found = opening + self.booked["Cdt"][1] - self.booked["Dbt"][1]
            if found != closing:
                raise errors.WrongBalance(line, statement=number, found_ore=found, said_ore=closing)
        if self.summary:
            self._check_summary(*self.summary)

    def _open(self, values: Values, line: int) -> _Entry:
        self.section += 1
        currency = first(values, "Amt@Ccy")
        entry = self.entry = _Entry(
            section=self.section, line=line, currency=currency,
            amount_ore=amount_ore(line, first(values, "Amt")) if currency == SEK else 0,
            is_debit=is_debit(values, line), is_reversal=first(values, "RvslInd") in ("true", "1"),
            is_booked=first(values, "Sts/Cd", "Sts") in (BOOKED, ""),
            serial=first(values, "AcctSvcrRef", "NtryRef"),
            paid_on=day(values, line, "BookgDt") or day(values, line, "ValDt"),
        )  # fmt: skip
        if entry.is_deposit and entry.paid_on is None:
            raise errors.Missing(line, element="BookgDt")
        self._count(entry)
        if not entry.is_booked:
            self.events.append(Remark(line, errors.NotBooked(line)))
        elif currency != SEK:
            self.events.append(Refusal(entry.section, line, errors.ForeignCurrency(line, currency=currency)))
        elif entry.is_debit:
            self.events.append(Withdrawal(entry.section, line, entry.amount_ore, entry.is_reversal))
            if entry.is_reversal:
                self.events.append(Remark(line, errors.TakenBack(line)))
        else:
            self.events.append(Opening(entry.section, line, self.account, SEK, first(self.values, "Id")))
        return entry

    def _count(self, entry: _Entry) -> None:
        side = "Dbt" if entry.is_debit else "Cdt"
        for counted in (self.all, self.booked) if entry.is_booked else (self.all,):
            number, total = counted[side]
            counted[side] = (number + 1, total + entry.amount_ore)
        if entry.currency != SEK:
            self.can_balance = False

    def _payment(self, values: Values, line: int, amount: int) -> Payment:
        return Payment(
            line=line,
            kind=PaymentKind.DEDUCTION if is_debit(values, line, otherwise="CRDT") else PaymentKind.PAYMENT,
            amount_ore=amount,
            references=tuple(self.references),
            texts=(*values.get("RmtInf/Ustrd", ()), *self.notes, *values.get("AddtlTxInf", ())),
            payer=payer(values),
            serial=first(values, "Refs/AcctSvcrRef", "Refs/TxId"),
            account=sent_to(values),
        )

    def _check_entry(self, entry: _Entry, values: Values) -> None:
        charges = amount_in_sek(values, entry.line, "Chrgs/TtlChrgsAndTaxAmt") or 0
        if entry.amount_ore not in (entry.sum_ore, entry.sum_ore - charges):
            raise errors.WrongSum(
                entry.line, section=entry.section, found_ore=entry.sum_ore, said_ore=entry.amount_ore
            )  # fmt: skip
        stated = values.get("NtryDtls/Btch/NbOfTxs", ())
        if stated and _number(entry.line, stated) != entry.payments:
            said = _number(entry.line, stated)
            raise errors.WrongCount(entry.line, what="TxDtls", said=said, found=entry.payments)

    def _check_summary(self, line: int, values: Values) -> None:
        """The sums that the statement says of itself; some banks add what is not booked yet, others do not."""
        for side in ("Cdt", "Dbt"):
            numbers, sums = zip(self.booked[side], self.all[side], strict=True)
            if stated := values.get(f"Ttl{side}Ntries/NbOfNtries"):
                said = _number(line, stated)
                if said not in numbers:
                    raise errors.WrongCount(line, what=f"Ntry {side.upper()}", said=said, found=numbers[0])
            if self.can_balance and (stated := values.get(f"Ttl{side}Ntries/Sum")):
                said = amount_ore(line, stated[0])
                if said not in sums:
                    raise errors.WrongSum(line, section=self.section, found_ore=sums[0], said_ore=said)

    def _is_a_page(self) -> bool:
        """Whether the statement goes on in another file, so that its balances do not belong to these entries alone."""
        number = first(self.values, "StmtPgntn/PgNb", "NtfctnPgntn/PgNb") or "1"
        last = first(self.values, "StmtPgntn/LastPgInd", "NtfctnPgntn/LastPgInd") or "true"
        return number != "1" or last not in ("true", "1")


def _number(line: int, texts: list[str]) -> int:
    if not all(text.isascii() and text.isdigit() for text in texts):
        raise errors.NotAnAmountHere(line, found=texts[0])
    return sum(map(int, texts))
