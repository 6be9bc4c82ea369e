"""Where e-invoices are handed over, and Peppol's own rule file."""

from __future__ import annotations

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from infosoc.db.session import db, transaction
from infosoc.invoicing import delivering, papers
from infosoc.invoicing.commands import deliveries as commands
from infosoc.invoicing.forms.sending import AccessPointForm, RuleFileForm
from infosoc.invoicing.queries import parties
from infosoc.invoicing.views.blueprints import deliveries as blueprint
from infosoc.kernel.errors import DomainError
from infosoc.kernel.permission import Permission
from infosoc.web.access import allow
from infosoc.web.htmx import go, tell


@blueprint.get("/access-point")
@allow(Permission.INVOICES_SET_UP)
def access_point() -> ResponseReturnValue:
    return _page()


@blueprint.post("/access-point")
@allow(Permission.INVOICES_SET_UP)
def choose_access_point() -> ResponseReturnValue:
    form = AccessPointForm()
    if not form.validate_on_submit():
        return _page(form, status=422)
    try:
        with transaction() as session:
            commands.choose_access_point(session, form.access_point.data, by=current_user.id)
    except DomainError as error:
        form.refuse(error)
        return _page(form, status=409)
    tell(gettext("Saved."))
    return go(url_for("deliveries.access_point"))


@blueprint.post("/rules")
@allow(Permission.INVOICES_SET_UP)
def add_rules() -> ResponseReturnValue:
    """Keep Peppol's own rule file, when it is the one that is meant and can be run."""
    from infosoc.invoicing.peppol import validate  # with lxml, which few processes need

    form = RuleFileForm()
    if not form.validate_on_submit():
        return _page(rules=form, status=422)
    try:
        validate.add_rule_file(form.file.data.read(), form.sha256.data or "", rule_folder=papers.rule_folder())
    except DomainError as error:
        form.refuse(error)
        return _page(rules=form, status=422)
    tell(gettext("The rule file is used from now on."))
    return go(url_for("deliveries.access_point"))


def _page(
    form: AccessPointForm | None = None, *, rules: RuleFileForm | None = None, status: int = 200
) -> ResponseReturnValue:
    from infosoc.invoicing.peppol import validate

    own = parties.settings(db.session())
    chosen = own.access_point if own else "download"
    return render_template(
        "invoicing/access_point.html", form=form or AccessPointForm(formdata=None, data={"access_point": chosen}),
        rules=rules or RuleFileForm(formdata=None), checksum=validate.pinned(papers.rule_folder()),
        folder=delivering.own_folder(), has_address=bool(current_app.extensions["settings"].peppol_url),
    ), status  # fmt: skip
