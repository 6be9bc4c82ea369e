"""The steps of a mailing that somebody answers for: recipients fixed, opened again, approved, given up."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.mailings import rules
from infosoc.mailings.commands import freezing as commands
from infosoc.mailings.commands import sending, writing
from infosoc.mailings.forms import ApproveForm
from infosoc.mailings.queries import results as result_queries
from infosoc.mailings.queries.mailings import MailingCard, card
from infosoc.mailings.rules import State
from infosoc.mailings.views.audience import reader
from infosoc.mailings.views.blueprints import mailings as blueprint
from infosoc.mailings.views.frame import frame_of
from infosoc.mailings.views.preview import sample
from infosoc.web.access import allow
from infosoc.web.forms import BaseForm
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/approval")
@allow(Permission.MAILINGS_READ)
def approval(public_id: str) -> ResponseReturnValue:
    """Before: what will be fixed. After: the numbers and the letter once more, for who approves."""
    found = card(db.session(), public_id)
    if found.mailing.state not in (State.DRAFT, State.FROZEN, State.APPROVED):
        return go(url_for("mailings.show", public_id=public_id))
    form = ApproveForm(formdata=None, data={"seen": commands.fingerprint(found.mailing)})
    return _approval_page(found, form)


@blueprint.post("/<public_id>/freeze")
@allow(Permission.MAILINGS_WRITE)
def freeze(public_id: str) -> ResponseReturnValue:
    form = BaseForm()
    if not form.validate_on_submit():
        return go(url_for("mailings.approval", public_id=public_id))
    try:
        with transaction() as session:
            commands.freeze(
                session, public_id, reader=reader(), version=form.version.data, by=current_user.id, now=clock.now()
            )
    except DomainError as error:
        form.refuse(error)
        form.form_errors = form.form_errors or [gettext(error.message, **error.values)]
        return _approval_page(card(db.session(), public_id), ApproveForm(formdata=None), form, status=422)
    tell(gettext("The recipients are locked."))
    return go(url_for("mailings.approval", public_id=public_id))


@blueprint.post("/<public_id>/thaw")
@allow(Permission.MAILINGS_WRITE)
def thaw(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.thaw(session, public_id, by=current_user.id)
    tell(gettext("The mailing is a draft again."))
    return go(url_for("mailings.letter", public_id=public_id))


@blueprint.post("/<public_id>/approval")
@allow(Permission.MAILINGS_SEND)
def approve(public_id: str) -> ResponseReturnValue:
    form = ApproveForm()
    page = url_for("mailings.show", public_id=public_id)
    status = 422
    if form.validate_on_submit():
        later, now = form.scheduled_at(), clock.now()
        try:
            with transaction() as session:
                commands.approve(
                    session, public_id, seen=form.seen.data or "", scheduled_at=later, by=current_user.id, now=now
                )
                if later is None:
                    sending.start(session, public_id, by=current_user.id, now=now)
            return go(page)
        except (commands.SeenOtherwise, commands.TimePassed) as error:
            form.refuse(error)
            status = 409 if isinstance(error, commands.SeenOtherwise) else 422
    found = card(db.session(), public_id)
    if found.mailing.state != State.FROZEN:
        return go(page)
    form.seen.data = commands.fingerprint(found.mailing)
    return _approval_page(found, form, status=status)


@blueprint.post("/<public_id>/cancel")
@allow(Permission.MAILINGS_WRITE)
def cancel(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        writing.cancel(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("The mailing has been cancelled."))
    return go(url_for("mailings.index"))


def _approval_page(
    found: MailingCard, form: ApproveForm, freeze_form: BaseForm | None = None, status: int = 200
) -> ResponseReturnValue:
    return render_template("mailings/approval.html", **_approval_values(found, form, freeze_form)), status


def _approval_values(found: MailingCard, form: ApproveForm, freeze_form: BaseForm | None) -> dict[str, Any]:
    page = result_queries.page(db.session(), found.mailing, "skipped", "", 1)
    freeze_form = freeze_form or BaseForm(formdata=None, obj=found.mailing)
    freeze_form.version.data = found.mailing.version
    return {
        **frame_of(found, "approval"), "form": form, "freeze_form": freeze_form, "skipped": page.reasons,
        "reasons": rules.REASON_LABELS, "shown": sample(found),
    }  # fmt: skip
