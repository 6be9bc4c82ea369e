"""Leaving mailings by the address in the letter: for people, and for mail programs (RFC 8058).

Reading changes nothing, whoever reads: scanners follow links. The token is the right; there is no login, no cookie and
no script. The answer is the same whether or not the person is still in the register (M-14).
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.db.session import db, transaction
from infosoc.kernel import clock, email
from infosoc.mailings import tokens
from infosoc.mailings.commands import opt_out
from infosoc.mailings.commands.opt_out import Breadth, Done
from infosoc.mailings.queries.deliveries import Delivery, addresses_now, delivery
from infosoc.privacy import public_letters, undo
from infosoc.privacy.commands import on_request
from infosoc.privacy.views.public import (
    evidence,
    in_a_row,
    neutral,
    open_to_all,
    page,
    settings,
    tenants_by_id,
)
from infosoc.suppression.rules import Channel
from infosoc.web.access import public, without_cookie

blueprint = open_to_all(Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe"))

BREADTHS = {breadth.value: breadth for breadth in Breadth}


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """What can be left, as buttons."""
    found = _letter(token)
    if found is None:
        return neutral()
    return page("public/unsubscribe.html", **_facts(found, token))


@blueprint.post("/<token>")
@without_cookie
def leave(token: str) -> ResponseReturnValue:
    """Leave. A mail program sends no choice, and leaves the list that the letter came from."""
    number = _number(token)
    pressed = request.form.get("leave")
    breadth = BREADTHS.get(pressed or "", Breadth.LIST)
    done = None
    if number is not None:
        told = evidence(Channel.ONE_CLICK if pressed is None else Channel.PAGE)
        with transaction() as session:
            done = opt_out.opt_out(session, number, breadth, told, now=clock.now())
    if done is None:
        return neutral() if pressed is not None else _short(gettext("This address is not one of ours."), 404)
    if pressed is None:
        return _short(gettext("You will no longer get e-mail from this list."))
    return page("public/left.html", **_facts(done.delivery, token), done=done, **_undo(done))


@blueprint.post("/<token>/undo")
@without_cookie
def take_back(token: str) -> ResponseReturnValue:
    """Take back what was pressed a moment ago."""
    found, now = _letter(token), clock.now()
    if found is None:
        return neutral()
    made = undo.read(request.form.get("deed", ""), found.number, key=_key(), now=now)
    with transaction() as session:
        lifted = opt_out.take_back(session, found.number, made, now=now)
    return page("public/taken_back.html", **_facts(found, token), lifted=lifted)


@blueprint.get("/<token>/remove")
@public
def ask_removal(token: str) -> ResponseReturnValue:
    """Say what being removed means, and ask once."""
    found = _letter(token)
    if found is None:
        return neutral()
    return page("public/remove.html", **_facts(found, token))


@blueprint.post("/<token>/remove")
@without_cookie
def remove(token: str) -> ResponseReturnValue:
    """Remove the person from the company's register, or from both."""
    found, now = _letter(token), clock.now()
    if found is None:
        return neutral()
    facts = _facts(found, token)
    asked = on_request.Asked(
        found.digest, found.address, _asked_companies(found.tenant_id), tuple(addresses_now(db.session(), found))
    )
    with transaction() as session:
        outcome = on_request.remove(session, asked, evidence(Channel.PAGE), now=now)
        public_letters.confirm_removal(session, asked, outcome, now=now)
    return page("public/removed.html", **facts, outcome=outcome, companies=tenants_by_id())


def _number(token: str) -> bytes | None:
    return tokens.delivery_of(token, tokens.read_keys(settings().unsubscribe_keys))


def _letter(token: str) -> Delivery | None:
    number = _number(token)
    return delivery(db.session(), number) if number is not None else None


def _facts(found: Delivery, token: str) -> dict[str, object]:
    """What every page of a letter shows: the sender, the list, the masked address, and who else can be left."""
    by_id = tenants_by_id()
    _, *others = opt_out.joint_tenants(db.session(), found.tenant_id)
    return {
        "sender": by_id[found.tenant_id],
        "list_name": found.list_name,
        "masked": email.masked(found.address),
        "others": [by_id[one] for one in others],
        "both": in_a_row([by_id[one].name for one in (found.tenant_id, *others)]),
        "token": token,
    }


def _asked_companies(tenant_id: int) -> tuple[int, ...]:
    both = request.form.get("remove") == "joint"
    return opt_out.joint_tenants(db.session(), tenant_id) if both else (tenant_id,)


def _undo(done: Done) -> dict[str, object]:
    if not done.made:
        return {"deed": None, "until": None}
    until = min(one.made_at for one in done.made) + opt_out.UNDO_LASTS
    return {"deed": undo.signed(done.delivery.number, done.made, key=_key()), "until": until}


def _key() -> str:
    return current_app.config["SECRET_KEY"]


def _short(text: str, status: int = 200) -> Response:
    """The answer to a mail program: a line of text, never a redirect."""
    return Response(text + "\n", status, mimetype="text/plain")
