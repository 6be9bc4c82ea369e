"""What has had its time goes: proposed, a month later removed; ten years in fast-forward (P-50 to P-52)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from infosoc.audit import commands as audit
from infosoc.audit.models import AuditValue
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import retention_rules as rules
from infosoc.privacy.commands import cases, retention
from infosoc.privacy.models import Erasure, PrivacyCase, RetentionNotice
from infosoc.privacy.queries import retention as queries
from infosoc.privacy.retention_rules import Rule
from infosoc.privacy.rules import CaseChannel, CaseKind, CaseOutcome
from infosoc.suppression import pepper
from infosoc.suppression.models import Suppression
from tests.builders import NOW, make_entry, make_follow_up
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def by(app):
    with app.app_context():
        yield two_tenants()
        db.session.remove()


def months_on(number: int) -> datetime:
    day = rules.months_before(NOW.date(), -number)
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def night(months: int, days: int = 0, *, apply: bool = True) -> retention.Result:
    """The work of one night, so many months and days from now, in the first tenant."""
    db.session.remove()
    return retention.run(now=months_on(months) + timedelta(days=days), apply=apply)[0]


def count(model) -> int:
    with every_tenant("a test counts"), transaction() as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 22), 24, date(2024, 11, 22)),
        (date(2028, 2, 29), 24, date(2026, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_months_are_counted_back_to_the_same_day(day, months, expected):
    assert rules.months_before(day, months) == expected


@pytest.mark.parametrize(
    ("statuses", "rule"),
    [
        ({"prospect"}, Rule.PROSPECT), ({"not_relevant"}, Rule.PROSPECT), (set(), Rule.PROSPECT),
        ({"former", "prospect"}, Rule.FORMER), ({"customer"}, None), ({"customer", "former"}, None),
    ],
)  # fmt: skip
def test_p51_the_rule_follows_what_the_companies_are(statuses, rule):
    assert rules.rule_of(statuses) is rule


def test_p50_silence_is_proposed_warned_of_and_removed(by):
    person()
    assert night(23).proposed == 0
    assert night(24, 1).proposed == 1
    with at() as session:
        (due,) = queries.due(session)
        assert (due.name, due.rule, due.remove_on - due.proposed_on) == ("Anna Lönn", "prospect", rules.WARNED)
    assert (night(24, 15).removed, count(Contact)) == (0, 1)
    assert (night(25, 2).removed, count(Contact)) == (1, 0)
    assert (count(Company), count(Suppression)) == (1, 0)


def test_p50_one_removal_that_fails_keeps_nobody_else_here(by, monkeypatch, caplog):
    first, _second = person(), person(name="Bo Ek", email="bo@ek.example", company="Ek AB")
    night(24, 1)
    erase = retention.erasure.erase

    def fails_for_the_first(session, contact_id, **rest):
        erase(session, contact_id, **rest)
        if contact_id == first:
            raise OSError("the disk is full")

    monkeypatch.setattr(retention.erasure, "erase", fails_for_the_first)
    result = night(25, 2)
    assert (result.failed, result.removed, count(Contact)) == (1, 1, 1)
    assert f"contact {first} could not be removed" in caplog.text
    monkeypatch.undo()
    assert (night(25, 3).removed, count(Contact)) == (1, 0)


def test_p50_somebody_who_says_why_keeps_the_person(by):
    contact_id = person()
    night(24, 1)
    with at() as session:
        until = months_on(30).date()
        retention.keep(session, contact_id, "upphandling pågår", until=until, by=by, now=months_on(24))
    assert (night(26).kept, count(Contact)) == (1, 1)
    assert night(30, 1).proposed == 1
    assert night(32).removed == 1


def test_p50_nobody_keeps_a_person_without_a_reason(by):
    contact_id = person()
    night(24, 1)
    with pytest.raises(retention.ReasonMissing), at() as session:
        retention.keep(session, contact_id, " ", until=months_on(25).date(), by=by, now=months_on(24))


def test_p50_a_contact_takes_the_proposal_back(by):
    contact_id = person()
    night(24, 1)
    with at() as session:
        anna, company = session.scalar(select(Contact)), session.scalar(select(Company))
        user = type("User", (), {"id": by})
        make_entry(session, company, user, contact=anna, happened_at=months_on(24), text="ringde")
    assert contact_id
    assert (night(24, 20).withdrawn, count(RetentionNotice)) == (1, 0)


def test_p50_what_is_planned_with_the_person_keeps_them(by):
    person()
    with at() as session:
        task = make_follow_up(session, session.scalar(select(Company)), type("User", (), {"id": by}), due_on=NOW.date())
        task.contact_id = session.scalar(select(Contact.id))
    assert night(30).proposed == 0


def test_p51_customers_people_stay_and_former_customers_go_when_their_time_is_out(by):
    person(status=Status.CUSTOMER)
    assert night(40).proposed == 0
    with at() as session:
        relation = session.scalar(select(CompanyRelation))
        relation.status, session.scalar(select(ContactRelation)).created_at = Status.FORMER, months_on(-40)
        session.flush()
        change = {"status": ("customer", "former")}
        audit.record(session, "company changed", "company", relation.company_id, by=None, changes=change)
    assert night(1).proposed == 0
    assert night(23).proposed == 0
    assert night(24, 2).proposed == 1


def test_p52_planted_a_night_that_finds_nobody_leaves_the_person(by, monkeypatch):
    person()
    monkeypatch.setattr(retention, "_overdue", lambda *_: iter(()))
    night(24, 1)
    night(26)
    assert count(Contact) == 1


def test_p52_a_dry_run_says_what_would_be_done_and_does_nothing(by):
    person()
    night(24, 1)
    told = night(26, apply=False)
    assert (told.removed, count(Contact), count(Erasure)) == (1, 1, 0)
    done = night(26)
    assert (done.removed, done.forgotten) == (told.removed, told.forgotten)


def test_p30_old_values_of_a_person_are_kept_for_ninety_days(by):
    from infosoc.crm.commands import contacts

    person()
    with at() as session:
        found = session.scalar(select(Contact))
        contacts.change(session, found.public_id, {"name": "Anna Berg"}, seen={}, by=by, now=NOW, see_protected=True)
    with at() as session:
        from infosoc.audit.models import AuditEvent

        changed = session.scalar(select(AuditEvent.happened_at).where(AuditEvent.deed == "contact changed"))
    values = count(AuditValue)
    assert values > 0
    retention.run(now=changed + timedelta(days=89), apply=True)
    assert count(AuditValue) == values
    retention.run(now=changed + timedelta(days=91), apply=True)
    assert count(AuditValue) == 0


def test_p20_a_case_is_reduced_to_its_kind_and_dates(by):
    with at() as session:
        new = cases.NewCase(CaseKind.OBJECT, CaseChannel.PHONE, NOW.date(), requester=ANNA, text="Ringde och sa nej")
        case = cases.open_case(session, new, by=by, now=NOW)
        cases.close(session, case.public_id, CaseOutcome.DONE, "Klart", by=by, now=NOW)
    night(23)
    with at() as session:
        assert session.scalar(select(PrivacyCase.requester)) == ANNA
    assert night(24, 2).forgotten["privacy_case"] == 1
    db.session.remove()
    with at() as session:
        case = session.scalar(select(PrivacyCase))
        assert (case.requester, case.text, case.digest, case.answer) == ("", "", None, "")
        assert (case.kind, case.received_on) == ("object", NOW.date())


def test_p52_ten_years_of_nights(by):
    """A small register of every kind, and what is left of it each year."""
    person()
    person(name="Kund Ek", email="kund@b.example", status=Status.CUSTOMER, company="Kunden AB")
    with at() as session:
        _mail_and_messages(session)
        user, company = type("User", (), {"id": by}), session.scalar(select(Company))
        make_entry(session, company, user, contact=session.scalar(select(Contact)), text="Anna ringde")
        new = cases.NewCase(CaseKind.ACCESS, CaseChannel.MAIL, NOW.date(), requester=ANNA)
        case = cases.open_case(session, new, by=by, now=NOW)
        cases.close(session, case.public_id, CaseOutcome.DONE, "", by=by, now=NOW)
    counted = {}
    for month in range(0, 121, 3):
        night(month, 1)
        if month % 12 == 0:
            counted[month // 12] = _counts()
    first, third = counted[0], counted[3]
    assert first == {"people": 2, "companies": 2, "entries": 1, "texts": 1, "messages": 1, "addresses": 1, "askers": 1,
                     "removals": 0, "letters": 1}  # fmt: skip
    assert third == {"people": 1, "companies": 2, "entries": 1, "texts": 0, "messages": 0, "addresses": 0, "askers": 0,
                     "removals": 1, "letters": 1}  # fmt: skip
    assert counted[10] == {**third, "removals": 0}


def _mail_and_messages(session) -> None:
    session.add(OutboxMessage(unique_key="k", recipient=ANNA, subject="S", text_body="T", state="sent",
                              not_before=NOW, created_at=NOW))  # fmt: skip
    news = MailingList(slug="nytt", name="Nytt", created_at=NOW)
    session.add(news)
    session.flush()
    mailing = Mailing(list_id=news.id, title="Nytt", state="done", ended_at=NOW, created_at=NOW)
    session.add(mailing)
    session.flush()
    session.add(
        MailingRecipient(
            mailing_id=mailing.id, delivery=b"1" * 16, digest=pepper.digest(ANNA), address=ANNA, state="sent",
            contact_id=session.scalar(select(Contact.id)), handed_over_at=NOW,
        )
    )  # fmt: skip
    session.flush()


def _counts() -> dict[str, int]:
    with every_tenant("a test counts"), transaction() as session:

        def number(column, *where) -> int:
            return session.scalar(select(func.count(column)).where(*where))

        return {
            "people": number(ContactRelation.id),
            "companies": number(CompanyRelation.id),
            "entries": number(LogEntry.id),
            "texts": number(LogEntry.id, LogEntry.text != ""),
            "messages": number(OutboxMessage.id),
            "addresses": number(MailingRecipient.id, MailingRecipient.address != ""),
            "askers": number(PrivacyCase.id, PrivacyCase.requester != ""),
            "removals": number(Erasure.id),
            "letters": number(MailingRecipient.id, MailingRecipient.delivery.is_not(None)),
        }
