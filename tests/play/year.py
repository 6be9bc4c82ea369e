"""The year 2024 of a company with two hundred customers, played through the program's own commands.

What happens is drawn by chance from a fixed seed, and written down as raw events for `recount.py` as it happens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Address
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.invoicing.commands import billing, deferral, drafts
from infosoc.invoicing.models import CustomerAccount, Invoice, Settlement
from infosoc.invoicing.queries.deferral import deferred_income
from infosoc.jobs.worker import run_waiting
from infosoc.kernel.identity import LegalForm
from infosoc.ledger.models import VoucherLine
from infosoc.reminders.commands import costs, policy, sending
from infosoc.reminders.models import Reminder, ReminderCost
from infosoc.reminders.rules.steps import Policy, Step, StepKind
from infosoc.subscriptions.commands import agreements, deeds, increases
from infosoc.subscriptions.commands.agreements import NewAgreement, NewLine, Terms
from infosoc.subscriptions.commands.increases import NewIncrease
from infosoc.subscriptions.rules.periods import add_months, month_end
from tests.builders import make_company
from tests.payments.bank_files import BgMax
from tests.payments.house import bring
from tests.subscriptions.world import BY_MAIL, World

YEAR, SEED = 2024, 20240101
RAISED_FROM, PERCENT = date(YEAR, 7, 1), 450
POLICY = Policy(
    (Step(StepKind.REMINDER, 7, 10), Step(StepKind.COLLECTION_DEMAND, 21, 10)), smallest_ore=5_000,
    asks_compensation=True,
)  # fmt: skip


@dataclass
class Year:
    """What has happened so far, raw, and what the program's books said at the end of each month."""

    world: World
    customers: int
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    events: dict[str, Any] = field(
        default_factory=lambda: {
            "year": YEAR, "signed": [], "raised": [], "cancelled": [], "credited": [], "paid": [], "reminded": [],
            "late_paid": [], "rates": [["2024-01-01", 400], ["2024-07-01", 400], ["2025-01-01", 300]],
        }
    )  # fmt: skip
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    companies: dict[str, tuple[int, str]] = field(default_factory=dict)
    agreements: dict[str, str] = field(default_factory=dict)
    waiting: dict[date, list[tuple[str | None, date, int, str]]] = field(default_factory=dict)

    def play(self) -> None:
        """Twelve months, each: sign, bill, credit, remind, pay, cancel, release, and look at the books.

        The last letters are of the next year: their interest is of two half-years with a rate each.
        """
        self._meet()
        for number in range(1, 13):
            month = date(YEAR, number, 1)
            self._sign(month)
            self._raise(month)
            self._bill(month)
            self._sign(month, is_late=True)
            self._decide(month)
            self._credit(month)
            self._remind(month.replace(day=15))
            self._pay(month)
            self._pay_costs(month.replace(day=26))
            if month.month < 12:
                self._remind(month.replace(day=28))
            self._cancel(month)
            self._release(month)
            self._look(month)
        self._remind(date(YEAR + 1, 1, 15))

    # ---- customers and agreements ------------------------------------------------------------------------------------

    def _meet(self) -> None:
        """The customers with their addresses; three of them belong to the same group as we.

        Some may be no companies, some have agreed to a fee for reminders.
        """
        with self.world.writing() as session:
            policy.save(session, POLICY, version=None, by=self._by)
            policy.enter_rate(session, date(YEAR + 1, 1, 1), 300, "riksbank.se", by=self._by, now=at(date(YEAR, 1, 1)))
            for number in range(self.customers):
                name = f"Kund {number:03d} AB"
                company = make_company(session, name)
                company.legal_form = LegalForm.OTHER if is_consumer(number) else None
                session.add(Address(company_id=company.id, kind="postal", street="Gatan 1", postcode="111 20",
                                    town="Umeå"))  # fmt: skip
                if number % 67 == 1 or has_agreed_fee(number):
                    session.add(CustomerAccount(
                        number=number, company_id=company.id, is_group=number % 67 == 1,
                        has_agreed_fee=has_agreed_fee(number), created_at=at(date(YEAR, 1, 1)),
                    ))  # fmt: skip
                session.flush()
                self.companies[name] = company.id, company.public_id

    def _sign(self, month: date, *, is_late: bool = False) -> None:
        """Most begin with the year, the others month by month; some in the middle of one, some signed too late."""
        for number, name in enumerate(self.companies):
            begins = 1 if number % 5 < 3 else 2 + number % 9
            if begins == month.month and (number % 10 == 9) == is_late:
                self._sign_one(name, number, month)

    def _sign_one(self, name: str, number: int, month: date) -> None:
        chance = self.chance
        months = chance.choice((1, 1, 1, 3, 12))
        starts = month.replace(day=17) if number % 10 == 9 else month
        signed = {
            "customer": name, "is_group": number % 67 == 1, "on": starts.isoformat(), "starts": starts.isoformat(),
            "anchor": month.isoformat(), "months": months, "in_advance": number % 11 != 0, "payment_days": 30,
            "is_consumer": is_consumer(number), "has_agreed_fee": has_agreed_fee(number),
            "lines": [self._line() for _ in range(chance.randint(1, 3))],
        }  # fmt: skip
        lines = [
            NewLine(self.world.products[one["product"]], one["thousandths"], None if one["is_listed"] else
                    one["price_ore"], one["per_months"], one["discount"])
            for one in signed["lines"]
        ]  # fmt: skip
        terms = Terms(starts, anchor_on=month, billing_months=months, in_advance=signed["in_advance"], notice_months=0)
        new = NewAgreement(self.companies[name][1], terms, BY_MAIL, lines, self.world.price_list)
        with self.world.writing() as session:
            made = agreements.sign(session, new, by=self._by, now=at(starts))
            self.agreements[name] = made.public_id
        self.events["signed"].append(signed)

    def _line(self) -> dict[str, Any]:
        """A product, at the price list's price (as the world has set it) or at one of its own."""
        chance = self.chance
        product = chance.choice(("journal", "avvik"))
        is_listed = chance.random() < 0.5
        listed = {"journal": (100_000, 1), "avvik": (600_000, 12)}[product]
        price, per = listed if is_listed else (chance.randint(10_000, 400_000), chance.choice((1, 12)))
        return {
            "product": product, "is_listed": is_listed, "price_ore": price, "per_months": per,
            "thousandths": chance.choice((1000, 1000, 2500, 40_000, 333)), "discount": chance.choice((0, 0, 500, 1275)),
        }  # fmt: skip

    def _raise(self, month: date) -> None:
        """In May all prices are raised from July."""
        if month.month != 5:
            return
        with self.world.writing() as session:
            new = NewIncrease("Sommar", PERCENT, RAISED_FROM)
            made = increases.prepare(session, new, by=self._by, now=at(month), today=month).public_id
        with self.world.writing() as session:
            increases.apply(session, made, version=None, by=self._by, now=at(month))
        self.events["raised"].append({"on": month.isoformat(), "from": RAISED_FROM.isoformat(), "percent": PERCENT})

    def _cancel(self, month: date) -> None:
        """Two a month, of those that are billed monthly, after the month after next."""
        leaving = {one["customer"] for one in self.events["cancelled"]}
        monthly = [one["customer"] for one in self.events["signed"] if one["months"] == 1]
        for name in self.chance.sample([one for one in monthly if one not in leaving], 2):
            last_day = month_end(add_months(month, 2))
            with self.world.writing() as session:
                deeds.cancel(session, self.agreements[name], last_day=last_day, reason="", lets_go=True, by=self._by,
                             now=at(month.replace(day=20)))  # fmt: skip
            event = {"customer": name, "on": month.replace(day=20).isoformat(), "last_day": last_day.isoformat()}
            self.events["cancelled"].append(event)

    # ---- invoices and money ------------------------------------------------------------------------------------------

    def _bill(self, month: date) -> None:
        with self.world.writing() as session:
            billing.start(session, month, month, page="/infosoc/billing-runs", by=self._by, now=at(month))
        run_waiting(self.world.app)

    def _decide(self, month: date) -> None:
        """How each invoice of the month will be paid: in time, late, in part, too much, or not at all."""
        names = {company_id: name for name, (company_id, _) in self.companies.items()}
        with self.world.reading() as session:
            made = session.execute(
                select(Invoice.company_id, Invoice.payable_ore, Invoice.ocr)
                .where(Invoice.issued_on == month, Invoice.kind == "invoice", Invoice.payable_ore > 0)
                .order_by(Invoice.number)
            ).all()
        for company_id, payable, ocr in made:
            self._decide_one(names[company_id], month, payable, ocr)
        self.waiting.setdefault(month, []).append((None, month, self.chance.randint(1, 99_999), "FAKTURAN"))

    def _decide_one(self, name: str, month: date, payable: int, ocr: str) -> None:
        draw = self.chance.random()
        if is_consumer(int(name.split()[1])):
            draw = 0.9 + draw / 10  # who may be asked for other costs seldom pays in time
        first, second, third = (add_months(month, later) for later in range(3))
        if draw < 0.75:
            shares = [(first, payable)]
        elif draw < 0.85:
            shares = [(second, payable)]
        elif draw < 0.91:
            shares = [(first, payable // 3), (second, payable - payable // 3)]
        elif draw < 0.95:
            shares = [(first, payable + self.chance.randint(1, 50_000))]
        elif draw < 0.97:
            shares = [(first, payable - 1)]
        elif draw < 0.985:
            shares = [(second, payable // 2), (third, payable - payable // 2)]
        else:
            shares = []
        for when, ore in shares:
            self.waiting.setdefault(when, []).append((name, month, ore, ocr))

    def _credit(self, month: date) -> None:
        """Three invoices of the month before are taken back, whether they are paid or not."""
        last_month = add_months(month, -1)
        with self.world.reading() as session:
            query = select(Invoice.public_id, Invoice.company_id).where(
                Invoice.issued_on == last_month, Invoice.kind == "invoice", Invoice.payable_ore > 0
            )
            chosen = self.chance.sample(sorted(session.execute(query).all()), 3) if month.month > 1 else []
        names = {company_id: name for name, (company_id, _) in self.companies.items()}
        on = month.replace(day=10)
        for public_id, company_id in chosen:
            with self.world.writing() as session:
                draft = drafts.begin_credit(session, public_id, reason="Fel", is_whole=True, by=self._by, now=at(on))
                drafts.issue_draft(session, draft.public_id, version=None, brand="green", today=on, by=self._by,
                                   now=at(on))  # fmt: skip
            self.events["credited"].append(
                {"customer": names[company_id], "month": last_month.isoformat(), "on": on.isoformat()}
            )

    def _pay(self, month: date) -> None:
        """One bank file a month, of the 25th."""
        on = month.replace(day=25)
        file = BgMax().section()
        coming = [*self._pay_letters(on.replace(day=15)), *self.waiting.pop(month, [])]
        for serial, (name, of, ore, ocr) in enumerate(coming, 1):
            file.pay(ore, ocr, "2" if name else "3", serial=month.month * 10_000 + serial)
            self.events["paid"].append({"customer": name, "month": of.isoformat(), "on": on.isoformat(), "ore": ore})
        file.serial = month.month * 100
        bring(self.world, file.deposit(on=on).bytes(), f"{month:%Y-%m}.txt")

    def _pay_letters(self, reminded_on: date) -> list[tuple[str, date, int, str]]:
        """Every fifth of those who have got a letter pay all that it asks for, with the number of the invoice."""
        letters = self._letters(Reminder.reminded_on == reminded_on, Invoice.open_ore > 0)
        chosen = [one for one in letters if one[2].id % 5 == 0]
        with self.world.reading() as session:
            query = select(Invoice.id, Invoice.ocr).where(
                Invoice.id.in_([letter.invoice_id for _, _, letter in chosen])
            )
            numbers = dict(session.execute(query).all())
        return [(name, of, letter.to_pay_ore, numbers[letter.invoice_id]) for name, of, letter in chosen]

    # ---- reminders ---------------------------------------------------------------------------------------------------

    def _remind(self, on: date) -> None:
        try:
            with self.world.writing() as session:
                sending.start(session, on=on, only=None, page="/infosoc/reminders/runs", by=self._by, now=at(on))
        except sending.NobodyToRemind:
            return
        run_waiting(self.world.app)
        self.events["reminded"].append({"on": on.isoformat()})
        asked = self.told.setdefault(f"letters {on}", {})
        for name, month, letter in self._letters(Reminder.reminded_on == on):
            key = f"{name} {month:%Y-%m} letter {letter.position}"
            asked[key], asked[f"{key} interest"] = letter.to_pay_ore, letter.interest_ore
            asked[f"{key} costs"] = letter.fees_ore + letter.compensation_ore

    def _pay_costs(self, on: date) -> None:
        """Half of those who have got a letter and have paid the invoice since pay what it asked for beside it."""
        for name, month, letter in self._letters(Reminder.reminded_on == on.replace(day=15), Invoice.open_ore == 0):
            if (ore := letter.to_pay_ore - letter.open_ore) and self.chance.random() < 0.5:
                with self.world.writing() as session:
                    address = session.scalars(select(Invoice.public_id).where(Invoice.id == letter.invoice_id)).one()
                    costs.receive(session, address, ore, on=on, by=self._by, now=at(on))
                event = {"customer": name, "month": month.isoformat(), "on": on.isoformat(), "ore": ore}
                self.events["late_paid"].append(event)

    def _letters(self, *conditions: Any) -> list[tuple[str, date, Reminder]]:
        """Whose invoice of which month each letter is about."""
        names = {company_id: name for name, (company_id, _) in self.companies.items()}
        with self.world.reading() as session:
            query = select(Invoice.company_id, Invoice.issued_on, Reminder).join(
                Invoice, Invoice.id == Reminder.invoice_id
            )
            found = session.execute(query.where(*conditions).order_by(Reminder.id)).all()
            return [(names[company_id], month, letter) for company_id, month, letter in found]

    def _release(self, month: date) -> None:
        with self.world.app.app_context(), tenant_scope(Scope.alone(self.world.ours)):
            deferral.release_ended(add_months(month, 1), by=self._by, now=at(month_end(month)))

    def _look(self, month: date) -> None:
        """What the books and the sub-ledgers say at the end of the month."""
        on = month_end(month)
        with self.world.reading() as session:
            self.told[on.isoformat()] = {
                **balances(session, on), "claims": claims(session, on), "costs": late_costs(session, on),
                "unearned": sum(one.unearned_ore for one in deferred_income(session, on)),
                "invoices": session.scalar(select(func.count()).where(Invoice.kind == "invoice")) or 0,
            }  # fmt: skip

    @property
    def _by(self) -> int:
        return self.world.users["ekman"].id


def is_consumer(number: int) -> bool:
    return number % 13 == 5


def has_agreed_fee(number: int) -> bool:
    return number % 2 == 1


def at(day: date) -> datetime:
    return datetime.combine(day, time(9), UTC)


def balances(session: Session, on: date) -> dict[str, int]:
    """Each account's balance, debit positive."""
    query = (
        select(VoucherLine.account, func.sum(VoucherLine.amount_ore))
        .where(VoucherLine.voucher_on <= on)
        .group_by(VoucherLine.account)
    )
    return {str(account): int(ore) for account, ore in session.execute(query)}


def claims(session: Session, on: date) -> int:
    """What customers owe by the customer ledger: invoices and credit notes less all settlements."""
    issued = session.scalar(select(func.sum(Invoice.payable_ore)).where(Invoice.issued_on <= on)) or 0
    settled = session.scalar(select(func.sum(Settlement.amount_ore)).where(Settlement.settled_on <= on)) or 0
    return int(issued) - int(settled)


def late_costs(session: Session, on: date) -> int:
    """Fees and compensation that are asked for and not paid, by the rows of reminders."""
    query = select(func.sum(ReminderCost.amount_ore)).where(
        ReminderCost.kind != "interest", ReminderCost.booked_on <= on
    )
    return int(session.scalar(query) or 0)
