"""Who a mailing would reach, and everybody it would not, with the reason. The only way to addresses for mailings.

Recipients are chosen by the filters of the contacts list; here each is looked at once, and suppressions, restrictions,
protected identities and what the law asks for are subtracted (M-22, M-28, P-11).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from infosoc.crm.lists import state
from infosoc.crm.lists.contacts import CONTACTS
from infosoc.crm.lists.spec import Reader
from infosoc.crm.lists.state import Query
from infosoc.crm.models.companies import Company, ContactPoint
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.contacts import Post as Work
from infosoc.crm.queries import lists_walk
from infosoc.crm.queries.lists_choices import choices
from infosoc.crm.queries.lists_walk import Walk
from infosoc.crm.rules import PointKind, Status
from infosoc.db import prepared
from infosoc.db.dialects import IdList, among
from infosoc.db.tenancy import seeing_hidden
from infosoc.kernel.email import InvalidEmail
from infosoc.mailings.eligibility import Person, why_not
from infosoc.mailings.rules import Reason
from infosoc.suppression import pepper
from infosoc.suppression.queries import Stops, all_stops, stops_of
from infosoc.suppression.rules import Kind

AT_ONCE = 2000

Restricted = Callable[[Session], Collection[int]]
_restricted: list[Restricted] = []


class Candidate(NamedTuple):
    """One contact person that the filter gives. `reason` says why there is no letter; without one there is."""

    contact_id: int
    public_id: str
    name: str
    title: str
    company_id: int | None
    company: str
    source: str
    is_informed: bool
    is_protected: bool
    address: str
    digest: bytes | None
    reason: Reason | None


def add_restriction(source: Restricted) -> Restricted:
    """Let a higher domain say whose data may not be used just now (GDPR article 18): it gives their ids."""
    if source not in _restricted:
        _restricted.append(source)
    return source


def audience(session: Session, query_text: str, reader: Reader) -> Query:
    """The contacts list that a stored query string says, as this reader may ask it; never the trash."""
    known = choices(session, CONTACTS.name, reader)
    return state.permitted(state.read_text(CONTACTS, query_text, reader, known), shown=set(), trash=False)


def candidates(
    session: Session, query_text: str, list_id: int | None, *, reader: Reader, tells_source: bool = True
) -> Iterator[Candidate]:
    """Everybody whom the filter gives: who gets the letter, and who does not and why."""
    walk = lists_walk.walk(session, audience(session, query_text, reader), most=lists_walk.EVERY)
    judge = _Judge(session, list_id, tells_source, all_stops(session, list_id))
    ids = _found(session, walk)
    for at in range(0, len(ids), AT_ONCE):
        yield from judge.judged(_persons(session, "ids", ContactRelation.id, ids[at : at + AT_ONCE]))


def _found(session: Session, walk: Walk) -> list[int]:
    """The relations that the filter gives, in the order in which they lie: reading and writing many is quickest so."""

    def build() -> Any:
        return select(ContactRelation.id).where(*lists_walk.conditions(walk, looked_up=True))

    with seeing_hidden():  # whose data may not be used are skipped with the reason, without their names
        found = prepared.rows(session, ("mailing ids", walk.shape), build, lists_walk.condition_values(walk))
    return sorted(row[0] for row in found)


def _persons(session: Session, name: str, column: Any, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """What decides about these persons, and what a letter says of them; nobody in the trash."""

    def build() -> Any:
        plain: Any = select(*_COLUMNS).select_from(ContactRelation)
        made = CONTACTS.joined(plain)
        made = made.where(among(column, prepared.bound("ids", IdList())), ContactRelation.trashed_at.is_(None))
        return made.order_by(ContactRelation.id)

    with seeing_hidden():
        return prepared.rows(session, ("mailing persons", name), build, {"ids": list(ids)})


def of_contacts(
    session: Session, contact_ids: Sequence[int], list_id: int | None, *, tells_source: bool = True
) -> dict[int, Candidate]:
    """The same of these persons as things stand now, by id; who is not in it is no longer in the register."""
    rows = _persons(session, "contacts", ContactRelation.contact_id, contact_ids)
    return {one.contact_id: one for one in _Judge(session, list_id, tells_source).judged(rows)}


_COLUMNS = (
    ContactRelation.contact_id, Contact.public_id, Contact.name, Contact.is_protected, Work.title, Company.id,
    Company.name, Company.legal_form, Company.org_number, ContactRelation.legal_ground, ContactRelation.informed_on,
    ContactRelation.marketing, ContactRelation.source, ContactRelation.company_status,
)  # fmt: skip
_CONTRACT = (Status.CUSTOMER.value, Status.FORMER.value)


class _Judge:
    """What is asked of each person, with what is read once for all of them."""

    def __init__(self, session: Session, list_id: int | None, tells_source: bool, stops: Stops | None = None) -> None:
        """Without `stops`, those of the persons judged are read with them: for the few of a claim."""
        self.session, self.list_id, self.tells_source = session, list_id, tells_source
        self.is_few, self.stops = stops is None, stops or {}
        self.restricted = {one for source in _restricted for one in source(session)}
        self.seen: set[bytes] = set()

    def judged(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[Candidate]:
        addresses = self._addresses([row[0] for row in rows])
        if self.is_few:
            digests = [digest for several in addresses.values() for _, digest in several]
            self.stops = stops_of(self.session, digests, self.list_id)
        for row in rows:
            yield self._one(row, addresses.get(row[0], ()))

    def _one(self, row: tuple[Any, ...], addresses: Sequence[tuple[str, bytes]]) -> Candidate:
        (
            contact_id, public_id, name, is_protected, title, company_id, company, form, number, ground, informed_on,
            marketing, source, status,
        ) = row  # fmt: skip
        person = Person(
            has_address=bool(addresses), is_protected=bool(is_protected), is_restricted=contact_id in self.restricted,
            has_opted_out=marketing != "allowed", ground=ground, legal_form=form, org_number=number,
            is_contract_customer=status in _CONTRACT, informed_on=informed_on,
        )  # fmt: skip
        reason = why_not(person, self._stops(addresses) if self.stops else (), tells_source=self.tells_source)
        address, digest = addresses[0] if addresses else ("", None)
        if reason is None and digest is not None:
            if digest in self.seen:
                reason = Reason.SAME_ADDRESS
            self.seen.add(digest)
        if reason is not None:
            address, digest = "", None  # nobody needs it then
        return Candidate(
            contact_id, public_id, name, title or "", company_id, company or "", source,
            informed_on is not None, bool(is_protected) or contact_id in self.restricted, address, digest, reason,
        )  # fmt: skip

    def _stops(self, addresses: Sequence[tuple[str, bytes]]) -> set[tuple[Kind, bool]]:
        """What stands against any of the person's addresses; a bounce counts for the one that would be used."""
        found: set[tuple[Kind, bool]] = set()
        for place, (_, digest) in enumerate(addresses):
            found |= {stop for stop in self.stops.get(digest, ()) if place == 0 or stop[0] is not Kind.BOUNCED}
        return found

    def _addresses(self, contact_ids: list[int]) -> dict[int, list[tuple[str, bytes]]]:
        """Each person's addresses with their keyed hashes, the one to write to first."""

        def build() -> Any:
            return (
                select(ContactPoint.contact_id, ContactPoint.normalised)
                .where(
                    among(ContactPoint.contact_id, prepared.bound("ids", IdList())),
                    ContactPoint.kind == prepared.bound("kind", String()),
                )
                .order_by(ContactPoint.contact_id, ContactPoint.is_main.desc(), ContactPoint.id)
            )

        values = {"ids": contact_ids, "kind": PointKind.EMAIL.value}
        found: dict[int, list[tuple[str, bytes]]] = defaultdict(list)
        digest = pepper.digester()
        for contact_id, address in prepared.rows(self.session, "mailing addresses", build, values):
            try:
                found[contact_id].append((address, digest(address)))
            except InvalidEmail:
                continue  # an old spelling that no server would take: no address
        return found
