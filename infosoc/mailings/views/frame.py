"""What every page of one mailing shows: where it stands, and the steps on the way."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext

from infosoc.accounts.request import may
from infosoc.kernel.permission import Permission
from infosoc.mailings import rules
from infosoc.mailings.footer import Sender
from infosoc.mailings.letters import MailingFacts
from infosoc.mailings.models import Mailing
from infosoc.mailings.queries.mailings import MailingCard
from infosoc.mailings.rules import State

STEPS = ("letter", "audience", "preview", "approval")
MARKS = {
    State.DRAFT: "muted", State.FROZEN: "waiting", State.APPROVED: "waiting", State.SENDING: "running",
    State.PAUSED: "warning", State.STOPPED: "error", State.DONE: "ok", State.CANCELLED: "muted",
}  # fmt: skip


def frame_of(card: MailingCard, here: str = "") -> dict[str, Any]:
    """The values of the frame around a page of a mailing; `here` is the step that the page is."""
    mailing = card.mailing
    return {
        "card": card, "mailing": mailing, "labels": rules.STATE_LABELS, "marks": MARKS,
        "steps": _steps(mailing), "places": _places(mailing, here), "may_write": may(Permission.MAILINGS_WRITE),
        "may_send": may(Permission.MAILINGS_SEND),
    }  # fmt: skip


def _steps(mailing: Mailing) -> list[dict[str, Any]]:
    """What is left to do with a draft, in order."""
    done = {"letter": bool(mailing.subject and mailing.body), "audience": bool(mailing.query)}
    return [
        {"name": name, "label": label, "done": done.get(name, False), "url": _url(mailing, name)}
        for name, label in _labels().items()
        if name in STEPS
    ]


def _places(mailing: Mailing, here: str) -> list[dict[str, Any]]:
    """The parts of the mailing as tabs; what is over is no longer among them."""
    names = {"show": True, "letter": False, "audience": False, "results": True, "preview": True, "approval": False}
    if mailing.state == State.DRAFT:
        names |= {"letter": True, "audience": True, "results": False, "approval": True}
    elif mailing.state in (State.FROZEN, State.APPROVED):
        names["approval"] = True
    labels = _labels()
    return [
        {"label": labels[name], "url": _url(mailing, name), "current": name == here}
        for name, is_there in names.items()
        if is_there
    ]


def _labels() -> dict[str, str]:
    return {
        "show": gettext("Overview"), "letter": gettext("The letter"), "audience": gettext("Recipients"),
        "results": gettext("Recipients"), "preview": gettext("Preview"), "approval": gettext("Approval"),
    }  # fmt: skip


def _url(mailing: Mailing, name: str) -> str:
    return url_for(f"mailings.{name}", public_id=mailing.public_id)


def letter_facts(card: MailingCard) -> MailingFacts:
    """The letter as it is composed, in this tenant's name."""
    mailing, tenant = card.mailing, g.tenant
    return MailingFacts(
        sender=Sender(tenant.slug, tenant.name, tenant.brand, tenant.settings), list_name=card.of_list.name,
        list_slug=card.of_list.slug, subject=mailing.subject, body=mailing.body, language=mailing.language,
        tells_source=mailing.tells_source,
    )  # fmt: skip
