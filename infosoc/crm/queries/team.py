"""How the people of a tenant are doing: open follow-ups, and contacts and attempts per week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.accounts.queries import colleagues
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import Week
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries.my_day import activity_of_all

MOST_TOLD = 1000  # follow-ups of one person that are counted; more is told as more
_OVERDUE = 10_000  # what an overdue one counts for beside its one, so that both numbers come of one look


@dataclass(frozen=True)
class Member:
    """One row of the team page. `open` and `overdue` are at most one more than `MOST_TOLD`."""

    user: User
    open: int
    overdue: int
    weeks: list[Week]

    @property
    def this_week(self) -> Week:
        return self.weeks[-1]

    @property
    def last_week(self) -> Week:
        return self.weeks[-2]


@dataclass(frozen=True)
class Team:
    members: list[Member]
    weeks: list[Week]
    most: int = MOST_TOLD

    @property
    def overdue(self) -> int:
        return sum(min(member.overdue, MOST_TOLD) for member in self.members)

    @property
    def open(self) -> int:
        return sum(min(member.open, MOST_TOLD) for member in self.members)

    @property
    def is_cut(self) -> bool:
        """Whether somebody has more than is counted."""
        return any(member.open > MOST_TOLD for member in self.members)


def team(session: Session, today: date) -> Team:
    """Everybody who can sign in, by name, in three statements."""
    people = colleagues(session)
    counts = _open_counts(session, today)
    days: dict[int, list[tuple[date, str, int]]] = defaultdict(list)
    for by, monday, kind, number in activity_of_all(session, today):
        days[by].append((monday, kind, number))
    members = [Member(user, *counts.get(user.id, (0, 0)), weeks=rules.by_week(days[user.id], today)) for user in people]
    everything = [row for rows in days.values() for row in rows]
    return Team(members, rules.by_week(everything, today))


def _open_counts(session: Session, today: date) -> dict[int, tuple[int, int]]:
    """Open and overdue follow-ups of each person, counted by index to one more than the most that is told."""
    rows = session.execute(select(Membership.user_id, _open_of_member(today)).select_from(Membership))
    return {user_id: (both % _OVERDUE, both // _OVERDUE) for user_id, both in rows}


def _open_of_member(today: date) -> ScalarSelect[int]:
    """The soonest due, counted; the overdue ones are the first of them."""
    first = (
        select(case((FollowUp.due_on < today, _OVERDUE + 1), else_=1).label("counts_for"))
        .join(CompanyRelation, CompanyRelation.company_id == FollowUp.company_id)
        .where(FollowUp.assignee_id == Membership.user_id, FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None))
        .where(CompanyRelation.trashed_at.is_(None))
        # As the index has them: PostgreSQL would sort all, though the first two are empty in every row.
        .order_by(FollowUp.done_at, FollowUp.trashed_at, FollowUp.due_on)
        .limit(MOST_TOLD + 1)
        .correlate(Membership)
        .subquery()
    )
    return select(func.coalesce(func.sum(first.c.counts_for), 0)).scalar_subquery()
