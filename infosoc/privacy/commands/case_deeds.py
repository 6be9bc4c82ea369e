"""What a case leads to: an extract that is looked through and given out, a removal, a restriction and its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import email
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_
from infosoc.privacy.commands import cases, erasure, requests, restriction
from infosoc.privacy.commands.cases import Letter, NotIdentified
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.queries.extract import Extract, extract
from infosoc.suppression.rules import Channel

REVIEWED = cases.REVIEWED


class SecondLookMissing(Refused):
    message = N_(
        "The extract contains free text, which may mention others. Someone other than the reviewer must release it."
    )


class SubjectMissing(Refused):
    message = N_("Enter who the case is about first: choose the contact person, or enter their address.")


@dataclass(frozen=True)
class Released:
    """The link that has gone out, and the code to tell another way. Neither is kept."""

    case: PrivacyCase
    token: str
    code: str


def extract_of(session: Session, case: PrivacyCase, *, now: datetime) -> Extract:
    """The extract for whoever the case is about."""
    address = case.requester if email.is_valid(case.requester) else ""
    if not address and case.contact_id is None:
        raise SubjectMissing
    return extract(session, address=address, contact_id=case.contact_id, now=now)


def review(session: Session, public_id: str, *, by: int) -> PrivacyCase:
    """Note that somebody has looked the extract through for what concerns others (P-24)."""
    case = cases.open_for_change(session, public_id)
    case.report = {**case.report, REVIEWED: by}
    session.flush()
    audit.record(session, "extract looked through", "case", case.id, by=by)
    return case


def may_release(case: PrivacyCase, found: Extract, *, by: int) -> bool:
    """Free text needs a second pair of eyes; an extract without any does not (P-24)."""
    reviewer = case.report.get(REVIEWED)
    return not found.needs_review or (reviewer is not None and reviewer != by)


def make_link(session: Session, public_id: str, *, by: int, now: datetime, language: str = "sv") -> Released:
    """A one-time link to the extract for whoever asked, when we know who it is and it has been looked through.

    `language` is what the page behind it is read in.
    """
    case = cases.open_for_change(session, public_id)
    if not case.identity_method:
        raise NotIdentified
    if not may_release(case, extract_of(session, case, now=now), by=by):
        raise SecondLookMissing
    if not email.is_valid(case.requester):
        raise cases.NoAddress(field="way")
    link = requests.make(
        session, case.requester, language=language, now=now, is_joint=case.is_joint, case_id=case.id, is_reviewed=True,
        contact_id=case.contact_id,
    )  # fmt: skip
    return Released(case, link.token, link.code)


def send_extract(session: Session, released: Released, letter: Letter, link: str, *, by: int, now: datetime) -> None:
    """Send the letter with the link; what is kept of the letter holds no link."""
    cases.write(session, released.case.public_id, replace(letter, link=link), by=by, now=now)
    audit.record(session, "extract given out", "case", released.case.id, by=by)


def erase(session: Session, public_id: str, *, by: int, now: datetime) -> erasure.Report:
    """Remove whoever the case is about, also at a contract customer: a person has decided so."""
    case = cases.open_for_change(session, public_id)
    if not case.identity_method:
        raise NotIdentified
    if case.contact_id is not None:
        report = erasure.erase(session, case.contact_id, channel=Channel.STAFF, by=by, now=now, case_id=case.id)
    elif email.is_valid(case.requester):
        report = erasure.erase_address(session, case.requester, channel=Channel.STAFF, by=by, now=now, case_id=case.id)
    else:
        raise SubjectMissing
    case.report = {**case.report, "removed": report.removed}
    session.flush()
    return report


def restrict(session: Session, public_id: str, *, by: int, now: datetime) -> PrivacyCase:
    """Keep the data of whoever the case is about without using them (P-31)."""
    case = cases.open_for_change(session, public_id)
    if case.contact_id is None:
        raise SubjectMissing
    reason = f"#{case.number}"
    restriction.restrict(session, case.contact_id, reason=reason, by=by, now=now, case_id=case.id)
    return case


def lift(session: Session, public_id: str, note: str, letter: Letter | None, *, by: int, now: datetime) -> PrivacyCase:
    """End a restriction and tell the person, before it holds (article 18(3))."""
    case = cases.open_for_change(session, public_id)
    if case.contact_id is None:
        raise SubjectMissing
    if letter is not None:
        cases.write(session, public_id, letter, by=by, now=now)
    restriction.lift(session, case.contact_id, note=note, by=by, now=now)
    return case
