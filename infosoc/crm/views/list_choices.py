"""What the chips of a list offer when they are opened; many choices are found by typing."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from infosoc.crm.lists.spec import Choices, Option
from infosoc.crm.lists.state import Query
from infosoc.crm.queries.lists_choices import municipalities as known_municipalities
from infosoc.crm.views import list_pages
from infosoc.crm.views.list_pages import Chip
from infosoc.db.session import db
from infosoc.kernel.errors import NotFound
from infosoc.kernel.text import fold
from infosoc.web.htmx import fragment, is_htmx
from infosoc.web.words import gettext

MOST_UNSOUGHT = 15  # more choices than these come with a field to find them by


def municipalities() -> list[Option]:
    """The municipalities that the tenant's companies are in."""
    return [Option(name, name, is_word=False) for name in known_municipalities(db.session())]


def choices_of(list_name: str, name: str, more: list[Option] | None = None) -> ResponseReturnValue:
    """The choices of one chip when it is opened; opened by hand, a page that leads back to the list with them."""
    query, known = list_pages.read(list_name)
    if name == "columns":
        return _column_choices(list_name, query, known)
    one = next((one for one in query.spec.filters if one.name == name), None)
    if one is None:
        raise NotFound
    active = query.active.get(name)
    offered = one.options(known, active) if more is None else more
    chosen = active.raw if active else ()
    find = fold(request.args.get("find", "")[:60])
    shown = [option for option in offered if find in fold(list_pages.word(option)) or option.value in chosen]
    made = list_pages.chip(one, shown, chosen, known)
    others = query.without(name)
    find_url = f"{url_for(f'{list_name}.choices', name=name)}?{others.text()}" if len(offered) > MOST_UNSOUGHT else None
    return _show_choices(list_name, made, others.pairs_to_keep, find_url)


def _column_choices(list_name: str, query: Query, known: Choices) -> ResponseReturnValue:
    shown = query.columns or known.columns or query.spec.default_columns
    options = [(column.name, gettext(column.label)) for column in query.spec.columns if column.name != "name"]
    made = Chip("columns", gettext("Columns"), "checkbox", "", shown, options, "", None)
    return _show_choices(list_name, made, [*query.pairs, ("columns", "name")])


def _show_choices(
    list_name: str, made: Chip, pairs: list[tuple[str, str]], find_url: str | None = None
) -> ResponseReturnValue:
    """The choices; many come with a field to find them by, which asks for the narrowed list here."""
    sought = "find" in request.args
    if is_htmx():
        return fragment("crm/lists/_choices.html", chip=made, find_url=None if sought else find_url, sought=sought)
    return render_template(
        "crm/lists/choices.html",
        chip=made,
        find_url=None,
        sought=False,
        address=url_for(f"{list_name}.index"),
        pairs=pairs,
    )
