"""The square code, by the specification's own example."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from infosoc.invoicing import payment_code
from infosoc.invoicing.rules.totals import Line
from tests.invoicing import samples

TEN_THOUSAND = [Line("Journal", 1000, 100_000_000, "S25")]
COMPANY = replace(samples.SELLER, party=replace(samples.SELLER.party, name="Exempelbolaget AB"))


def test_it_says_what_the_specification_shows():
    assert payment_code.payload(samples.invoice(TEN_THOUSAND, seller=COMPANY)) == (
        '{"uqr":1,"tp":1,"nme":"Exempelbolaget AB","cid":"559999-9991","iref":"1000173","idt":"20260115",'
        '"ddt":"20260214","due":12500,"pt":"BG","acc":"991-2346"}'
    )


@pytest.mark.parametrize(("price", "due"), [(4_000_400, "500.05"), (4_000_800, "500.1"), (4_000_000, "500")])
def test_the_amount_has_no_needless_zeros(price, due):
    said = payment_code.payload(samples.invoice([Line("Journal", 1000, price, "S25")]))
    assert f'"due":{due},' in said


def test_a_name_with_swedish_letters_stays_plain():
    said = payment_code.payload(samples.invoice(seller=samples.SISTER))
    assert said.isascii()
    assert json.loads(said)["nme"] == "Rättsdata Exempel AB"


@pytest.mark.parametrize(
    "invoice",
    [
        samples.credit_note(),
        samples.invoice([Line("Gåva", 1000, 0, "S25")]),
        samples.invoice(seller=replace(samples.SELLER, bankgiro="9912347")),
        samples.invoice(seller=replace(samples.SELLER, bankgiro="")),
    ],
)
def test_there_is_none_where_nothing_is_paid_by_it(invoice):
    assert payment_code.payload(invoice) is None
    assert payment_code.picture(invoice) is None


def test_the_picture_has_a_quiet_zone_and_is_the_same_every_time():
    picture = payment_code.picture(samples.invoice())
    drawn = Image.open(io.BytesIO(base64.b64decode(picture.split(",")[1]))).convert("1")
    edge = payment_code.QUIET_ZONE * payment_code.DOTS
    dark = [at for at in range(drawn.width) if not drawn.getpixel((at, edge))]
    assert (dark[0], drawn.width - 1 - dark[-1]) == (edge, edge)
    assert all(drawn.getpixel((at, edge - 1)) for at in range(drawn.width))
    assert picture == payment_code.picture(samples.invoice())
