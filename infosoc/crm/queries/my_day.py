"""What one person has to do today, whom they might call, and what they have done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, not_, or_, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import Week
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.log import ActivityCount, FollowUp, LogEntry
from infosoc.crm.queries import log, reach
from infosoc.crm.queries.reach import Points, Reachable
from infosoc.crm.queries.timeline import Item
from infosoc.crm.rules import EntryKind, Status
from infosoc.kernel import clock

MOST_DUE = 35
COMING_DAYS = 7
MOST_SUGGESTED = 6
MOST_LOOKED_AT = 12  # of each group, before those are left out where nobody may be called
MOST_RECENT = 6


@dataclass
class Due:
    """A follow-up as My day shows it. `following` is the one that is stood in when this one is dealt with."""

    follow_up: FollowUp
    company: Company
    contact: Contact | None
    is_blocked: bool
    is_protected: bool
    state: str
    phones: list[str] = field(default_factory=list)
    following: str | None = None
    tried: int = 0  # attempts today, by whomever

    @property
    def may_be_called(self) -> bool:
        return not (self.is_blocked or self.is_protected)


@dataclass
class Suggestion:
    """A company worth a call: why, whom, and by which number."""

    relation: CompanyRelation
    company: Company
    person: Reachable | None = None
    phones: list[str] = field(default_factory=list)

    @property
    def is_prospect(self) -> bool:
        return self.relation.status == Status.PROSPECT


@dataclass(frozen=True)
class MyDay:
    """Everything on the page, read in six statements whatever it holds."""

    overdue: list[Due]
    today: list[Due]
    coming: list[Due]
    suggestions: list[Suggestion]
    recent: list[Item]
    weeks: list[Week]
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.today or self.coming or self.suggestions or self.recent)


def my_day(session: Session, user_id: int, *, now: datetime, quiet_days: int, show_protected: bool) -> MyDay:
    """The page of one person. `quiet_days` is how long a customer may go without a word."""
    today = clock.local(now).date()
    dues = _dues(session, user_id, today)
    suggestions = suggested_calls(session, user_id, now=now, quiet_days=quiet_days)
    _give_numbers(session, dues, suggestions, show_protected=show_protected)
    recent = _recent(session, user_id)
    weeks = rules.by_week(activity(session, today, user_id), today)
    return MyDay(
        overdue=[due for due in dues if due.state == "overdue"],
        today=[due for due in dues if due.state == "today"],
        coming=[due for due in dues if due.state == ""],
        suggestions=suggestions, recent=recent, weeks=weeks, is_cut=len(dues) == MOST_DUE,
    )  # fmt: skip


# ---- follow-ups -----------------------------------------------------------------------------------------------------


def _dues(session: Session, user_id: int, today: date) -> list[Due]:
    rows = session.execute(
        select(
            FollowUp,
            Company,
            Contact,
            ContactRelation,
            _tried_since(datetime.combine(today, time(), tzinfo=clock.STOCKHOLM)),
        )
        .join(CompanyRelation, CompanyRelation.company_id == FollowUp.company_id)
        .join(Company, Company.id == FollowUp.company_id)
        .outerjoin(Contact, Contact.id == FollowUp.contact_id)
        .outerjoin(ContactRelation, ContactRelation.contact_id == FollowUp.contact_id)
        .where(
            FollowUp.assignee_id == user_id,
            FollowUp.done_at.is_(None),
            FollowUp.trashed_at.is_(None),
            FollowUp.due_on <= today + timedelta(days=COMING_DAYS),
            CompanyRelation.trashed_at.is_(None),
        )
        # The first two lead the index, so they lead the order too, though they are always empty.
        .order_by(FollowUp.done_at, FollowUp.trashed_at, FollowUp.due_on, FollowUp.id)
        .limit(MOST_DUE)
    )
    dues = [
        Due(
            follow_up, company, contact, is_blocked=bool(relation and relation.call_blocked_at),
            is_protected=bool(contact and contact.is_protected), state=due_state(follow_up.due_on, today),
            tried=tried,
        )
        for follow_up, company, contact, relation, tried in rows
    ]  # fmt: skip
    for due, neighbour in zip(dues, [*dues[1:], *dues[-2:-1]], strict=False):
        due.following = neighbour.follow_up.public_id
    return dues


def _tried_since(midnight: datetime) -> ScalarSelect[int]:
    return (
        select(func.count(LogEntry.id))
        .where(
            LogEntry.company_id == FollowUp.company_id, LogEntry.happened_at >= midnight,
            LogEntry.kind == EntryKind.ATTEMPT, LogEntry.trashed_at.is_(None),
        )
        .correlate(FollowUp)
        .scalar_subquery()
    )  # fmt: skip


def due_state(due_on: date, today: date) -> str:
    """`overdue`, `today`, or nothing for a coming day."""
    return "overdue" if due_on < today else "today" if due_on == today else ""


# ---- suggested calls ------------------------------------------------------------------------------------------------


def suggested_calls(session: Session, user_id: int, *, now: datetime, quiet_days: int) -> list[Suggestion]:
    """Own companies before those nobody answers for: customers long unheard of, and prospects never contacted.

    Left out are companies with something planned, tried within a week, or where nobody may be called. Each of the six
    groups is read by an index of its own, so that the size of the register does not matter.
    """
    owners = (CompanyRelation.owner_id == user_id, CompanyRelation.owner_id.is_(None))
    chosen = [_group(owner, reason, now) for owner in owners for reason in _reasons(now, quiet_days)]
    rows = session.execute(
        select(CompanyRelation, Company)
        .join(Company, Company.id == CompanyRelation.company_id)
        .where(CompanyRelation.id.in_(union_all(*chosen)), not_(_nobody_to_call()))
    )
    found = [Suggestion(relation, company) for relation, company in rows]
    return _shared_out(sorted(found, key=_suggestion_order))


def _group(owner: ColumnElement[bool], reason: ColumnElement[bool], now: datetime) -> Select[Any]:
    first = (
        select(CompanyRelation.id)
        .where(owner, reason, CompanyRelation.trashed_at.is_(None), _left_alone(now))
        .order_by(CompanyRelation.last_contact_at, CompanyRelation.id)
        .limit(MOST_LOOKED_AT)
        .subquery()
    )
    return select(first.c.id)


def _reasons(now: datetime, quiet_days: int) -> list[ColumnElement[bool]]:
    """Customers never heard of, customers long unheard of, prospects never contacted: each a stretch of one index."""
    status, last = CompanyRelation.status, CompanyRelation.last_contact_at
    return [
        and_(status == Status.CUSTOMER, last.is_(None)),
        and_(status == Status.CUSTOMER, last < now - timedelta(days=quiet_days)),
        and_(status == Status.PROSPECT, last.is_(None)),
    ]


def _left_alone(now: datetime) -> ColumnElement[bool]:
    tried = CompanyRelation.last_attempt_at
    return and_(
        CompanyRelation.next_follow_up_on.is_(None),
        or_(tried.is_(None), tried < now - timedelta(days=rules.RETRY_DAYS)),
    )


def _nobody_to_call() -> ColumnElement[bool]:
    """Every contact person known is call-blocked or protected (a company without any has its switchboard)."""
    shut, free = _people_where(shut=True), _people_where(shut=False)
    return and_(shut, not_(free))


def _people_where(*, shut: bool) -> ColumnElement[bool]:
    post, person, known = aliased(Post), aliased(Contact), aliased(ContactRelation)
    closed = or_(person.is_protected.is_(True), known.call_blocked_at.is_not(None))
    return exists(
        select(1)
        .select_from(post)
        .join(person, person.id == post.contact_id)
        .join(known, known.contact_id == post.contact_id)
        .where(post.company_id == CompanyRelation.company_id, known.tenant_id == CompanyRelation.tenant_id)
        .where(known.trashed_at.is_(None), closed if shut else not_(closed))
        .correlate(CompanyRelation)
    )


def _suggestion_order(one: Suggestion) -> tuple[bool, bool, float, int]:
    last = one.relation.last_contact_at
    return (one.relation.owner_id is None, one.is_prospect, last.timestamp() if last else 0.0, one.relation.id)


def _shared_out(found: list[Suggestion]) -> list[Suggestion]:
    """Half customers, half prospects; what one kind leaves is the other's."""
    customers = [one for one in found if not one.is_prospect]
    prospects = [one for one in found if one.is_prospect]
    half = MOST_SUGGESTED // 2
    taken = customers[: max(half, MOST_SUGGESTED - len(prospects))]
    return taken + prospects[: MOST_SUGGESTED - len(taken)]


# ---- numbers --------------------------------------------------------------------------------------------------------


def _give_numbers(session: Session, dues: list[Due], suggestions: list[Suggestion], *, show_protected: bool) -> None:
    asked = [one.company.id for one in suggestions]
    persons = reach.people(session, asked, show_protected=show_protected) if suggestions else []
    free = [person for person in persons if person.may_be_called]
    companies = {due.company.id for due in dues} | {one.company.id for one in suggestions}
    contacts = {due.contact.id for due in dues if due.contact} | {person.id for person in free}
    known = reach.points(session, companies, contacts)
    reach.fill(free, known, show_protected=show_protected)
    for due in dues:
        if due.is_protected and not show_protected:
            due.contact = None
        if due.contact:
            due.phones = known.contact_phones(due.contact.id)[:1]
        if not due.phones and due.may_be_called:
            due.phones = known.company_phones(due.company.id)[:1]
    for one in suggestions:
        _give_number(one, free, known)


def _give_number(one: Suggestion, free: list[Reachable], known: Points) -> None:
    here = [person for person in free if person.company_id == one.company.id]
    one.person = next((person for person in here if person.phones), here[0] if here else None)
    numbers = one.person.phones if one.person else []
    one.phones = (numbers or known.company_phones(one.company.id))[:1]


# ---- what was done --------------------------------------------------------------------------------------------------


def _recent(session: Session, user_id: int) -> list[Item]:
    rows = session.scalars(
        select(LogEntry)
        .where(LogEntry.by_id == user_id, LogEntry.trashed_at.is_(None))
        .options(joinedload(LogEntry.company), joinedload(LogEntry.contact), joinedload(LogEntry.by))
        .order_by(LogEntry.happened_at.desc(), LogEntry.id.desc())
        .limit(MOST_RECENT)
    )
    return [log.item(row) for row in rows]


def activity(session: Session, today: date, user_id: int) -> list[tuple[date, str, int]]:
    """How many entries of each kind one person wrote a week, in the weeks that the chart shows, by Monday."""
    return [(monday, kind, number) for _, monday, kind, number in activity_of_all(session, today, [user_id])]


def activity_of_all(
    session: Session, today: date, user_ids: Iterable[int] | None = None
) -> list[tuple[int, date, str, int]]:
    """The same for several people or all: (user, Monday, kind, number). Weeks begin at Swedish midnight."""
    query = select(ActivityCount.by_id, ActivityCount.monday, ActivityCount.kind, ActivityCount.rows).where(
        ActivityCount.monday >= rules.weeks_until(today)[0].monday
    )
    if user_ids is not None:
        query = query.where(ActivityCount.by_id.in_(list(user_ids)))
    return [tuple(row) for row in session.execute(query)]
