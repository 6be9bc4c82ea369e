"""The keyed hash of an address (M-17): one at a time and many at once are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.kernel.email import InvalidEmail
from infosoc.suppression import rules


@given(key=st.binary(min_size=1, max_size=200), name=st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True))
def test_m17_many_at_once_give_the_same_hash_as_one_at_a_time(key, name):
    digest = rules.digester(key)
    for address in (f"{name}@a.example", f" {name.upper()}@A.example ", f"{name}@å.example"):
        assert digest(address) == rules.digest(key, address)


def test_m17_what_is_no_address_has_no_hash():
    with pytest.raises(InvalidEmail):
        rules.digester(b"key")("nobody")
