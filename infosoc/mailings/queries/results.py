"""What became of a mailing, person by person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact
from infosoc.mailings.models import Mailing, MailingRecipient
from infosoc.mailings.queries.mailings import RESULTS
from infosoc.mailings.rules import RecipientState

PAGE = 50
LEFT = "left"  # those who have declined further mailings: no state of a letter, but a tab of the page


@dataclass(frozen=True)
class Result:
    """One recipient's letter."""

    name: str
    public_id: str
    company: str
    company_id: str
    is_protected: bool
    address: str
    state: str
    reason: str
    problem: str
    handed_over_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    unsubscribed_at: datetime | None


@dataclass(frozen=True)
class ResultPage:
    """A page of results, and how many there are in each tab."""

    rows: list[Result]
    choice: str
    reason: str
    number: int
    matching: int
    counts: dict[str, int]
    reasons: dict[str, int]

    @property
    def pages(self) -> int:
        return max(1, -(-self.matching // PAGE))


def page(session: Session, mailing: Mailing, choice: str, reason: str, number: int) -> ResultPage:
    """The recipients of a mailing; `choice` is a tab, `reason` narrows the skipped."""
    by_state, reasons, left = _counted(session, mailing.id)
    counts = {name: sum(by_state.get(state.value, 0) for state in states) for name, states in RESULTS.items()}
    counts |= {"all": sum(by_state.values()), LEFT: left}
    choice = choice if choice in counts and choice != "all" else ""
    reason = reason if choice == "skipped" and reason in reasons else ""
    matching = reasons[reason] if reason else counts[choice or "all"]
    number = min(number, max(1, -(-matching // PAGE)))
    query = _rows(mailing.id, choice, reason).offset((number - 1) * PAGE).limit(PAGE)
    rows = [_result(row) for row in session.execute(query)]
    return ResultPage(rows, choice, reason, number, matching, counts, reasons)


def _result(row: Any) -> Result:
    """A row whose person or company may be gone: then there are no words for them."""
    name, public_id, company, company_id, is_protected, *rest = row
    return Result(name or "", public_id or "", company or "", company_id or "", bool(is_protected), *rest)


def _counted(session: Session, mailing_id: int) -> tuple[dict[str, int], dict[str, int], int]:
    row = MailingRecipient
    query = select(row.state, row.reason, func.count(), func.count(row.unsubscribed_at))
    by_state: dict[str, int] = {}
    reasons: dict[str, int] = {}
    left = 0
    for state, reason, rows, declined in session.execute(
        query.where(row.mailing_id == mailing_id).group_by(row.state, row.reason)
    ):
        by_state[state] = by_state.get(state, 0) + rows
        left += declined
        if state == RecipientState.SKIPPED:
            reasons[reason] = reasons.get(reason, 0) + rows
    return by_state, reasons, left


def _rows(mailing_id: int, choice: str, reason: str) -> Select:
    row = MailingRecipient
    query = (
        select(
            Contact.name, Contact.public_id, Company.name, Company.public_id, Contact.is_protected, row.address,
            row.state, row.reason, row.problem, row.handed_over_at, row.bounced_at, row.complained_at,
            row.unsubscribed_at,
        )
        .outerjoin(Contact, Contact.id == row.contact_id)
        .outerjoin(Company, Company.id == row.company_id)
        .where(row.mailing_id == mailing_id)
        .order_by(row.id)
    )  # fmt: skip
    return query.where(_tab(choice, reason)) if choice else query


def _tab(choice: str, reason: str) -> ColumnElement[bool]:
    row = MailingRecipient
    if choice == LEFT:
        return row.unsubscribed_at.is_not(None)
    condition = row.state.in_([state.value for state in RESULTS[choice]])
    return condition & (row.reason == reason) if reason else condition
