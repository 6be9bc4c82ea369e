"""The settings of invoicing: what is refused beside its field, the logo, the first number, and the log."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from sqlalchemy import select

from infosoc.audit.models import AuditEvent
from infosoc.invoicing.models import InvoicingSettings
from tests.invoicing.test_pages import keeper, only, sent, text_of, written  # noqa: F401 - a fixture is used by name
from tests.subscriptions.world import World

pytestmark = pytest.mark.sqlite_only

PATH = "/infosoc/settings/invoicing"
FILLED = {
    "seller_name": "Infosoc Exempel AB", "org_number": "559999-9991", "street": "Vasagatan 12", "postal_code": "111 20",
    "city": "Stockholm", "seat": "Stockholm", "has_f_tax": "y", "bankgiro": "991-2346", "plusgiro": "28 65 43-4",
    "iban": "SE35 5000 0000 0549 1000 0003", "bic": "ESSESESS", "endpoint": "559999-9991", "contact": "Ekonomi",
    "email": "ekonomi@infosoc.example", "phone": "", "website": "", "payment_days": "20", "to_kronor": "y",
    "least_deferred": "5 000", "bills_from": "2026-01-01", "first_number": "501",
}  # fmt: skip


def picture(kind: str = "PNG", size: tuple[int, int] = (1200, 300)) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", size, (31, 92, 67)).save(made, kind)
    made.seek(0)
    return made


def test_the_settings_are_kept_in_one_form_and_logged(house: World, keeper):
    assert sent(keeper, PATH, **FILLED, version="1").status_code == 303
    own = only(house, InvoicingSettings)
    assert (own.bankgiro, own.plusgiro, own.iban, own.endpoint) == (
        "9912346", "2865434", "SE3550000000054910000003", "0007:5599999991",
    )  # fmt: skip
    assert (own.payment_days, own.to_kronor, own.least_deferred_ore, own.version) == (20, True, 500_000, 2)
    page = text_of(keeper.get(PATH))
    for said in ("991-2346", "28 65 43-4", 'value="501"', "559999-9991"):
        assert said in page
    with house.reading() as session:
        assert "invoicing settings changed" in list(session.scalars(select(AuditEvent.deed)))
    assert text_of(house.client("anna").get("/infosoc/audit")).count("501")


@pytest.mark.parametrize(("field", "value"), [
    ("org_number", "559999-9992"), ("bankgiro", "991-2347"), ("plusgiro", "28 65 43-5"), ("bankgiro", "kontot"),
    ("iban", "SE3550000000054910000004"), ("bic", "SWED"), ("endpoint", "0007:5599999992"), ("email", "ekonomi"),
    ("seller_name", ""), ("city", " "), ("payment_days", "365"), ("payment_days", "trettio"), ("bills_from", "snart"),
    ("least_deferred", "-1"), ("least_deferred", "lite"), ("first_number", "0"), ("first_number", "ett"),
    ("contact", "Bo 640823-3234"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(house: World, keeper, field, value):
    answer = sent(keeper, PATH, **{**FILLED, field: value}, version="1")
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert only(house, InvoicingSettings).version == 1


def test_there_must_be_a_way_to_pay(house: World, keeper):
    nothing = {**FILLED, "bankgiro": "", "plusgiro": "", "iban": "", "bic": ""}
    assert 'id="bankgiro-error"' in sent(keeper, PATH, **nothing, version="1").text
    assert 'id="bic-error"' in sent(keeper, PATH, **{**FILLED, "bic": ""}, version="1").text


def test_somebody_elses_change_is_not_overwritten_unseen(house: World, keeper):
    assert sent(keeper, PATH, **FILLED, version="1").status_code == 303
    answer = sent(keeper, PATH, **{**FILLED, "city": "Lund"}, version="1")
    assert answer.status_code == 409
    assert 'value="Lund"' in answer.text


def test_a_logo_is_drawn_anew_and_printed(house: World, keeper):
    for kind in ("PNG", "JPEG"):
        assert sent(keeper, f"{PATH}/logo", logo=(picture(kind), f"logo.{kind.lower()}")).status_code == 303
        kept = only(house, InvoicingSettings).logo
        assert kept.startswith("data:image/png;base64,")
        with Image.open(io.BytesIO(base64.b64decode(kept.partition(",")[2]))) as drawn:
            assert drawn.width <= 900
            assert drawn.height <= 300
    draft = written(house, keeper)
    assert keeper.get(f"/infosoc/invoices/drafts/{draft}/pdf").data.startswith(b"%PDF-")
    assert sent(keeper, f"{PATH}/logo/remove").status_code == 303
    assert only(house, InvoicingSettings).logo == ""


@pytest.mark.parametrize(
    "content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"x" * 600_000]
)
def test_what_is_no_small_picture_is_refused(house: World, keeper, content):
    answer = sent(keeper, f"{PATH}/logo", logo=(io.BytesIO(content), "logo.png"))
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text


def test_a_picture_of_too_many_points_is_refused(house: World, keeper):
    answer = sent(keeper, f"{PATH}/logo", logo=(picture(size=(6000, 3000)), "logo.png"))
    assert answer.status_code == 422
