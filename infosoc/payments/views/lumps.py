"""Deposits that came without their payments: the list of those that wait, and one that is tied or split by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.payments import forms
from infosoc.payments.commands import lumps as commands
from infosoc.payments.commands.lumps import Split
from infosoc.payments.forms import Goes, PlaceForm, SplitRow
from infosoc.payments.queries import lumps as queries
from infosoc.payments.queries import suggesting
from infosoc.payments.queries.lumps import Lump
from infosoc.payments.views.blueprints import bank_files as blueprint
from infosoc.payments.views.words import LUMP_LABELS, LUMP_MARKS
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

MOST_WORDS = 80


@blueprint.get("/waiting")
@allow(Permission.INVOICES_READ)
def waiting() -> ResponseReturnValue:
    rows, number, ore = queries.waiting(db.session())
    return render_template("payments/lumps.html", rows=rows, number=number, ore=ore)


@blueprint.get("/<public_id>/deposits/<int:section>")
@allow(Permission.INVOICES_READ)
def lump(public_id: str, section: int) -> ResponseReturnValue:
    return _page(public_id, section)


@blueprint.post("/<public_id>/deposits/<int:section>/split")
@allow(Permission.PAYMENTS_WRITE)
def split(public_id: str, section: int) -> ResponseReturnValue:
    """Book the deposit as the rows say, when they come to all of it."""
    form, rows = PlaceForm(), forms.read_split(request.form)
    parts = _parts(rows)
    if not form.validate_on_submit() or parts is None:
        return _page(public_id, section, form=form, rows=rows, status=422)
    try:
        with transaction() as session:
            commands.settle(
                session, public_id, section, parts, other_than=_other_money(), by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        return _page(public_id, section, form=form, rows=rows, status=422)
    return _on(gettext("The deposit has been split and posted."))


@blueprint.post("/<public_id>/deposits/<int:section>/tie")
@allow(Permission.PAYMENTS_WRITE)
def tie(public_id: str, section: int) -> ResponseReturnValue:
    other = forms.invoice_number(request.form.get("other", "")) or 0
    try:
        with transaction() as session:
            commands.tie(session, public_id, section, other, by=current_user.id, now=clock.now())
    except DomainError as error:
        return _refused(public_id, section, error)
    return _on(gettext("The deposits are tied together. Nothing was posted."))


@blueprint.post("/<public_id>/deposits/<int:section>/undo")
@allow(Permission.PAYMENTS_WRITE)
def undo_lump(public_id: str, section: int) -> ResponseReturnValue:
    return _done(commands.undo, public_id, section, gettext("Undone. The deposit waits again."))


@blueprint.post("/<public_id>/deposits/<int:section>/apart")
@allow(Permission.PAYMENTS_WRITE)
def keep_apart(public_id: str, section: int) -> ResponseReturnValue:
    said = gettext("Payments of the same amount are posted from now on. Import their file again.")
    return _done(commands.keep_apart, public_id, section, said)


def _done(deed: Callable[..., object], public_id: str, section: int, said: str) -> ResponseReturnValue:
    """Do it to a deposit that stays in view."""
    try:
        with transaction() as session:
            deed(session, public_id, section, by=current_user.id, now=clock.now())
    except DomainError as error:
        return _refused(public_id, section, error)
    tell(said)
    return go(url_for("bank_files.lump", public_id=public_id, section=section))


def _parts(rows: list[SplitRow]) -> Split | None:
    session = db.session()
    named = map(forms.invoice_number, forms.names_in(rows, Goes.INVOICE))
    found = suggesting.invoices_numbered(session, [number for number in named if number is not None])
    customers = queries.customers_named(session, forms.names_in(rows, Goes.CUSTOMER))
    return forms.split(rows, {one.number: one for one in found}, customers)


def _other_money() -> set[int]:
    """The deposits that were shown, when the person has said that they are other money."""
    if not request.form.get("other_money"):
        return set()
    shown = (forms.invoice_number(one) for one in request.form.getlist("other"))
    return {one for one in shown if one is not None}


def _refused(public_id: str, section: int, error: DomainError) -> ResponseReturnValue:
    form = PlaceForm()
    form.refuse(error)
    return _page(public_id, section, form=form, status=422)


def _on(said: str) -> ResponseReturnValue:
    """To the next deposit that waits, or back to the payments."""
    tell(said)
    rows, _, _ = queries.waiting(db.session())
    if not rows:
        return go(url_for("payments.index"))
    entry, file = rows[0]
    return go(url_for("bank_files.lump", public_id=file.public_id, section=entry.section))


def _page(
    public_id: str, section: int, *, form: PlaceForm | None = None, rows: list[SplitRow] | None = None,
    status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    card = queries.lump(db.session(), public_id, section)
    may_pay = may(Permission.PAYMENTS_WRITE)
    is_open = may_pay and card.state is queries.LumpState.WAITING
    values = _choices(card, rows) if is_open else {}
    return render_template(
        "payments/lump.html", card=card, may_pay=may_pay, is_open=is_open, form=form or PlaceForm(formdata=None),
        goes=forms.GOES_LABELS, labels=LUMP_LABELS, marks=LUMP_MARKS, **values,
    ), status  # fmt: skip


def _choices(card: Lump, rows: list[SplitRow] | None) -> dict[str, Any]:
    """What it may be, what was searched for, and the rows as the address or a form has them."""
    session, ore = db.session(), card.entry.amount_ore
    q = request.args.get("q", "")[:MOST_WORDS].replace("\0", "")
    given = map(forms.invoice_number, request.args.getlist("with")[: forms.MOST_ROWS])
    picked = [one for one in given if one is not None]
    if rows is None:
        chosen = suggesting.invoices_numbered(session, picked) if picked else []
        rows = forms.split_of(suggesting.spread(ore, chosen))
    left = ore - sum(SplitRow(amount=one.amount).ore() for one in rows if not one.is_blank)
    blank = (SplitRow() for _ in range(forms.SPARE_ROWS if rows else forms.SPARE_ROWS + 1))
    return {
        "rows": [*rows, *blank], "left_ore": left, "alike": queries.alike(session, card.entry), "q": q,
        "picked": picked, "found": suggesting.find_invoices(session, q) if q else [],
        "same": [] if picked or q else queries.invoices_of_amount(session, ore),
    }  # fmt: skip
