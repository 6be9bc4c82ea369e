"""A look at who a mailing would reach before anything is fixed: numbers, and who is skipped with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from infosoc.crm.lists.spec import Reader
from infosoc.mailings.models import Mailing
from infosoc.mailings.queries.recipients import Candidate, candidates
from infosoc.mailings.rules import Reason

PAGE = 50
LETTERS = "letters"  # the tab of those who get one


@dataclass
class Look:
    """The numbers of an audience, and one page of the persons in it."""

    choice: str
    number: int
    letters: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    rows: list[Candidate] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        return sum(self.reasons.values())

    @property
    def total(self) -> int:
        """All whom the filter gives: nobody is left out of both numbers (M-28)."""
        return self.letters + self.skipped

    @property
    def matching(self) -> int:
        """How many the chosen tab holds."""
        if self.choice == LETTERS:
            return self.letters
        return self.reasons[Reason(self.choice)] if self.choice else self.skipped

    @property
    def pages(self) -> int:
        return max(1, -(-self.matching // PAGE))

    @property
    def by_reason(self) -> list[tuple[Reason, int]]:
        """The reasons that somebody has, the commonest first."""
        return self.reasons.most_common()


def look(session: Session, mailing: Mailing, query_text: str, reader: Reader, choice: str, number: int) -> Look:
    """Count everybody whom the filter gives; `choice` is a reason, `letters`, or "" for all who are skipped."""
    known = {LETTERS, *(reason.value for reason in Reason)}
    made = Look(choice if choice in known else "", max(1, number))
    first, seen = (made.number - 1) * PAGE, 0
    for one in candidates(session, query_text, mailing.list_id, reader=reader, tells_source=mailing.tells_source):
        if one.reason is None:
            made.letters += 1
        else:
            made.reasons[one.reason] += 1
        if _is_in(one, made.choice):
            if first <= seen < first + PAGE:
                made.rows.append(one)
            seen += 1
    return made


def _is_in(one: Candidate, choice: str) -> bool:
    if choice == LETTERS:
        return one.reason is None
    return one.reason is not None and choice in ("", one.reason.value)
