"""Code lists and registers of Peppol: what is in them passes, what is not is found by the rule that says so."""

from __future__ import annotations

import pytest
from lxml import etree

from infosoc.invoicing.peppol import identifiers, rules
from infosoc.invoicing.peppol.codes import EXEMPTIONS
from infosoc.invoicing.peppol.findings import Weight
from infosoc.invoicing.peppol.names import CAC, CBC, INVOICE, PROFILE


def document(inside: str, profile: str = PROFILE) -> etree._Element:
    text = (
        f'<Invoice xmlns="{INVOICE}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}"><cbc:ProfileID>{profile}</cbc:ProfileID>'
        f"<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>{inside}</Invoice>"
    )
    return etree.fromstring(text)


def found(inside: str, **options: str) -> set[str]:
    return {one.rule.removeprefix("PEPPOL-") for one in rules.check(document(inside, **options))}


def price(gross: str, less: str) -> str:
    inside = "<cbc:ChargeIndicator>false</cbc:ChargeIndicator>" + less + gross
    return (
        '<cac:InvoiceLine><cac:Price><cbc:PriceAmount currencyID="SEK">90</cbc:PriceAmount>'
        f"<cac:AllowanceCharge>{inside}</cac:AllowanceCharge></cac:Price></cac:InvoiceLine>"
    )


def reason(code: str, is_charge: str) -> str:
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{is_charge}</cbc:ChargeIndicator>"
        f"<cbc:AllowanceChargeReasonCode>{code}</cbc:AllowanceChargeReasonCode></cac:AllowanceCharge>"
    )


def two_currencies(ours: int, theirs: int) -> str:
    totals = (
        f'<cbc:TaxAmount currencyID="SEK">{ours}</cbc:TaxAmount>',
        f'<cbc:TaxAmount currencyID="EUR">{theirs}</cbc:TaxAmount>',
    )
    return "<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>" + "".join(
        f"<cac:TaxTotal>{one}</cac:TaxTotal>" for one in totals
    )


def partners(country: str) -> str:
    party = (
        "<cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>"
        f"{country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress></cac:Party>"
    )
    return "".join(f"<cac:{one}>{party}</cac:{one}>" for one in ("AccountingSupplierParty", "AccountingCustomerParty"))


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("CL001", '<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf">a</cbc:EmbeddedDocumentBinaryObject>',
         '<cbc:EmbeddedDocumentBinaryObject mimeCode="text/html">a</cbc:EmbeddedDocumentBinaryObject>'),
        ("CL002", reason("95", "false"), reason("1", "false")),
        ("CL003", reason("FC", "true"), reason("95", "true")),
        ("CL006", "<cac:InvoicePeriod><cbc:DescriptionCode>35</cbc:DescriptionCode></cac:InvoicePeriod>",
         "<cac:InvoicePeriod><cbc:DescriptionCode>36</cbc:DescriptionCode></cac:InvoicePeriod>"),
        ("CL007", '<cbc:PayableAmount currencyID="SEK">1</cbc:PayableAmount>',
         '<cbc:PayableAmount currencyID="SKR">1</cbc:PayableAmount>'),
        ("CL008", '<cbc:EndpointID schemeID="0007">5566778899</cbc:EndpointID>',
         '<cbc:EndpointID schemeID="9999">5566778899</cbc:EndpointID>'),
        ("R046", price("<cbc:BaseAmount>100</cbc:BaseAmount>", "<cbc:Amount>10</cbc:Amount>"),
         price("<cbc:BaseAmount>100</cbc:BaseAmount>", "")),
        ("R055", two_currencies(10, 1), two_currencies(10, -1)),
        ("P0100", "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "<cbc:InvoiceTypeCode>389</cbc:InvoiceTypeCode>"),
        ("P0112", partners("DE") + "<cbc:InvoiceTypeCode>384</cbc:InvoiceTypeCode>",
         partners("SE") + "<cbc:InvoiceTypeCode>384</cbc:InvoiceTypeCode>"),
        ("R002", partners("DE") + "<cbc:Note>a</cbc:Note><cbc:Note>b</cbc:Note>",
         partners("SE") + "<cbc:Note>a</cbc:Note><cbc:Note>b</cbc:Note>"),
    ],
)  # fmt: skip
def test_each_list_is_asked(rule, right, wrong):
    assert f"EN16931-{rule}" not in found(right)
    assert f"EN16931-{rule}" in found(wrong)


def test_another_process_is_wrong_as_such_not_by_its_codes():
    inside = "<cbc:InvoiceTypeCode>389</cbc:InvoiceTypeCode>"
    other = found(inside, profile="urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0")
    assert "EN16931-R007" in other
    assert "EN16931-P0100" not in other


@pytest.mark.parametrize("rule", sorted(EXEMPTIONS))
def test_a_reason_for_no_vat_belongs_to_one_category(rule):
    why, category = EXEMPTIONS[rule]
    inside = (
        "<cac:TaxCategory><cbc:ID>{}</cbc:ID>"
        "<cbc:TaxExemptionReasonCode>{}</cbc:TaxExemptionReasonCode></cac:TaxCategory>"
    )
    assert f"EN16931-{rule}" not in found(inside.format(category, why.lower()))
    assert f"EN16931-{rule}" in found(inside.format("S", why))


NUMBERS = {
    "0088": ("7300010000001", "7300010000002", ""),
    "0192": ("974760673", "974760674", "NO974760673"),
    "0184": ("DK16356706", "1635670", "NO16356706"),
    "0208": ("0202239951", "0202239952", "BE0202239951"),
    "0201": ("abcd12", "abc12", "abc-12"),
    "0210": ("RSSMRA85T10A562S", "RSSMRA85T10A562", "1234567890"),
    "9907": ("12345678901", "1234567890A", ""),
    "0211": ("IT00743110157", "IT00743110158", "IT0074311015"),
    "0007": ("5566778899", "5566778898", "556677-8899"),
    "0151": ("51824753556", "51824753557", "5182475355"),
    "0096": ("1234567890", "123456789", "12345678X0"),
    "0198": ("DK16356706", "16356706", "DK1635670"),
    "0106": ("12345678", "1234567", "1234567X"),
    "0190": ("12345678901234567890", "1234567890123456789", ""),
    "9944": ("NL123456789B12", "NL123456789", "123456789B12"),
    "0217": ("123456789012", "12345678901", "12345678901X"),
}


def test_every_register_has_a_number_here():
    assert set(NUMBERS) == set(identifiers.REGISTERS)


@pytest.mark.parametrize("scheme", sorted(NUMBERS))
def test_a_number_is_one_of_its_register(scheme):
    rule, weight, _, _ = identifiers.REGISTERS[scheme]
    right, *wrong = NUMBERS[scheme]
    inside = f'<cbc:EndpointID schemeID="{scheme}">{{}}</cbc:EndpointID>'
    assert not list(identifiers.check(document(inside.format(right))))
    for number in wrong:
        (finding,) = identifiers.check(document(inside.format(number)))
        assert (finding.rule, finding.weight) == (f"PEPPOL-COMMON-{rule}", weight)


def test_a_dutch_vat_number_is_looked_at_without_a_register():
    scheme = (
        "<cac:PartyTaxScheme><cbc:CompanyID>{}</cbc:CompanyID>"
        "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
    )
    assert not list(identifiers.check(document(scheme.format("NL123456789B12"))))
    (finding,) = identifiers.check(document(scheme.format("NL123456789")))
    assert (finding.rule, finding.weight) == ("PEPPOL-COMMON-R056-2", Weight.WARNING)
