"""Fixing recipients: everybody is in one of the two numbers, and nobody who has said no gets a row to send."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.models.contacts import Contact
from infosoc.crm.queries import lists_walk
from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel.errors import Stale
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands import freezing
from infosoc.mailings.commands.freezing import LetterUnfinished, NobodyLeft, PictureProblem, SeenOtherwise
from infosoc.mailings.commands.writing import NotADraft, StepNotAllowed, cancel, choose_audience
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.mailings.queries import recipients
from infosoc.mailings.rules import Reason, State
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence, suppress
from infosoc.suppression.rules import Channel, Kind
from tests.builders import NOW, make_company, make_member, make_tenant
from tests.mailings.builders import make_list, make_mailing, make_person, reader

STAFF = Evidence(Channel.STAFF)


@pytest.fixture
def me(session):
    """The tenant's scope, a member and a list."""
    with transaction() as writing:
        tenant = make_tenant(writing)
        user = make_member(writing, tenant)
        scope = Scope.alone(tenant.id)
        with tenant_scope(scope):
            of_list = make_list(writing, by=user.id)
            found = {"user": user.id, "list": of_list.id, "list_public_id": of_list.public_id}
    with tenant_scope(scope):
        yield found


def frozen(writing, me, *, rights=(), **given) -> Mailing:
    of_list = writing.scalar(select(MailingList).where(MailingList.id == me["list"]))
    mailing = make_mailing(writing, of_list, by=me["user"], **given)
    return freezing.freeze(writing, mailing.public_id, reader=reader(me["user"], *rights), by=me["user"], now=NOW)


def rows(session) -> dict[str, MailingRecipient]:
    query = select(Contact.name, MailingRecipient).join(Contact, Contact.id == MailingRecipient.contact_id)
    return {row[0]: row[1] for row in session.execute(query)}


def test_m28_sent_and_skipped_are_together_what_the_filter_gives(session, me):
    with transaction() as writing:
        company = make_company(writing, "Åkeri AB", org_number="5560160680")
        sole = make_company(writing, "Lönns snickeri", legal_form="sole_trader")
        unknown = make_company(writing, "Utan form")
        make_person(writing, company, "Får Brev", email="far@aker.example")
        make_person(writing, company, "Samma Adress", email="far@aker.example")
        make_person(writing, company, "Ingen Adress", email=None)
        make_person(writing, company, "Har Avböjt", marketing="opted_out")
        make_person(writing, company, "Utan Grund", ground=None)
        make_person(writing, sole, "Enskild Firma")
        make_person(writing, unknown, "Okänd Form")
        for name, kind, of_list in (
            ("Borttagen", Kind.NO_REGISTRATION, None), ("Klagat", Kind.COMPLAINED, None),
            ("Studsar", Kind.BOUNCED, None),
            ("Lämnat Allt", Kind.NO_MAILINGS, None), ("Lämnat Listan", Kind.NO_MAILINGS, me["list"]),
            ("Lämnat En Annan", Kind.NO_MAILINGS, me["list"] + 99),
        ):  # fmt: skip
            address = f"{kind.value}{of_list or 0}@aker.example"
            make_person(writing, company, name, email=address)
            suppress(writing, pepper.digest(address), kind, STAFF, now=NOW, list_id=of_list)
    with transaction() as writing:
        mailing = frozen(writing, me)
        assert (mailing.recipients, mailing.skipped) == (2, 11)
    made = rows(session)
    assert {name: row.reason for name, row in made.items()} == {
        "Får Brev": "", "Lämnat En Annan": "", "Samma Adress": Reason.SAME_ADDRESS,
        "Ingen Adress": Reason.NO_ADDRESS, "Har Avböjt": Reason.OPTED_OUT, "Utan Grund": Reason.NO_GROUND,
        "Enskild Firma": Reason.SOLE_TRADER, "Okänd Form": Reason.UNKNOWN_FORM, "Borttagen": Reason.SUPPRESSED,
        "Klagat": Reason.COMPLAINED, "Studsar": Reason.BOUNCED, "Lämnat Allt": Reason.OPTED_OUT,
        "Lämnat Listan": Reason.OPTED_OUT_OF_LIST,
    }  # fmt: skip
    query = recipients.audience(session, "", reader(me["user"]))
    assert len(made) == lists_walk.count(session, lists_walk.walk(session, query))


def test_m28_the_planted_fault_a_freeze_that_asks_no_suppression_would_write_to_who_declined(session, me, monkeypatch):
    """The proof above is worth something: without the question, the row to send is there."""
    monkeypatch.setattr(recipients, "all_stops", lambda session, list_id: {})
    with transaction() as writing:
        make_person(writing, name="Får Brev")
        make_person(writing, name="Har Avböjt", email="nej@aker.example")
        suppress(writing, pepper.digest("nej@aker.example"), Kind.NO_MAILINGS, STAFF, now=NOW)
        frozen(writing, me)
    assert rows(session)["Har Avböjt"].state == "queued"


def test_nothing_but_the_reason_is_kept_of_who_is_skipped(session, me):
    with transaction() as writing:
        make_person(writing, name="Får Brev")
        make_person(writing, name="Har Avböjt", marketing="opted_out")
        frozen(writing, me)
    row = rows(session)["Har Avböjt"]
    assert (row.address, row.domain, row.fields, row.digest, row.delivery) == ("", "", {}, None, None)


def test_who_gets_it_has_an_address_a_number_of_their_own_and_what_is_filled_in(session, me):
    with transaction() as writing:
        make_person(writing, name="Åsa Lönn", email="asa@aker.example")
        make_person(writing, name="Bo Ek", email="bo@aker.example", informed_on=NOW.date())
        frozen(writing, me)
    made = rows(session)
    asa, bo = made["Åsa Lönn"], made["Bo Ek"]
    assert (asa.address, asa.domain, asa.digest) == (
        "asa@aker.example",
        "aker.example",
        pepper.digest("asa@aker.example"),
    )
    assert len(asa.delivery) == 16
    assert asa.delivery != bo.delivery
    shared = {"company": "Åkeri AB", "title": "Chef"}
    assert asa.fields == {"name": "Åsa Lönn", "source": "test", **shared}
    assert bo.fields == {"name": "Bo Ek", "informed": True, **shared}


def test_p31_a_restricted_person_is_skipped(session, me, monkeypatch):
    with transaction() as writing:
        make_person(writing, name="Får Brev")
        person = make_person(writing, name="Begränsad")
        monkeypatch.setattr(recipients, "_restricted", [lambda session: {person.id}])
        frozen(writing, me)
    assert rows(session)["Begränsad"].reason == Reason.RESTRICTED


@pytest.mark.parametrize("sees", [False, True])
def test_p07_a_protected_person_gets_nothing_and_is_counted_only_for_who_may_see_them(session, me, sees):
    with transaction() as writing:
        make_person(writing, name="Får Brev")
        person = make_person(writing, name="Skyddad")
        writing.execute(update(Contact).where(Contact.id == person.id).values(is_protected=True))
        mailing = frozen(writing, me, rights=(Permission.PROTECTED_READ,) if sees else ())
        assert (mailing.recipients, mailing.skipped) == (1, 1 if sees else 0)


def test_m17_an_objection_from_the_persons_other_address_counts(session, me):
    with transaction() as writing:
        make_person(writing, name="Får Brev")
        person = make_person(writing, name="Två Adresser", email="ett@aker.example")
        other = "tva@aker.example"
        writing.add(ContactPoint(contact_id=person.id, kind="email", value=other, normalised=other))
        writing.flush()
        suppress(writing, pepper.digest(other), Kind.NO_MAILINGS, STAFF, now=NOW)
        frozen(writing, me)
    assert rows(session)["Två Adresser"].reason == Reason.OPTED_OUT


def test_the_filter_decides_who_is_asked_at_all(session, me):
    with transaction() as writing:
        customer = make_company(writing, "Kund AB", org_number="5560160680", status=Status.CUSTOMER)
        make_person(writing, customer, "Kund")
        make_person(writing, name="Prospekt")
        frozen(writing, me, query="status=customer")
    assert set(rows(session)) == {"Kund"}


def test_a_mailing_to_nobody_is_not_fixed(session, me):
    with transaction() as writing:
        make_person(writing, name="Har Avböjt", marketing="opted_out")
    with pytest.raises(NobodyLeft), transaction() as writing:
        frozen(writing, me)
    assert session.scalar(select(func.count(MailingRecipient.id))) == 0


@pytest.mark.parametrize(
    ("body", "error"),
    [("", LetterUnfinished), ("![x](https://x.se/p.png)", PictureProblem), ("![x](bild:abcdefghij1)", PictureProblem)],
)
def test_an_unfinished_letter_is_not_fixed(session, me, body, error):
    with transaction() as writing:
        make_person(writing)
    with pytest.raises(error), transaction() as writing:
        frozen(writing, me, body=body)


def test_what_is_fixed_is_changed_only_when_it_is_opened_again(session, me):
    with transaction() as writing:
        make_person(writing)
        public_id = frozen(writing, me).public_id
    with pytest.raises(NotADraft), transaction() as writing:
        choose_audience(writing, public_id, "status=customer", by=me["user"])
    with transaction() as writing:
        mailing = freezing.thaw(writing, public_id, by=me["user"])
        assert (mailing.state, mailing.recipients) == (State.DRAFT, 0)
    assert session.scalar(select(func.count(MailingRecipient.id))) == 0


def test_the_steps_cannot_be_skipped(session, me):
    with transaction() as writing:
        make_person(writing)
        of_list = writing.scalar(select(MailingList).where(MailingList.id == me["list"]))
        public_id = make_mailing(writing, of_list, by=me["user"]).public_id
    with pytest.raises(StepNotAllowed), transaction() as writing:
        freezing.approve(writing, public_id, seen="", scheduled_at=None, by=me["user"], now=NOW)


def test_an_approval_is_of_what_was_seen(session, me):
    with transaction() as writing:
        make_person(writing)
        mailing = frozen(writing, me)
        public_id, seen = mailing.public_id, freezing.fingerprint(mailing)
    with pytest.raises(SeenOtherwise), transaction() as writing:
        freezing.approve(writing, public_id, seen="1.0.0", scheduled_at=None, by=me["user"], now=NOW)
    with pytest.raises(freezing.TimePassed), transaction() as writing:
        freezing.approve(writing, public_id, seen=seen, scheduled_at=NOW - timedelta(minutes=1), by=me["user"], now=NOW)
    with transaction() as writing:
        mailing = freezing.approve(
            writing, public_id, seen=seen, scheduled_at=NOW + timedelta(days=1), by=me["user"], now=NOW
        )
        assert (mailing.state, mailing.approved_by) == (State.APPROVED, me["user"])


def test_a_stale_form_fixes_nothing(session, me):
    with transaction() as writing:
        make_person(writing)
        of_list = writing.scalar(select(MailingList).where(MailingList.id == me["list"]))
        mailing = make_mailing(writing, of_list, by=me["user"])
        public_id, version = mailing.public_id, mailing.version
        choose_audience(writing, public_id, "status=prospect", by=me["user"])
    with pytest.raises(Stale), transaction() as writing:
        freezing.freeze(writing, public_id, reader=reader(me["user"]), by=me["user"], now=NOW, version=version)


def test_a_mailing_can_be_given_up_before_it_begins(session, me):
    with transaction() as writing:
        make_person(writing)
        public_id = frozen(writing, me).public_id
    with transaction() as writing:
        assert cancel(writing, public_id, by=me["user"], now=NOW).state == State.CANCELLED


def test_m22_of_contacts_answers_as_things_stand_now(session, me):
    with transaction() as writing:
        person = make_person(writing, name="Ångrar Sig", email="nu@aker.example")
    assert recipients.of_contacts(session, [person.id], me["list"])[person.id].reason is None
    with transaction() as writing:
        suppress(writing, pepper.digest("nu@aker.example"), Kind.NO_MAILINGS, STAFF, now=NOW)
    assert recipients.of_contacts(session, [person.id, 99], me["list"])[person.id].reason == Reason.OPTED_OUT
    assert 99 not in recipients.of_contacts(session, [person.id, 99], me["list"])
