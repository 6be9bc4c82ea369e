"""The letters of a case as they are proposed: whoever handles it reads and changes them before they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale, format_date

from infosoc.kernel.words import N_
from infosoc.privacy import rules
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.printed import printed
from infosoc.privacy.rules import CASE_KIND_LABELS, CaseKind, LetterKind
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.words import gettext

SUBJECTS = {
    LetterKind.RECEIVED: N_("We have received your request (case %(number)s)"),
    LetterKind.IDENTITY: N_("We need to know that it is you (case %(number)s)"),
    LetterKind.EXTENSION: N_("We need more time for your request (case %(number)s)"),
    LetterKind.EXTRACT: N_("Your register extract (case %(number)s)"),
    LetterKind.NOT_FOUND: N_("You are not registered with us (case %(number)s)"),
    LetterKind.DONE: N_("We have done what you asked for (case %(number)s)"),
    LetterKind.REFUSED: N_("Our answer to your request (case %(number)s)"),
    LetterKind.REFER: N_("Your request concerns one of our customers (case %(number)s)"),
    LetterKind.LIFTED: N_("We use your data again (case %(number)s)"),
}
# What was done, in the words of the letter that says so.
DONE_WORDS = {
    CaseKind.CORRECT: N_("We have corrected the data about you."),
    CaseKind.ERASE: N_("We have removed you from our register."),
    CaseKind.RESTRICT: N_("We keep the data about you, but do not use them until further notice."),
    CaseKind.OBJECT: N_("You will get no more mailings from us."),
}


@dataclass(frozen=True)
class Draft:
    """A proposed letter."""

    subject: str
    text: str
    language: str


def draft(case: PrivacyCase, kind: LetterKind, tenant: TenantFacts, *, language: str = "sv", **more: Any) -> Draft:
    """The letter in the language of whoever asked; `more` is what only some kinds need (`link`, `searched`)."""
    with force_locale(language):
        values: dict[str, Any] = {
            "link": "", "searched": [], "reason": "", "code": "", "new_due": rules.extended_due_on(case.received_on),
            "done_words": DONE_WORDS.get(CaseKind(case.kind), N_("We have done what you asked for.")),
        } | more  # fmt: skip
        text = render_template(
            "email/case_letter.txt", case=case, kind=kind.value, sender=printed(tenant),
            asked=gettext(CASE_KIND_LABELS[CaseKind(case.kind)]), written=_written,
            public=_public_page(tenant), **values,
        )  # fmt: skip
        return Draft(gettext(SUBJECTS[kind], number=case.number), text, language)


def _written(day: date) -> str:
    return format_date(day, "long")


def _public_page(tenant: TenantFacts) -> str:
    return f"{current_app.extensions['settings'].base_url}/{tenant.slug}/privacy"
