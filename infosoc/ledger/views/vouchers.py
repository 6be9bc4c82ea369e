"""The vouchers: the list, one of them, and turning one back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.ledger.commands import corrections
from infosoc.ledger.forms import CorrectionForm
from infosoc.ledger.models import FiscalYear
from infosoc.ledger.queries import vouchers as queries
from infosoc.ledger.queries import years
from infosoc.ledger.queries.vouchers import Cursor, VoucherCard, VoucherFilter
from infosoc.ledger.rules import LONGEST_TEXT
from infosoc.ledger.views.blueprints import vouchers as blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import fragment, go, is_htmx, tell

NEVER = date(1, 1, 1)


@dataclass(frozen=True)
class State:
    """The list's state: what stands in its address."""

    series: tuple[str, ...]
    year: str
    since: str
    until: str
    account: str
    q: str

    @classmethod
    def of(cls, given: Mapping[str, list[str]]) -> State:
        args = {name: values[0][:80].replace("\0", "") for name, values in given.items() if values}
        series = tuple(sorted({one[:3] for one in given.get("series", ()) if one}))
        return cls(
            series, args.get("year", ""), args.get("since", ""), args.get("until", ""), args.get("account", ""),
            args.get("q", ""),
        )  # fmt: skip

    def url(self, endpoint: str = "vouchers.index", **changed: Any) -> str:
        """The list's address in this state but for what is changed."""
        state = {
            "series": list(self.series), "year": self.year, "since": self.since, "until": self.until,
            "account": self.account, "q": self.q,
        }  # fmt: skip
        return url_for(endpoint, **{name: value for name, value in {**state, **changed}.items() if value})

    @property
    def period(self) -> str:
        return f"{self.since}–{self.until}" if self.since or self.until else ""

    @property
    def is_filtered(self) -> bool:
        return any((self.series, self.year, self.period, self.account, self.q))

    def wanted(self, known: list[FiscalYear]) -> VoucherFilter:
        """The filter that is meant; what is not understood matches nothing, rather than everything."""
        first, last = _day(self.since), _day(self.until)
        if self.year:
            chosen = next((one for one in known if one.public_id == self.year), None)
            starts_on, ends_on = (chosen.starts_on, chosen.ends_on) if chosen else (date.max, NEVER)
            first, last = max(first or starts_on, starts_on), min(last or ends_on, ends_on)
        number = self.account.strip()[:4]
        account = (int(number) if number.isascii() and number.isdigit() else 0) if number else None
        return VoucherFilter(frozenset(self.series), first, last, account, self.q)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return sv.parse_past_day(text, clock.today())
    except sv.InvalidDay:
        return NEVER


@blueprint.get("")
@allow(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    return render_template("ledger/vouchers.html", **_values())


@blueprint.get("/rows")
@allow(Permission.LEDGER_READ)
def rows() -> ResponseReturnValue:
    """The rows alone: after a filter, or older ones."""
    values = _values()
    if not is_htmx():
        return render_template("ledger/vouchers.html", **values)
    if "before" in request.args:
        return fragment("ledger/_vouchers_older.html", **values)
    response = fragment("ledger/_vouchers_rows.html", **values)
    response.headers["HX-Push-Url"] = values["state"].url()
    return response


def _values() -> dict[str, Any]:
    state = State.of(request.args.to_dict(flat=False))
    session = db.session()
    known = years.years(session)
    page = queries.page(session, state.wanted(known), Cursor.parse(request.args.get("before")))
    return {
        "state": state, "page": page, "years": known, "series": years.series_in_use(session),
        "may_post": may(Permission.LEDGER_POST), "may_set_up": may(Permission.LEDGER_SET_UP),
    }  # fmt: skip


@blueprint.get("/<public_id>")
@allow(Permission.LEDGER_READ)
def show(public_id: str) -> ResponseReturnValue:
    card = queries.card(db.session(), public_id)
    return render_template("ledger/voucher.html", card=card, may_post=may(Permission.LEDGER_POST))


@blueprint.get("/<public_id>/correct")
@allow(Permission.LEDGER_POST)
def correct(public_id: str) -> ResponseReturnValue:
    """Ask when and in what words the voucher is turned back."""
    card = queries.card(db.session(), public_id)
    if not card.may_be_reversed:
        return go(url_for("vouchers.show", public_id=public_id))
    text = gettext("Corrects %(name)s: %(text)s", name=card.voucher.name, text=card.voucher.text)[:LONGEST_TEXT]
    return _correction_page(card, CorrectionForm(formdata=None, data={"on": _likely_day(card), "text": text}))


@blueprint.post("/<public_id>/reverse")
@allow(Permission.LEDGER_POST)
def reverse(public_id: str) -> ResponseReturnValue:
    form, card = CorrectionForm(), queries.card(db.session(), public_id)
    if not form.validate_on_submit():
        return _correction_page(card, form, 422)
    voucher_id, name = card.voucher.id, card.voucher.name
    try:
        with transaction() as session:
            made = corrections.reverse(
                session, voucher_id, on=form.on.data, text=form.text.data or "", by=current_user.id, now=clock.now()
            )
            said = gettext("%(name)s has been reversed by %(other)s.", name=name, other=made.name)
    except DomainError as error:
        form.refuse(error)
        return _correction_page(queries.card(db.session(), public_id), form, 422)
    tell(said)
    if request.form.get("then") == "new":
        return go(url_for("vouchers.new", replaces=public_id))
    return go(url_for("vouchers.show", public_id=public_id))


def _likely_day(card: VoucherCard) -> date:
    """The voucher's own day where it is open, else today."""
    locked = card.year.locked_through
    return card.voucher.voucher_on if locked is None or card.voucher.voucher_on > locked else clock.today()


def _correction_page(card: VoucherCard, form: CorrectionForm, status: int = 200) -> ResponseReturnValue:
    return render_template("ledger/correct.html", card=card, form=form), status
