"""The paper of an issued invoice: drawn once, kept with its checksum, the same bytes for ever.

Whoever asks first waits for the one drawing, be it a worker's or another reader's: the turn is a lock on a file in the
data folder, which ends with the process that holds it. A file that is gone or has been changed is named, and put back
only when a new drawing is the same to the byte.
"""

from __future__ import annotations

import logging
from pathlib import Path

from flask import current_app

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import current_scope
from infosoc.documents import kept
from infosoc.documents.archival import Drawing, draw_archival
from infosoc.documents.kept import Kept
from infosoc.invoicing import paper
from infosoc.invoicing.commands import papers as commands
from infosoc.invoicing.queries import papers as queries
from infosoc.invoicing.queries.papers import Issued
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Refused
from infosoc.kernel.words import N_

log = logging.getLogger(__name__)

TURN = "invoice-paper"


class PaperMissing(Refused):
    message = N_(
        "The file of invoice %(number)s is gone: %(file)s. A new drawing would not be the same; "
        "put the file back from a backup."
    )


class PaperChanged(Refused):
    message = N_(
        "The file of invoice %(number)s is not what it was when it was made: %(file)s. "
        "Put it back from a backup, and find out who has changed it."
    )


def pdf(invoice: Issued) -> bytes:
    """The paper; drawn now if nobody has yet. Opens a transaction of its own then."""
    if invoice.paper is not None:
        return _checked(invoice, invoice.paper)
    with kept.turn(data_dir(), TURN, invoice.id):
        db.session().rollback()  # what has been committed while we waited is to be seen
        there = queries.paper(db.session(), invoice.id)
        if there is not None:
            return _checked(invoice, there)
        content = draw_archival(drawing(invoice.record))
        made = keep(invoice.record, content)
        with transaction() as session:
            commands.note(session, [(invoice.id, made)], now=clock.now())
        return content


def drawing(record: Record) -> Drawing:
    """What the paper is drawn of, with the Peppol file in it where that breaks no rule that can be checked."""
    # lxml and the rules stay out of processes that draw nothing.
    from infosoc.invoicing.peppol import validate
    from infosoc.invoicing.peppol.write import to_ubl

    ubl = to_ubl(record)
    is_sound = validate.is_sound(ubl, rule_folder=rule_folder())
    return paper.drawing(record, ubl=ubl if is_sound else None)


def keep(record: Record, content: bytes) -> Kept:
    """Put the paper where it lies from now on."""
    heading = record.heading
    folder = f"invoices/{current_scope().tenant_id}/{heading.issued_on.year}"
    return kept.keep(data_dir(), folder, heading.number, ".pdf", content)


def _checked(invoice: Issued, there: Kept) -> bytes:
    content = kept.found(data_dir(), there)
    if content is not None and kept.is_right(there, content):
        return content
    try:
        again = draw_archival(drawing(invoice.record))
    except DomainError:
        again = b""
    if not kept.is_right(there, again):
        wrong = PaperMissing if content is None else PaperChanged
        raise wrong(number=invoice.number, file=there.file)
    kept.write_whole(data_dir() / there.file, again)
    log.warning("%s was %s and has been put back", there.file, "gone" if content is None else "changed")
    return again


def data_dir() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir
    return folder


def rule_folder() -> Path:
    """Where an administrator's rule files lie."""
    return data_dir() / "peppol"
