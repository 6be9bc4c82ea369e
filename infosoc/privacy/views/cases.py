"""Cases: the work list, writing down what somebody asks for, and one case with what may be done to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.accounts.queries import names_of
from infosoc.accounts.request import may
from infosoc.db.session import db, transaction
from infosoc.kernel import clock, email
from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands.opt_out import joint_tenants
from infosoc.privacy import public_letters, rules
from infosoc.privacy.commands import cases as commands
from infosoc.privacy.commands import objections
from infosoc.privacy.forms import ClassifyForm, CloseForm, IdentityForm, RequestForm
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.queries import cases as queries
from infosoc.privacy.queries import persons, readings, restricted
from infosoc.web.access import allow
from infosoc.web.forms import page_number
from infosoc.web.htmx import go, tell

blueprint = Blueprint("privacy_cases", __name__, url_prefix="/<tenant>/privacy/cases")
WORDS = {
    "kinds": rules.CASE_KIND_LABELS, "channels": rules.CASE_CHANNEL_LABELS, "outcomes": rules.CASE_OUTCOME_LABELS,
    "identities": rules.IDENTITY_LABELS, "letter_kinds": rules.LETTER_KIND_LABELS, "ways": rules.WAY_LABELS,
}  # fmt: skip


@blueprint.get("")
@allow(Permission.PRIVACY_READ)
def index() -> ResponseReturnValue:
    """The work list by due day; `?show=closed` those that are done."""
    session, today = db.session(), clock.today()
    page = queries.worklist(
        session, today=today, shows_closed=request.args.get("show") == "closed", number=page_number()
    )
    return render_template(
        "privacy/cases.html", page=page, much_read=readings.noticed(session, today=today),
        restricted=restricted.listed(session), **WORDS,
    )  # fmt: skip


@blueprint.get("/new")
@allow(Permission.PRIVACY_REGISTER)
def new() -> ResponseReturnValue:
    """A form for anybody; `?contact=` fills in a person of ours."""
    public_id = request.args.get("contact", "")
    found = persons.found(db.session(), public_id, see_protected=may(Permission.PROTECTED_READ)) if public_id else None
    form = RequestForm(formdata=None, requester=found.address if found else "", contact=public_id if found else "")
    return _show_new(form)


@blueprint.post("/new")
@allow(Permission.PRIVACY_REGISTER)
def create() -> ResponseReturnValue:
    """Write down a request from anybody; what is owed at once is done at once (P-13)."""
    form = RequestForm()
    if not form.validate_on_submit():
        return _show_new(form, 422)
    try:
        with transaction() as session:
            made = objections.register(
                session, form.request(_contact_id(form)), by=current_user.id, now=clock.now(),
                see_protected=may(Permission.PROTECTED_READ),
            )  # fmt: skip
            public_letters.confirm_removal_by_staff(session, made, now=clock.now())
            public_id, text = made.case.public_id, told(made)
    except Invalid as error:
        form.refuse(error)
        return _show_new(form, 422)
    tell(text)
    return go(
        url_for("privacy_cases.show", public_id=public_id)
        if may(Permission.PRIVACY_READ)
        else url_for("privacy_cases.new")
    )


@blueprint.get("/<public_id>")
@allow(Permission.PRIVACY_READ)
def show(public_id: str) -> ResponseReturnValue:
    return _show(queries.case(db.session(), public_id))


@blueprint.post("/<public_id>/take")
@allow(Permission.PRIVACY_WRITE)
def take(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.take(session, public_id, by=current_user.id)
    return back(public_id)


@blueprint.post("/<public_id>/kind")
@allow(Permission.PRIVACY_WRITE)
def classify(public_id: str) -> ResponseReturnValue:
    """Say what a request is about, and of whom."""
    form = ClassifyForm()
    if not form.validate_on_submit():
        return _show(queries.case(db.session(), public_id), 422)
    with transaction() as session:
        kind = rules.CaseKind(form.kind.data)
        commands.classify(session, public_id, kind, contact=form.contact.data or "", by=current_user.id)
    return back(public_id)


@blueprint.post("/<public_id>/identity")
@allow(Permission.PRIVACY_WRITE)
def identify(public_id: str) -> ResponseReturnValue:
    form = IdentityForm()
    if not form.validate_on_submit():
        return _show(queries.case(db.session(), public_id), 422)
    with transaction() as session:
        commands.identify(session, public_id, rules.Identity(form.method.data), by=current_user.id, now=clock.now())
    return back(public_id)


@blueprint.post("/<public_id>/close")
@allow(Permission.PRIVACY_WRITE)
def close(public_id: str) -> ResponseReturnValue:
    form = CloseForm()
    if not form.validate_on_submit():
        return _show(queries.case(db.session(), public_id), 422, closing=form)
    try:
        with transaction() as session:
            commands.close(
                session, public_id, rules.CaseOutcome(form.outcome.data), form.answer.data or "", by=current_user.id,
                now=clock.now(),
            )  # fmt: skip
    except DomainError as error:
        form.refuse(error)
        return _show(queries.case(db.session(), public_id), 409, closing=form)
    tell(gettext("The case is closed."))
    return go(url_for("privacy_cases.index"))


@blueprint.post("/<public_id>/reopen")
@allow(Permission.PRIVACY_WRITE)
def reopen(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        commands.reopen(session, public_id, by=current_user.id)
    return back(public_id)


def back(public_id: str) -> ResponseReturnValue:
    """To the page of the case."""
    return go(url_for("privacy_cases.show", public_id=public_id))


def told(made: objections.Registered) -> str:
    """What has been done, for whoever wrote it down."""
    number, kind = made.case.number, made.case.kind
    if made.is_removed:
        return gettext("Removed from the register. Case %(number)d is closed.", number=number)
    if kind == rules.CaseKind.OBJECT.value:
        return gettext("No more mailings go to the person. Case %(number)d is closed.", number=number)
    day = made.case.due_on.isoformat()
    return gettext("Case %(number)d is open and is to be answered by %(day)s.", number=number, day=day)


def _contact_id(form: RequestForm) -> int | None:
    """The person that the form was opened for, as long as its address has not been changed to somebody else's."""
    if not form.contact.data:
        return None
    found = persons.found(db.session(), form.contact.data, see_protected=may(Permission.PROTECTED_READ))
    same = found is not None and (form.requester.data or "").strip() in ("", found.address)
    return found.contact_id if found is not None and same else None


def _show_new(form: RequestForm, status: int = 200) -> ResponseReturnValue:
    offers_joint = len(joint_tenants(db.session(), g.tenant.id)) > 1
    return render_template("privacy/case_new.html", form=form, offers_joint=offers_joint), status


def _show(case: PrivacyCase, status: int = 200, closing: CloseForm | None = None) -> ResponseReturnValue:
    session = db.session()
    people = queries.people_with(session, case.requester)
    person = queries.person(session, case.contact_id) if case.contact_id else None
    letters = queries.letters(session, case.id)
    answers = rules.letters_of(rules.CaseKind(case.kind), [letter.kind for letter in letters])
    users = {one for one in (case.handler_id, case.made_by, *(letter.made_by for letter in letters)) if one}
    return render_template(
        "privacy/case.html", case=case, person=person, people=people, letters=letters, answers=answers,
        names=names_of(session, users), left=rules.days_left(case.due_on, clock.today()),
        warning=None if case.closed_at else rules.warning(case.due_on, clock.today()),
        closing=closing or CloseForm(formdata=None), **_forms(case, people, person), **WORDS,
    ), status  # fmt: skip


def _forms(case: PrivacyCase, people: list[queries.Person], person: queries.Person | None) -> dict[str, Any]:
    classifying = ClassifyForm(formdata=None, kind=case.kind, contact=person.public_id if person else "")
    known = {one.public_id: one for one in ([person] if person else []) + people}
    classifying.contact.choices = [("", gettext("Nobody in the register"))] + [
        (one.public_id, f"{one.name}, {one.company}") for one in known.values()
    ]
    return {
        "classifying": classifying, "identifying": IdentityForm(formdata=None),
        "may_write": may(Permission.PRIVACY_WRITE) and case.closed_at is None,
        "may_reopen": may(Permission.PRIVACY_WRITE) and case.closed_at is not None and case.reduced_at is None,
        "can_mail": email.is_valid(case.requester), "files": case.report.get(rules.FILES, []),
        "may_extend": case.extended_on is None and clock.today() <= case.due_on,
    }  # fmt: skip
