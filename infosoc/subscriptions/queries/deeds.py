"""The deeds of an agreement, and its terms from day to day, as the rules read them."""

from __future__ import annotations

from dataclasses import fields

from infosoc.kernel import clock
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.rules.agreed import Agreed, Course
from infosoc.subscriptions.rules.index import NO_CLAUSE, Dated
from infosoc.subscriptions.rules.life import Deed
from infosoc.subscriptions.rules.words import DeedKind

TERMS = tuple(one.name for one in fields(Agreed))


def deeds_of(agreement: Agreement) -> list[Deed]:
    """The deeds of an agreement whose deeds are loaded."""
    return [
        Deed(one.id, DeedKind(one.kind), one.effective_on, clock.local(one.made_at).date(), one.undoes_id, one.terms)
        for one in agreement.deeds
    ]


def course_of(agreement: Agreement) -> Course:
    """The terms of an agreement whose deeds are loaded, from day to day."""
    return Course.of(agreement.starts_on, signed(agreement), deeds_of(agreement) if _has_changed(agreement) else ())


def clauses_of(agreement: Agreement) -> Dated:
    """The index clauses of an agreement, each with its first day: asked for each price, and most have none."""
    if not agreement.index_kind and not _has_changed(agreement):
        return NO_CLAUSE
    return course_of(agreement).clauses


def _has_changed(agreement: Agreement) -> bool:
    return any(one.kind == DeedKind.TERMS for one in agreement.deeds)


def signed(agreement: Agreement) -> Agreed:
    """The terms as they were signed; the database lets nobody write them anew."""
    return Agreed(**{name: getattr(agreement, name) for name in TERMS})
