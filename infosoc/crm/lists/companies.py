"""The list of companies, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from infosoc.crm.lists.filters import (
    ContactedFilter,
    DueFilter,
    FlagFilter,
    LinkFilter,
    RowFilter,
    TextFilter,
    WordFilter,
)
from infosoc.crm.lists.spec import Column, ListSpec, Reader, Sort
from infosoc.crm.models.companies import Company, CompanyRelation, CompanyTag
from infosoc.crm.rules import STATUS_LABELS
from infosoc.kernel.words import N_

_relation = CompanyRelation


def _tagged(ids: Sequence[Any]) -> ColumnElement[bool]:
    return exists(
        select(CompanyTag.id).where(CompanyTag.relation_id == CompanyRelation.id, CompanyTag.tag_id.in_(list(ids)))
    )


def _listed_by_tag(ids: Sequence[Any]) -> ColumnElement[bool]:
    return CompanyRelation.id.in_(select(CompanyTag.relation_id).where(CompanyTag.tag_id.in_(list(ids))))


def _in_municipality(names: Sequence[Any]) -> ColumnElement[bool]:
    column = CompanyRelation.municipality
    return column == names[0] if len(names) == 1 else column.in_(list(names))


class _Status(WordFilter):
    is_loaded = False
    has_counts = True


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(Company, Company.id == CompanyRelation.company_id)


def _hidden(reader: Reader) -> list[ColumnElement[bool]]:
    return []


COMPANIES = ListSpec(
    name="companies",
    kind="company",
    relation=CompanyRelation,
    subject=Company,
    subject_id=CompanyRelation.company_id,
    public_id=Company.public_id,
    sorts={
        sort.name: sort
        for sort in (
            Sort("name", (_relation.name_sort, _relation.id)),
            Sort("status", (_relation.status, _relation.name_sort, _relation.id)),
            Sort("contacted", (_relation.last_contact_at, _relation.id), is_nullable=True, is_descending=True),
            Sort("follow_up", (_relation.next_follow_up_on, _relation.id), is_nullable=True),
            Sort("newest", (_relation.id,), is_descending=True),
        )
    },
    default_sort="name",
    columns=(
        Column("name", N_("Name"), sort="name", place="main"),
        Column("status", N_("Status"), sort="status", place="end"),
        Column("org_number", N_("Organisation number"), is_default=False, priority=3),
        Column("line", N_("Line of business"), is_default=False, priority=3),
        Column("municipality", N_("Municipality"), place="sub", priority=2),
        Column("phone", N_("Phone"), priority=2),
        Column("email", N_("E-mail"), is_default=False, priority=3),
        Column("owner", N_("Owner"), priority=3),
        Column("tags", N_("Tags"), is_default=False, priority=3),
        Column("contacted", N_("Last contact"), sort="contacted", place="sub"),
        Column("follow_up", N_("Next follow-up"), sort="follow_up"),
        Column("people", N_("Contact persons"), is_default=False, is_number=True, priority=3),
        Column("added", N_("Added"), sort="newest", is_default=False, priority=3),
    ),
    filters=[
        _Status("status", N_("Status"), _relation.status, STATUS_LABELS),
        RowFilter("line", N_("Line of business"), _relation.line_id, "lines", none_label=N_("No line of business")),
        TextFilter("municipality", N_("Municipality"), _in_municipality),
        LinkFilter("tag", N_("Tag"), _tagged, "tags", _listed_by_tag),
        RowFilter("owner", N_("Owner"), _relation.owner_id, "people", none_label=N_("Nobody"), has_me=True),
        ContactedFilter("contacted", N_("Last contact"), _relation.last_contact_at),
        DueFilter("follow_up", N_("Next follow-up"), _relation.next_follow_up_on),
        FlagFilter(
            "people",
            N_("Contact persons"),
            {
                "none": (N_("Has no contact person"), lambda: _relation.contacts == 0),
                "some": (N_("Has contact persons"), lambda: _relation.contacts > 0),
            },
        ),
    ],
    row_columns=(
        _relation.id, Company.id, Company.public_id, Company.name, Company.org_number, Company.legal_form, Company.town,
        _relation.municipality, _relation.status, _relation.line_id, _relation.owner_id, _relation.last_contact_at,
        _relation.next_follow_up_on, _relation.contacts,
    ),
    more_columns={"added": _relation.created_at},
    joined=_joined,
    hidden=_hidden,
)  # fmt: skip
