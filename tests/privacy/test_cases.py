"""Cases: what is owed at once, times, identity, letters, closing, and what is left after two years."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import Status
from infosoc.db.session import db
from infosoc.kernel import clock
from infosoc.mailings.queries import recipients
from infosoc.outbox import commands as outbox
from infosoc.outbox.models import OutboxMessage
from infosoc.privacy import case_jobs
from infosoc.privacy.commands import case_deeds, cases, objections
from infosoc.privacy.commands.cases import Letter, NewCase
from infosoc.privacy.commands.objections import Request
from infosoc.privacy.models import CaseLetter, Incident, PrivacyCase
from infosoc.privacy.queries.extract import extract
from infosoc.privacy.rules import CaseChannel, CaseKind, CaseOutcome, Identity, LetterKind, Way
from infosoc.suppression import pepper
from infosoc.suppression import queries as suppression
from infosoc.suppression.rules import Kind
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import tenant_named
from infosoc.tenancy.rules import Flag
from tests.builders import NOW
from tests.privacy.world import ANNA, at, person, two_tenants

TODAY = NOW.date()
LETTER = Letter(LetterKind.DONE, Way.MAIL, "Svar", "Det är gjort.")


@pytest.fixture
def by(session) -> int:
    return two_tenants()


def asked(kind: CaseKind, by: int, *, contact_id: int | None = None, address: str = "", joint: bool = False):
    """Somebody has called; what was done."""
    with at() as session:
        public_id = ""
        if contact_id is not None:
            public_id = session.scalar(select(Contact.public_id).where(Contact.id == contact_id)) or ""
        request = Request(kind, CaseChannel.PHONE, address, "", contact_id, public_id, joint)
        made = objections.register(session, request, by=by, now=NOW, see_protected=True)
        return made.case.public_id, made.is_removed


def case_of(public_id: str) -> PrivacyCase:
    return db.session().scalars(select(PrivacyCase).where(PrivacyCase.public_id == public_id)).one()


def opened(by: int, kind: CaseKind = CaseKind.ACCESS, requester: str = ANNA, received: date = TODAY) -> str:
    with at() as session:
        new = NewCase(kind, CaseChannel.MAIL, received, requester)
        return cases.open_case(session, new, by=by, now=NOW).public_id


def declined(slug: str = "infosoc", address: str = ANNA) -> bool:
    with at(slug) as session:
        return Kind.NO_MAILINGS in suppression.stops_for(session, [pepper.digest(address)], list_id=None).get(
            pepper.digest(address), set()
        )


# ---- owed at once ----------------------------------------------------------------------------------------------------


def test_p13_an_objection_from_a_persons_page_stops_mailings_at_once(by):
    contact = person()
    public_id, _ = asked(CaseKind.OBJECT, by, contact_id=contact)
    assert declined()
    with at() as session:
        case = case_of(public_id)
        assert (case.kind, case.outcome, case.closed_at is not None) == ("object", "done", True)
        marketing = session.scalar(select(ContactRelation.marketing).where(ContactRelation.contact_id == contact))
        assert marketing == "opted_out"
        assert recipients.of_contacts(session, [contact], None)[contact].reason is not None


def test_p13_the_proof_sees_an_objection_that_stops_nothing(by, monkeypatch):
    monkeypatch.setattr(objections, "opt_out_address", lambda *_args, **_more: [])
    asked(CaseKind.OBJECT, by, contact_id=person())
    assert not declined()


def test_p13_an_objection_from_an_unknown_address_holds_too(by):
    asked(CaseKind.OBJECT, by, address="nobody@elsewhere.example")
    assert declined(address="nobody@elsewhere.example")


def test_p20_no_contact_person_is_made_of_who_asks(by):
    for kind in CaseKind:
        asked(kind, by, address=f"{kind}@elsewhere.example")
    with at() as session:
        assert session.scalar(select(func.count(Contact.id))) == 0
        assert session.scalar(select(func.count(PrivacyCase.id))) == len(CaseKind)


def test_t10_an_objection_to_the_group_holds_in_both_companies(by):
    with at() as session:
        set_flag(session, tenant_named(session, "rattsdata").id, Flag.JOINT_UNSUBSCRIBE, True)
    asked(CaseKind.OBJECT, by, contact_id=person(), joint=True)
    assert declined()
    assert declined("rattsdata")


def test_t10_an_objection_to_one_says_nothing_to_the_other(by):
    asked(CaseKind.OBJECT, by, contact_id=person())
    assert not declined("rattsdata")


def test_p04_a_person_at_a_company_that_is_not_a_customer_is_removed_in_one_deed(by):
    contact = person()
    public_id, removed = asked(CaseKind.ERASE, by, contact_id=contact)
    assert removed
    with at() as session:
        assert session.scalar(select(Contact.id).where(Contact.id == contact)) is None
        assert case_of(public_id).outcome == CaseOutcome.DONE
        assert suppression.refused_registration(session, [ANNA]) == {ANNA}


@pytest.mark.parametrize("status", [Status.CUSTOMER, Status.FORMER])
def test_p04_at_a_contract_customer_mailings_stop_and_the_case_stays_open(by, status):
    contact = person(status=status)
    public_id, removed = asked(CaseKind.ERASE, by, contact_id=contact)
    assert not removed
    assert declined()
    with at() as session:
        assert session.scalar(select(Contact.id).where(Contact.id == contact)) == contact
        assert case_of(public_id).closed_at is None


def test_p13_nobody_named_is_refused(by):
    with pytest.raises(objections.NobodyNamed):
        asked(CaseKind.OBJECT, by)


# ---- times -----------------------------------------------------------------------------------------------------------


def test_p21_an_extension_needs_a_reason_writes_a_letter_and_can_be_made_once(by):
    public_id = opened(by)
    letter = Letter(LetterKind.EXTENSION, Way.MAIL, "Mer tid", "Vi behöver mer tid.")
    with at() as session, pytest.raises(cases.ReasonMissing):
        cases.extend(session, public_id, "  ", letter, by=by, now=NOW)
    with at() as session:
        cases.extend(session, public_id, "Mycket att gå igenom", letter, by=by, now=NOW)
    with at() as session:
        assert case_of(public_id).due_on == date(2027, 2, 22)
        assert session.scalar(select(OutboxMessage.subject)) == "Mer tid"
        with pytest.raises(cases.ExtendedAlready):
            cases.extend(session, public_id, "Igen", letter, by=by, now=NOW)


def test_p21_it_is_too_late_to_extend_when_the_first_due_day_has_passed(by):
    public_id = opened(by)
    letter = Letter(LetterKind.EXTENSION, Way.PAPER, "Mer tid", "Vi behöver mer tid.")
    with at() as session, pytest.raises(cases.TooLateToExtend):
        cases.extend(session, public_id, "Sent", letter, by=by, now=NOW + timedelta(days=31))


def test_p21_a_warning_goes_out_once_for_each_limit(by):
    public_id = opened(by)
    days = (12, 19, 22, 22, 23)  # of December: 10 days left, 3, 0 twice, past
    sent = []
    for day in days:
        now = NOW.replace(month=12, day=day)
        with at() as session:
            case_jobs.warn(session, tenant_named(session, "infosoc"), now=now)
        with at() as session:
            sent.append(session.scalar(select(func.count(OutboxMessage.id))))
    assert sent == [0] * 5  # nobody is the privacy officer yet
    with at() as session:
        from infosoc.accounts.models import Membership

        session.scalars(select(Membership).where(Membership.user_id == by)).one().roles = ["privacy_officer"]
    for place, day in enumerate(days):
        with at() as session:
            case_jobs.warn(session, tenant_named(session, "infosoc"), now=NOW.replace(month=12, day=day))
        with at() as session:
            sent[place] = session.scalar(select(func.count(OutboxMessage.id)))
    assert sent == [1, 2, 3, 3, 3]
    assert public_id


def test_p20_a_request_cannot_have_come_tomorrow(by):
    with pytest.raises(cases.NotReceivedYet):
        opened(by, received=NOW.date() + timedelta(days=1))


# ---- identity, letters, closing --------------------------------------------------------------------------------------


def test_p27_nothing_is_given_out_before_it_is_known_who_asks(by):
    person()
    public_id = opened(by)
    with at() as session, pytest.raises(cases.NotIdentified):
        case_deeds.make_link(session, public_id, by=by, now=NOW)


def test_p24_free_text_needs_a_second_pair_of_eyes(by, app):
    person()
    public_id = opened(by)
    with at() as session:
        session.scalars(select(ContactRelation)).one().notes = "Kollegan Pelle är sjuk"
        cases.identify(session, public_id, Identity.REPLY, by=by, now=NOW)
    with at() as session, pytest.raises(case_deeds.SecondLookMissing):
        case_deeds.make_link(session, public_id, by=by, now=NOW)
    with at() as session:
        case_deeds.review(session, public_id, by=by)
    with at() as session, pytest.raises(case_deeds.SecondLookMissing):
        case_deeds.make_link(session, public_id, by=by, now=NOW)
    with at() as session:
        assert case_deeds.make_link(session, public_id, by=by + 1000, now=NOW).code.isdigit()


def test_p23_what_is_given_out_is_about_whom_it_was_looked_through_for(by, app):
    """Somebody writes from an address of their own, and is found to be a contact person of ours."""
    contact_id, other = person(), person(name="Bo Ek", email="bo@ek.example", company="Ek AB", org_number="5560360793")
    public_id = opened(by, requester="anna@hemma.example")
    with at() as session:
        names = dict(session.execute(select(Contact.id, Contact.public_id)).all())
        cases.classify(session, public_id, CaseKind.ACCESS, contact=names[contact_id], by=by)
        cases.identify(session, public_id, Identity.SWITCHBOARD, by=by, now=NOW)
        case_deeds.review(session, public_id, by=by)
        released = case_deeds.make_link(session, public_id, by=by + 1000, now=clock.now())
    told = app.test_client().post(
        f"/infosoc/privacy/request/{released.token}", data={"code": released.code, "as": "json"}
    )
    assert "Anna Lönn" in str(told.get_json())
    with at() as session:
        cases.classify(session, public_id, CaseKind.ACCESS, contact=names[other], by=by)
        assert case_deeds.REVIEWED not in case_of(public_id).report


def test_a_link_that_has_not_been_handed_over_is_shown_to_nobody_in_an_extract(by):
    person()
    with at() as session:
        outbox.queue(session, recipient=ANNA, subject="Byt lösenord", text="/reset/hemlig", unique_key="x", now=NOW,
                     is_secret=True)  # fmt: skip
    with at() as session:
        told = json.dumps(extract(session, address=ANNA).as_json(), ensure_ascii=False)
    assert ("Byt lösenord" in told, "hemlig" in told) == (True, False)


def test_p25_the_letter_that_is_kept_holds_no_link(by):
    public_id = opened(by)
    letter = Letter(LetterKind.EXTRACT, Way.MAIL, "Utdraget", f"Här: {cases.LINK}", link="https://x.example/hemlig")
    with at() as session:
        cases.identify(session, public_id, Identity.REPLY, by=by, now=NOW)
        cases.write(session, public_id, letter, by=by, now=NOW)
    with at() as session:
        assert "hemlig" not in (session.scalar(select(CaseLetter.text)) or "")
        sent = session.scalars(select(OutboxMessage)).one()
        assert (sent.text_body, sent.is_secret) == ("Här: https://x.example/hemlig", True)


def test_p22_a_negative_answer_has_to_be_written_before_the_case_is_closed(by):
    public_id = opened(by)
    with at() as session, pytest.raises(cases.NotAnsweredYet):
        cases.close(session, public_id, CaseOutcome.NOT_FOUND, "", by=by, now=NOW)
    with at() as session:
        cases.write(session, public_id, Letter(LetterKind.NOT_FOUND, Way.PAPER, "Nej", "Inget."), by=by, now=NOW)
        cases.close(session, public_id, CaseOutcome.NOT_FOUND, "", by=by, now=NOW)


def test_p20_who_has_no_address_gets_letters_on_paper(by):
    public_id = opened(by, requester="Växeln, 08-123 45 67")
    with at() as session, pytest.raises(cases.NoAddress):
        cases.write(session, public_id, LETTER, by=by, now=NOW)


def test_p31_a_restriction_follows_a_case_and_its_end_is_told(by):
    contact = person()
    public_id = opened(by, CaseKind.RESTRICT)
    with at() as session:
        session.scalars(select(PrivacyCase)).one().contact_id = contact
    with at() as session:
        case_deeds.restrict(session, public_id, by=by, now=NOW)
    with at() as session:
        assert session.scalar(select(Contact.id)) is None
    letter = Letter(LetterKind.LIFTED, Way.MAIL, "Slut", "Begränsningen upphör.")
    with at() as session:
        case_deeds.lift(session, public_id, "Utrett", letter, by=by, now=NOW)
    with at() as session:
        assert session.scalar(select(Contact.id)) == contact
        assert session.scalar(select(OutboxMessage.subject)) == "Slut"


def test_p20_two_years_after_it_was_closed_only_kind_and_dates_are_left(by):
    public_id = opened(by)
    with at() as session:
        cases.write(session, public_id, LETTER, by=by, now=NOW)
        cases.close(session, public_id, CaseOutcome.DONE, "Skickat", by=by, now=NOW)
    almost, over = date(2028, 11, 21), date(2028, 11, 22)
    with at() as session:
        assert cases.reduce_old(session, today=almost, now=NOW) == 0
        assert cases.reduce_old(session, today=over, now=NOW) == 1
    with at() as session:
        case = case_of(public_id)
        assert (case.requester, case.answer, case.digest, case.text) == ("", "", None, "")
        assert (case.kind, case.received_on, case.outcome) == ("access", NOW.date(), "done")
        assert session.scalar(select(func.count(CaseLetter.id))) == 0


def test_p20_numbers_run_without_a_gap_in_each_company(by):
    opened(by), opened(by)
    with at("rattsdata") as session:
        other = cases.open_case(session, NewCase(CaseKind.ACCESS, CaseChannel.MAIL, NOW.date()), by=by, now=NOW)
        assert other.number == 1
    with at() as session:
        assert list(session.scalars(select(PrivacyCase.number).order_by(PrivacyCase.id))) == [1, 2]
        assert session.scalar(select(func.count(Incident.id))) == 0
