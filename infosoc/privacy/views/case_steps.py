"""The steps of a case: letters, more time, the extract, removal and restriction."""

from __future__ import annotations

from flask import Response, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.kernel import clock, email
from infosoc.kernel.errors import DomainError, NotFound
from infosoc.kernel.permission import Permission
from infosoc.privacy import answers, letters
from infosoc.privacy.commands import case_deeds as deeds
from infosoc.privacy.commands import cases as commands
from infosoc.privacy.commands import objections
from infosoc.privacy.forms import LetterForm
from infosoc.privacy.models import PrivacyCase
from infosoc.privacy.printed import printed
from infosoc.privacy.queries import cases as queries
from infosoc.privacy.rules import LetterKind, Way
from infosoc.privacy.views.cases import WORDS, back, blueprint
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/<public_id>/letter/<kind>")
@allow(Permission.PRIVACY_WRITE)
def draft(public_id: str, kind: str) -> ResponseReturnValue:
    """A proposed letter, to be read through and changed."""
    case, about = queries.case(db.session(), public_id), _kind(kind)
    language = "en" if request.args.get("language") == "en" else "sv"
    searched = _searched(case) if about is LetterKind.NOT_FOUND else []
    made = letters.draft(case, about, g.tenant, language=language, searched=searched, link=commands.LINK)
    form = LetterForm(
        formdata=None, way=(Way.MAIL if email.is_valid(case.requester) else Way.PAPER).value, subject=made.subject,
        text=made.text.strip(), language=language,
    )  # fmt: skip
    return _show_letter(case, about, form)


@blueprint.post("/<public_id>/letter/<kind>")
@allow(Permission.PRIVACY_WRITE)
def write(public_id: str, kind: str) -> ResponseReturnValue:
    """Send or print it. An extension moves the due day; an extract makes the link and shows the code once."""
    form, about = LetterForm(), _kind(kind)
    if not form.validate_on_submit():
        return _show_letter(queries.case(db.session(), public_id), about, form, 422)
    try:
        return _write(public_id, about, form)
    except NotFound:
        raise
    except DomainError as error:
        form.refuse(error)
        return _show_letter(queries.case(db.session(), public_id), about, form, 409)


@blueprint.get("/<public_id>/letters/<letter_id>")
@allow(Permission.PRIVACY_READ)
def letter(public_id: str, letter_id: str) -> ResponseReturnValue:
    """A letter as it was sent, in a form to print."""
    session = db.session()
    case, found = queries.case(session, public_id), queries.letter(session, letter_id)
    if found.case_id != case.id:
        raise NotFound
    return render_template("privacy/letter.html", case=case, letter=found, sender=printed(g.tenant), **WORDS)


@blueprint.get("/<public_id>/extract")
@allow(Permission.PRIVACY_WRITE)
def extract(public_id: str) -> ResponseReturnValue:
    """What is kept of whoever the case is about, to be looked through before it goes out."""
    case = queries.case(db.session(), public_id)
    made = deeds.extract_of(db.session(), case, now=clock.now())
    return render_template(
        "privacy/case_extract.html", case=case, made=made, translated=gettext,
        may_release=deeds.may_release(case, made, by=current_user.id), is_reviewed=deeds.REVIEWED in case.report,
    )  # fmt: skip


@blueprint.get("/<public_id>/extract.pdf")
@allow(Permission.PRIVACY_WRITE)
def extract_pdf(public_id: str) -> ResponseReturnValue:
    """The same on paper, when it has been looked through."""
    case, now = queries.case(db.session(), public_id), clock.now()
    made = deeds.extract_of(db.session(), case, now=now)
    if not case.identity_method:
        raise commands.NotIdentified
    if not deeds.may_release(case, made, by=current_user.id):
        raise deeds.SecondLookMissing
    paper = answers.as_pdf([answers.Answer(g.tenant, made, None)], made.address, now=now)
    response = Response(paper, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="extract-{case.number}.pdf"'
    return response


@blueprint.post("/<public_id>/extract/review")
@allow(Permission.PRIVACY_WRITE)
def review(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        deeds.review(session, public_id, by=current_user.id)
    tell(gettext("Your review has been recorded."))
    return go(url_for("privacy_cases.extract", public_id=public_id))


@blueprint.get("/<public_id>/erase")
@allow(Permission.PRIVACY_WRITE)
def ask_erase(public_id: str) -> ResponseReturnValue:
    """Say what removal means before it is done; it has no undo."""
    session = db.session()
    case = queries.case(session, public_id)
    person = queries.person(session, case.contact_id) if case.contact_id else None
    return render_template("privacy/case_erase.html", case=case, person=person)


@blueprint.post("/<public_id>/erase")
@allow(Permission.PRIVACY_WRITE)
def erase(public_id: str) -> ResponseReturnValue:
    """Remove whoever the case is about."""
    with transaction() as session:
        report = deeds.erase(session, public_id, by=current_user.id, now=clock.now())
        warnings = [gettext(message, **values) for message, values in report.warnings]
    tell(" ".join([gettext("Removed from the register."), *warnings]))
    return back(public_id)


@blueprint.post("/<public_id>/stop")
@allow(Permission.PRIVACY_WRITE)
def stop(public_id: str) -> ResponseReturnValue:
    """No more mailings to whoever the case is about."""
    with transaction() as session:
        objections.stop_for_case(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("No more mailings go to the person."))
    return back(public_id)


@blueprint.post("/<public_id>/restrict")
@allow(Permission.PRIVACY_WRITE)
def restrict(public_id: str) -> ResponseReturnValue:
    with transaction() as session:
        deeds.restrict(session, public_id, by=current_user.id, now=clock.now())
    tell(gettext("The data is kept but not used."))
    return back(public_id)


def _write(public_id: str, about: LetterKind, form: LetterForm) -> ResponseReturnValue:
    made, by, now = form.letter(about), current_user.id, clock.now()
    if about is LetterKind.EXTRACT and made.way is Way.MAIL:
        return _give_out(public_id, made)
    with transaction() as session:
        if about is LetterKind.EXTENSION:
            commands.extend(session, public_id, form.reason.data or "", made, by=by, now=now)
        elif about is LetterKind.LIFTED:
            deeds.lift(session, public_id, form.reason.data or "", made, by=by, now=now)
        else:
            commands.write(session, public_id, made, by=by, now=now)
    sent = gettext("The letter is on its way.") if made.way is Way.MAIL else gettext("The letter is ready to print.")
    tell(sent)
    return back(public_id)


def _give_out(public_id: str, made: commands.Letter) -> ResponseReturnValue:
    """The extract by a one-time link; the code is on the page that answers, and nowhere else."""
    by, now = current_user.id, clock.now()
    with transaction() as session:
        released = deeds.make_link(session, public_id, by=by, now=now, language=made.language)
        path = url_for("privacy_request.show", token=released.token)
        link = current_app.extensions["settings"].base_url + path
        deeds.send_extract(session, released, made, link, by=by, now=now)
    code = f"{released.code[:3]} {released.code[3:]}"
    return render_template("privacy/case_released.html", case=queries.case(db.session(), public_id), code=code)


def _kind(kind: str) -> LetterKind:
    try:
        return LetterKind(kind)
    except ValueError:
        raise NotFound from None


def _searched(case: PrivacyCase) -> list[str]:
    """What has been looked through, in words, for the answer to who is not there (P-22)."""
    try:
        return [gettext(one) for one in deeds.extract_of(db.session(), case, now=clock.now()).searched]
    except deeds.SubjectMissing:
        return []


def _show_letter(case: PrivacyCase, about: LetterKind, form: LetterForm, status: int = 200) -> ResponseReturnValue:
    return render_template("privacy/letter_new.html", case=case, kind=about.value, form=form, **WORDS), status
