"""Keeps the copies that agreements have of their deeds, who has which product, and what a company is to us."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import holding, merge
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.rules import Status
from infosoc.kernel import clock
from infosoc.subscriptions.models import Agreement, AgreementLine, AgreementProduct
from infosoc.subscriptions.queries.deeds import deeds_of
from infosoc.subscriptions.rules import life
from infosoc.subscriptions.rules.life import Deed
from infosoc.subscriptions.rules.words import LIVE, DeedKind, State

merge.MOVING |= {"agreements": Agreement, "agreement_products": AgreementProduct}
holding.OF_COMPANY += [Agreement, AgreementProduct]
holding.OF_CONTACT.append(Agreement)

_CUSTOMER = {State.COMING, State.ACTIVE, State.PAUSED, State.CANCELLED}


@holding.holds
def with_agreements(session: Session, company_ids: Collection[int]) -> set[int]:
    """Those of the companies that there are agreements with; they are kept, ended ones too (bokföringslagen 7 kap.)."""
    query = select(Agreement.company_id).where(Agreement.company_id.in_(company_ids)).distinct()
    return set(session.scalars(query)) if company_ids else set()


@holding.after_merge
def after_merge(session: Session, company_ids: Collection[int]) -> None:
    refresh_status(session, company_ids, on=clock.today(), by=None)


def refresh(session: Session, agreement_id: int, *, on: date, by: int | None) -> Agreement:
    """Bring the copies of one agreement, and what its company is to us, up to date with its deeds and lines."""
    session.flush()
    query = (
        select(Agreement)
        .where(Agreement.id == agreement_id)
        .options(selectinload(Agreement.deeds), selectinload(Agreement.lines).joinedload(AgreementLine.product))
        .execution_options(populate_existing=True)
    )
    agreement = session.scalars(query).one()
    deeds = deeds_of(agreement)
    agreement.state = life.state_on(deeds, on).value
    agreement.ends_on = life.ends_on(deeds)
    agreement.state_from = _since(deeds, on)
    agreement.next_change_on = _next(agreement, deeds, on)
    _refresh_products(session, agreement, on)
    session.flush()
    refresh_status(session, [agreement.company_id], on=on, by=by)
    return agreement


def refresh_due(session: Session, *, on: date) -> int:
    """The agreements that change by themselves on a day or have done so; says how many."""
    query = select(Agreement.id).where(Agreement.next_change_on <= on).order_by(Agreement.id)
    due = list(session.scalars(query))
    for agreement_id in due:
        refresh(session, agreement_id, on=on, by=None)
    return len(due)


def refresh_status(session: Session, company_ids: Collection[int], *, on: date, by: int | None) -> None:
    """A company with an agreement in force is a customer; with ended ones alone, a former customer.

    One that has had nothing but a trial stays what it was.
    """
    query = select(Agreement).where(Agreement.company_id.in_(company_ids)).options(selectinload(Agreement.deeds))
    by_company: dict[int, list[Agreement]] = {}
    for agreement in session.scalars(query):
        by_company.setdefault(agreement.company_id, []).append(agreement)
    for company_id, agreements in by_company.items():
        status = _status(agreements)
        relation = session.scalar(select(CompanyRelation).where(CompanyRelation.company_id == company_id))
        if status is None or relation is None or relation.status == status:
            continue
        changes = {"status": (str(relation.status), status.value)}
        relation.status = status
        audit.record(session, "company changed", "company", company_id, by=by, changes=changes)


def _status(agreements: Iterable[Agreement]) -> Status | None:
    agreements = list(agreements)
    if any(State(one.state) in _CUSTOMER for one in agreements):
        return Status.CUSTOMER
    ended = [one for one in agreements if State(one.state) is State.ENDED and one.ends_on is not None]
    if any(life.charged_spans(deeds_of(one), one.ends_on) for one in ended if one.ends_on):
        return Status.FORMER
    return None


def _since(deeds: list[Deed], on: date) -> date:
    """The day that the state of a day began."""
    state, end = life.state_on(deeds, on), life.ends_on(deeds)
    if state is State.ENDED and end is not None:
        return end
    moves = (deed for deed in life.standing(deeds) if deed.kind not in (DeedKind.CHANGE, DeedKind.TERMS))
    days = [deed.effective_on for deed in moves if deed.effective_on <= on]
    return max(days, default=min((deed.effective_on for deed in deeds), default=on))


def _next(agreement: Agreement, deeds: list[Deed], on: date) -> date | None:
    lines = [day for line in agreement.lines for day in (line.starts_on, line.ends_on) if day and day > on]
    return min(filter(None, [life.next_change(deeds, on), *lines]), default=None)


def _refresh_products(session: Session, agreement: Agreement, on: date) -> None:
    """One row for each product of the agreement, changed in place: merges remember their ids."""
    rows = {
        row.product_id: row
        for row in session.scalars(select(AgreementProduct).where(AgreementProduct.agreement_id == agreement.id))
    }
    for product_id in {line.product_id: None for line in agreement.lines}:
        lines = [line for line in agreement.lines if line.product_id == product_id]
        state, since = _product_state(agreement, lines, on)
        row = rows.get(product_id)
        if row is None:
            row = AgreementProduct(agreement_id=agreement.id, product_id=product_id)
            session.add(row)
        product = lines[0].product
        row.company_id, row.name_sv, row.name_en = agreement.company_id, product.name_sv, product.name_en
        row.state, row.state_from, row.is_live = state.value, since, state in LIVE


def _product_state(agreement: Agreement, lines: list[AgreementLine], on: date) -> tuple[State, date]:
    state = State(agreement.state)
    if state is State.ENDED:
        return state, agreement.state_from
    if any(line.starts_on <= on and (line.ends_on is None or line.ends_on > on) for line in lines):
        return state, agreement.state_from
    ahead = [line.starts_on for line in lines if line.starts_on > on and line.ends_on != line.starts_on]
    if ahead:
        return State.COMING, min(ahead)
    last = max((line.ends_on for line in lines if line.ends_on), default=on + timedelta(days=1))
    return State.ENDED, last
