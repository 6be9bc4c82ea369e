"""Files that are kept: whole, with their checksum, made by one at a time."""

from __future__ import annotations

import threading

from infosoc.documents import kept


def test_a_file_is_found_again_and_known_by_its_checksum(tmp_path):
    there = kept.keep(tmp_path, "invoices/1/2024", "17", ".pdf", b"paper")
    assert there.file.startswith("invoices/1/2024/17-")
    assert there.file.endswith(".pdf")
    assert kept.found(tmp_path, there) == b"paper"
    assert kept.is_right(there, b"paper")
    assert not kept.is_right(there, b"pAper")
    assert [path.name for path in (tmp_path / "invoices/1/2024").iterdir()] == [there.file.rpartition("/")[2]]


def test_two_different_files_of_one_name_do_not_meet(tmp_path):
    first, second = (kept.keep(tmp_path, "f", "17", ".pdf", content) for content in (b"a", b"b"))
    assert (kept.found(tmp_path, first), kept.found(tmp_path, second)) == (b"a", b"b")


def test_a_file_that_is_gone_is_none(tmp_path):
    there = kept.keep(tmp_path, "f", "17", ".pdf", b"a")
    (tmp_path / there.file).unlink()
    assert kept.found(tmp_path, there) is None


def test_a_turn_is_waited_for_and_may_be_asked_about(tmp_path):
    waited = threading.Event()

    def second():
        with kept.turn(tmp_path, "paper", 7):
            waited.set()

    with kept.turn(tmp_path, "paper", 7):
        with kept.turn_if_free(tmp_path, "paper", 7) as is_ours:
            assert not is_ours
        with kept.turn_if_free(tmp_path, "paper", 8) as is_ours:
            assert is_ours
        thread = threading.Thread(target=second)
        thread.start()
        assert not waited.wait(0.1)
    assert waited.wait(5)
    thread.join()
