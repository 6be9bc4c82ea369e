"""Unsubscribe tokens: nobody can make one, nothing in them is personal, and they hold for ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infosoc.mailings import tokens

OLD, NEW = {1: b"\1" * 32}, {1: b"\1" * 32, 2: b"\2" * 32}
DELIVERY = bytes(range(16))


def test_a_token_leads_back_to_its_delivery():
    assert tokens.delivery_of(tokens.token(DELIVERY, OLD), OLD) == DELIVERY


def test_m12_a_token_survives_a_new_key():
    assert tokens.delivery_of(tokens.token(DELIVERY, OLD), NEW) == DELIVERY


def test_new_tokens_are_signed_by_the_newest_key():
    assert tokens.delivery_of(tokens.token(DELIVERY, NEW), OLD) is None


def test_m07_a_token_fits_a_local_part_in_lower_case():
    made = tokens.token(DELIVERY, NEW)
    assert re.fullmatch(r"[a-z2-7]{53}", made)
    assert len(f"u+{made}") <= 64


def test_a_server_that_changes_the_case_does_no_harm():
    assert tokens.delivery_of(tokens.token(DELIVERY, OLD).upper(), OLD) == DELIVERY


@given(st.integers(0, 52), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_m13_a_changed_sign_makes_it_worthless(place, sign):
    made = tokens.token(DELIVERY, OLD)
    changed = made[:place] + sign + made[place + 1 :]
    assert tokens.delivery_of(changed, OLD) == (DELIVERY if changed == made else None)


@given(st.text(max_size=80))
def test_any_other_text_leads_nowhere(text):
    assert tokens.delivery_of(text, NEW) is None


def test_the_file_of_keys_is_read_line_by_line():
    line = tokens.new_key_line(7)
    assert tokens.read_keys(f"\n{line}\n") == {7: bytes.fromhex(line.split(":")[1])}


@pytest.mark.parametrize("text", ["", "1:abc", "0:" + "0" * 64, "1:" + "0" * 64 + "\n1:" + "1" * 64, "x"])
def test_a_broken_file_of_keys_is_refused(text):
    with pytest.raises(ValueError, match="unsubscribe key"):
        tokens.read_keys(text)
