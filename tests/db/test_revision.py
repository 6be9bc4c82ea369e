"""The migrations' two lines, read from their files, say what alembic says; and alembic stays out until it is asked."""

from __future__ import annotations

import subprocess
import sys

from alembic.script import ScriptDirectory

from infosoc.db import revision
from infosoc.db.migrations import FOLDER


def test_the_newest_migration_and_all_that_came_before_are_those_of_alembic():
    scripts = ScriptDirectory(str(FOLDER))
    assert revision.program_revision() == scripts.get_current_head()
    assert revision.known_revisions() == {one.revision for one in scripts.walk_revisions()}
    for way in revision.known_revisions():
        passed = {one.revision for one in scripts.walk_revisions("base", way)}
        assert {one for one in revision.known_revisions() if revision.has_come_by(one, way)} == passed


def test_a_web_process_starts_without_what_only_commands_and_the_worker_need(tmp_path):
    heavy = "alembic", "mako", "icalendar", "markdown_it", "lxml", "segno", "weasyprint", "openpyxl", "zxcvbn", "dbos"
    said = subprocess.run(
        [sys.executable, "-c", f"import sys, app; print([one for one in {heavy} if one in sys.modules])"],
        env={"INFOSOC_DATA_DIR": str(tmp_path)}, cwd=FOLDER.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "[]"
