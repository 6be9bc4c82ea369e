"""Nightly: people whose time is out are proposed, and a month later removed; old facts of other kinds go at once.

A dry run does all of it and takes it back, so that what it says is what would be done (P-50 to P-52).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.models.imports import Export
from infosoc.crm.models.log import FollowUp, LogEntry
from infosoc.db.changed import rows_changed
from infosoc.db.session import transaction
from infosoc.db.tenancy import current_scope, every_tenant, tenant_scope
from infosoc.kernel import clock
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.mailings.models import InboundMail, Mailing, MailingRecipient
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import retention_rules as rules
from infosoc.privacy.commands import erasure
from infosoc.privacy.models import CaseLetter, Erasure, PrivacyCase, Restriction, RetentionNotice
from infosoc.privacy.retention_rules import Rule
from infosoc.suppression.models import Suppression
from infosoc.tenancy.queries import all_tenants, scope_of
from infosoc.tenancy.rules import TenantFacts

log = logging.getLogger(__name__)
AT_ONCE = 200
_QUIET = {"synchronize_session": False}
_SETTLED = ("sent", "failed", "cancelled")


class ReasonMissing(Invalid):
    message = N_("Enter why the person should be kept.")


class TooLong(Invalid):
    message = N_("Choose a day within the next two years.")


@dataclass
class Result:
    """What a night did in one tenant: how many are due, were removed, failed to be, stay; and rows of other kinds."""

    tenant: str = ""
    proposed: int = 0
    removed: int = 0
    failed: int = 0
    kept: int = 0
    withdrawn: int = 0
    forgotten: dict[str, int] = field(default_factory=dict)


class _DryRun(Exception):
    """Ends the transaction of a dry run without keeping anything."""


def run(*, now: datetime, apply: bool) -> list[Result]:
    """Do a night's work in every tenant, or (without `apply`) find out what it would do."""
    with every_tenant("which tenants there are"), transaction() as session:
        tenants = all_tenants(session)
    results = []
    for tenant in tenants:
        with tenant_scope(scope_of(tenants, tenant.id)):
            results.append(_tenant(tenant, now=now) if apply else _tried(tenant, now=now))
    if apply:
        _unclaimed_mail(now)
    return results


def keep(session: Session, contact_id: int, reason: str, *, until: date, by: int, now: datetime) -> RetentionNotice:
    """Let a person who is due stay, for a reason and until a day."""
    if not reason.strip():
        raise ReasonMissing(field="reason")
    today = clock.local(now).date()
    if not today < until <= today + timedelta(days=731):
        raise TooLong(field="until")
    notice = session.scalars(select(RetentionNotice).where(RetentionNotice.contact_id == contact_id)).one()
    notice.kept_reason, notice.kept_until, notice.kept_by = reason.strip()[:300], until, by
    session.flush()
    audit.record(session, "kept on purpose", "contact", contact_id, by=by)
    return notice


def _tried(tenant: TenantFacts, *, now: datetime) -> Result:
    result = Result(tenant.slug)
    try:
        with transaction() as session:
            _propose(session, tenant, result, now)
            for contact_id in _due(session, now):
                erasure.erase(session, contact_id, channel="retention", by=None, now=now, suppress=False)
                result.removed += 1
            _forget(session, result, now)
            raise _DryRun
    except _DryRun:
        return result


def _tenant(tenant: TenantFacts, *, now: datetime) -> Result:
    """One short transaction for the proposals, one for each person, one for the rest.

    A person who cannot be removed tonight keeps nobody else here: the fault is logged, and tried again tomorrow.
    """
    result = Result(tenant.slug)
    with transaction() as session:
        _propose(session, tenant, result, now)
        due = _due(session, now)
    for contact_id in due:
        try:
            with transaction() as session:
                erasure.erase(session, contact_id, channel="retention", by=None, now=now, suppress=False)
        except Exception:
            log.exception("%s: contact %s could not be removed", tenant.slug, contact_id)
            result.failed += 1
        else:
            result.removed += 1
    with transaction() as session:
        _forget(session, result, now)
    return result


# ---- people ----------------------------------------------------------------------------------------------------------


def _propose(session: Session, tenant: TenantFacts, result: Result, now: datetime) -> None:
    today = clock.local(now).date()
    overdue = dict(_overdue(session, rules.months_before(today, rules.months_of(tenant.settings))))
    notices = {one.contact_id: one for one in session.scalars(select(RetentionNotice))}
    for contact_id, notice in notices.items():
        if contact_id not in overdue:
            session.delete(notice)  # somebody has been in touch, or the company has become a customer
            result.withdrawn += 1
        elif notice.kept_until is not None and notice.kept_until > today:
            result.kept += 1
        elif notice.kept_until is not None:
            _ask_again(notice, overdue[contact_id], today)
            result.proposed += 1
    for contact_id, rule in overdue.items():
        if contact_id not in notices:
            notice = RetentionNotice(contact_id=contact_id, kept_reason="")
            _ask_again(notice, rule, today)
            session.add(notice)
            result.proposed += 1
    session.flush()


def _ask_again(notice: RetentionNotice, rule: Rule, today: date) -> None:
    notice.rule, notice.proposed_on, notice.remove_on = rule.value, today, today + rules.WARNED
    notice.kept_reason, notice.kept_until, notice.kept_by = "", None, None


def _due(session: Session, now: datetime) -> list[int]:
    today = clock.local(now).date()
    query = select(RetentionNotice.contact_id).where(
        RetentionNotice.remove_on <= today, RetentionNotice.kept_until.is_(None)
    )
    return list(session.scalars(query.order_by(RetentionNotice.id)))


def _overdue(session: Session, before: date) -> Iterator[tuple[int, Rule]]:
    """Those with whom nothing has happened since a day, at no customer, each with the rule. Restricted ones stay."""
    instant = datetime.combine(before, time(), tzinfo=UTC)
    quiet = select(ContactRelation.contact_id).where(
        ContactRelation.created_at < instant,
        or_(ContactRelation.last_contact_at.is_(None), ContactRelation.last_contact_at < instant),
        ContactRelation.contact_id.not_in(
            select(LogEntry.contact_id).where(LogEntry.contact_id.is_not(None), LogEntry.happened_at >= instant)
        ),
        ContactRelation.contact_id.not_in(
            select(FollowUp.contact_id).where(
                FollowUp.contact_id.is_not(None), FollowUp.done_at.is_(None), FollowUp.trashed_at.is_(None)
            )
        ),
    )
    found = list(session.scalars(quiet.order_by(ContactRelation.id)))
    recent = _lost_since(session, instant)
    for at in range(0, len(found), AT_ONCE):
        statuses = _statuses(session, found[at : at + AT_ONCE])
        for contact_id in found[at : at + AT_ONCE]:
            companies = statuses[contact_id]
            rule = rules.rule_of(set(companies.values()))
            if rule is Rule.FORMER and recent & companies.keys():
                continue  # the time runs from the day when the company stopped being a customer (P-51)
            if rule is not None:
                yield contact_id, rule


def _statuses(session: Session, contacts: list[int]) -> dict[int, dict[int, str]]:
    query = (
        select(Post.contact_id, CompanyRelation.company_id, CompanyRelation.status)
        .join(CompanyRelation, CompanyRelation.company_id == Post.company_id)
        .where(Post.contact_id.in_(contacts))
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for contact_id, company_id, status in session.execute(query):
        found[contact_id][company_id] = str(status)
    return found


def _lost_since(session: Session, instant: datetime) -> set[int]:
    """The companies that have become former customers since."""
    query = (
        select(AuditEvent.subject_id)
        .join(AuditValue, AuditValue.event_id == AuditEvent.id)
        .where(AuditEvent.subject_kind == "company", AuditEvent.happened_at >= instant)
        .where(AuditValue.field == "status", AuditValue.after == "former")
    )
    return {one for one in session.scalars(query) if one is not None}


# ---- facts of other kinds --------------------------------------------------------------------------------------------


def _forget(session: Session, result: Result, now: datetime) -> None:
    """What has had its time: rows go, or are emptied of what is personal."""
    today = clock.local(now).date()

    def months(number: int) -> datetime:
        return datetime.combine(rules.months_before(today, number), time(), tzinfo=UTC)

    done = {
        "audit_value": _old_values(session, now - rules.HISTORY),
        "privacy_case": _old_cases(session, months(rules.CASES), now),
        "mailing_recipient": _old_letters(session, months(rules.LETTERS)),
        "outbox_message": _delete(
            session, OutboxMessage, OutboxMessage.state.in_(_SETTLED), OutboxMessage.created_at < now - rules.MESSAGES
        ),
        "export": _delete(session, Export, Export.made_at < months(rules.LOGS)),
        "restriction": _delete(session, Restriction, Restriction.lifted_at < months(rules.LOGS)),
        "suppression": _delete(session, Suppression, Suppression.lifted_at < months(rules.LOGS)),
        "erasure": _delete(session, Erasure, Erasure.erased_at < months(rules.REMOVALS)),
        "inbound_mail": _empty(
            session, InboundMail, {"content": None}, InboundMail.content.is_not(None),
            InboundMail.tenant_id == current_scope().tenant_id, InboundMail.received_at < now - rules.MESSAGES,
        ),
    }  # fmt: skip
    result.forgotten = {name: count for name, count in done.items() if count}


def _old_values(session: Session, before: datetime) -> int:
    """What a person's facts were before they were corrected (P-30)."""
    events = select(AuditEvent.id).where(AuditEvent.subject_kind == "contact", AuditEvent.happened_at < before)
    return _delete(session, AuditValue, AuditValue.event_id.in_(events))


def _old_cases(session: Session, before: datetime, now: datetime) -> int:
    """Cases are reduced to their kind and dates (P-20)."""
    old = (PrivacyCase.closed_at < before, PrivacyCase.reduced_at.is_(None))
    _delete(session, CaseLetter, CaseLetter.case_id.in_(select(PrivacyCase.id).where(*old)))
    nothing: dict[str, Any] = {
        "requester": "", "digest": None, "contact_id": None, "text": "", "answer": "", "extension_reason": "",
        "identity_method": "", "report": {}, "reduced_at": now,
    }  # fmt: skip
    return _empty(session, PrivacyCase, nothing, *old)


def _old_letters(session: Session, before: datetime) -> int:
    """To whom a mailing went; that there was a letter stays, so that its unsubscribe address works for ever."""
    ended = select(Mailing.id).where(Mailing.ended_at < before)
    nothing: dict[str, Any] = {"address": "", "domain": "", "fields": {}, "problem": "", "contact_id": None}
    where = (MailingRecipient.mailing_id.in_(ended), or_(
        MailingRecipient.address != "", MailingRecipient.contact_id.is_not(None)))  # fmt: skip
    return _empty(session, MailingRecipient, nothing, *where)


def _delete(session: Session, model: Any, *where: Any) -> int:
    return rows_changed(session, delete(model).where(*where).execution_options(**_QUIET))


def _empty(session: Session, model: Any, values: dict[str, Any], *where: Any) -> int:
    return rows_changed(session, update(model).where(*where).values(values).execution_options(**_QUIET))


def _unclaimed_mail(now: datetime) -> None:
    """Mail from outside that nobody could tell the tenant of."""
    with every_tenant("mail that belongs to no tenant"), transaction() as session:
        old = (InboundMail.tenant_id.is_(None), InboundMail.received_at < now - rules.MESSAGES)
        _empty(session, InboundMail, {"content": None}, InboundMail.content.is_not(None), *old)
