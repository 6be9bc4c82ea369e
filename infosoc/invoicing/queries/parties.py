"""Who sells and who buys, as they are to be printed: read from the settings and the register of today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from infosoc.crm.models import companies as register
from infosoc.invoicing.models import CustomerAccount, InvoicingSettings
from infosoc.invoicing.rules.posting import GROUP_RECEIVABLE, Accounts
from infosoc.invoicing.rules.record import Address, Party, Seller
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

NO_ADDRESS = Address((), "", "")
_PREFERRED = ("invoice", "postal", "visiting")


class NotSetUp(Refused):
    message = N_("Invoicing is not set up: name, VAT number and address of the seller are missing.")


@dataclass(frozen=True)
class Customer:
    """A buyer, and how its claim is booked."""

    party: Party
    number: int | None
    is_group: bool
    has_agreed_fee: bool = False


def settings(session: Session) -> InvoicingSettings | None:
    return session.scalar(select(InvoicingSettings))


def seller(session: Session, *, brand: str) -> Seller:
    """The tenant of the scope as it stands on invoices; raises `NotSetUp`."""
    own = settings(session)
    if own is None or not own.org_number:
        raise NotSetUp
    return seller_of(own, brand=brand)


def seller_of(own: InvoicingSettings, *, brand: str) -> Seller:
    scheme, _, endpoint = own.endpoint.partition(":")
    party = Party(
        own.seller_name, Address((own.street,) if own.street else (), own.postal_code, own.city), own.org_number,
        f"SE{own.org_number}01", scheme, endpoint, own.contact, own.email, own.phone,
    )  # fmt: skip
    return Seller(
        party, own.seat, own.has_f_tax, own.bankgiro, own.plusgiro, own.iban, own.bic, own.website, brand, own.logo
    )


def accounts_of(own: InvoicingSettings, *, is_group: bool) -> Accounts:
    """How an invoice is booked: a group company's claim stands on its own account (ÅRL 3:4, BAS 156)."""
    if is_group:
        return Accounts(receivable=GROUP_RECEIVABLE, least_deferred_ore=own.least_deferred_ore)
    return Accounts(least_deferred_ore=own.least_deferred_ore)


def customers(session: Session, company_ids: Collection[int]) -> dict[int, Customer]:
    """The buyers by company. One whom nobody has made a customer account for is an ordinary one without a number."""
    query = (
        select(register.Company, CustomerAccount)
        .outerjoin(CustomerAccount, CustomerAccount.company_id == register.Company.id)
        .where(register.Company.id.in_(company_ids))
        .options(selectinload(register.Company.addresses))
        .order_by(CustomerAccount.id.desc())  # after a merge there may be two: the older one counts
    )
    return {one.id: _customer(one, account) for one, account in session.execute(query)}


def _customer(company: register.Company, account: CustomerAccount | None) -> Customer:
    number = company.org_number or ""
    vat_number = account.vat_number if account else ""
    # A sole trader's number is a personal identity number: it is not printed as one (specification 3.2).
    party = Party(
        company.name, _address(company), "" if company.is_sole_trader else number, vat_number or _vat(company)
    )
    if account is None:
        return Customer(party, None, is_group=False)
    return Customer(party, account.number, account.is_group, account.has_agreed_fee)


def _vat(company: register.Company) -> str:
    number = company.org_number
    return f"SE{number}01" if number and not company.is_sole_trader and company.legal_form != "foreign" else ""


def _address(company: register.Company) -> Address:
    by_kind = {one.kind: one for one in company.addresses}
    found = next((by_kind[kind] for kind in _PREFERRED if kind in by_kind), None)
    if found is None:
        return Address((), "", company.town or "")
    return Address((found.street,) if found.street else (), found.postcode, found.town, found.country)
