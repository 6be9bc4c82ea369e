"""The accounts that customers pay to: those of the list, and those that invoices print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.invoicing.models import InvoicingSettings, ReceivingAccount
from infosoc.invoicing.queries import parties
from infosoc.kernel.errors import NotFound

KINDS = ("bankgiro", "plusgiro", "iban")


@dataclass(frozen=True)
class Receiving:
    """An account of the list, and whether invoices print it."""

    account: ReceivingAccount
    is_printed: bool


def accounts(session: Session) -> list[Receiving]:
    """Those that are printed first, then those in use, then those that have ended."""
    own = parties.settings(session)
    found = [Receiving(one, is_printed(own, one)) for one in session.scalars(select(ReceivingAccount))]
    return sorted(found, key=_place)


def _place(one: Receiving) -> tuple[bool, int, int, str]:
    through = one.account.valid_through or date.max
    return not one.is_printed, -through.toordinal(), KINDS.index(one.account.kind), one.account.number


def is_printed(own: InvoicingSettings | None, account: ReceivingAccount) -> bool:
    return own is not None and getattr(own, account.kind) == account.number


def printed(own: InvoicingSettings | None) -> dict[str, str]:
    """The numbers that invoices print, by kind."""
    return {kind: getattr(own, kind) for kind in KINDS if own is not None and getattr(own, kind)}


def account_at(session: Session, public_id: str) -> ReceivingAccount:
    """The account at an address; raises NotFound."""
    found = session.scalar(select(ReceivingAccount).where(ReceivingAccount.public_id == public_id))
    if found is None:
        raise NotFound
    return found
