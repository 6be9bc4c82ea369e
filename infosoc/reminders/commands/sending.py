"""Reminding: a run of a day, carried out chunk by chunk, each chunk a transaction of its own.

No letter is written twice, however often a run is started, cut off or repeated: an invoice has one letter a step, and a
step waits for the days of the one before it, read under the lock that everyone who posts waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db import bulk
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.queries import parties
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.record import Party
from infosoc.jobs import commands as jobs
from infosoc.jobs.models import Job
from infosoc.kernel.errors import DomainError, Refused
from infosoc.kernel.public_id import new_public_id
from infosoc.kernel.words import N_
from infosoc.ledger.commands.posting import open_year
from infosoc.ledger.queries import years
from infosoc.outbox import commands as outbox
from infosoc.reminders.commands import costs
from infosoc.reminders.commands.costs import Charge
from infosoc.reminders.models import Reminder, ReminderProblem, ReminderRun
from infosoc.reminders.queries import late as queries
from infosoc.reminders.queries import rules_of
from infosoc.reminders.queries.late import Found, Late
from infosoc.reminders.rules import letter as letters
from infosoc.reminders.rules.booking import About
from infosoc.reminders.rules.letter import NoAddress, Printed
from infosoc.reminders.rules.steps import Letter, StepKind
from infosoc.reminders.rules.words import Channel, RunState

JOB, PAPER = "reminders.run", "reminder"
LONGEST_MESSAGE = 300

# Subject and text of a letter's e-mail, in the letter's own language.
Compose = Callable[[Printed], tuple[str, str]]


class NobodyToRemind(Refused):
    message = N_("No invoices are due for a reminder on that day.")


@dataclass(frozen=True)
class Ready:
    """A letter that can be written, with what it is made of."""

    letter: Letter
    late: Late
    printed: Printed


def preview(session: Session, *, on: date) -> Found:
    """What a run on the day would do; nothing is written."""
    return queries.found(session, rules_of.policy(session), rules_of.rates(session), on=on)


def start(
    session: Session, *, on: date, only: Collection[str] | None, page: str, by: int | None, now: datetime
) -> ReminderRun:
    """Start a run for every invoice that is to be reminded of, or for some of them by their addresses.

    Those that lack something, such as a rate, are in it: they are named by the run, and the others go on.
    """
    audit.take_turn(session)
    open_year(years.years(session), on)
    found = preview(session, on=on)
    wanted = [one.claim for one in found.preview.letters if one.step.kind is not StepKind.HAND_OVER]
    ids = [one.id for one in (*wanted, *(claim for claim, _ in found.preview.refused))]
    if only is not None:
        ids = [at for at in ids if found.late[at].public_id in only]
    if not ids:
        raise NobodyToRemind
    run = ReminderRun(run_on=on, state=RunState.QUEUED.value, planned=len(ids), made_by=by, made_at=now)
    session.add(run)
    session.flush()
    jobs.enqueue(
        session, JOB, args={"run": run.id, "ids": ids}, unique_key=job_key(run), title=N_("Reminders %(day)s"),
        title_values={"day": on.isoformat()}, link=f"{page}/{run.public_id}", by=by, total=len(ids), now=now,
    )  # fmt: skip
    return run


def job_key(run: ReminderRun) -> str:
    return f"reminders:{run.public_id}"


def job_of(session: Session, run: ReminderRun) -> Job | None:
    return session.scalar(select(Job).where(Job.unique_key == job_key(run)))


def send(
    session: Session, run_id: int, invoice_ids: Sequence[int], compose: Compose, *, by: int | None, now: datetime
) -> int:
    """Write the letters of a chunk; those that cannot be are noted with the reason. Says how many were written."""
    audit.take_turn(session)  # what has been sent and paid is read after it, so nobody reminds of the same meanwhile
    run = session.get_one(ReminderRun, run_id)
    policy, rates = rules_of.policy(session), rules_of.rates(session)
    found = queries.of_invoices(session, invoice_ids, policy, rates, on=run.run_on)
    ready, problems = _ready(session, found, on=run.run_on)
    _write(session, run, ready, compose, by=by, now=now)
    problems |= {claim.id: error for claim, error in found.preview.refused}
    _note_problems(session, run, problems)
    run.made, run.state = run.made + len(ready), RunState.RUNNING.value
    return len(ready)


def finish(session: Session, run_id: int, *, now: datetime) -> None:
    """The run has been through all its invoices."""
    run = session.get_one(ReminderRun, run_id)
    if run.state != RunState.DONE.value:
        run.state, run.finished_at = RunState.DONE.value, now


def _ready(session: Session, found: Found, *, on: date) -> tuple[list[Ready], dict[int, DomainError]]:
    """The letters with all that is printed, and those that lack an address."""
    wanted = [one for one in found.preview.letters if one.step.kind is not StepKind.HAND_OVER]
    records = {
        at: archive.from_json(text)
        for at, text in session.execute(
            select(Invoice.id, Invoice.record).where(Invoice.id.in_([one.claim.id for one in wanted]))
        )
    }
    buyers = parties.customers(session, {found.late[one.claim.id].company_id for one in wanted})
    ready: list[Ready] = []
    problems: dict[int, DomainError] = {}
    for one in wanted:
        late, record = found.late[one.claim.id], records[one.claim.id]
        customer = buyers.get(late.company_id)
        buyer = buyer_now(customer.party if customer else None, record.buyer)
        if not late.email and not letters.has_address(buyer):
            problems[one.claim.id] = NoAddress()
            continue
        to_pay = queries.to_pay(one, late)
        told = letters.printed(one, record, buyer, on=on, paid_ore=late.paid_ore, to_pay_ore=to_pay)
        ready.append(Ready(one, late, told))
    return ready, problems


def buyer_now(today: Party | None, printed: Party) -> Party:
    """Whom a letter goes to: by the register of today where that has an address, else as the invoice was printed."""
    return today if today is not None and letters.has_address(today) else printed


def _write(
    session: Session, run: ReminderRun, ready: Sequence[Ready], compose: Compose, *, by: int | None, now: datetime
) -> None:
    if not ready:
        return
    ids = bulk.new_ids(session, Reminder, len(ready))
    for at, one in zip(ids, ready, strict=True):
        public_id = new_public_id()
        outbox_id = _queue(session, at, public_id, one, compose, now=now) if one.late.email else None
        session.add(_row(run, at, public_id, one, outbox_id, by=by, now=now))
    session.flush()
    costs.charge(session, [_charge(one) for one in ready], on=run.run_on, by=by, now=now)
    deeds = [("reminder written", "invoice", one.letter.claim.id, []) for one in ready]
    audit.record_bulk(session, deeds, by=by)


def _queue(session: Session, at: int, public_id: str, one: Ready, compose: Compose, *, now: datetime) -> int:
    subject, text = compose(one.printed)
    return outbox.queue(
        session, recipient=one.late.email, subject=subject, text=text, attached=[(PAPER, at)],
        unique_key=f"reminder:{public_id}", now=now,
    ).id  # fmt: skip


def _position(letter: Letter) -> int:
    return len(letter.claim.sent) + 1


def _charge(one: Ready) -> Charge:
    rest = one.letter.costs.total_ore - one.late.charged_ore
    about = About(one.late.number, one.late.buyer)
    return Charge(one.letter.claim.id, about, _position(one.letter), rest)


def _row(
    run: ReminderRun, at: int, public_id: str, one: Ready, outbox_id: int | None, *, by: int | None, now: datetime
) -> Reminder:
    letter = one.letter
    return Reminder(
        id=at, public_id=public_id, invoice_id=letter.claim.id, run_id=run.id, position=_position(letter),
        kind=letter.step.kind.value, reminded_on=run.run_on, pay_by=letter.pay_by, open_ore=letter.claim.open_ore,
        interest_ore=letter.interest.total_ore, fees_ore=letter.costs.fees_ore,
        compensation_ore=letter.costs.compensation_ore, to_pay_ore=one.printed.to_pay_ore,
        record=archive.to_json(one.printed), channel=(Channel.EMAIL if one.late.email else Channel.PRINT).value,
        recipient=one.late.email, outbox_id=outbox_id, made_by=by, made_at=now,
    )  # fmt: skip


def _note_problems(session: Session, run: ReminderRun, problems: Mapping[int, DomainError]) -> None:
    """Write down why invoices were not reminded of, each once, and count them."""
    if not problems:
        return
    query = select(ReminderProblem.invoice_id).where(
        ReminderProblem.run_id == run.id, ReminderProblem.invoice_id.in_(problems)
    )
    noted = set(session.scalars(query))
    new = {at: error for at, error in problems.items() if at not in noted}
    for at, error in new.items():
        facts: dict[str, Any] = {name: str(value) for name, value in error.values.items()}
        message = error.message[:LONGEST_MESSAGE]
        session.add(ReminderProblem(run_id=run.id, invoice_id=at, message=message, facts=facts))
    run.failed += len(new)
