"""What the pages for people outside share: no login, no cookie, no script; the language of the browser.

A page names its sender and shows nothing of anybody but the person who holds the letter or the link.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from babel.lists import format_list
from flask import Blueprint, Response, current_app, g, make_response, render_template, request, url_for

from infosoc.accounts.sessions import browser_name
from infosoc.config import Settings
from infosoc.db.session import db
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import TenantFacts

LANGUAGES = {"sv": "Svenska", "en": "English"}
# What answers a form, with the page on which the form stands: where another language leads from it.
PAGE_BEFORE = {
    "unsubscribe.leave": "unsubscribe.show",
    "unsubscribe.take_back": "unsubscribe.show",
    "unsubscribe.remove": "unsubscribe.ask_removal",
    "privacy_request.send": "privacy_request.ask",
    "privacy_request.answer": "privacy_request.show",
    "privacy_request.leave": "privacy_request.show",
    "privacy_request.remove": "privacy_request.show",
}


def open_to_all(blueprint: Blueprint) -> Blueprint:
    """Give every page of a blueprint the language that its address or the browser asks for."""
    blueprint.before_request(_choose_language)
    return blueprint


def _choose_language() -> None:
    asked = request.args.get("lang", "")
    g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "sv"


def page(template: str, sender: TenantFacts | None, status: int = 200, **values: Any) -> Response:
    """A page in the sender's colours. Its language rides along in the addresses of its forms."""
    asked = request.args.get("lang", "")
    return make_response(
        render_template(
            template, sender=sender, lang=asked if asked in LANGUAGES else None, languages=_other_languages(sender),
            **values,
        ),
        status,
    )  # fmt: skip


def _other_languages(sender: TenantFacts | None) -> list[tuple[str, str, str]]:
    """Code, name and address of this page in the languages that it is not in; an answer leads to its page."""
    rule = request.url_rule
    if rule is None:
        return []
    endpoint = rule.endpoint if "GET" in (rule.methods or ()) else PAGE_BEFORE[rule.endpoint]
    values: dict[str, Any] = dict(request.view_args or {})
    if sender is not None and current_app.url_map.is_endpoint_expecting(endpoint, "tenant"):
        values["tenant"] = sender.slug
    return [
        (code, name, url_for(endpoint, lang=code, **values)) for code, name in LANGUAGES.items() if code != g.language
    ]


def neutral(status: int = 404) -> Response:
    """What everybody sees whose address is not one of ours: nothing about anybody, and where to turn."""
    return page("public/neutral.html", None, status, tenants=all_tenants(db.session()))


def tenant_at_address() -> TenantFacts | None:
    """The company whose slug is in the address."""
    return next((one for one in all_tenants(db.session()) if one.slug == g.tenant_slug), None)


def tenants_by_id() -> dict[int, TenantFacts]:
    return {one.id: one for one in all_tenants(db.session())}


def in_a_row(names: list[str]) -> str:
    """`Infosoc och Rättsdata`."""
    return format_list(names, locale=g.language)


def evidence(channel: Channel) -> Evidence:
    """How this request came (M-33): the network shortened, the browser in two words."""
    agent = browser_name(request.user_agent.string)
    return Evidence(channel, address_short=short_address(request.remote_addr or ""), agent=agent)


def short_address(address: str) -> str:
    """The network that an address is in, too wide to tell one computer: 203.0.113.0/24, 2001:db8:1::/48."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def settings() -> Settings:
    return current_app.extensions["settings"]
