"""Who may get a letter, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from infosoc.mailings.eligibility import Person, why_not
from infosoc.mailings.rules import Reason
from infosoc.suppression.rules import Kind

FINE = Person(has_address=True, ground="legitimate_interest", legal_form="limited_company", org_number="5560160680")


def test_p11_a_person_in_their_work_at_a_company_gets_it():
    assert why_not(FINE, (), tells_source=True) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_protected": True}, Reason.PROTECTED),
        ({"is_restricted": True}, Reason.RESTRICTED),
        ({"has_address": False}, Reason.NO_ADDRESS),
        ({"has_opted_out": True}, Reason.OPTED_OUT),
        ({"legal_form": "sole_trader"}, Reason.SOLE_TRADER),
        ({"legal_form": None, "org_number": "8112189876"}, Reason.SOLE_TRADER),
        ({"legal_form": None, "org_number": None}, Reason.UNKNOWN_FORM),
        ({"ground": None}, Reason.NO_GROUND),
        ({"legal_form": "sole_trader", "ground": "consent"}, None),
        ({"legal_form": "sole_trader", "ground": "contract"}, Reason.SOLE_TRADER),
        ({"legal_form": "sole_trader", "ground": "contract", "is_contract_customer": True}, None),
        ({"legal_form": None, "org_number": None, "ground": "consent"}, None),
        ({"legal_form": "municipality", "org_number": None}, None),
    ],
)
def test_p11_one_fault_is_the_reason(changed, reason):
    assert why_not(replace(FINE, **changed), (), tells_source=True) == reason


@pytest.mark.parametrize(
    ("stops", "reason"),
    [
        ({(Kind.NO_REGISTRATION, False)}, Reason.SUPPRESSED),
        ({(Kind.COMPLAINED, False), (Kind.NO_MAILINGS, False)}, Reason.COMPLAINED),
        ({(Kind.NO_MAILINGS, False)}, Reason.OPTED_OUT),
        ({(Kind.NO_MAILINGS, True)}, Reason.OPTED_OUT_OF_LIST),
        ({(Kind.BOUNCED, False)}, Reason.BOUNCED),
        ({(Kind.BOUNCED, False), (Kind.NO_MAILINGS, True)}, Reason.OPTED_OUT_OF_LIST),
    ],
)
def test_m28_each_suppression_has_its_reason(stops, reason):
    assert why_not(FINE, stops, tells_source=True) == reason


def test_p13_an_objection_stands_over_consent():
    person = replace(FINE, ground="consent")
    assert why_not(person, {(Kind.NO_MAILINGS, False)}, tells_source=True) == Reason.OPTED_OUT


def test_p11_who_has_not_been_told_of_the_source_must_be_told_in_this_letter():
    assert why_not(FINE, (), tells_source=False) == Reason.NOT_INFORMED
    assert why_not(replace(FINE, informed_on=date(2026, 1, 2)), (), tells_source=False) is None
