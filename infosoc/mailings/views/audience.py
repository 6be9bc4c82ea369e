"""Choosing who gets a mailing: the filters of the contacts list, with the numbers they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.crm.lists import state
from infosoc.crm.lists.contacts import CONTACTS
from infosoc.crm.lists.spec import Choices, Filter, Option, Reader
from infosoc.crm.lists.state import Query
from infosoc.crm.queries.lists_choices import choices, municipalities
from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings import rules
from infosoc.mailings.commands import writing as commands
from infosoc.mailings.forms import AudienceForm
from infosoc.mailings.queries import audience as queries
from infosoc.mailings.queries.mailings import MailingCard, card
from infosoc.mailings.rules import State
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import frame_of
from infosoc.web.access import allow
from infosoc.web.filters import translate
from infosoc.web.forms import arguments, page_number
from infosoc.web.htmx import go, is_htmx, tell

OPEN = "open"  # the parameter that names a filter whose choices are to be listed, for those without JavaScript


@dataclass(frozen=True)
class Chip:
    """One filter as a chip."""

    name: str
    label: str
    kind: str
    value: str
    chosen: tuple[str, ...]
    options: list[tuple[str, str]]
    clear_url: str
    load_url: str | None
    open_url: str


@blueprint.get("/<public_id>/recipients")
@allow(Permission.MAILINGS_WRITE)
def audience(public_id: str) -> ResponseReturnValue:
    found = card(db.session(), public_id)
    if found.mailing.state != State.DRAFT:
        return go(url_for("mailings.results", public_id=public_id))
    return render_template("mailings/audience.html", **_values(found))


@blueprint.get("/<public_id>/recipients/rows")
@allow(Permission.MAILINGS_WRITE)
def audience_rows(public_id: str) -> ResponseReturnValue:
    """The numbers and rows alone, while filters are chosen; a whole page when opened by hand."""
    found = card(db.session(), public_id)
    if found.mailing.state != State.DRAFT:
        return go(url_for("mailings.results", public_id=public_id))
    values = _values(found)
    if not is_htmx():
        return render_template("mailings/audience.html", **values)
    response = make_response(render_template("mailings/_audience.html", **values))
    response.headers["Vary"] = "HX-Request, HX-History-Restore-Request"
    response.headers["HX-Push-Url"] = values["here"]
    return response


@blueprint.post("/<public_id>/recipients")
@allow(Permission.MAILINGS_WRITE)
def choose(public_id: str) -> ResponseReturnValue:
    """Keep the filters, read and written anew: nothing else of what was sent survives."""
    form = AudienceForm()
    if form.validate_on_submit():
        who = reader()
        known = choices(db.session(), CONTACTS.name, who)
        query = state.read_text(CONTACTS, form.query.data or "", who, known)
        try:
            with transaction() as session:
                commands.choose_audience(session, public_id, query.text(), by=current_user.id)
        except DomainError as error:
            tell(gettext(error.message, **error.values), is_error=True)
            return go(url_for("mailings.audience", public_id=public_id))
        tell(gettext("The choice of recipients has been saved."))
    return go(url_for("mailings.preview", public_id=public_id))


def reader() -> Reader:
    """Who reads in this request."""
    return Reader(current_user.id, clock.today(), g.rights)


# ---- what the page shows ---------------------------------------------------------------------------------------------


def _values(found: MailingCard) -> dict[str, Any]:
    session, who = db.session(), reader()
    known = choices(session, CONTACTS.name, who)
    given = arguments()
    # The filters of the address; without any, those that are kept.
    query = (
        state.read(CONTACTS, given, who, known) if "chosen" in given else
        state.read_text(CONTACTS, found.mailing.query, who, known)
    )  # fmt: skip
    query = state.permitted(query, shown=set(), trash=False)
    look = queries.look(session, found.mailing, query.text(), who, request.args.get("why", ""), page_number())
    page = _Page(found.mailing.public_id, query, known)
    return {
        **frame_of(found, "audience"), "look": look, "query": query, "chips": page.chips(), "views": page.views(),
        "reasons": rules.REASON_LABELS, "url": page.url, "here": page.here(look), "letters_tab": queries.LETTERS,
        "is_kept": bool(found.mailing.query) and query.text() == found.mailing.query,
        "form": AudienceForm(formdata=None, data={"query": query.text()}),
    }  # fmt: skip


@dataclass(frozen=True)
class _Page:
    """The addresses of the page in its states."""

    public_id: str
    query: Query
    known: Choices

    def url(self, query: Query | None = None, **more: Any) -> str:
        """The page with these filters (those shown, when none are given)."""
        pairs = [
            ("chosen", "1"),
            *(query or self.query).pairs,
            *((name, str(value)) for name, value in more.items() if value),
        ]
        return f"{url_for('mailings.audience', public_id=self.public_id)}?{urlencode(pairs)}"

    def here(self, look: queries.Look) -> str:
        return self.url(why=look.choice, page=look.number if look.number > 1 else "")

    def views(self) -> list[tuple[str, str]]:
        """The saved views of the contacts list, as ways to choose at once."""
        base = url_for("mailings.audience", public_id=self.public_id)
        return [(view.name, f"{base}?chosen=1&{view.query}") for view in self.known.views]

    def chips(self) -> list[Chip]:
        return [self._chip(one) for one in CONTACTS.filters]

    def _chip(self, one: Filter) -> Chip:
        active = self.query.active.get(one.name)
        chosen = active.raw if active else ()
        offered = one.options(self.known, active)
        is_long = one.name == "municipality"
        if is_long and request.args.get(OPEN) == one.name:
            offered = [Option(name, name, is_word=False) for name in municipalities(db.session())]
        words = [_word(option) for option in offered if option.value in chosen and option.value]
        said = f"{words[0]} +{len(words) - 1}" if len(words) > 2 else ", ".join(words)
        text = self.query.text()
        load = url_for("contacts.choices", name=one.name) + (f"?{text}" if text else "") if is_long else None
        return Chip(
            one.name, translate(one.label), one.kind, said, chosen or ("",),
            [(option.value, _word(option)) for option in offered],
            self.url(self.query.without(one.name)) if active else "",
            None if request.args.get(OPEN) == one.name else load, self.url(**{OPEN: one.name}),
        )  # fmt: skip


def _word(option: Option) -> str:
    return gettext(option.label, **option.values) if option.is_word else option.label
