"""Contact points: phone numbers, e-mail and web addresses of a company or a contact person, kept in one form."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from infosoc.crm.commands import blocked
from infosoc.crm.commands.split import contact_holders
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact
from infosoc.crm.rules import PointKind
from infosoc.db.tenancy import Scope, current_scope, tenant_scope
from infosoc.kernel import email, phone
from infosoc.kernel.errors import Invalid
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper

GROUPS = {"phones": (PointKind.PHONE, PointKind.MOBILE), "emails": (PointKind.EMAIL,), "web": (PointKind.WEB,)}
_WEB = re.compile(r"https?://[^\s/?#@:]+\.[^\s/?#@:.]{2,}(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)


class InvalidWeb(Invalid):
    message = N_("This is not a web address. It should look like www.example.se.")


class PointEntry(NamedTuple):
    """A contact point as it is typed in: `value` is shown, `normalised` is compared and searched."""

    kind: str
    value: str
    normalised: str
    label: str = ""
    is_main: bool = False


def entry(group: str, text: str, *, label: str = "", is_main: bool = False) -> PointEntry:
    """The contact point that a text means; raises the error of its kind."""
    label = clean(label)
    if group == "phones":
        number = phone.parse_phone(clean(text))
        kind = PointKind.MOBILE if phone.kind(number.e164) == phone.PhoneKind.MOBILE else PointKind.PHONE
        shown = phone.display(number.e164) + (f" ankn. {number.extension}" if number.extension else "")
        return PointEntry(kind.value, shown, number.e164, label, is_main)
    if group == "emails":
        address = email.canonical(text)
        return PointEntry(PointKind.EMAIL.value, address, address, label, is_main)
    address = web(text)
    return PointEntry(PointKind.WEB.value, address, address.lower(), label, is_main)


def web(text: str) -> str:
    """A web address with its scheme; only http and https."""
    address = clean(text)
    if "://" not in address:
        address = f"https://{address}"
    if not _WEB.fullmatch(address) or len(address) > 254:
        raise InvalidWeb
    return address


def read(group: str, points: list[ContactPoint]) -> tuple[PointEntry, ...]:
    """The points of one group, the main one first."""
    found = [
        PointEntry(point.kind, point.value, point.normalised, point.label, point.is_main)
        for point in in_order(points)
        if point.kind in GROUPS[group]
    ]
    return tuple(found)


def in_order(points: list[ContactPoint]) -> list[ContactPoint]:
    return sorted(points, key=lambda point: (not point.is_main, point.id or 0))


def write(session: Session, group: str, owner: Any, wanted: tuple[PointEntry, ...]) -> None:
    """Make a group of the owner's points equal to what is wanted; a point that stays keeps its row."""
    here = {(point.kind, point.normalised): point for point in owner.points if point.kind in GROUPS[group]}
    others = [point for point in owner.points if point.kind not in GROUPS[group]]
    kept, found = [], _unique(wanted)
    blocked.refuse(session, blocked.emails(one for one in found if (one.kind, one.normalised) not in here))
    for number, one in enumerate(found):
        point = here.pop((one.kind, one.normalised), None)
        if point is None:
            point = ContactPoint(**_owner_key(owner), kind=one.kind, normalised=one.normalised)
            session.add(point)
        point.value, point.label, point.is_main = one.value, one.label, number == 0
        kept.append(point)
    for gone in here.values():
        session.delete(gone)
    session.flush()
    if not isinstance(owner, Company):
        _take_objections_along(session, owner, blocked.emails(here.values()), blocked.emails(kept))
    set_committed_value(owner, "points", [*others, *kept])


def _take_objections_along(session: Session, contact: Contact, gone: list[str], left: list[str]) -> None:
    """Who has declined mailings under an address that was corrected has declined them (M-15), in every company."""
    gone, left = [one for one in gone if email.is_valid(one)], [one for one in left if email.is_valid(one)]
    if not gone or not left:
        return
    before, now = list(pepper.digests(gone)), list(pepper.digests(left))
    own = current_scope().tenant_id
    for tenant_id in (own, *(one for one in contact_holders(session, contact.id) if one != own)):
        with tenant_scope(Scope.alone(tenant_id)):
            suppression.follow(session, before, now)
            session.flush()


def told(entries: tuple[PointEntry, ...]) -> str | None:
    """The points as the history keeps them."""
    return ", ".join(f"{one.value} ({one.label})" if one.label else one.value for one in entries) or None


def _unique(wanted: tuple[PointEntry, ...]) -> list[PointEntry]:
    """Each once, the main one first."""
    found: dict[tuple[str, str], PointEntry] = {}
    for one in sorted(wanted, key=lambda one: not one.is_main):
        found.setdefault((one.kind, one.normalised), one)
    return list(found.values())


def _owner_key(owner: Any) -> dict[str, int]:
    return {"company_id": owner.id} if isinstance(owner, Company) else {"contact_id": owner.id}
