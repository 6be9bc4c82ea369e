"""The Peppol file: what we write passes every layer, and what is spoiled is found by the layer whose rule it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from infosoc.invoicing.peppol import official, rules, rules_se
from infosoc.invoicing.peppol.findings import EN16931, OFFICIAL_PEPPOL, PEPPOL, SWEDISH, XSD, Weight
from infosoc.invoicing.peppol.reading import NotUbl
from infosoc.invoicing.peppol.validate import RULE_FILE, NotRules, OtherChecksum, add_rule_file
from infosoc.invoicing.peppol.validate import validate as validated
from infosoc.invoicing.peppol.write import to_ubl
from tests.invoicing import samples


def validate(content: bytes, rule_folder: Path = Path("nothing-here")):
    return validated(content, rule_folder=rule_folder)


def broken(content: bytes) -> set[str]:
    return {one.rule.removeprefix("PEPPOL-") for one in validate(content).findings}


def spoiled(old: str, new: str, content: bytes | None = None) -> bytes:
    text = (content or to_ubl(samples.invoice())).decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize("name", sorted(samples.ALL))
def test_what_we_write_breaks_no_rule_of_any_layer(name):
    verdict = validate(to_ubl(samples.ALL[name]()))
    assert verdict.findings == []
    assert verdict.may_be_sent
    assert [layer.name for layer in verdict.layers if layer.not_checked] == [OFFICIAL_PEPPOL]


def test_the_same_record_gives_the_same_bytes():
    assert to_ubl(samples.invoice()) == to_ubl(samples.invoice())


def test_the_amounts_are_those_of_the_record():
    text = to_ubl(samples.invoice(to_kronor=True)).decode()
    made = samples.invoice(to_kronor=True)
    assert f">{made.payable_ore // 100}.00</cbc:PayableAmount>" in text
    assert "<cbc:PaymentID>1000173</cbc:PaymentID>" in text
    assert "SE:BANKGIRO" in text


def test_a_credit_note_names_the_invoice_and_asks_for_no_payment():
    text = to_ubl(samples.credit_note()).decode()
    assert "<cbc:ID>10001</cbc:ID>" in text
    assert "PaymentMeans" not in text
    assert ">-" not in text


def test_signs_that_no_xml_can_hold_are_left_out():
    assert validate(to_ubl(samples.invoice(note="Tab\x0b och \x00 noll"))).may_be_sent


PROFILE = "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>"
SELLERS_NUMBER = '<cbc:CompanyID schemeID="0007">5599999991'
ACCOUNT = "<cbc:ID>9912346</cbc:ID>"


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("SE-R-001", "SE559999999101", "SE5599999991"),
        ("SE-R-002", "SE559999999101", "SE55999999910A"),
        ("SE-R-003", SELLERS_NUMBER, '<cbc:CompanyID schemeID="0007">559999-9991'),
        ("SE-R-004", SELLERS_NUMBER, '<cbc:CompanyID schemeID="0007">165599999991'),
        ("SE-R-005", "Godkänd för F-skatt", "F-skatt finns"),
        ("SE-R-006", "<cbc:Percent>6<", "<cbc:Percent>7<"),
        ("SE-R-008", ACCOUNT, "<cbc:ID>991-2346</cbc:ID>"),
        ("SE-R-009", ACCOUNT, "<cbc:ID>991234</cbc:ID>"),
        ("SE-R-011", "PaymentMeansCode>30<", "PaymentMeansCode>56<"),
        ("SE-R-012", "PaymentMeansCode>30<", "PaymentMeansCode>31<"),
        ("SE-R-013", SELLERS_NUMBER, '<cbc:CompanyID schemeID="0007">5599999992'),
    ],
)  # fmt: skip
def test_each_swedish_rule_is_found_when_it_is_broken(rule, old, new):
    assert rule in broken(spoiled(old, new))


@pytest.mark.parametrize(("rule", "number"), [("SE-R-007", "28653-4"), ("SE-R-010", "123456789")])
def test_the_rules_of_plusgiro_are_found_when_they_are_broken(rule, number):
    by_plusgiro = to_ubl(samples.invoice(seller=replace(samples.SELLER, bankgiro="", plusgiro="286534")))
    assert broken(by_plusgiro) == set()
    assert rule in broken(spoiled("<cbc:ID>286534<", f"<cbc:ID>{number}<", by_plusgiro))


def test_a_number_too_short_to_be_one_does_not_add_up():
    assert {"SE-R-004", "SE-R-013"} <= broken(spoiled(SELLERS_NUMBER, '<cbc:CompanyID schemeID="0007">0'))


def test_every_swedish_rule_is_written():
    assert sorted(rules_se.RULES) == [f"SE-R-{number:03}" for number in range(1, 14)]


def test_swedish_rules_leave_a_foreign_supplier_alone():
    foreign = spoiled("<cbc:IdentificationCode>SE<", "<cbc:IdentificationCode>NO<")
    assert not [one for one in broken(spoiled("9912346", "x", foreign)) if one.startswith("SE-R")]


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("EN16931-R001", PROFILE, ""),
        ("EN16931-R002", "<cbc:DocumentCurrencyCode>", "<cbc:Note>a</cbc:Note><cbc:Note>b</cbc:Note>"
         "<cbc:DocumentCurrencyCode>"),
        ("EN16931-R004", "billing:3.0</cbc:CustomizationID>", "billing:2.0</cbc:CustomizationID>"),
        ("EN16931-R007", "billing:01:1.0", "billing:01"),
        ("EN16931-R008", "Enligt avtal A-1042, årsavgift 2026", ""),
        ("EN16931-R020", '<cbc:EndpointID schemeID="0007">5599999991</cbc:EndpointID>', ""),
        ("EN16931-R010", '<cbc:EndpointID schemeID="0007">5566778899</cbc:EndpointID>', ""),
        ("EN16931-R040", "<cbc:MultiplierFactorNumeric>10.5<", "<cbc:MultiplierFactorNumeric>11<"),
        ("EN16931-R041", '<cbc:BaseAmount currencyID="SEK">5880.00</cbc:BaseAmount>', ""),
        ("EN16931-R042", "<cbc:MultiplierFactorNumeric>10.5</cbc:MultiplierFactorNumeric>", ""),
        ("EN16931-R043", "<cbc:ChargeIndicator>false", "<cbc:ChargeIndicator>0"),
        ("EN16931-R051", '<cbc:PayableAmount currencyID="SEK">', '<cbc:PayableAmount currencyID="EUR">'),
        ("EN16931-R061", "PaymentMeansCode>30<", "PaymentMeansCode>59<"),
        ("EN16931-R110", "<cbc:StartDate>2026-01-01</cbc:StartDate>\n      <cbc:EndDate>",
         "<cbc:StartDate>2025-12-31</cbc:StartDate>\n      <cbc:EndDate>"),
        ("EN16931-R111", "<cbc:EndDate>2026-12-31</cbc:EndDate>\n    </cac:InvoicePeriod>\n    <cac:Item>",
         "<cbc:EndDate>2027-01-01</cbc:EndDate>\n    </cac:InvoicePeriod>\n    <cac:Item>"),
        ("EN16931-R120", '"HUR">3.5<', '"HUR">3.4<'),
        ("EN16931-R121", "</cbc:PriceAmount>", '</cbc:PriceAmount><cbc:BaseQuantity unitCode="MON">0'
         "</cbc:BaseQuantity>"),
        ("EN16931-R130", "</cbc:PriceAmount>", '</cbc:PriceAmount><cbc:BaseQuantity unitCode="KGM">1'
         "</cbc:BaseQuantity>"),
        ("EN16931-F001", "<cbc:DueDate>2026-02-14<", "<cbc:DueDate>2026-2-14<"),
        ("EN16931-P0100", "InvoiceTypeCode>380<", "InvoiceTypeCode>389<"),
        ("COMMON-R049", '<cbc:EndpointID schemeID="0007">5566778899', '<cbc:EndpointID schemeID="0007">5566778898'),
        ("COMMON-R040", '<cbc:EndpointID schemeID="0007">5566778899', '<cbc:EndpointID schemeID="0088">7300010000002'),
    ],
)  # fmt: skip
def test_each_general_rule_is_found_when_it_is_broken(rule, old, new):
    assert rule in broken(spoiled(old, new))


def test_a_missing_process_is_no_process_of_billing():
    assert {"EN16931-R001", "EN16931-R007"} <= broken(spoiled(PROFILE, ""))


def test_what_is_neither_charge_nor_allowance_changes_no_line():
    found = broken(spoiled("<cbc:ChargeIndicator>false", "<cbc:ChargeIndicator>0"))
    assert {"EN16931-R043", "EN16931-R120"} <= found


def test_a_reference_or_an_order_number_must_be_there():
    bare = samples.invoice(references=replace(samples.REFERENCES, buyer="", order=""))
    assert "EN16931-R003" in broken(to_ubl(bare))


def test_a_reason_of_another_category_is_found():
    content = to_ubl(samples.ALL["export"]())
    assert "EN16931-P0107" in broken(spoiled("VATEX-EU-G", "VATEX-EU-AE", content))


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("BR-CO-15", 'TaxInclusiveAmount currencyID="SEK">', 'TaxInclusiveAmount currencyID="SEK">1'),
        ("BR-CO-10", '<cbc:LineExtensionAmount currencyID="SEK">2', '<cbc:LineExtensionAmount currencyID="SEK">3'),
        ("BR-CL-14", "<cbc:IdentificationCode>SE<", "<cbc:IdentificationCode>XX<"),
    ],
)  # fmt: skip
def test_the_official_core_rules_are_really_run(rule, old, new):
    (layer,) = [one for one in validate(spoiled(old, new)).layers if one.name.startswith(EN16931)]
    assert rule in {one.rule for one in layer.findings}
    assert layer.is_broken


def test_the_schema_names_the_line():
    verdict = validate(spoiled("<cbc:IssueDate>2026-01-15</cbc:IssueDate>", ""))
    (layer,) = [one for one in verdict.layers if one.name == XSD]
    assert "line 7" in {one.where for one in layer.findings}
    assert not verdict.may_be_sent


def test_a_warning_alone_keeps_nothing_back():
    verdict = validate(spoiled("PaymentMeansCode>30<", "PaymentMeansCode>31<"))
    assert [one.weight for one in verdict.findings] == [Weight.WARNING]
    assert verdict.may_be_sent


def test_a_layer_whose_library_is_missing_is_not_called_valid(monkeypatch):
    monkeypatch.setattr(official, "_folder", lambda: None)
    verdict = validate(to_ubl(samples.invoice()))
    assert [layer.name for layer in verdict.layers if not layer.not_checked] == [PEPPOL, SWEDISH]
    assert not verdict.may_be_sent


RULES = b"""<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><xsl:template match="/"><svrl:schematron-output>
 <svrl:failed-assert id="PEPPOL-TEST" flag="fatal" location="/"><svrl:text>Planted.</svrl:text></svrl:failed-assert>
 </svrl:schematron-output></xsl:template></xsl:stylesheet>"""


def test_the_official_file_is_used_when_it_has_been_added(tmp_path):
    add_rule_file(RULES, hashlib.sha256(RULES).hexdigest(), rule_folder=tmp_path)
    layer = validate(to_ubl(samples.invoice()), rule_folder=tmp_path).layers[-1]
    assert (layer.name, [one.rule for one in layer.findings]) == (OFFICIAL_PEPPOL, ["PEPPOL-TEST"])


def test_a_rule_file_that_has_changed_is_not_used(tmp_path):
    add_rule_file(RULES, hashlib.sha256(RULES).hexdigest(), rule_folder=tmp_path)
    (tmp_path / RULE_FILE).write_bytes(RULES.replace(b"Planted", b"Changed"))
    verdict = validate(to_ubl(samples.invoice()), rule_folder=tmp_path)
    assert "checksum" in verdict.layers[-1].not_checked
    assert not verdict.may_be_sent


def _sheet(inside: str) -> bytes:
    sheet = '<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">%s</xsl:stylesheet>'
    return (sheet % f'<xsl:template match="/">{inside}</xsl:template>').encode()


def _reporting(inside: str) -> bytes:
    return _sheet(
        f'<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl">{inside}</svrl:schematron-output>'
    )


TALK = _sheet("plain text")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", b"\xff\xfe", b"<a/>", TALK,
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        _reporting("<xsl:value-of select=\"unparsed-text('file:///etc/hostname')\"/>"),
        _reporting("<xsl:copy-of select=\"doc('file:///etc/hostname')\"/>"),
    ],
)  # fmt: skip
def test_what_is_no_rules_or_reads_other_files_is_not_added(tmp_path, content):
    with pytest.raises(NotRules):
        add_rule_file(content, hashlib.sha256(content).hexdigest(), rule_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_rules_neither_write_files_nor_see_the_environment(tmp_path):
    written = tmp_path / "written.txt"
    sheet = _reporting(f'<xsl:result-document href="{written.as_uri()}">x</xsl:result-document>')
    with pytest.raises(NotRules):
        add_rule_file(sheet, hashlib.sha256(sheet).hexdigest(), rule_folder=tmp_path)
    assert not written.exists()
    seen = '<xsl:if test="environment-variable(\'PATH\')"><xsl:message terminate="yes"/></xsl:if>'
    looking = _reporting(seen)
    add_rule_file(looking, hashlib.sha256(looking).hexdigest(), rule_folder=tmp_path)
    assert validate(to_ubl(samples.invoice()), rule_folder=tmp_path).layers[-1].not_checked == ""


def test_rules_that_were_added_before_and_give_no_report_are_not_called_checked(tmp_path):
    tmp_path.joinpath(RULE_FILE).write_bytes(TALK)
    tmp_path.joinpath(f"{RULE_FILE}.sha256").write_text(hashlib.sha256(TALK).hexdigest())
    verdict = validate(to_ubl(samples.invoice()), rule_folder=tmp_path)
    assert verdict.layers[-1].not_checked == "the rules gave no report"
    assert not verdict.may_be_sent


def test_a_rule_file_with_another_checksum_is_not_added(tmp_path):
    with pytest.raises(OtherChecksum):
        add_rule_file(RULES, "0" * 64, rule_folder=tmp_path)
    assert not (tmp_path / RULE_FILE).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<Invoice>",
        b"<html/>",
        b"%PDF-1.7",
        b'<!DOCTYPE Invoice [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&a;</Invoice>',
    ],
)
def test_what_is_no_ubl_is_refused_with_a_reason(content):
    with pytest.raises(NotUbl):
        validate(content)


def test_every_general_rule_has_words():
    assert all(text.endswith((".", ")")) for text, _ in rules.RULES.values())
