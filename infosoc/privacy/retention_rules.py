"""How long what is kept, and what of it the nightly work removes. Pure.

The months of contact persons are a setting of the tenant; the rest is the same for all and told on the privacy page.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from infosoc.kernel.words import N_

MONTHS = 24  # of silence, when the tenant's settings say nothing else (P-50, P-51)
WARNED = timedelta(days=30)  # between the proposal and the removal
HISTORY = timedelta(days=90)  # old values of a person's facts (P-30)
MESSAGES = timedelta(days=90)  # what was sent to whom
CASES = 24  # months after closing (P-20)
LETTERS = 24  # months: to which address a mailing went
LOGS = 24  # months: exports, lifted restrictions and objections, settled incidents' mail
REMOVALS = 12  # months: the record of a removal, far longer than any backup


class Rule(StrEnum):
    """Why a person is to be removed."""

    PROSPECT = "prospect"
    FORMER = "former"


RULE_LABELS = {
    Rule.PROSPECT: N_("No contact for a long time, at companies that are not customers"),
    Rule.FORMER: N_("The company has not been a customer for a long time"),
}


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def rule_of(statuses: set[str]) -> Rule | None:
    """Which rule a person falls under, from what their companies are to the tenant; None for customers' people."""
    if "customer" in statuses:
        return None
    return Rule.FORMER if "former" in statuses else Rule.PROSPECT


def months_of(settings: Mapping[str, object]) -> int:
    """The tenant's own choice of months, if it is a sensible one."""
    try:
        months = int(str(settings.get("retention_months") or MONTHS))
    except ValueError:
        return MONTHS
    return months if 1 <= months <= 120 else MONTHS
