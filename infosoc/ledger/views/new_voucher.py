"""Writing a voucher by hand: lines are added as needed, and the balance is told while one types."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.ledger import forms
from infosoc.ledger.commands import corrections
from infosoc.ledger.commands.posting import post
from infosoc.ledger.forms import Row, VoucherForm
from infosoc.ledger.queries import accounts
from infosoc.ledger.queries import vouchers as queries
from infosoc.ledger.queries.vouchers import VoucherCard
from infosoc.ledger.rules import NewLine
from infosoc.ledger.views.blueprints import vouchers as blueprint
from infosoc.ledger.views.words import account_name
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, tell


@blueprint.get("/new")
@allow(Permission.LEDGER_POST)
def new() -> ResponseReturnValue:
    """An empty form, or one that says what a voucher says that is to be replaced or copied."""
    replaces = request.args.get("replaces", "")[:20]
    given = replaces or request.args.get("copy", "")[:20]
    card = queries.card(db.session(), given) if given else None
    data: dict[str, Any] = {"voucher_on": clock.today(), "replaces": replaces}
    if card is not None:
        one = card.voucher
        data |= {"text": one.text, "counterparty": one.counterparty, "documents": one.documents}
        data["series"] = one.series if one.series in forms.BY_HAND else "A"
        data["voucher_on"] = one.voucher_on if replaces else clock.today()
    rows = _rows_of(card) if card else []
    return _page(VoucherForm(formdata=None, data=data), forms.padded(rows))


def _rows_of(card: VoucherCard) -> list[Row]:
    return [
        forms.row_of(f"{account.number} {account_name(account)}", line.amount_ore, line.vat_code, line.text)
        for line, account in card.lines
    ]


@blueprint.post("")
@allow(Permission.LEDGER_POST)
def create() -> ResponseReturnValue:
    form, rows = VoucherForm(), forms.read_rows(request.form)
    if "more" in request.form:
        return _page(form, forms.padded(rows, forms.MORE_ROWS))
    known = accounts.accounts_named(db.session(), {row.number for row in rows if row.number is not None})
    lines = forms.lines_of(rows, known)
    if form.validate_on_submit() and lines is not None:
        try:
            address, said = _post(form, lines)
        except DomainError as error:
            form.refuse(error)
        else:
            tell(said)
            return go(address)
    return _page(form, forms.padded(rows), 422)


def _post(form: VoucherForm, lines: list[NewLine]) -> tuple[str, str]:
    """Post it; the address to go on to, and what is said there."""
    with transaction() as session:
        replaces_id = None
        if form.replaces.data:
            wrong = queries.card(session, form.replaces.data[:20]).voucher
            replaces_id = corrections.check_replaces(session, wrong.id).id
        made = post(session, form.voucher(lines, replaces_id), by=current_user.id, now=clock.now())
        return url_for("vouchers.show", public_id=made.public_id), gettext("%(name)s has been posted.", name=made.name)


@blueprint.get("/line")
@allow(Permission.LEDGER_POST)
def line() -> ResponseReturnValue:
    """One more blank line."""
    return fragment("ledger/_line.html", row=Row(), vat_codes=forms.vat_choices(_usual()), short=_is_short())


@blueprint.get("/balance")
@allow(Permission.LEDGER_POST)
def balance() -> ResponseReturnValue:
    """What the lines come to so far."""
    return fragment("ledger/_balance.html", **_balance(forms.read_rows(request.args)))


@blueprint.get("/accounts")
@allow(Permission.LEDGER_POST)
def choices() -> ResponseReturnValue:
    """The accounts that answer to what has been typed in a line."""
    words = next((text for text in request.args.getlist("account") if text.strip()), "").replace("\0", "")
    return fragment("ledger/_account_choices.html", accounts=accounts.choices(db.session(), words))


def _page(form: VoucherForm, rows: list[Row], status: int = 200) -> ResponseReturnValue:
    return render_template(
        "ledger/voucher_new.html", form=form, rows=rows, vat_codes=forms.vat_choices(_usual()),
        has_wrong_lines=any(row.errors for row in rows), **_balance(rows),
    ), status  # fmt: skip


def _balance(rows: list[Row]) -> dict[str, int]:
    debit, credit = forms.totals(rows)
    return {"debit_ore": debit, "credit_ore": credit}


def _usual() -> str:
    return gettext("The account's own")


def _is_short() -> bool:
    """Whether the line is one of a form without VAT and texts (opening balances)."""
    return request.args.get("short") == "1"
