"""How values are printed in templates."""

from __future__ import annotations

from infosoc.web import filters


def test_an_address_breaks_after_its_at_sign_and_is_escaped():
    assert filters.email("bo<b>@x.example") == "bo&lt;b&gt;@<wbr>x.example"
