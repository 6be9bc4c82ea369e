"""Somebody without an e-mail address wants to be removed from both companies (T-09)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from infosoc.crm.models.companies import CompanyRelation, ContactPoint
from infosoc.crm.models.contacts import ContactRelation, Post
from infosoc.crm.rules import Status
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.rules import CaseKind
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import tenant_named
from infosoc.tenancy.rules import Flag
from tests.builders import NOW, make_company, make_contact
from tests.privacy.test_cases import asked, by  # noqa: F401 - a fixture
from tests.privacy.world import ANNA, at, person

TODAY = NOW.date()


def cases_of(slug: str) -> list[tuple[str, str, int | None, bool]]:
    with at(slug) as session:
        found = session.execute(
            select(PrivacyCase.kind, PrivacyCase.requester, PrivacyCase.contact_id, PrivacyCase.is_joint)
        )
        return [tuple(row) for row in found]


def held_by(slug: str) -> list[int]:
    with at(slug) as session:
        return list(session.scalars(select(ContactRelation.contact_id)))


@pytest.fixture
def joint(by) -> int:
    with at() as session:
        set_flag(session, tenant_named(session, "rattsdata").id, Flag.JOINT_UNSUBSCRIBE, True)
    return by


def without_address(slug: str = "infosoc", *, status: Status = Status.PROSPECT) -> int:
    with at(slug) as session:
        company = make_company(session, "Åkeri AB", status=status)
        contact = make_contact(session, company, "Anna Lönn")
        number = "+46701740605"
        session.add(ContactPoint(contact_id=contact.id, kind="mobile", value=number, normalised=number, is_main=True))
        return contact.id


def shared_with(slug: str, contact_id: int, status: Status) -> None:
    with at() as session:
        company_id = session.scalar(select(Post.company_id).where(Post.contact_id == contact_id))
    with at(slug) as session:
        session.add(ContactRelation(contact_id=contact_id, name_sort="x", company_sort="x", source="test",
                                    source_on=TODAY, created_at=NOW))  # fmt: skip
        session.add(CompanyRelation(company_id=company_id, status=status.value, name_sort="x", created_at=NOW))


def test_t09_a_removal_from_both_reaches_the_other_company_as_a_case_when_no_address_leads_there(joint):
    contact_id = without_address()
    _, is_removed = asked(CaseKind.ERASE, joint, contact_id=contact_id, joint=True)
    assert is_removed
    assert held_by("infosoc") == []
    assert cases_of("rattsdata") == [("erase", "Anna Lönn, 070-174 06 05", None, True)]


def marketing_at(slug: str) -> list[str]:
    with at(slug) as session:
        return list(session.scalars(select(ContactRelation.marketing)))


@pytest.mark.parametrize(("is_joint", "theirs"), [(True, "opted_out"), (False, "allowed")])
def test_p13_an_objection_to_both_stands_on_the_other_companys_record_too(joint, is_joint, theirs):
    contact_id = without_address()
    shared_with("rattsdata", contact_id, Status.CUSTOMER)
    asked(CaseKind.OBJECT, joint, contact_id=contact_id, joint=is_joint)
    assert (marketing_at("infosoc"), marketing_at("rattsdata")) == (["opted_out"], [theirs])


def test_p13_an_objection_to_both_finds_the_other_companys_own_record_by_its_address(joint):
    person()
    person("rattsdata", company="Åkeri i Umeå AB")
    asked(CaseKind.OBJECT, joint, address=ANNA, joint=True)
    assert (marketing_at("infosoc"), marketing_at("rattsdata")) == (["opted_out"], ["opted_out"])


def test_t09_somebody_unknown_without_an_address_becomes_a_case_in_both(joint):
    asked(CaseKind.ERASE, joint, address="Anna på Åkeri, 0701740605", joint=True)
    assert cases_of("infosoc") == cases_of("rattsdata") == [("erase", "Anna på Åkeri, 0701740605", None, True)]


@pytest.mark.parametrize(("theirs", "is_removed"), [(Status.PROSPECT, True), (Status.FORMER, False)])
def test_t09_the_record_that_both_share_goes_from_both_or_becomes_a_case(joint, theirs, is_removed):
    contact_id = without_address()
    shared_with("rattsdata", contact_id, theirs)
    asked(CaseKind.ERASE, joint, contact_id=contact_id, joint=True)
    assert held_by("infosoc") == []
    assert (held_by("rattsdata") == []) is is_removed
    assert [row[2] for row in cases_of("rattsdata")] == ([] if is_removed else [contact_id])


def test_t09_a_removal_from_one_company_is_none_of_the_others(joint):
    asked(CaseKind.ERASE, joint, contact_id=without_address())
    assert cases_of("rattsdata") == []
