"""What higher domains keep about companies: it holds a company in the register, and follows it when records change.

A domain registers a question (which of these companies do you keep something about?) and its tables with a company.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy.orm import Session

from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

Question = Callable[[Session, Collection[int]], set[int]]
Step = Callable[[Session, Collection[int]], None]
_questions: list[Question] = []
_steps: list[Step] = []
OF_COMPANY: list[Any] = []  # tables with a `company_id` that follow a company into a record of its own
OF_CONTACT: list[Any] = []  # tables with a `contact_id`, likewise


class IsHeld(Refused):
    message = N_(
        "There are agreements or invoices with the company, which must be kept. It cannot be moved to the trash."
    )


def holds(question: Question) -> Question:
    """Register who keeps something about companies that must not go."""
    _questions.append(question)
    return question


def after_merge(step: Step) -> Step:
    """Register what is brought up to date when companies have been merged or parted."""
    _steps.append(step)
    return step


def held(session: Session, company_ids: Collection[int]) -> set[int]:
    """Those of the companies that must stay in the register."""
    found: set[int] = set()
    for question in _questions:
        found |= question(session, company_ids)
    return found


def refuse_held(session: Session, company_id: int) -> None:
    if held(session, [company_id]):
        raise IsHeld


def bring_up_to_date(session: Session, company_ids: Collection[int]) -> None:
    for step in _steps:
        step(session, company_ids)
