"""Static files: compressed where the browser takes it, whole where it does not."""

from __future__ import annotations

import gzip
import re

from infosoc.factory import ROOT


def test_styles_go_out_compressed_and_are_the_same_inside(client):
    plain = client.get("/static/css/tokens.css")
    packed = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data)


def test_a_browser_that_does_not_take_gzip_gets_the_file_itself(client):
    answer = client.get("/static/css/tokens.css")
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_compressed_file_that_has_not_changed_is_not_sent_again(client):
    headers = {"Accept-Encoding": "gzip"}
    first = client.get("/static/css/tokens.css", headers=headers)
    again = client.get("/static/css/tokens.css", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_pages_are_not_compressed(client):
    assert "Content-Encoding" not in client.get("/login", headers={"Accept-Encoding": "gzip"}).headers


def test_all_styles_are_one_file_that_begins_with_the_order_of_the_layers(client):
    address = _address_of_styles(client)
    whole = client.get(address)
    folder = ROOT / "static" / "css"
    assert whole.data.startswith((folder / "tokens.css").read_bytes())
    assert all(path.read_bytes() in whole.data for path in folder.rglob("*.css"))
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == whole.data
    again = client.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def _address_of_styles(client) -> str:
    found = re.search(r'href="(/static/styles\.css\?v=[0-9a-f]{8})"', client.get("/login").get_data(as_text=True))
    assert found
    return found[1]
