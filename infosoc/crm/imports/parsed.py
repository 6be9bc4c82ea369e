"""What comes out of a row: an accepted row with all it says, or the one reason why it is refused."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from infosoc.crm.imports.errors import ROW_REASONS, ROW_WARNINGS
from infosoc.crm.imports.words import CompanyStatus, LogKind
from infosoc.kernel.identity import LegalForm


class Warning(NamedTuple):
    """Something of an accepted row that was repaired or left out."""

    code: str
    field: str
    detail: str = ""

    @property
    def message(self) -> str:
        """The English message id, with `%(detail)s` to be filled in after translation."""
        return ROW_WARNINGS[self.code]


class Refusal(NamedTuple):
    """Why a row cannot be imported."""

    code: str
    field: str
    detail: str = ""

    @property
    def message(self) -> str:
        """The English message id, with `%(detail)s` to be filled in after translation."""
        return ROW_REASONS[self.code]


class Point(NamedTuple):
    """A way to reach a company or a person: `kind` is email, phone or web; phones say mobile, landline or other."""

    kind: str
    value: str
    label: str = ""
    extension: str = ""


class Address(NamedTuple):
    kind: str  # visiting, postal or invoice
    street: str
    postcode: str
    town: str


class Contact(NamedTuple):
    name: str
    title: str
    points: tuple[Point, ...]


class LastContact(NamedTuple):
    """When somebody last spoke with them. `kind` is None when the text does not tell."""

    on: date
    kind: LogKind | None
    text: str


class ParsedRow(NamedTuple):
    """What an accepted row says. Texts are clean; empty ones mean that the file says nothing."""

    name: str
    org_number: str | None
    is_sole_trader: bool
    legal_form: LegalForm | None  # as the file states or the number compels
    legal_form_guess: LegalForm | None  # for a new company
    status: CompanyStatus | None
    facts: dict[str, str]  # of `columns.FACTS`, only those with text
    addresses: tuple[Address, ...]
    points: tuple[Point, ...]  # of the company, web address too
    tags: tuple[str, ...]
    notes: str
    contact: Contact | None
    last_contact: LastContact | None
    warnings: tuple[Warning, ...]

    @property
    def town(self) -> str:
        """For matching on name and town."""
        return next((address.town for address in self.addresses if address.town), "")
