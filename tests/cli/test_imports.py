"""What `flask import` and `flask backup` refuse, each in one clear line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infosoc.db.session import transaction
from tests.builders import make_tenant


@pytest.fixture
def run(app):
    with app.app_context(), transaction() as session:
        make_tenant(session)
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=list(map(str, words)))


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "lista.csv"
    path.write_text("Namn;Ort\nA AB;Boden\nB AB;Boden\n")
    return path


@pytest.mark.sqlite_only
def test_an_import_that_is_taken_back_is_so_already_the_second_time(run, file):
    done = run("import", "companies", file, "--tenant", "infosoc", "--commit", "--source", "prov")
    (number,) = re.findall(r"import revert (\w+)", done.output)
    assert run("import", "revert", number).exit_code == 0
    again = run("import", "revert", number)
    assert again.exit_code == 1
    assert "has been taken back already" in again.output
    assert "page" not in again.output


@pytest.mark.sqlite_only
def test_to_do_and_not_to_do_it_is_refused(run, file):
    both = run("import", "companies", file, "--tenant", "infosoc", "--commit", "--dry-run", "--source", "prov")
    assert both.exit_code == 2
    assert "exclude each other" in both.output
    assert run("import", "companies", file, "--tenant", "infosoc", "--dry-run").exit_code == 0


@pytest.mark.sqlite_only
def test_the_sheet_of_a_text_file_is_refused(run, file):
    answer = run("import", "companies", file, "--tenant", "infosoc", "--sheet", "Blad1")
    assert answer.exit_code == 2
    assert "--sheet is for workbooks" in answer.output


@pytest.mark.sqlite_only
def test_a_backup_into_a_folder_that_is_not_there_names_that_folder(run, tmp_path):
    answer = run("backup", tmp_path / "nowhere" / "kopia.tar.gz")
    assert answer.exit_code == 1
    assert f"There is no folder {tmp_path / 'nowhere'}" in answer.output
    assert ".backup-" not in answer.output


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "companies", "nowhere.csv", "--tenant", "infosoc"), "'nowhere.csv' does not exist"),
        (("import", "revert"), "Missing argument 'ID'."),
        (("import", "nonsense"), "No such command 'nonsense'."),
        (("export", "nonsense", "--tenant", "infosoc", "--output", "x.csv"), "'nonsense' is not one of"),
        (("restore", "nowhere.tar.gz"), "'nowhere.tar.gz' does not exist"),
        (("user", "add", "a@b.example"), "Missing option"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_one_line(run, words, told):
    answer = run(*words)
    assert answer.exit_code == 2
    assert told in answer.output
    assert answer.output.count("\n") == 1


@pytest.mark.sqlite_only
def test_a_group_without_a_command_says_which_there_are(run):
    assert "revert" in run("import").output
