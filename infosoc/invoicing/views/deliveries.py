"""The work list of deliveries: what is to be printed or handed over, what has failed, and sending once more."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.documents.merging import merged
from infosoc.invoicing import papers
from infosoc.invoicing.commands import deliveries as commands
from infosoc.invoicing.forms.sending import SendForm
from infosoc.invoicing.queries import deliveries as queries
from infosoc.invoicing.queries import papers as paper_queries
from infosoc.invoicing.rules.delivery import CHANNEL_LABELS, STATE_LABELS, Channel, State
from infosoc.invoicing.views.blueprints import deliveries as blueprint
from infosoc.invoicing.views.blueprints import papers as of_invoice
from infosoc.invoicing.views.papers import file_answer
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell

TAB_LABELS = {
    "print": N_("To print"), "download": N_("E-invoices to hand over"), "failed": N_("Not delivered"),
    "waiting": N_("On their way"), "all": N_("All"),
}  # fmt: skip
DEED_LABELS = {
    ("print", State.HANDED_OVER): N_("Mark as printed"), ("print", State.FAILED): N_("It came back"),
    ("peppol", State.HANDED_OVER): N_("Mark as handed over"), ("peppol", State.DELIVERED): N_("Mark as delivered"),
    ("peppol", State.FAILED): N_("It was not delivered"),
}  # fmt: skip
MARKS = {"created": "waiting", "handed_over": "ok", "delivered": "ok", "failed": "error"}


def words() -> dict[str, Any]:
    """What the fragment `_deliveries.html` calls things, and what the person may do."""
    return {
        "channel_labels": {str(key): label for key, label in CHANNEL_LABELS.items()},
        "state_labels": {str(key): label for key, label in STATE_LABELS.items()}, "state_marks": MARKS,
        "deed_labels": DEED_LABELS, "may_write": may(Permission.INVOICES_WRITE),
        "may_read_mail": may(Permission.MAIL_READ),
    }  # fmt: skip


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    page = queries.page(db.session(), _choice(), _before())
    return render_template(
        "invoicing/deliveries.html", page=page, choice=_choice(), tabs=TAB_LABELS, before=_before(),
        may_set_up=may(Permission.INVOICES_SET_UP), **words(),
    )  # fmt: skip


@blueprint.get("/print.pdf")
@allow(Permission.INVOICES_READ)
def to_print() -> ResponseReturnValue:
    """The papers of the page that waits to be printed, as one file, the lowest number first."""
    rows = [one for one in queries.page(db.session(), "print", _before()).rows if one.prepared_at]
    if not rows:
        raise NotFound
    found = [paper_queries.at(db.session(), one.invoice) for one in sorted(rows, key=lambda one: one.number)]
    content = merged(papers.pdf(one) for one in found)
    return file_answer(content, "application/pdf", f"{found[0].number}-{found[-1].number}.pdf", "inline")


@blueprint.post("/mark")
@allow(Permission.INVOICES_WRITE)
def mark() -> ResponseReturnValue:
    """Note what a person knows of one delivery or of a page of them."""
    state = request.form.get("state", "")
    if state not in set(State):
        raise commands.NotThatState
    with transaction() as session:
        count = commands.mark(
            session, request.form.getlist("ids")[: queries.ROWS], State(state), by=current_user.id, now=clock.now()
        )
    tell(ngettext("%(num)d delivery is marked.", "%(num)d deliveries are marked.", count))
    return go(_back())


@of_invoice.get("/<public_id>/send")
@allow(Permission.INVOICES_WRITE)
def ask(public_id: str) -> ResponseReturnValue:
    """Ask how the invoice is to go out once more: as it did last, unless something else is said."""
    invoice = paper_queries.at(db.session(), public_id)
    sent = queries.of_invoice(db.session(), invoice.id)
    last = sent[0] if sent else None
    mailed = next((one.recipient for one in sent if one.channel == Channel.EMAIL), "")
    data = {"channel": last.channel if last else Channel.EMAIL.value, "recipient": mailed}
    return _send_page(public_id, SendForm(formdata=None, data=data))


@of_invoice.post("/<public_id>/send")
@allow(Permission.INVOICES_WRITE)
def send(public_id: str) -> ResponseReturnValue:
    form = SendForm()
    if not form.validate_on_submit():
        return _send_page(public_id, form, 422)
    channel, recipient = form.way()
    try:
        with transaction() as session:
            commands.send(session, public_id, channel, recipient, by=current_user.id, now=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        error.field = error.field or "recipient"
        form.refuse(error)
        return _send_page(public_id, form, 422)
    tell(gettext("The invoice is sent again."))
    return go(url_for("invoices.show", public_id=public_id))


def _send_page(public_id: str, form: SendForm, status: int = 200) -> ResponseReturnValue:
    invoice = paper_queries.at(db.session(), public_id)
    return render_template("invoicing/send.html", invoice=invoice, form=form), status


def _choice() -> str:
    asked = request.args.get("show", "print")
    return asked if asked in queries.CHOICES else "print"


def _before() -> int | None:
    asked = request.args.get("before", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None


def _back() -> str:
    """Where the deed was done: the invoice's page, or the work list."""
    if invoice := request.form.get("invoice"):
        return url_for("invoices.show", public_id=invoice)
    show = request.form.get("show", "")
    return url_for("deliveries.index", show=show if show in queries.CHOICES else None)
