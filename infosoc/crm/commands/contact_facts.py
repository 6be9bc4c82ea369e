"""The facts of a contact person: which there are, how each is read and written."""

from __future__ import annotations

from sqlalchemy.orm import Session

from infosoc.crm.commands import points
from infosoc.crm.commands.company_facts import Origin, told_origin
from infosoc.crm.commands.facts import Fact, plain
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.kernel import clock
from infosoc.kernel.words import N_


def _contact(relation: ContactRelation) -> Contact:
    return relation.contact


def _itself(relation: ContactRelation) -> ContactRelation:
    return relation


def _plain(key: str, label: str, *, joint: bool) -> Fact:
    read, put = plain(_contact if joint else _itself, key)
    return Fact(key, label, joint, read, put, told=lambda relation: read(relation) or None)


def _points(group: str, label: str) -> Fact:
    def read(relation: ContactRelation) -> tuple[points.PointEntry, ...]:
        return points.read(group, relation.contact.points)

    def put(session: Session, relation: ContactRelation, wanted: tuple[points.PointEntry, ...]) -> None:
        points.write(session, group, relation.contact, wanted)

    return Fact(group, label, True, read, put, told=lambda relation: points.told(read(relation)))


def _read_origin(relation: ContactRelation) -> Origin:
    return Origin(relation.source, relation.source_on, relation.legal_ground or "")


def _write_origin(_session: Session, relation: ContactRelation, origin: Origin) -> None:
    relation.source = origin.source
    relation.source_on = origin.on or relation.source_on
    relation.legal_ground = origin.ground or None


def _write_call_block(_session: Session, relation: ContactRelation, blocked: bool) -> None:
    relation.call_blocked_at = (relation.call_blocked_at or clock.now()) if blocked else None


def _write_protected(_session: Session, relation: ContactRelation, protected: bool) -> None:
    relation.contact.is_protected = protected


FACTS: dict[str, Fact] = {
    fact.key: fact
    for fact in (
        _plain("name", N_("Name"), joint=True),
        _points("phones", N_("Phone")),
        _points("emails", N_("E-mail")),
        _plain("language", N_("Language"), joint=True),
        _plain("marketing", N_("Mailings"), joint=False),
        Fact("call_block", N_("Calls"), False, lambda r: r.call_blocked_at is not None, _write_call_block,
             told=lambda r: "blocked" if r.call_blocked_at else "allowed"),
        _plain("notes", N_("Notes"), joint=False),
        Fact("origin", N_("Source"), False, _read_origin, _write_origin, told=lambda r: told_origin(_read_origin(r))),
        Fact("protected", N_("Protected identity"), True, lambda r: r.contact.is_protected, _write_protected,
             told=lambda r: "yes" if r.contact.is_protected else "no"),
    )
}  # fmt: skip
