"""What of agreements has been invoiced, asked of whoever makes the invoices: a higher domain registers the answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from infosoc.subscriptions.models import Agreement, AgreementLine


@dataclass(frozen=True)
class Invoiced:
    """The periods of lines that have been invoiced, by line and day; nothing is invoiced here before `since`."""

    charges: Collection[tuple[int, date]] = ()
    since: date | None = None

    @property
    def days(self) -> set[date]:
        return {day for _, day in self.charges}


Answer = Callable[[Session, list[int]], Invoiced]
_answers: list[Answer] = []


def answers(answer: Answer) -> Answer:
    """Register who knows which periods of lines have been invoiced."""
    _answers.append(answer)
    return answer


def of(session: Session, agreement: Agreement) -> Invoiced:
    """What has been invoiced of an agreement."""
    if "lines" in inspect(agreement).unloaded:
        ids = list(session.scalars(select(AgreementLine.id).where(AgreementLine.agreement_id == agreement.id)))
    else:
        ids = [line.id for line in agreement.lines]
    return next((answer(session, ids) for answer in _answers), Invoiced())
