"""What is shown and kept of addresses: of people masked, of computers shortened."""

from __future__ import annotations

import pytest

from infosoc.kernel.email import masked
from infosoc.privacy.request_rules import clean_code, code_digest, shown_code
from infosoc.privacy.views.public import short_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anna@kommun.se", "a•••@kommun.se"),
        ("a@b.se", "a•••@b.se"),
        ("åsa@xn--vrnamo-bua.se", "å•••@värnamo.se"),
        ("", ""),
    ],
)
def test_m11_an_address_is_masked(address, shown):
    assert masked(address) == shown


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:203.0.113.77",
        "203.0.113.0/24"), ("fe80::1%eth0", "fe80::/48"), ("", ""), ("unix:", ""),
    ],
)  # fmt: skip
def test_m33_a_network_address_is_shortened(address, kept):
    assert short_address(address) == kept


@pytest.mark.parametrize("typed", ["482913", "482 913", " 482-913 "])
def test_a_code_is_read_as_people_type_it(typed):
    assert clean_code(typed) == "482913"
    assert code_digest("token", typed) == code_digest("token", "482913") != code_digest("other", "482913")
    assert shown_code("482913") == "482 913"
