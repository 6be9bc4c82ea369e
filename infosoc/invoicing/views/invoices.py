"""Invoices: the list with its sums and its file, and the page of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts import frame as menus
from infosoc.accounts.request import may
from infosoc.crm.commands import exports
from infosoc.crm.queries import companies
from infosoc.db.session import db, transaction
from infosoc.documents import tables
from infosoc.invoicing.models import Invoice
from infosoc.invoicing.queries import invoice as one_invoice
from infosoc.invoicing.queries import invoices as queries
from infosoc.invoicing.queries.invoices import InvoiceFilter
from infosoc.invoicing.views import deliveries, words
from infosoc.invoicing.views.blueprints import invoices as blueprint
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import NotFound
from infosoc.kernel.money import print_input
from infosoc.kernel.permission import Permission
from infosoc.kernel.words import N_
from infosoc.web.access import allow
from infosoc.web.filters import translate
from infosoc.web.htmx import fragment, is_htmx

SHOW_LABELS = {
    queries.ALL: N_("All"), queries.OPEN: N_("Unpaid ones"), queries.OVERDUE: N_("Those past due"),
    queries.PAID: N_("Paid"), queries.CREDITED: N_("Credited"), queries.UNDELIVERED: N_("Not sent yet"),
}  # fmt: skip
FILE_COLUMNS = (
    N_("Invoice no."), N_("Kind"), N_("Invoice date"), N_("Due date"), N_("Buyer"), N_("OCR number"), N_(
        "Total excl. VAT"
    ),
    N_("VAT"), N_("To pay"), N_("Left"), N_("Settled on"), N_("Delivery"),
)  # fmt: skip


@dataclass(frozen=True)
class State:
    """The list's state: what stands in its address."""

    show: str
    company: str
    since: str
    until: str
    q: str
    sort: str

    @classmethod
    def of(cls, given: Mapping[str, str]) -> State:
        args = {name: value[:80].replace("\0", "") for name, value in given.items()}
        show, sort = args.get("show", ""), args.get("sort", "")
        return cls(
            show if show in queries.SHOWN else queries.ALL, args.get("company", ""), args.get("since", ""),
            args.get("until", ""), args.get("q", ""), sort if sort.removeprefix("-") in queries.ORDERS else "",
        )  # fmt: skip

    def url(self, endpoint: str = "invoices.index", **changed: Any) -> str:
        """The list's address in this state but for what is changed."""
        state = {**vars(self), **changed}
        if state["show"] == queries.ALL:
            del state["show"]
        return url_for(endpoint, **{name: value for name, value in state.items() if value})

    @property
    def order(self) -> str:
        """What it is sorted by; by days where nothing is chosen and days are what is looked for."""
        chosen = self.sort.removeprefix("-")
        if chosen and (chosen != "due" or self.is_owed):
            return chosen
        return "due" if self.is_owed else "date" if self.period else "number"

    @property
    def is_owed(self) -> bool:
        """Whether only what is owed is shown: only that is kept in the order of its due days."""
        return self.show in (queries.OPEN, queries.OVERDUE)

    @property
    def period(self) -> str:
        return f"{self.since}–{self.until}" if self.since or self.until else ""

    @property
    def is_filtered(self) -> bool:
        return self.show != queries.ALL or any((self.company, self.period, self.q))

    def sorted_by(self, order: str) -> str:
        """The sort that a press on a heading gives: the other way round where it is the one already."""
        return f"-{order}" if order == self.order and not self.sort.startswith("-") else order

    def direction(self, order: str) -> str | None:
        """How a column is sorted now, as a heading says it."""
        if order != self.order:
            return None
        return "descending" if self.wanted().is_falling else "ascending"

    def wanted(self) -> InvoiceFilter:
        return InvoiceFilter(
            self.show,
            self.company,
            _day(self.since, date.max),
            _day(self.until, date.min),
            self.q,
            self.order,
            self.sort.startswith("-"),
        )


def _day(text: str, never: date) -> date | None:
    """A day of the filter; what is none matches nothing, rather than everything."""
    if not text:
        return None
    try:
        return sv.parse_past_day(text, clock.today())
    except sv.InvalidDay:
        return never


@blueprint.get("")
@allow(Permission.INVOICES_READ)
def index() -> ResponseReturnValue:
    return render_template("invoicing/invoices.html", **_values())


@blueprint.get("/rows")
@allow(Permission.INVOICES_READ)
def rows() -> ResponseReturnValue:
    """The rows alone: after a filter, or more of them."""
    values = _values()
    if not is_htmx():
        return render_template("invoicing/invoices.html", **values)
    if "after" in request.args:
        return fragment("invoicing/_invoices_more.html", **values)
    response = fragment("invoicing/_invoices_rows.html", **values)
    response.headers["HX-Push-Url"] = values["state"].url()
    return response


@blueprint.get("/sums")
@allow(Permission.INVOICES_READ)
def sums() -> ResponseReturnValue:
    """What everything within the filter comes to; pages ask for it when they are shown."""
    state = State.of(request.args)
    found = queries.sums(db.session(), state.wanted(), today=clock.today())
    if is_htmx():
        return fragment("invoicing/_sums.html", sums=found, state=state)
    return render_template("invoicing/sums.html", sums=found, state=state)


@blueprint.post("/export")
@allow(Permission.CRM_EXPORT)
def export() -> ResponseReturnValue:
    """The list as a file, by its filter and order; logged like every export."""
    if not may(Permission.INVOICES_READ):
        raise NotFound
    state = State.of(request.args)
    lines = [_file_row(one) for one in queries.every(db.session(), state.wanted(), today=clock.today())]
    names = [gettext(name) for name in FILE_COLUMNS]
    file = tables.write("csv", names, iter(lines))
    query = state.url().partition("?")[2]
    now = clock.now()
    with transaction() as session:
        exports.note(session, "invoices", query, list(FILE_COLUMNS), len(lines), "csv", by=current_user.id, now=now)
    name = f"invoices-{clock.local(now):%Y-%m-%d}.csv"
    return send_file(file, as_attachment=True, download_name=name, mimetype=tables.MIMETYPES["csv"])


def _file_row(one: Invoice) -> list[str]:
    kind = translate(N_("Credit note") if one.kind == "credit_note" else N_("Invoice"))
    amounts = [print_input(ore) for ore in (one.net_ore, one.vat_ore, one.payable_ore, one.open_ore)]
    return [
        str(one.number), kind, one.issued_on.isoformat(), one.due_on.isoformat(), one.buyer_name, one.ocr, *amounts,
        one.settled_on.isoformat() if one.settled_on else "",
        translate(words.DELIVERY_STATES.get(one.delivery_state, "")),
    ]  # fmt: skip


def _values() -> dict[str, Any]:
    state = State.of(request.args)
    session = db.session()
    after = request.args.get("after", "")[:240].replace("\0", "")
    page = queries.page(session, state.wanted(), after, today=clock.today())
    return {
        "state": state, "page": page, "show_labels": SHOW_LABELS, "company_name": _company_name(state),
        "may_set_up": may(Permission.INVOICES_SET_UP), "may_export": may(Permission.CRM_EXPORT), **words.words(),
    }  # fmt: skip


def _company_name(state: State) -> str:
    """What the company of the filter is called."""
    if not state.company:
        return ""
    try:
        return companies.company(db.session(), state.company).name
    except NotFound:
        return gettext("Unknown choice")


@blueprint.get("/<public_id>")
@allow(Permission.INVOICES_READ)
def show(public_id: str) -> ResponseReturnValue:
    card = one_invoice.card(db.session(), public_id)
    return render_template("invoicing/invoice.html", card=card, panels=_panels(public_id),
                           may_pay=may(Permission.PAYMENTS_WRITE),
                           **{**words.words(), **deliveries.words()})  # fmt: skip


def _panels(public_id: str) -> list[tuple[str, str]]:
    """What other parts of the product show of an invoice."""
    entries = current_app.extensions["navigation"].panels.get("invoice", ())
    shown = [one for one in entries if menus.is_shown(one, g.rights, g.tenant)]
    return [(one.label, url_for(one.endpoint, public_id=public_id)) for one in shown]
