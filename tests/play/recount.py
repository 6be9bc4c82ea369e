"""A year of invoicing counted over again from the raw events, by somebody who has never seen the program.

Nothing here is imported from the package: standard library only, one customer and one month after the other, fractions
until something is rounded. Whoever changes how the program counts must find the same answer here, or be wrong.

    python recount.py events.json books.json

Prints each figure that differs and ends with 1 if there is any. Events, in öre and hundredths of a per cent:

- signed: customer, is_group, on (the day it was signed), starts, anchor, months (of a billing period), in_advance,
  lines (price_ore for per_months, is_listed, thousandths, discount)
- raised: on a day, from a day, by a per cent; of periods that begin from then, for whoever has the price of the list,
  and for those with a price of their own who had signed by the day on which it was decided
- cancelled: customer, last_day
- credited: all of the invoice that a customer got in a month, on a day
- paid: by a customer for the invoice of a month, an amount on a day; without a customer nobody knows who it was. What
  is beyond the invoice covers costs and then the interest that the last letter asked for, and is then a debt to them
- reminded: on a day, of all that was late; late_paid: costs and interest of a month's invoice, an amount on a day
- rates: from a day, the reference rate; whom the law protects and who has agreed to a fee stands with who signed

Letters: a reminder from 7 days after the due day, a collection demand from 21 and when the 10 days of the reminder are
over; then no more. Of less than 50 kr nobody is reminded. Interest is counted day by day at the rate of that day, eight
points above the reference rate, and what is paid on a day still bears interest on it.

Invoices are made on the first of each month, for what is charged in that month or was signed too late for the last.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

VAT = Fraction(25, 100)
CLAIMS, GROUP_CLAIMS, BANK, CREDIT, UNKNOWN, OUTPUT_VAT = "1510", "1560", "1930", "2420", "2999", "2611"
DEFERRED, SALES, MOVED = "2979", "3010", "3090"
COSTS, COST_INCOME, INTEREST = "1680", "3590", "8313"
COMPENSATION, FEE, DEMAND, SMALLEST = 45_000, 6_000, 18_000, 5_000
FIRST_AFTER, SECOND_AFTER, TIME_TO_PAY = 7, 21, 10


def half_up(value: Fraction) -> int:
    """To the nearest whole öre, halves away from nothing."""
    whole = (abs(value) * 2 + 1) // 2
    return int(whole if value >= 0 else -whole)


def later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, day.day)


def month_of(day: date) -> date:
    return date(day.year, day.month, 1)


class Books:
    """Accounts (debit positive), what each invoice has left, and what each month will earn of what is deferred."""

    def __init__(self) -> None:
        self.accounts: dict[str, int] = defaultdict(int)
        self.invoices: dict[tuple[str, date], dict] = {}
        self.to_earn: dict[date, int] = defaultdict(int)
        self.charged: set[tuple[str, int, date]] = set()
        self.count = 0

    def book(self, *lines: tuple[str, int]) -> None:
        assert sum(ore for _, ore in lines) == 0, lines
        for account, ore in lines:
            self.accounts[account] += ore


def bill(books: Books, events: dict, month: date) -> None:
    for signed in events["signed"]:
        if date.fromisoformat(signed["on"]) <= month:
            invoice(books, events, signed, month)


def invoice(books: Books, events: dict, signed: dict, month: date) -> None:
    parts = [part for number in range(len(signed["lines"])) for part in due(books, events, signed, number, month)]
    if not parts:
        return
    net = sum(part["net"] for part in parts)
    vat = half_up(net * VAT)
    claims = GROUP_CLAIMS if signed["is_group"] else CLAIMS
    books.book((claims, net + vat), (SALES, -net), (OUTPUT_VAT, -vat))
    waits = [earned for part in parts for earned in spread(part) if earned[0] > month]
    put_off(books, waits, 1)
    books.count += 1
    books.invoices[signed["customer"], month] = {
        "claims": claims,
        "payable": net + vat,
        "left": net + vat,
        "net": net,
        "vat": vat,
        "parts": parts,
        "due": month + timedelta(days=signed["payment_days"]),
        "is_consumer": signed["is_consumer"],
        "has_agreed_fee": signed["has_agreed_fee"],
        "settled": [],
        "sent": [],
        "charged": 0,
        "costs_paid": 0,
        "interest_paid": 0,
        "asked": 0,
    }


def due(books: Books, events: dict, signed: dict, number: int, month: date) -> list[dict]:
    """What a line charges in the run of a month and has not been charged before."""
    line, found = signed["lines"][number], []
    starts, anchor = date.fromisoformat(signed["starts"]), date.fromisoformat(signed["anchor"])
    ends = [date.fromisoformat(one["last_day"]) for one in events["cancelled"] if one["customer"] == signed["customer"]
            and date.fromisoformat(one["on"]) <= month]  # fmt: skip
    begin = anchor
    while begin < later(month, 1):
        end = later(begin, signed["months"])
        first, last = max(begin, starts), end - timedelta(days=1)
        if ends:
            last = min(last, ends[0])
        key = (signed["customer"], number, begin)
        is_due = first < later(month, 1) if signed["in_advance"] else end - timedelta(days=1) <= month
        if first <= last and is_due and key not in books.charged:
            share = Fraction((last - first).days + 1, (end - begin).days)
            net = worth(events, signed, line, first, signed["months"] * share)
            found.append({"net": net, "first": first, "last": last})
            books.charged.add(key)
        begin = end
    return found


def worth(events: dict, signed: dict, line: dict, day: date, months: Fraction) -> int:
    price = line["price_ore"]
    for raised in events["raised"]:
        is_raised = line["is_listed"] or signed["on"] <= raised["on"]
        if is_raised and day >= date.fromisoformat(raised["from"]):
            price = half_up(price * Fraction(10_000 + raised["percent"], 10_000))
    unit = half_up(Fraction(price) * months / line["per_months"])
    return half_up(Fraction(unit) * line["thousandths"] / 1000 * Fraction(10_000 - line["discount"], 10_000))


def spread(part: dict) -> list[tuple[date, int]]:
    """What each month earns: alike when the period is whole months, else by days; the last one takes the rest."""
    months, day = [], month_of(part["first"])
    while day <= part["last"]:
        months.append(day)
        day = later(day, 1)
    is_whole = part["first"].day == 1 and (part["last"] + timedelta(days=1)).day == 1
    weights = [1 if is_whole else days_in(month, part) for month in months]
    shares = [half_up(Fraction(part["net"] * weight, sum(weights))) for weight in weights[:-1]]
    return list(zip(months, [*shares, part["net"] - sum(shares)], strict=True))


def days_in(month: date, part: dict) -> int:
    first, last = max(month, part["first"]), min(later(month, 1) - timedelta(days=1), part["last"])
    return (last - first).days + 1


def put_off(books: Books, waits: list[tuple[date, int]], sign: int) -> None:
    for month, ore in waits:
        books.book((MOVED, sign * ore), (DEFERRED, -sign * ore))
        books.to_earn[month] += sign * ore


def credit(books: Books, one: dict) -> None:
    """All of an invoice is taken back; what of it was paid becomes a debt to the customer, as a claim below nothing."""
    found, month = (
        books.invoices[one["customer"], date.fromisoformat(one["month"])],
        month_of(date.fromisoformat(one["on"])),
    )
    books.book((found["claims"], -found["payable"]), (SALES, found["net"]), (OUTPUT_VAT, found["vat"]))
    put_off(books, [earned for part in found["parts"] for earned in spread(part) if earned[0] > month], -1)
    found["settled"].append((date.fromisoformat(one["on"]), found["left"]))
    found["left"] = 0


def pay(books: Books, one: dict) -> None:
    if not one["customer"]:
        books.book((BANK, one["ore"]), (UNKNOWN, -one["ore"]))
        return
    found = books.invoices[one["customer"], date.fromisoformat(one["month"])]
    taken = min(one["ore"], found["left"])
    found["left"] -= taken
    found["settled"].append((date.fromisoformat(one["on"]), taken))
    over = one["ore"] - taken
    costs = min(over, found["charged"] - found["costs_paid"])
    interest = min(over - costs, max(found["asked"] - found["interest_paid"], 0))
    found["costs_paid"] += costs
    found["interest_paid"] += interest
    books.book((BANK, one["ore"]), (found["claims"], -taken), (COSTS, -costs), (INTEREST, -interest),
               (CREDIT, costs + interest - over))  # fmt: skip


def remind(books: Books, events: dict, on: date) -> dict[str, int]:
    """The letters of a day: what each asks for, and of that the interest and the costs."""
    asked: dict[str, int] = {}
    for (customer, month), one in books.invoices.items():
        if one["left"] < SMALLEST or not is_time(one, on):
            continue
        one["sent"].append(on)
        interest, costs = interest_on(one, events["rates"], on), costs_of(one)
        if costs > one["charged"]:
            books.book((COSTS, costs - one["charged"]), (COST_INCOME, one["charged"] - costs))
            one["charged"] = costs
        one["asked"] = interest
        beside = interest + one["charged"] - one["costs_paid"] - one["interest_paid"]
        letter = f"{customer} {month:%Y-%m} letter {len(one['sent'])}"
        asked |= {letter: one["left"] + max(beside, 0), f"{letter} interest": interest, f"{letter} costs": costs}
    return asked


def is_time(one: dict, on: date) -> bool:
    late, sent = (on - one["due"]).days, one["sent"]
    if not sent:
        return late >= FIRST_AFTER
    return len(sent) == 1 and late >= SECOND_AFTER and (on - sent[0]).days > TIME_TO_PAY


def costs_of(one: dict) -> int:
    """Whoever is protected owes fees and no compensation; others the compensation, and what the fees are above it."""
    fees = FEE * one["has_agreed_fee"] + DEMAND * (len(one["sent"]) > 1)
    return fees if one["is_consumer"] else max(COMPENSATION, fees)


def interest_on(one: dict, rates: list[list], on: date) -> int:
    total, day = Fraction(0), one["due"] + timedelta(days=1)
    while day <= on:
        owed = one["payable"] - sum(ore for when, ore in one["settled"] if when < day)
        reference = [hundredths for first, hundredths in rates if date.fromisoformat(first) <= day][-1]
        total += Fraction(owed * (reference + 800), 10_000 * 365)
        day += timedelta(days=1)
    return half_up(total)


def pay_late(books: Books, one: dict) -> None:
    """Costs first, and what is beyond them is interest."""
    found = books.invoices[one["customer"], date.fromisoformat(one["month"])]
    costs = min(one["ore"], found["charged"] - found["costs_paid"])
    found["costs_paid"] += costs
    found["interest_paid"] += one["ore"] - costs
    books.book((BANK, one["ore"]), (COSTS, -costs), (INTEREST, costs - one["ore"]))


def happen(books: Books, events: dict, month: date, ends: dict[str, dict[str, int]]) -> None:
    """What happens between the invoices of a month and its end, day by day."""
    kinds = ("credited", "paid", "late_paid", "reminded")
    coming = [(one["on"], kind, one) for kind in kinds for one in events[kind]]
    for on, kind, one in sorted(coming, key=lambda what: what[:2]):
        if month_of(date.fromisoformat(on)) != month:
            continue
        if kind == "reminded":
            ends[f"letters {on}"] = remind(books, events, date.fromisoformat(on))
        else:
            {"credited": credit, "paid": pay, "late_paid": pay_late}[kind](books, one)


def play(events: dict) -> dict[str, dict[str, int]]:
    """The balances at the end of each month of the year, and the letters of each day that has some."""
    books, ends = Books(), {}
    for number in range(1, 13):
        month = date(events["year"], number, 1)
        bill(books, events, month)
        happen(books, events, month, ends)
        earned = books.to_earn[month]
        books.book((DEFERRED, earned), (MOVED, -earned))
        unearned = sum(ore for later_month, ore in books.to_earn.items() if later_month > month)
        assert books.accounts[DEFERRED] == -unearned
        ends[(later(month, 1) - timedelta(days=1)).isoformat()] = {
            **books.accounts,
            "claims": books.accounts[CLAIMS] + books.accounts[GROUP_CLAIMS],
            "unearned": unearned,
            "costs": sum(one["charged"] - one["costs_paid"] for one in books.invoices.values()),
            "invoices": books.count,
        }
    happen(books, events, date(events["year"] + 1, 1, 1), ends)
    return ends


def differences(events: dict, told: dict[str, dict[str, int]]) -> list[str]:
    """Each figure that the program tells otherwise, or does not tell."""
    found, counted = [], play(events)
    for day in sorted({*counted, *told}):
        figures = counted.get(day, {})
        for name in sorted({*figures, *told.get(day, {})}):
            here, there = figures.get(name, 0), told.get(day, {}).get(name, 0)
            if here != there:
                found.append(f"{day} {name}: {there} in the books, {here} by the events")
    return found


if __name__ == "__main__":
    with open(sys.argv[1]) as first, open(sys.argv[2]) as second:
        wrong = differences(json.load(first), json.load(second))
    print("\n".join(wrong) or "the same to the öre")
    sys.exit(1 if wrong else 0)
