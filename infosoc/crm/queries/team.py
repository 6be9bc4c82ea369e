"""How the people of a tenant are doing: open follow-ups, and contacts and attempts per week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from infosoc.accounts.models import User
from infosoc.accounts.queries import colleagues
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import Week
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries.my_day import activity_of_all


@dataclass(frozen=True)
class Member:
    """One row of the team page."""

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

    @property
    def overdue(self) -> int:
        return sum(member.overdue for member in self.members)

    @property
    def open(self) -> int:
        return sum(member.open for member in self.members)


def team(session: Session, today: date) -> Team:
    """Everybody who can sign in, by name, in three statements."""
    counts = _open_counts(session, today)
    days: dict[int, list[tuple[date, str, int]]] = defaultdict(list)
    for by, day, kind, number in activity_of_all(session, today):
        days[by].append((day, kind, number))
    members = [
        Member(user, *counts.get(user.id, (0, 0)), weeks=rules.by_week(days[user.id], today))
        for user in colleagues(session)
    ]
    everything = [row for rows in days.values() for row in rows]
    return Team(members, rules.by_week(everything, today))


def _open_counts(session: Session, today: date) -> dict[int, tuple[int, int]]:
    late = func.sum(case((FollowUp.due_on < today, 1), else_=0))
    rows = session.execute(
        select(FollowUp.assignee_id, func.count(), late)
        .join(CompanyRelation, CompanyRelation.company_id == FollowUp.company_id)
        .where(FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None), CompanyRelation.trashed_at.is_(None))
        .group_by(FollowUp.assignee_id)
    )
    return {user_id: (number, int(overdue or 0)) for user_id, number, overdue in rows}
