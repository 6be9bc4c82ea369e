"""Importing a whole file in this process, as the command line does."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from infosoc.crm import import_rules as rules
from infosoc.crm.commands import import_runs, imports
from infosoc.crm.imports import headings
from infosoc.crm.imports.planning import Policy
from infosoc.crm.imports.reading import Reading
from infosoc.db.session import transaction


def import_file(
    file: Path, how: Reading, mapping: tuple[str, ...], *, source: str, now: datetime, policy: str = Policy.FILL
) -> str:
    """Import the good rows of a file; returns the public id of the import. Ended half-way, it is run once more."""
    source = rules.check_source(source)
    headings.check_mapping(mapping)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    with transaction() as session:
        batch = imports.receive(
            session, how, shown_name=file.name, file_name="", sha256=digest, by=None, now=now
        )  # fmt: skip
        batch.mapping, batch.policy = {"fields": list(mapping)}, str(policy)
        imports.begin(session, batch, source, good_only=True, now=now)
        batch_id, public_id = batch.id, batch.public_id
    try:
        import_runs.commit_rows(file, batch_id)
    except BaseException:
        imports.stop(batch_id)
        raise
    imports.settle(batch_id)
    return public_id
