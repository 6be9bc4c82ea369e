"""Seller and buyer in the Peppol file."""

from __future__ import annotations

from infosoc.invoicing.peppol.names import F_TAX, ORG_NUMBER_SCHEME
from infosoc.invoicing.peppol.tree import Tree
from infosoc.invoicing.rules.record import Party, Seller


def seller(root: Tree, one: Seller, *, is_taxed: bool) -> None:
    """The supplier: VAT number, F-tax in the words of SE-R-005, and its seat."""
    party = root.child("AccountingSupplierParty").child("Party")
    _who(party, one.party)
    if is_taxed:
        _scheme(party, one.party.vat_number, "VAT")
    if one.has_f_tax:
        _scheme(party, F_TAX, "TAX")
    _legal(party, one.party, f"Säte: {one.seat}" if one.seat else "")
    _contact(party, one.party)


def buyer(root: Tree, one: Party, *, is_taxed: bool) -> None:
    """The customer."""
    party = root.child("AccountingCustomerParty").child("Party")
    _who(party, one)
    if is_taxed:
        _scheme(party, one.vat_number, "VAT")
    _legal(party, one, "")
    _contact(party, one)


def _who(party: Tree, one: Party) -> None:
    party.text("EndpointID", one.endpoint, schemeID=one.endpoint_scheme)
    party.child("PartyName").text("Name", one.name)
    party.address("PostalAddress", one.address)


def _scheme(party: Tree, number: str, scheme: str) -> None:
    if number:
        tax = party.child("PartyTaxScheme")
        tax.text("CompanyID", number)
        tax.child("TaxScheme").text("ID", scheme)


def _legal(party: Tree, one: Party, form: str) -> None:
    legal = party.child("PartyLegalEntity")
    legal.text("RegistrationName", one.name)
    if one.org_number:
        is_swedish = one.address.country == "SE"
        legal.text("CompanyID", one.org_number, **({"schemeID": ORG_NUMBER_SCHEME} if is_swedish else {}))
    legal.text("CompanyLegalForm", form)


def _contact(party: Tree, one: Party) -> None:
    if one.contact or one.phone or one.email:
        contact = party.child("Contact")
        contact.text("Name", one.contact)
        contact.text("Telephone", one.phone)
        contact.text("ElectronicMail", one.email)
