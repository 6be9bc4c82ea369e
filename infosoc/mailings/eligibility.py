"""Who may get a mailing, decided from facts. Pure; asked when recipients are counted, and when they are frozen.

Law: marknadsföringslagen (2008:486) 19 § (a natural person, so also a sole trader, must have consented, or be a
customer whose address came with the sale); GDPR articles 6, 14, 18 and 21.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from infosoc.kernel.identity import LegalForm, is_sole_trader_number
from infosoc.mailings.rules import Reason
from infosoc.suppression.rules import Kind

CONSENT, CONTRACT = "consent", "contract"


@dataclass(slots=True)  # not frozen: a hundred thousand are made at once, and freezing each takes its time
class Person:
    """What decides about one contact person."""

    has_address: bool
    is_protected: bool = False
    is_restricted: bool = False
    has_opted_out: bool = False
    ground: str | None = None
    legal_form: str | None = None
    org_number: str | None = None
    is_contract_customer: bool = False
    informed_on: date | None = None


def why_not(person: Person, stops: Collection[tuple[Kind, bool]], *, tells_source: bool) -> Reason | None:
    """The first reason why somebody gets no letter; None for who gets one.

    `stops` are the suppressions of the person's addresses, each with whether it concerns this list alone.
    """
    if person.is_protected:
        return Reason.PROTECTED
    if person.is_restricted:
        return Reason.RESTRICTED
    if not person.has_address:
        return Reason.NO_ADDRESS
    return _declined(person, stops) if stops or person.has_opted_out else _unlawful(person, tells_source)


def _declined(person: Person, stops: Collection[tuple[Kind, bool]]) -> Reason:
    kinds = {kind for kind, _ in stops}
    if Kind.NO_REGISTRATION in kinds:
        return Reason.SUPPRESSED
    if Kind.COMPLAINED in kinds:
        return Reason.COMPLAINED
    if person.has_opted_out or (Kind.NO_MAILINGS, False) in stops:
        return Reason.OPTED_OUT
    return Reason.OPTED_OUT_OF_LIST if Kind.NO_MAILINGS in kinds else Reason.BOUNCED


def _unlawful(person: Person, tells_source: bool) -> Reason | None:
    """Why the law keeps the letter back, if it does (P-11)."""
    number = person.org_number
    has_agreed = person.ground == CONSENT or (person.ground == CONTRACT and person.is_contract_customer)
    if not has_agreed:
        if person.legal_form == LegalForm.SOLE_TRADER or (number and is_sole_trader_number(number)):
            return Reason.SOLE_TRADER
        if not person.legal_form and not number:
            return Reason.UNKNOWN_FORM
    if not person.ground:
        return Reason.NO_GROUND
    return None if person.informed_on or tells_source else Reason.NOT_INFORMED
