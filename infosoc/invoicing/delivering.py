"""The worker's lane that sends issued invoices on their way: to the outbox, to an access point, to the print list.

A delivery is prepared once: in the transaction that says so, or by an access point that knows the same key again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, current_scope, every_tenant, tenant_scope
from infosoc.documents import kept
from infosoc.invoicing import einvoice, papers
from infosoc.invoicing.access_points import AccessPoint, Declined, Folder, Http, NotReached
from infosoc.invoicing.commands import deliveries as commands
from infosoc.invoicing.einvoice import EInvoice
from infosoc.invoicing.models import Delivery
from infosoc.invoicing.queries import deliveries as queries
from infosoc.invoicing.queries import papers as paper_queries
from infosoc.invoicing.queries import parties
from infosoc.invoicing.queries.deliveries import Waiting
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.accounts import format_bankgiro, format_plusgiro
from infosoc.invoicing.rules.delivery import AccessPoint as Way
from infosoc.invoicing.rules.delivery import Channel, State
from infosoc.invoicing.rules.record import Invoice as Record
from infosoc.jobs.registry import Worker
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.outbox import commands as outbox
from infosoc.outbox.attachments import File, source

log = logging.getLogger(__name__)

CHUNK = 50  # deliveries a transaction
PAPER = "invoice"  # the kind of file that a message names
REST = timedelta(minutes=1)  # after an access point could not be reached
ASKED_FOR = timedelta(days=14)  # how long an access point is asked what became of a file
MOST_ASKED = 200
_rest_until: dict[int, datetime] = {}


class NoAddress(Refused):
    message = N_("There is no address of an access point: set PEPPOL_URL and PEPPOL_TOKEN.")


@source(PAPER)
def paper_of(invoice_id: int) -> File:
    """The archived paper, as it goes along with a message."""
    invoice = paper_queries.with_id(db.session(), invoice_id)
    db.session().rollback()
    return File(f"{invoice.number}.pdf", "application/pdf", papers.pdf(invoice))


def deliver_waiting(worker: Worker) -> bool:
    """Prepare a chunk of each tenant's deliveries; whether there was any. Call in an application context."""
    with kept.turn_if_free(papers.data_dir(), "deliveries") as is_ours:
        if not is_ours:
            return False  # another worker does
        with every_tenant("invoices are delivered"):
            tenants = queries.tenants_waiting(db.session())
        found = False
        for tenant_id in tenants:
            with tenant_scope(Scope.alone(tenant_id)):
                found = _chunk(worker) or found
        db.session().rollback()
        return found


def _chunk(worker: Worker) -> bool:
    plain = {one.id: one for one in queries.ready(db.session(), (Channel.EMAIL, Channel.PRINT), CHUNK)}
    to_check = queries.ready(db.session(), (Channel.PEPPOL,), CHUNK)
    db.session().rollback()
    if plain:
        with transaction() as session:
            for row in commands.unprepared(session, list(plain)):
                _prepare(session, row, plain[row.id], now=clock.now())
    done = bool(plain)
    for one in to_check:
        if not worker.stopping:
            done = _to_peppol(one) or done
    return done


def _prepare(session: Session, row: Delivery, waiting: Waiting, *, now: datetime) -> None:
    if row.channel == Channel.EMAIL:
        try:
            row.outbox_id = _queue(session, waiting, now=now)
        except DomainError as error:
            commands.fail(row, str(error), now=now)
            return
    row.prepared_at = now
    session.flush()


# ---- by e-mail -------------------------------------------------------------------------------------------------------


def _queue(session: Session, waiting: Waiting, *, now: datetime) -> int:
    record = archive.from_json(waiting.record)
    with force_locale(record.heading.language):
        subject, text = letter(record)
    return outbox.queue(
        session, recipient=waiting.recipient, subject=subject, text=text, attached=[(PAPER, waiting.invoice_id)],
        unique_key=f"invoice-delivery:{waiting.public_id}", now=now,
    ).id  # fmt: skip


def letter(record: Record) -> tuple[str, str]:
    """Subject and text in the language in force."""
    heading, seller, language = record.heading, record.seller, record.heading.language
    name = seller.party.name
    if record.is_credit_note:
        subject = gettext("Credit note %(number)s from %(company)s", number=heading.number, company=name)
    else:
        subject = gettext("Invoice %(number)s from %(company)s", number=heading.number, company=name)
    text = render_template(
        "email/invoice.txt", record=record, payable=print_ore(record.payable_ore, locale=language),
        bankgiro=format_bankgiro(seller.bankgiro) if seller.bankgiro else "",
        plusgiro=format_plusgiro(seller.plusgiro) if seller.plusgiro else "",
    )  # fmt: skip
    return " ".join(subject.split())[:200], text


# ---- by Peppol -------------------------------------------------------------------------------------------------------


def _to_peppol(waiting: Waiting) -> bool:
    """Check the file, and hand it over where there is somebody to hand it to; False when it has to wait."""
    tenant_id = current_scope().tenant_id
    if tenant_id in _rest_until and clock.now() < _rest_until[tenant_id]:
        return False
    try:
        file = einvoice.made(archive.from_json(waiting.record), rule_folder=papers.rule_folder())
        point = access_point()
        if not file.verdict.may_be_sent:
            _note(waiting, file, problem="\n".join(file.reasons))
        elif point is None:
            _note(waiting, file)
        else:
            _hand_over(waiting, file, point)
    except NotReached as error:
        log.warning("the access point: %s", error)
        _rest_until[tenant_id] = clock.now() + REST
        _tell(waiting, str(error))
        return False
    except DomainError as error:
        _note(waiting, None, problem=str(error))
    return True


def access_point() -> AccessPoint | None:
    """What the scope's tenant hands its files to; none where a person does."""
    own = parties.settings(db.session())
    db.session().rollback()
    way = own.access_point if own else Way.DOWNLOAD
    if way == Way.FOLDER:
        return folder_of(current_scope().tenant_id)
    if way == Way.HTTP:
        return _address()
    return None


def own_folder() -> Path:
    """Where the scope's tenant hands over files by a folder."""
    return folder_of(current_scope().tenant_id).outgoing


def folder_of(tenant_id: int) -> Folder:
    return Folder(Path(papers.rule_folder()) / str(tenant_id))


def _address() -> Http:
    settings: Any = current_app.extensions["settings"]
    if not settings.peppol_url:
        raise NoAddress
    return Http(settings.peppol_url, settings.peppol_token)


def _hand_over(waiting: Waiting, file: EInvoice, point: AccessPoint) -> None:
    if not waiting.receipt:
        point.prepare(file, waiting.public_id)
        if not _note(waiting, file, receipt=waiting.public_id, is_prepared=False):
            return  # it has been sent in another way meanwhile
    try:
        number = point.hand_over(file, waiting.public_id)
    except Declined as error:
        _note(waiting, file, problem=str(error))
        return
    _note(waiting, file, receipt=number or waiting.public_id, state=State.HANDED_OVER)


def _note(
    waiting: Waiting, file: EInvoice | None, *, problem: str = "", receipt: str = "", state: State = State.CREATED,
    is_prepared: bool = True,
) -> bool:  # fmt: skip
    """Write down how far it has come; whether it still was to be delivered."""
    now = clock.now()
    with transaction() as session:
        rows = commands.unprepared(session, [waiting.id])
        for row in rows:
            row.checked = [{"layer": one.title, "state": one.state} for one in file.verdict.layers] if file else []
            row.receipt, row.problem, row.state, row.changed_at = receipt, "", state, now
            row.prepared_at = now if is_prepared else None
            if problem:
                commands.fail(row, problem, now=now)
    return bool(rows)


def _tell(waiting: Waiting, problem: str) -> None:
    """Why it waits."""
    with transaction() as session:
        for row in commands.unprepared(session, [waiting.id]):
            row.problem = problem[:1000]


# ---- what access points say ------------------------------------------------------------------------------------------


def read_receipts(tenant_id: int, now: datetime) -> int:
    """Note the receipts in a tenant's folder; how many there were."""
    folder, count = folder_of(tenant_id), 0
    for path, receipt in folder.read():
        with tenant_scope(Scope.alone(tenant_id)), transaction() as session:
            if not commands.receive(session, receipt, now=now):
                log.warning("the receipt %s is of no e-invoice of ours", path)
        folder.put_away(path)
        count += 1
    return count


def ask_for_receipts(tenant_id: int, now: datetime) -> int:
    """Ask an address what has become of the files that it has taken; how many answers there were."""
    count = 0
    with tenant_scope(Scope.alone(tenant_id)):
        point = access_point()
        if not isinstance(point, Http):
            return 0
        for key, number in queries.on_the_way(db.session(), now - ASKED_FOR, MOST_ASKED):
            db.session().rollback()
            try:
                receipt = point.ask(key, number)
            except (NotReached, Declined, KeyError) as error:
                log.warning("the access point: %s", error)
                break
            with transaction() as session:
                commands.receive(session, receipt, now=now)
            count += 1
    return count
