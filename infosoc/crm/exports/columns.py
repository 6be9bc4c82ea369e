"""The columns of each list that can be taken out. Headings are such that an import knows them again."""

from __future__ import annotations

from typing import NamedTuple

from infosoc.kernel.errors import Invalid, NotFound
from infosoc.kernel.words import N_


class Column(NamedTuple):
    """A column; `is_chosen` when it is ticked from the start."""

    name: str
    label: str
    is_chosen: bool = True


class NoColumns(Invalid):
    message = N_("Choose at least one column.")


COMPANIES = (
    Column("name", N_("Company name")),
    Column("org_number", N_("Organisation number")),
    Column("status", N_("Status")),
    Column("line", N_("Line of business")),
    Column("municipality", N_("Municipality")),
    Column("phone", N_("Phone of the company")),
    Column("email", N_("E-mail of the company")),
    Column("web", N_("Web address"), False),
    Column("visiting_street", N_("Visiting address"), False),
    Column("visiting_postcode", N_("Visiting address: postcode"), False),
    Column("visiting_town", N_("Visiting address: town"), False),
    Column("postal_street", N_("Postal address")),
    Column("postal_postcode", N_("Postal address: postcode")),
    Column("postal_town", N_("Postal address: town")),
    Column("invoice_street", N_("Invoice address"), False),
    Column("invoice_postcode", N_("Invoice address: postcode"), False),
    Column("invoice_town", N_("Invoice address: town"), False),
    Column("owner", N_("Owner")),
    Column("tags", N_("Tags")),
    Column("contacted", N_("Last contact: date")),
    Column("follow_up", N_("Next follow-up"), False),
    Column("people", N_("Number of contact persons"), False),
    Column("legal_form", N_("Legal form"), False),
    Column("size", N_("Size"), False),
    Column("source", N_("Source"), False),
    Column("notes", N_("Notes"), False),
    Column("added", N_("Added"), False),
)
CONTACTS = (
    Column("name", N_("Contact person")),
    Column("title", N_("Contact: title or role")),
    Column("company", N_("Company name")),
    Column("email", N_("Contact: e-mail")),
    Column("phone", N_("Contact: phone")),
    Column("municipality", N_("Municipality"), False),
    Column("language", N_("Language"), False),
    Column("marketing", N_("Mailings")),
    Column("calls", N_("Must not be called")),
    Column("contacted", N_("Last contact: date"), False),
    Column("source", N_("Source"), False),
    Column("notes", N_("Notes"), False),
)
LOG = (
    Column("when", N_("When")),
    Column("kind", N_("Kind")),
    Column("direction", N_("Direction")),
    Column("outcome", N_("Outcome")),
    Column("company", N_("Company name")),
    Column("contact", N_("Contact person")),
    Column("by", N_("Written by")),
    Column("text", N_("Text")),
)
LISTS = {"companies": COMPANIES, "contacts": CONTACTS, "log": LOG}
TITLES = {
    "companies": N_("Export companies"),
    "contacts": N_("Export contact persons"),
    "log": N_("Export the contact log"),
}


def of_list(name: str) -> tuple[Column, ...]:
    """The columns of the list with this name."""
    try:
        return LISTS[name]
    except KeyError:
        raise NotFound from None


def chosen(name: str, wanted: list[str]) -> list[Column]:
    """The wanted columns in their own order."""
    found = [column for column in of_list(name) if column.name in wanted]
    if not found:
        raise NoColumns(field="columns")
    return found
