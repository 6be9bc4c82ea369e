"""The answer to "am I registered?", company by company: as a page, as PDF and as JSON, all three of the same rows.

Free text may name others, so a person looks through it before it goes out (P-24): until then its place says so, and an
open case sees to it that somebody does, in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import Response, jsonify, render_template
from flask_babel import get_locale
from sqlalchemy.orm import Session

from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.documents import pdf
from infosoc.kernel import clock, email
from infosoc.kernel.words import N_
from infosoc.privacy import rules
from infosoc.privacy.commands import cases
from infosoc.privacy.commands.cases import NewCase
from infosoc.privacy.queries.extract import Cell, Extract, Part, extract
from infosoc.privacy.rules import CaseChannel, CaseKind, CaseOutcome, Identity
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.words import gettext

LOOKED_THROUGH = N_("A person reviews this text first, because it may mention others. You get it with the rest.")
# Says again what other parts say, so its text is free of others when theirs is; and letters that the person has got.
REPEATS = frozenset({"search_document"})
OWN_LETTERS = frozenset({"outbox_message", "case_letter", "request_link"})
# What is left by asking, objecting and being removed; whoever is in nothing else is not registered.
TRACES = frozenset({
    "request_link", "outbox_message", "privacy_case", "case_letter", "suppression", "audit_event", "mailing_recipient",
    "erasure", "job",
})  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What one company keeps. `due_on` is when the texts that are looked through come at the latest."""

    tenant: TenantFacts
    extract: Extract
    due_on: date | None

    @property
    def is_registered(self) -> bool:
        return any(part.name not in TRACES for part in self.extract.parts)


def of(
    session: Session, tenants: Iterable[int], address: str, *, is_reviewed: bool, now: datetime,
    contact_id: int | None = None,
) -> list[Answer]:  # fmt: skip
    """What each of these companies keeps under an address; its texts only when somebody has looked them through.

    Whoever looks through is staff of the company that was asked, the first; the others' texts wait for their own.
    `contact_id` is whom they have found the question to be about. Of an address that several people have, nothing is
    told before somebody has looked: its mail may be read by any of them.
    """
    by_id = {tenant.id: tenant for tenant in all_tenants(session)}
    made = []
    for place, tenant_id in enumerate(tenants):
        with tenant_scope(Scope.alone(tenant_id)):
            whole = extract(session, address=address, contact_id=contact_id if place == 0 else None, now=now)
        waits = not (is_reviewed and place == 0) and (
            whole.is_shared or any(part.has_texts for part in whole.parts if part.name not in REPEATS | OWN_LETTERS)
        )
        due_on = rules.due_on(clock.local(now).date()) if waits else None
        made.append(Answer(by_id[tenant_id], _held_back(whole) if waits else whole, due_on))
    return made


def note_cases(session: Session, made: list[Answer], address: str, *, is_reviewed: bool, now: datetime) -> None:
    """Register the request where it was answered (P-20): closed at once, or open while texts are looked through.

    What has been looked through has its case where that was done.
    """
    for one in made[1:] if is_reviewed else made:
        with tenant_scope(Scope.alone(one.tenant.id)):
            new = NewCase(
                CaseKind.ACCESS, CaseChannel.PAGE, clock.local(now).date(), requester=address,
                is_joint=len(made) > 1,
            )  # fmt: skip
            case = cases.open_case(session, new, by=None, now=now)
            if not one.extract.is_shared:
                case.identity_method, case.identified_at = Identity.REPLY.value, now
            if one.due_on is None:
                case.answered_at = now
                outcome = CaseOutcome.DONE if one.is_registered else CaseOutcome.NOT_FOUND
                cases.close(session, case.public_id, outcome, "", by=None, now=now)
            session.flush()


def as_pdf(made: list[Answer], address: str, *, now: datetime) -> bytes:
    """The answer on paper."""
    told = {"made": made, "translated": gettext, "address": email.display(address), "now": now}
    return pdf.draw(render_template("pdf/extract.html", language=str(get_locale() or "sv"), **told))


def as_json(made: list[Answer], address: str) -> dict[str, Any]:
    """The answer for programs, its headings in the reader's language."""
    return {
        "address": address,
        "answers": [
            {"company": one.tenant.name, "registered": one.is_registered, **one.extract.as_json(gettext)}
            for one in made
        ],
    }  # fmt: skip


def file(made: list[Answer], kind: str, address: str, *, now: datetime) -> Response:
    """The answer as a file to keep."""
    if kind == "pdf":
        response = Response(as_pdf(made, address, now=now), mimetype="application/pdf")
    else:
        response = jsonify(as_json(made, address))
    name = gettext("register-extract")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{clock.local(now):%Y-%m-%d}.{kind}"'
    return response


def _held_back(whole: Extract) -> Extract:
    """Without the texts; of an address that is shared, without anything but the letters that went to it."""

    def cell(one: Cell) -> Cell:
        is_held = one.is_text or whole.is_shared
        return replace(one, value=LOOKED_THROUGH, is_word=True, lines=()) if is_held and one.value else one

    def part(one: Part) -> Part:
        return one if one.name in OWN_LETTERS else replace(one, rows=tuple(tuple(map(cell, row)) for row in one.rows))

    return replace(whole, parts=tuple(map(part, whole.parts)))
