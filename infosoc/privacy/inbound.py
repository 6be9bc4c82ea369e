"""Mail to a tenant's privacy address becomes a case, or is added to the one that it answers (P-20)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.kernel import clock, email
from infosoc.kernel.identity import mask_personal_numbers
from infosoc.mailings.inbound import Letter, add_handler
from infosoc.privacy import rules
from infosoc.privacy.commands import cases
from infosoc.privacy.commands.cases import NewCase
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.queries import people
from infosoc.privacy.rules import FILES, CaseChannel
from infosoc.suppression import pepper

OPENED, ADDED = "case opened", "added to a case"
LONGEST = 20_000


def register() -> None:
    """Take mail to privacy addresses; called once, where the parts meet. Again is harmless."""
    add_handler(take)


def take(session: Session, letter: Letter) -> str | None:
    """A case of what somebody has written; a personal identity number in it is not kept (P-05)."""
    if not email.is_valid(letter.sender):
        return None
    text = mask_personal_numbers("\n\n".join(one for one in (letter.subject, letter.text) if one.strip()))[:LONGEST]
    answered = _answered(session, letter)
    if answered is not None:
        when = clock.local(letter.received_at).strftime("%Y-%m-%d %H:%M")
        answered.text = f"{answered.text}\n\n{when}\n{text}".strip()
        _note_files(answered, letter)
        session.flush()
        return ADDED
    found = people.person(session, address=letter.sender).contacts
    new = NewCase(
        rules.likely_kind(text), CaseChannel.MAIL, clock.local(letter.received_at).date(), letter.sender, text,
        next(iter(found)) if len(found) == 1 else None,
    )  # fmt: skip
    _note_files(cases.open_case(session, new, by=None, now=letter.received_at), letter)
    session.flush()
    return OPENED


def _note_files(case: PrivacyCase, letter: Letter) -> None:
    """That files came along, which are not kept: whoever answers may have to ask for what they held (P-27)."""
    names = [*case.report.get(FILES, []), *map(mask_personal_numbers, letter.files)]
    if names:
        case.report = {**case.report, FILES: list(dict.fromkeys(names))}


def _answered(session: Session, letter: Letter) -> PrivacyCase | None:
    """The open case that the letter answers: its number is in the subject, and the sender is who asked."""
    number = rules.case_number(letter.subject)
    if number is None:
        return None
    query = select(PrivacyCase).where(
        PrivacyCase.number == number,
        PrivacyCase.closed_at.is_(None),
        PrivacyCase.digest == pepper.digest(letter.sender),
    )
    return session.scalar(query)
