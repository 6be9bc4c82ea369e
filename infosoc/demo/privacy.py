"""The demo's printed texts, requests, incidents and balancing tests, as the officers of both companies left them.

Each was made by the command that a page calls, so that its due days, letters and log are what they would be.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from infosoc.crm.rules import Status
from infosoc.demo.desk import WORDS, Desk, Someone, somebody
from infosoc.kernel import clock
from infosoc.privacy import letters, rules
from infosoc.privacy.commands import case_deeds, cases, incidents, objections, on_request, printed, processing
from infosoc.privacy.commands.cases import Letter, NewCase
from infosoc.privacy.commands.incidents import NewIncident
from infosoc.privacy.commands.objections import Request
from infosoc.privacy.commands.on_request import Asked
from infosoc.privacy.commands.processing import NewLine, NewTest
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.rules import (
    CaseChannel,
    CaseKind,
    CaseOutcome,
    EntryKind,
    Identity,
    IncidentRole,
    LetterKind,
    ProcessingRole,
    Way,
)
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel
from infosoc.tenancy.rules import TenantFacts

TEXTS = WORDS["requests"]
OFFICERS = {"infosoc": "pia", "rattsdata": "petter"}


def print_texts(session: Session, tenant: TenantFacts, *, by: int) -> None:
    """Address, telephone and what else stands on letters and public pages."""
    printed.change(session, tenant, WORDS["printed"][tenant.slug], by=by, version=None)


def write(session: Session, desk: Desk) -> None:
    """All that the company's officer has on the desk."""
    officer = desk.people[OFFICERS[desk.tenant.slug]]
    _tests(session, desk, by=officer)
    _incidents(session, desk, by=officer)
    if desk.tenant.slug == "infosoc":
        _own_line(session, desk, by=officer)
        _cases(session, desk, officer)
    else:
        _sisters_cases(session, desk, officer)


# ---- requests --------------------------------------------------------------------------------------------------------


def _cases(session: Session, desk: Desk, pia: int) -> None:
    karin, jonas, malin = desk.people["karin"], desk.people["jonas"], desk.people["malin"]
    asks, leaves, corrects, waits, wide = somebody(session, Status.CUSTOMER, 5)
    declines, goes = somebody(session, Status.PROSPECT, 14)[-2:]
    extract = _open(session, desk, CaseKind.ACCESS, CaseChannel.LETTER, asks, 24, TEXTS["access"], by=pia)
    _write(session, desk, extract, LetterKind.RECEIVED, by=pia, now=desk.at(23, 9))
    cases.identify(session, extract.public_id, Identity.REPLY, by=pia, now=desk.at(20, 11))
    case_deeds.review(session, extract.public_id, by=karin)
    _extended(session, desk, wide, by=pia)
    leaving = Asked(pepper.digest(leaves.address), leaves.address, (desk.tenant.id,))
    on_request.remove(session, leaving, Evidence(Channel.PAGE), now=desk.at(6, 20))
    _open(session, desk, CaseKind.CORRECT, CaseChannel.PHONE, corrects, 2, TEXTS["correct"], by=jonas)
    kept = _open(session, desk, CaseKind.RESTRICT, CaseChannel.PHONE, waits, 12, TEXTS["restrict"], by=pia)
    case_deeds.restrict(session, kept.public_id, by=pia, now=desk.at(12, 15))
    _referred(session, desk, by=pia)
    for one, kind, days in ((declines, CaseKind.OBJECT, 8), (goes, CaseKind.ERASE, 9)):
        _called(session, desk, one, kind, days, by=malin)


def _sisters_cases(session: Session, desk: Desk, petter: int) -> None:
    asks, wonders = somebody(session, Status.CUSTOMER, 2)
    declines, goes = somebody(session, Status.PROSPECT, 2)
    case = _open(session, desk, CaseKind.ACCESS, CaseChannel.MAIL, asks, 12, TEXTS["access"], by=petter)
    cases.identify(session, case.public_id, Identity.SWITCHBOARD, by=petter, now=desk.at(11, 10))
    _open(session, desk, CaseKind.INFORMATION, CaseChannel.PHONE, wonders, 1, TEXTS["question"], by=petter)
    _called(session, desk, declines, CaseKind.OBJECT, 15, by=desk.people["eva"])
    _called(session, desk, goes, CaseKind.ERASE, 4, by=desk.people["eva"])


def _open(
    session: Session, desk: Desk, kind: CaseKind, channel: CaseChannel, who: Someone, days: int, text: str, *, by: int
) -> PrivacyCase:
    """A case about a contact person, opened so many days ago."""
    now = desk.at(days, 10, 15)
    new = NewCase(kind, channel, clock.local(now).date(), who.address, text, who.id)
    return cases.open_case(session, new, by=by, now=now)


def _write(session: Session, desk: Desk, case: PrivacyCase, kind: LetterKind, *, by: int, now: datetime) -> None:
    """The proposed letter, sent on paper as it stands."""
    cases.write(session, case.public_id, _letter(desk, case, kind), by=by, now=now)


def _letter(desk: Desk, case: PrivacyCase, kind: LetterKind, reason: str = "") -> Letter:
    proposed = letters.draft(case, kind, desk.tenant, reason=reason)
    return Letter(kind, Way.PAPER, proposed.subject, proposed.text, proposed.language)


def _extended(session: Session, desk: Desk, who: Someone, *, by: int) -> None:
    """One that takes more than a month, and whoever asked has been told why."""
    case = _open(session, desk, CaseKind.ACCESS, CaseChannel.LETTER, who, 47, TEXTS["wide"], by=by)
    cases.identify(session, case.public_id, Identity.SWITCHBOARD, by=by, now=desk.at(45, 13))
    letter = _letter(desk, case, LetterKind.EXTENSION, TEXTS["reason"])
    cases.extend(session, case.public_id, TEXTS["reason"], letter, by=by, now=desk.at(25, 9))


def _referred(session: Session, desk: Desk, *, by: int) -> None:
    """What customers keep in our systems is the customers' to answer for (P-28)."""
    day = clock.local(desk.at(30, 11)).date()
    new = NewCase(CaseKind.REFER, CaseChannel.LETTER, day, "", TEXTS["refer"])
    case = cases.open_case(session, new, by=by, now=desk.at(30, 11))
    proposed = _letter(desk, case, LetterKind.REFER)
    told = replace(proposed, text=rules.filled_in(proposed.text, TEXTS["referred_to"]))
    cases.write(session, case.public_id, told, by=by, now=desk.at(29, 9))
    cases.close(session, case.public_id, CaseOutcome.REFERRED, "", by=by, now=desk.at(29, 9, 10))


def _called(session: Session, desk: Desk, who: Someone, kind: CaseKind, days: int, *, by: int) -> None:
    """Somebody has called, and what was owed was done while they were on the line."""
    text = TEXTS["objection"] if kind is CaseKind.OBJECT else ""
    asked = Request(kind, CaseChannel.PHONE, who.address, text, who.id, who.public_id)
    objections.register(session, asked, by=by, now=desk.at(days, 13, 40), see_protected=False)


# ---- what shows that we keep the rules -------------------------------------------------------------------------------


def _tests(session: Session, desk: Desk, *, by: int) -> None:
    for words in WORDS["tests"][desk.tenant.slug]:
        new = NewTest(words["purpose"], words["interest"], words["necessity"], words["balance"])
        processing.write_test(session, new, by=by, now=desk.at(words["months"] * 30, 10))


def _own_line(session: Session, desk: Desk, *, by: int) -> None:
    facts = dict(WORDS["processing"])
    new = NewLine(ProcessingRole.CONTROLLER, facts.pop("name"), facts, is_public=True)
    processing.add_line(session, new, by=by, now=desk.at(40, 10))


def _incidents(session: Session, desk: Desk, *, by: int) -> None:
    for words in reversed(WORDS["incidents"][desk.tenant.slug]):
        ago = partial(_hours_ago, desk.now)
        new = NewIncident(words["title"], IncidentRole(words["role"]), ago(words["hours"]), words["text"])
        made = incidents.open_incident(session, new, by=by, now=ago(words["hours"]))
        for kind, hours, text in words["log"]:
            incidents.note(session, made.public_id, EntryKind(kind), text, by=by, now=ago(hours))


def _hours_ago(now: datetime, hours: float) -> datetime:
    return now - timedelta(hours=hours)
