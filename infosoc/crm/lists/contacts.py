"""The list of contact persons, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from infosoc.crm.lists.filters import NONE, ContactedFilter, FlagFilter, RowFilter, TextFilter, WordFilter
from infosoc.crm.lists.spec import Column, ListSpec, Reader, Sort
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.rules import MARKETING_LABELS, STATUS_LABELS
from infosoc.kernel.words import N_

_relation = ContactRelation


class _CompanyOwner(RowFilter):
    def where(self, shape: tuple[str, ...], values: Sequence[Any]) -> ColumnElement[bool]:
        """Nobody's are those at a company that is known and that nobody answers for."""
        condition = super().where(shape, values)
        return condition & _relation.company_status.is_not(None) if shape[-1] == NONE else condition


def _in_municipality(names: Sequence[Any]) -> ColumnElement[bool]:
    column = _relation.municipality
    return column == names[0] if len(names) == 1 else column.in_(list(names))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.join(Contact, Contact.id == ContactRelation.contact_id)
        .outerjoin(Post, and_(Post.contact_id == Contact.id, Post.is_main.is_(True)))
        .outerjoin(Company, Company.id == Post.company_id)
    )


def _hidden(reader: Reader) -> list[ColumnElement[bool]]:
    """Persons with protected identity are few, so leaving them out costs one small look-up."""
    if reader.sees_protected:
        return []
    return [ContactRelation.contact_id.not_in(select(Contact.id).where(Contact.is_protected.is_(True)))]


CONTACTS = ListSpec(
    name="contacts",
    kind="contact",
    relation=ContactRelation,
    subject=Contact,
    subject_id=ContactRelation.contact_id,
    public_id=Contact.public_id,
    sorts={
        sort.name: sort
        for sort in (
            Sort("name", (_relation.name_sort, _relation.id)),
            Sort("company", (_relation.company_sort, _relation.name_sort, _relation.id)),
            Sort("contacted", (_relation.last_contact_at, _relation.id), is_nullable=True, is_descending=True),
        )
    },
    default_sort="name",
    columns=(
        Column("name", N_("Name"), sort="name", place="main"),
        Column("title", N_("Title"), place="sub", priority=2),
        Column("company", N_("Company"), sort="company", place="sub"),
        Column("phone", N_("Phone"), place="end"),
        Column("email", N_("E-mail"), priority=2),
        Column("marketing", N_("Mailings"), is_default=False, priority=3),
        Column("contacted", N_("Last contact"), sort="contacted", priority=3),
    ),
    filters=[
        TextFilter("municipality", N_("Municipality"), _in_municipality),
        WordFilter("marketing", N_("Mailings"), _relation.marketing, MARKETING_LABELS),
        FlagFilter(
            "calls",
            N_("Calls"),
            {
                "blocked": (N_("Must not be called"), lambda: _relation.call_blocked_at.is_not(None)),
                "allowed": (N_("May be called"), lambda: _relation.call_blocked_at.is_(None)),
            },
        ),
        WordFilter("status", N_("Status of the company"), _relation.company_status, STATUS_LABELS),
        _CompanyOwner(
            "owner", N_("Owner of the company"), _relation.company_owner_id, "people",
            none_label=N_("Nobody"), has_me=True,
        ),
        ContactedFilter("contacted", N_("Last contact"), _relation.last_contact_at),
    ],
    row_columns=(
        _relation.id, Contact.id, Contact.public_id, Contact.name, Post.title, Company.id, Company.public_id,
        Company.name, _relation.marketing, _relation.call_blocked_at, _relation.last_contact_at,
    ),
    joined=_joined,
    hidden=_hidden,
)  # fmt: skip
