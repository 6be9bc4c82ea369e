"""PDF is drawn of our own HTML, and nothing is fetched for it."""

from __future__ import annotations

import base64
import socket

import pytest

from infosoc.documents import pdf

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_document_is_drawn():
    assert pdf.draw("<p class='sender'>Infosoc</p><h1>Registerutdrag</h1>").startswith(b"%PDF-")


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "dot.png"
    path.write_bytes(DOT)
    return f"<img src='{path.as_uri()}'>"


def test_a_file_of_the_server_is_not_put_in(picture):
    assert b"/Image" not in pdf.draw(picture)


def test_a_file_that_is_put_in_is_found(picture):
    """Planted fault: the library fetches as it likes."""
    from weasyprint import HTML

    assert b"/Image" in HTML(string=picture).write_pdf()


def test_no_other_server_is_asked():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        assert pdf.draw(f"<img src='http://127.0.0.1:{server.getsockname()[1]}/x.png'>")
        with pytest.raises(TimeoutError):
            server.accept()
