"""The pages of the global search: hits, and what is spelt nearly so where there are none."""

from __future__ import annotations

import pytest

from tests.crm.world import HTMX, make_world

NEAR = "Liknande stavning"


@pytest.fixture
def karin(app):
    return make_world(app).client()


def test_the_page_shows_what_is_near_where_nothing_answers(karin):
    near, right = (
        karin.get(f"/infosoc/search?q={words}", headers={"Accept-Language": "sv"}).text for words in ("åkri", "åkeri")
    )
    assert NEAR in near
    assert "Åkeri" in near
    assert NEAR not in right


def test_the_piece_in_the_field_asks_for_what_is_near_by_itself(karin):
    headers = {**HTMX, "Accept-Language": "sv"}
    nothing = karin.get("/infosoc/search/hits?q=åkri", headers=headers).text
    assert "near=1" in nothing
    assert "Åkeri" not in nothing
    near = karin.get("/infosoc/search/hits?q=åkri&near=1", headers=headers).text
    assert NEAR in near
    assert "Åkeri" in near
    assert "near=1" not in karin.get("/infosoc/search/hits?q=zzqxv&near=1", headers=headers).text
