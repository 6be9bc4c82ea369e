"""What is known of deposits already, and which accounts and days may be booked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.invoicing.queries import parties, receiving
from infosoc.kernel.errors import DomainError, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import open_year
from infosoc.ledger.models import FiscalYear
from infosoc.payments.identity import Money, Section, keys, same_money
from infosoc.payments.models import BankEntry
from infosoc.payments.queries import answers
from infosoc.payments.queries.answers import ByHand
from infosoc.payments.survey import OwnAccount, OwnAccounts, Survey

_BATCH = 500
T = TypeVar("T")


class OtherAmount(Refused):
    message = N_(
        "The bank has told of the deposit %(serial)s before, as another amount or on another day (%(day)s). Ask the"
        " bank which is right."
    )


class SettledByHand(Refused):
    message = N_(
        "It is %(amount)s kr, as the deposit of %(day)s that has been settled by hand. If it is the same money, nothing"
        " is missing. To have its payments instead, undo that and import the file again; if it is other money, say so"
        " there first."
    )


@dataclass(frozen=True)
class Planned:
    """A deposit of a file: which one it is of those that are known, if any, and whether its payments are booked now."""

    section: Section
    key: str | None
    group_id: int | None
    takes: bool


def own_accounts(session: Session) -> OwnAccounts:
    """Those of the list, and what invoices print, which is ours whether or not it has been put there."""
    listed = [one.account for one in receiving.accounts(session)]
    made = [OwnAccount(one.number, one.ledger_account, one.valid_from, one.valid_through) for one in listed]
    known = {one.number for one in listed}
    printed = receiving.printed(parties.settings(session)).values()
    return OwnAccounts((*made, *(OwnAccount(number) for number in printed if number not in known)))


def day_check(session: Session) -> Callable[[date], DomainError | None]:
    """What stands against booking on a day: no fiscal year, or a lock."""
    known = list(session.scalars(select(FiscalYear)))
    answers: dict[date, DomainError | None] = {}

    def problem(day: date) -> DomainError | None:
        if day not in answers:
            try:
                open_year(known, day)
                answers[day] = None
            except DomainError as error:
                answers[day] = error
        return answers[day]

    return problem


def survey_for(session: Session) -> Survey:
    """A survey that knows the tenant's accounts and open days."""
    return Survey(own_accounts(session), day_check(session))


def plan(session: Session, survey: Survey) -> list[Planned]:
    """What is to be done about each deposit; one that contradicts what is known is refused in the survey."""
    sections = survey.usable
    key_of = dict(zip((one.number for one in sections), keys(sections), strict=True))
    known = _by_key(session, list(key_of.values()))
    money = {one.group_id: one for one in _money(session, sections)}
    repeats = {one.number: known[key_of[one.number]] for one in sections if key_of[one.number] in known}
    by_hand = answers.by_hand(session, sections)
    alike = _alike([one for one in sections if one.number not in repeats], money, by_hand)
    made: list[Planned] = []
    for one in sections:
        before = repeats.get(one.number)
        if before and (before.amount_ore, before.paid_on) != (one.amount_ore, one.paid_on):
            survey.refuse(one, OtherAmount(serial=one.serial, day=before.paid_on.isoformat()))
            continue
        group = money.get(before.group_id) if before else alike.get(one.number)
        if one.payments and (settled := answers.same_by_hand(one, group.group_id if group else None, by_hand)):
            survey.refuse(one, SettledByHand(amount=print_ore(one.amount_ore), day=settled.paid_on.isoformat()))
            continue
        takes = one.payments > 0 and not (group and group.is_taken)
        made.append(Planned(one, None if before else key_of[one.number], group.group_id if group else None, takes))
        if group and takes:
            group.is_taken = True
    return made


def _alike(sections: Sequence[Section], money: dict[int, Money], by_hand: Sequence[ByHand]) -> dict[int, Money]:
    """The deposits that these are; one of which somebody has said that it is money by itself has no payments."""
    apart = {one.group_id for one in by_hand if one.is_apart}
    if not apart:
        return same_money(sections, money.values())
    found = same_money([one for one in sections if one.payments], [money[at] for at in money if at not in apart])
    used = {one.group_id for one in found.values()}
    return found | same_money([one for one in sections if not one.payments], [money[at] for at in money.keys() - used])


def _by_key(session: Session, wanted: Sequence[str]) -> dict[str, BankEntry]:
    found: dict[str, BankEntry] = {}
    for some in _batches(wanted):
        for entry in session.scalars(select(BankEntry).where(BankEntry.key.in_(some))):
            found[entry.key or ""] = entry
    return found


def _money(session: Session, sections: Iterable[Section]) -> list[Money]:
    """The deposits that are known of the sections' days."""
    groups: dict[int, Money] = {}
    for some in _batches(sorted({one.paid_on for one in sections})):
        query = select(BankEntry).where(BankEntry.paid_on.in_(some)).order_by(BankEntry.id)
        for entry in session.scalars(query):
            group = groups.setdefault(
                entry.group_id, Money(entry.group_id, entry.paid_on, entry.amount_ore, entry.ledger_account)
            )
            group.add(_section(entry), takes=entry.takes)
    for group_id, told in answers.formats(session, list(groups)).items():
        groups[group_id].formats |= told
    for group_id in answers.standing(session, list(groups)):
        groups[group_id].is_taken = True
    return list(groups.values())


def _section(entry: BankEntry) -> Section:
    return Section(
        entry.section, entry.line, entry.format, entry.account, "", entry.serial, entry.paid_on, entry.amount_ore,
        entry.payments, entry.checked, entry.amounts_digest, entry.references_digest,
        ledger_account=entry.ledger_account,
    )  # fmt: skip


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
