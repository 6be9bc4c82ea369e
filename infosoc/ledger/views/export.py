"""The vouchers as a file: a row for each line, by the list's filter and in its order."""

from __future__ import annotations

from collections.abc import Iterator

from flask import request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.audit import taken_out
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.kernel import clock
from infosoc.kernel.money import print_input
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.ledger.models import VoucherLine
from infosoc.ledger.queries import vouchers as queries
from infosoc.ledger.queries import years
from infosoc.ledger.queries.vouchers import VoucherFilter, VoucherRow
from infosoc.ledger.views.blueprints import vouchers as blueprint
from infosoc.ledger.views.vouchers import State
from infosoc.ledger.views.words import account_name
from infosoc.web.access import allow

COLUMNS = (
    N_("Voucher number"), N_("Date"), N_("Regarding"), N_("Counterparty"), N_("Account"), N_("Account name"),
    N_("Text"), N_("Debit"), N_("Credit"), N_("VAT code"), N_("Posted by"), N_("Registered"),
)  # fmt: skip


@blueprint.post("/export.<any(csv, xlsx):kind>")
@allow(Permission.LEDGER_READ)
def export(kind: str) -> ResponseReturnValue:
    """Who may read the books may take them along: an auditor must. Logged like every export."""
    session, now = db.session(), clock.now()
    state = State.of(request.args.to_dict(flat=False))
    counted: list[int] = [0]
    rows = _rows(session, state.wanted(years.years(session)), counted)
    file = tables.write(kind, [gettext(name) for name in COLUMNS], rows)
    query = state.url().partition("?")[2]
    with transaction() as writing:
        taken_out.note(writing, "vouchers", query, list(COLUMNS), counted[0], kind, by=current_user.id, now=now)
    name = f"vouchers-{clock.local(now):%Y-%m-%d}.{kind}"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES[kind])


def _rows(session: Session, wanted: VoucherFilter, counted: list[int]) -> Iterator[list[str]]:
    """The rows, and in `counted` how many there have been."""
    names = {number: account_name(account) for number, account in queries.accounts(session).items()}
    for row, lines in queries.every(session, wanted):
        for line in lines:
            counted[0] += 1
            yield _file_row(row, line, names.get(line.account, ""))


def _file_row(row: VoucherRow, line: VoucherLine, called: str) -> list[str]:
    one, ore = row.voucher, line.amount_ore
    return [
        one.name, one.voucher_on.isoformat(), one.text, one.counterparty, str(line.account), called, line.text,
        print_input(ore) if ore > 0 else "", print_input(-ore) if ore < 0 else "",
        "" if line.vat_code == "N" else line.vat_code, row.by, f"{clock.local(one.registered_at):%Y-%m-%d %H:%M}",
    ]  # fmt: skip
