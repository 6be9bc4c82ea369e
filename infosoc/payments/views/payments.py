"""The payments: those that wait, one of them with suggestions, and what is done about it.

By keyboard: j and k go through the list and from payment to payment, 1 to 9 choose a suggestion, Enter settles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from infosoc.accounts.request import may
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.payments import beside, forms, rules
from infosoc.payments.beside import Owed
from infosoc.payments.commands import placing
from infosoc.payments.forms import AsideForm, BackForm, CreditForm, PlaceForm
from infosoc.payments.models import IncomingPayment
from infosoc.payments.open_items import Why
from infosoc.payments.queries import suggesting, work
from infosoc.payments.queries.lumps import count_waiting
from infosoc.payments.queries.work import Cursor
from infosoc.payments.views.blueprints import payments as blueprint
from infosoc.payments.views.words import VIEW_LABELS, WHY_LABELS
from infosoc.web.access import allow
from infosoc.web.forms import place as place_asked
from infosoc.web.htmx import go, tell

MOST_WORDS = 80


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    view, q = request.args.get("view", work.WAITING), request.args.get("q", "")[:MOST_WORDS].replace("\0", "")
    view = view if view in work.VIEWS else work.WAITING
    page = work.page(db.session(), view, q, Cursor.parse(request.args.get("after")))
    return render_template(
        "payments/payments.html", page=page, view=view, q=q, views=VIEW_LABELS, labels=rules.STATE_LABELS,
        marks=rules.STATE_MARKS, may_pay=may(Permission.PAYMENTS_WRITE), lumps=count_waiting(db.session()),
    )  # fmt: skip


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id)


@blueprint.post("/<public_id>/place")
@allow(Permission.PAYMENTS_WRITE)
def place(public_id: str) -> ResponseReturnValue:
    """Settle the invoices of the rows with what is left of the payment, or with the credit that it left."""
    form, rows = PlaceForm(), forms.read_rows(request.form)
    known = {one.number: one for one in suggesting.invoices_numbered(db.session(), forms.numbers(rows))}
    wanted = forms.wanted(rows, known)
    if not form.validate_on_submit() or wanted is None:
        return _page(public_id, form=form, rows=rows, status=422)
    deed = placing.use_credit if request.form.get("from") == "credit" else placing.place_on_invoices
    try:
        with transaction() as session:
            deed(session, public_id, wanted, by=current_user.id, now=clock.now())
    except DomainError as error:
        form.refuse(error)
        return _page(public_id, form=form, rows=rows, status=422)
    return _on(public_id, gettext("The payment has been matched."))


@blueprint.post("/<public_id>/credit")
@allow(Permission.PAYMENTS_WRITE)
def keep_as_credit(public_id: str) -> ResponseReturnValue:
    form = CreditForm()
    chosen = form.company.data or ""
    company_id = companies.company(db.session(), chosen).id if chosen else None
    return _done(public_id, gettext("The rest becomes the customer's credit."), lambda session: placing.keep_as_credit(
        session, public_id, company_id, by=current_user.id, now=clock.now()
    ))  # fmt: skip


@blueprint.post("/<public_id>/pay-back")
@allow(Permission.PAYMENTS_WRITE)
def pay_back(public_id: str) -> ResponseReturnValue:
    form = BackForm()
    if not form.validate_on_submit():
        return _page(public_id, back=form, status=422)
    return _done(public_id, gettext("Recorded as paid back."), lambda session: placing.pay_back(
        session, public_id, on=form.on.data, by=current_user.id, now=clock.now()
    ))  # fmt: skip


@blueprint.post("/<public_id>/aside")
@allow(Permission.PAYMENTS_WRITE)
def set_aside(public_id: str) -> ResponseReturnValue:
    form = AsideForm()
    if not form.validate_on_submit():
        return _page(public_id, aside=form, status=422)
    return _done(public_id, gettext("The payment has been set aside."), lambda session: placing.set_aside(
        session, public_id, form.why.data or "", by=current_user.id, now=clock.now()
    ))  # fmt: skip


@blueprint.post("/<public_id>/take-up")
@allow(Permission.PAYMENTS_WRITE)
def take_up(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        placing.take_up(session, public_id, by=current_user.id)
    return go(url_for("payments.show", public_id=public_id))


@blueprint.post("/<public_id>/take-back")
@allow(Permission.PAYMENTS_WRITE)
def take_back(public_id: str) -> ResponseReturnValue:
    try:
        with transaction() as session:
            placing.take_back(session, public_id, by=current_user.id, now=clock.now())
    except DomainError as error:
        return _refused(public_id, error)
    tell(gettext("The match has been undone, with a separate voucher."))
    return go(url_for("payments.show", public_id=public_id))


def _done(public_id: str, said: str, deed: Callable[[Session], object]) -> ResponseReturnValue:
    try:
        with transaction() as session:
            deed(session)
    except DomainError as error:
        return _refused(public_id, error)
    return _on(public_id, said)


def _refused(public_id: str, error: DomainError) -> ResponseReturnValue:
    form = PlaceForm()
    form.refuse(error)
    return _page(public_id, form=form, status=422)


def _on(public_id: str, said: str) -> ResponseReturnValue:
    """To the next payment that waits, or back to the list."""
    tell(said)
    after = work.next_waiting(db.session(), public_id)
    return go(url_for("payments.show", public_id=after) if after else url_for("payments.index"))


def _page(
    public_id: str, *, form: PlaceForm | None = None, rows: list[forms.Row] | None = None,
    back: BackForm | None = None, aside: AsideForm | None = None, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    session = db.session()
    card = work.card(session, public_id)
    may_pay = may(Permission.PAYMENTS_WRITE)
    is_open = may_pay and (card.payment.left_ore != 0 or card.credit_ore != 0)
    values: dict[str, Any] = {"suggested": None, "found": [], "q": "", "chosen": None, "owed": {}}
    if is_open:
        values |= _choices(session, card, rows)
    return render_template(
        "payments/payment.html", card=card, may_pay=may_pay, is_open=is_open, form=form or PlaceForm(formdata=None),
        back=back or BackForm(formdata=None, data={"on": clock.today()}), aside=aside or AsideForm(formdata=None),
        credit_form=_credit_form(values["suggested"]), labels=rules.STATE_LABELS, marks=rules.STATE_MARKS,
        uses=rules.USE_LABELS, may_read_books=may(Permission.LEDGER_READ), why=WHY_LABELS, **values,
    ), status  # fmt: skip


def _credit_form(suggested: suggesting.Suggested | None) -> CreditForm:
    owner = suggested.company if suggested else None
    data = {"company_name": owner.name, "company": owner.public_id} if owner else {}
    return CreditForm(formdata=None, data=data)


def _choices(session: Session, card: work.PaymentCard, rows: list[forms.Row] | None) -> dict[str, Any]:
    """Suggestions, what was searched for, and the rows as the address or a form has them."""
    left = card.payment.left_ore or card.credit_ore
    suggested = suggesting.suggest(session, card.payment)
    q = request.args.get("q", "")[:MOST_WORDS].replace("\0", "")
    found = suggesting.find_invoices(session, q)
    given = map(forms.invoice_number, request.args.getlist("with")[: forms.MOST_ROWS])
    picked = [one for one in given if one is not None]
    at = place_asked("choose") or 0
    chosen = at if 0 < at <= len(suggested.choices) else None
    if rows is None:
        if picked:
            rows = forms.rows_of(suggesting.spread(left, suggesting.invoices_numbered(session, picked)))
        elif suggested.choices and not q:
            chosen = chosen or (1 if suggested.choices[0].why is not Why.UNKNOWN else None)
            rows = forms.rows_of(suggested.choices[chosen - 1].rows) if chosen else []
    ids = {one.invoice.id for one in rows or [] if one.invoice}
    return {
        "suggested": suggested, "found": found, "q": q, "chosen": chosen, "rows": forms.padded(rows or []),
        "picked": picked, "left_ore": left, "owed": _owed(session, card.payment, ids, suggested),
    }  # fmt: skip


def _owed(session: Session, payment: IncomingPayment, ids: set[int], known: suggesting.Suggested) -> dict[int, Owed]:
    """What is owed beside the invoices of the rows; the suggestions have asked for most of it."""
    if payment.left_ore <= 0:
        return beside.owed(session, ids, on=payment.paid_on if payment.left_ore else clock.today())
    have = {at: one for at, one in known.owed.items() if at in ids}
    return have | beside.owed(session, ids - known.ids, on=payment.paid_on)
