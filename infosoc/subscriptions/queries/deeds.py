"""The deeds of an agreement, as the rules read them."""

from __future__ import annotations

from infosoc.kernel import clock
from infosoc.subscriptions.models import Agreement
from infosoc.subscriptions.rules.life import Deed
from infosoc.subscriptions.rules.words import DeedKind


def deeds_of(agreement: Agreement) -> list[Deed]:
    """The deeds of an agreement whose deeds are loaded."""
    return [
        Deed(one.id, DeedKind(one.kind), one.effective_on, clock.local(one.made_at).date(), one.undoes_id)
        for one in agreement.deeds
    ]
