"""Am I registered? Anyone may ask; whoever holds the mailbox and the code gets the answer, and can act on it.

Asking looks nothing up: a stranger learns nothing of an address (M-14). The code is shown to whoever asks and the link
is mailed, so neither a scanner that opens the letter nor whoever typed somebody else's address gets any further.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from infosoc.accounts import throttle
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock, email
from infosoc.kernel.errors import DomainError
from infosoc.mailings.commands import opt_out
from infosoc.privacy import answers, public_letters, request_rules
from infosoc.privacy.commands import on_request, requests
from infosoc.privacy.public_forms import AskForm, CodeForm
from infosoc.privacy.queries import people
from infosoc.privacy.views.public import (
    evidence,
    in_a_row,
    neutral,
    open_to_all,
    page,
    tenant_at_address,
    tenants_by_id,
)
from infosoc.suppression import pepper
from infosoc.suppression.rules import Channel
from infosoc.tenancy.rules import TenantFacts
from infosoc.web.access import public, without_cookie

blueprint = open_to_all(Blueprint("privacy_request", __name__, url_prefix="/<tenant>/privacy/request"))


@dataclass(frozen=True)
class Opened:
    """A link that has been opened with its code: whose address, and which companies were asked."""

    tenant: TenantFacts
    address: str
    tenants: tuple[int, ...]
    is_first: bool
    is_reviewed: bool
    contact_id: int | None = None  # whom staff have found it to be about, where they gave the link out


@blueprint.get("")
@public
def ask() -> ResponseReturnValue:
    """Ask for the address."""
    tenant = tenant_at_address()
    return neutral() if tenant is None else _ask_page(tenant, AskForm(formdata=None))


@blueprint.post("")
@without_cookie
def send() -> ResponseReturnValue:
    """Mail a link. What the page says is the same whatever is known about the address, and when too much was asked."""
    tenant, form = tenant_at_address(), AskForm()
    if tenant is None:
        return neutral()
    if not form.validate():
        return _ask_page(tenant, form, 422)
    code = _mail_link(tenant, form.address(), is_joint=bool(form.joint.data))
    return page("public/asked.html", tenant, address=email.display(form.address()), code=request_rules.shown_code(code))


@blueprint.get("/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Ask for the code. Looking uses nothing up: scanners follow links."""
    tenant = tenant_at_address()
    if tenant is None or not _is_valid(tenant, token):
        return _too_old(tenant)
    return page("public/code.html", tenant, form=CodeForm(formdata=None), token=token, problem=None)


@blueprint.post("/<token>")
@without_cookie
def answer(token: str) -> ResponseReturnValue:
    """The answer: as a page, and in the hour that follows as PDF and JSON."""
    opened, now = _open(token), clock.now()
    if isinstance(opened, Response):
        return opened
    made = answers.of(
        db.session(), opened.tenants, opened.address, is_reviewed=opened.is_reviewed, now=now,
        contact_id=opened.contact_id,
    )  # fmt: skip
    if opened.is_first:
        with transaction() as session:
            answers.note_cases(session, made, opened.address, is_reviewed=opened.is_reviewed, now=now)
    if request.form.get("as") in {"pdf", "json"}:
        return answers.file(made, request.form["as"], opened.address, now=now)
    return page(
        "public/extract.html", opened.tenant, made=made, translated=gettext, address=opened.address,
        token=token, code=request.form["code"],
        others=[one.tenant for one in made if one.tenant.id != opened.tenant.id],
        both=in_a_row([one.tenant.name for one in made]),
    )  # fmt: skip


@blueprint.post("/<token>/leave")
@without_cookie
def leave(token: str) -> ResponseReturnValue:
    """No more mailings, from the companies that were asked."""
    opened = _open(token)
    if isinstance(opened, Response):
        return opened
    with transaction() as session:
        for digest in pepper.digests([opened.address, *_more_addresses(opened)]):
            opt_out.opt_out_address(
                session, digest, opened.tenants, evidence(Channel.PAGE), now=clock.now(),
                is_joint=len(opened.tenants) > 1,
            )  # fmt: skip
    return page("public/left_by_address.html", opened.tenant, both=_names(opened))


@blueprint.post("/<token>/remove")
@without_cookie
def remove(token: str) -> ResponseReturnValue:
    """Ask once what being removed means; the second press does it."""
    opened, now = _open(token), clock.now()
    if isinstance(opened, Response):
        return opened
    if "remove" not in request.form:
        return page("public/remove_by_address.html", opened.tenant, token=token, code=request.form["code"],
                    masked=email.display(opened.address), both=_names(opened), others=opened.tenants[1:])  # fmt: skip
    companies = opened.tenants if request.form["remove"] == "joint" else (opened.tenant.id,)
    asked = on_request.Asked(pepper.digest(opened.address), opened.address, companies, _more_addresses(opened))
    with transaction() as session:
        outcome = on_request.remove(session, asked, evidence(Channel.PAGE), now=now)
        public_letters.confirm_removal(session, asked, outcome, now=now)
    return page("public/removed.html", opened.tenant, outcome=outcome, companies=tenants_by_id())


def _mail_link(tenant: TenantFacts, address: str, *, is_joint: bool) -> str:
    """Mail a link, unless that has been done often just now; the code either way."""
    now, key = clock.now(), current_app.config["SECRET_KEY"]
    subjects = [
        throttle.subject("extract", address, key=key),
        throttle.subject("extract-address", throttle.network_of(request.remote_addr or ""), key=key),
    ]
    try:
        with tenant_scope(Scope.alone(tenant.id)), transaction() as session:
            throttle.charge(session, subjects, now=now)
            link = requests.make(session, address, language=g.language, now=now, is_joint=is_joint)
            public_letters.send_link(session, tenant, address, link, now=now)
    except throttle.TooManyAttempts:
        return requests.new_code()
    return link.code


def _open(token: str) -> Opened | Response:
    """The link behind the token and the code of the form, or the page that says what is wrong with them."""
    tenant = tenant_at_address()
    if tenant is None or not _is_valid(tenant, token):
        return _too_old(tenant)
    now, form = clock.now(), CodeForm()
    tries = throttle.subject("extract-code", token, key=current_app.config["SECRET_KEY"])
    try:
        if not form.validate():
            return page("public/code.html", tenant, 422, form=form, token=token, problem=None)
        with transaction() as session:
            throttle.charge(session, [tries], now=now)
        with tenant_scope(Scope.alone(tenant.id)), transaction() as session:
            link, first = requests.open_with_code(session, token, form.code.data or "", now=now)
            throttle.forgive(session, tries)
            is_joint, is_reviewed = bool(link.content.get("is_joint")), bool(link.content.get("is_reviewed"))
            address, contact_id = link.address, link.content.get("contact_id")
    except (throttle.TooManyAttempts, requests.WrongCode) as error:
        return _refused(tenant, form, token, error)
    except requests.LinkNotValid:
        return _too_old(tenant)
    tenants = opt_out.joint_tenants(db.session(), tenant.id) if is_joint else (tenant.id,)
    return Opened(tenant, address, tenants, first, is_reviewed, contact_id)


def _more_addresses(opened: Opened) -> tuple[str, ...]:
    """What else the person is known by, where staff have found out who it is."""
    if opened.contact_id is None:
        return ()
    with tenant_scope(Scope.alone(opened.tenant.id)):
        found = people.person(db.session(), contact_id=opened.contact_id)
    return tuple(one for one in found.addresses if one != opened.address)


def _refused(tenant: TenantFacts, form: CodeForm, token: str, error: DomainError) -> Response:
    status = 429 if isinstance(error, throttle.TooManyAttempts) else 422
    problem = gettext(error.message, **error.values)
    return page("public/code.html", tenant, status, form=form, token=token, problem=problem)


def _is_valid(tenant: TenantFacts, token: str) -> bool:
    try:
        with tenant_scope(Scope.alone(tenant.id)):
            requests.valid(db.session(), token, now=clock.now())
    except requests.LinkNotValid:
        return False
    return True


def _too_old(tenant: TenantFacts | None) -> Response:
    return neutral() if tenant is None else page("public/too_old.html", tenant, 404)


def _ask_page(tenant: TenantFacts, form: AskForm, status: int = 200) -> Response:
    by_id = tenants_by_id()
    _, *others = opt_out.joint_tenants(db.session(), tenant.id)
    return page("public/ask.html", tenant, status, form=form, others=[by_id[one].name for one in others],
                both=in_a_row([tenant.name, *(by_id[one].name for one in others)]))  # fmt: skip


def _names(opened: Opened) -> str:
    by_id = tenants_by_id()
    return in_a_row([by_id[one].name for one in opened.tenants])
