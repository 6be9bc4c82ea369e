"""Which lists there are, and what higher domains add to them."""

from __future__ import annotations

from infosoc.crm.lists.companies import COMPANIES
from infosoc.crm.lists.contacts import CONTACTS
from infosoc.crm.lists.spec import Filter, ListSpec
from infosoc.kernel.errors import NotFound

LISTS = {spec.name: spec for spec in (COMPANIES, CONTACTS)}


def list_named(name: str) -> ListSpec:
    try:
        return LISTS[name]
    except KeyError:
        raise NotFound from None


def add_filter(list_name: str, new: Filter, *, before: str | None = None) -> None:
    """Give a list a filter of a higher domain (products, for one); its condition may use tables of its own."""
    filters = list_named(list_name).filters
    if any(one.name == new.name for one in filters):
        raise ValueError(f"{list_name} has a filter {new.name} already")
    place = next((at for at, one in enumerate(filters) if one.name == before), len(filters))
    filters.insert(place, new)
