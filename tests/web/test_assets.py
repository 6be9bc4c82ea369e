"""Static files: compressed where the browser takes it, whole where it does not."""

from __future__ import annotations

import gzip


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
