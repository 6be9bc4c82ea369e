"""`flask invoice validate` and `flask invoice rules`."""

from __future__ import annotations

import pytest

from infosoc.invoicing.peppol.write import to_ubl
from tests.invoicing import samples


@pytest.fixture
def runner(app):
    return app.test_cli_runner()


def test_a_good_file_passes_and_the_layers_are_named(runner, tmp_path):
    path = tmp_path / "10001.xml"
    path.write_bytes(to_ubl(samples.invoice()))
    result = runner.invoke(args=["invoice", "validate", str(path)])
    assert result.exit_code == 0, result.output
    assert "SE-R-013, own checks: no fatal rule broken." in result.output
    assert "Peppol's official rule file: not checked (none has been added)." in result.output


def test_each_broken_rule_is_printed_and_the_exit_status_says_so(runner, tmp_path):
    path = tmp_path / "10001.xml"
    path.write_bytes(to_ubl(samples.invoice()).replace(b"SE559999999101", b"SE5599999991"))
    result = runner.invoke(args=["invoice", "validate", str(path)])
    assert result.exit_code == 1
    assert "SE-R-001 fatal line " in result.output
    assert "10001.xml may not be sent." in result.output


def test_what_is_no_invoice_is_one_line(runner, tmp_path):
    path = tmp_path / "brev.xml"
    path.write_text("<html/>")
    result = runner.invoke(args=["invoice", "validate", str(path)])
    assert result.exit_code == 1
    assert result.output == "Error: The file is not an invoice or credit note in UBL: its outermost element is html.\n"
    path.write_text("Hej")
    said = runner.invoke(args=["invoice", "validate", str(path)]).output
    assert said.endswith("in UBL: line 1: Start tag expected, '<' not found\n")


def test_a_rule_file_with_a_wrong_checksum_is_refused(runner, tmp_path):
    path = tmp_path / "rules.xslt"
    path.write_text("<x/>")
    result = runner.invoke(args=["invoice", "rules", str(path), "--sha256", "00"])
    assert result.exit_code == 1
    assert "its SHA-256 is" in result.output
