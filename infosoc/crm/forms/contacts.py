"""The forms of contact persons: writing one down, the editor of each fact, and where they work."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired

from infosoc.crm.commands import points
from infosoc.crm.commands.contacts import NewContact
from infosoc.crm.commands.facts import Fact, mark
from infosoc.crm.forms import facts as forms
from infosoc.crm.forms.companies import check_point, entries
from infosoc.crm.forms.facts import FactForm, labelled, one_line, picked, to_choose
from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.rules import LEGAL_GROUND_LABELS, MARKETING_LABELS, LegalGround
from infosoc.kernel import clock
from infosoc.kernel.text import clean
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField

LANGUAGES = ("sv", "en")


class RequiredOriginForm(forms.OriginForm):
    """Where a person is from has to be known."""

    required = True


FORMS: dict[str, type[FactForm]] = {
    "name": forms.PersonNameForm, "notes": forms.NotesForm, "origin": RequiredOriginForm,
    "call_block": forms.CheckForm, "protected": forms.CheckForm,
}  # fmt: skip


def fact_form(fact: Fact, relation: ContactRelation, *, prefix: str = "") -> FactForm:
    """The form of one fact of a person, filled with what it is now unless it has been sent in."""
    args: dict[str, Any] = {"prefix": prefix, "meta": {"csrf": False}} if prefix else {}
    form = _form(fact.key, args)
    form.value_label = fact.label
    if not form.is_submitted():
        form.was.data = mark(fact, relation)
        form.show(fact.read(relation))
    return form


def _form(key: str, args: dict[str, Any]) -> FactForm:
    if key in points.GROUPS:
        listed = forms.PointsForm(**args)
        listed.group = key
        return listed
    if key in FORMS:
        form = FORMS[key](**args)
        if isinstance(form, forms.OriginForm):
            form.offer()
        elif isinstance(form, forms.CheckForm):
            form.value.label.text = _CHECKS[key]
        return form
    choice = forms.ChoiceForm(**args)
    if key == "marketing":
        choice.offer(labelled(MARKETING_LABELS), empty=False)
    else:
        choice.offer(languages())
    return choice


_CHECKS = {
    "call_block": _l("Must not be called"),
    "protected": _l("Protected identity: hide the person from everyone without a special right"),
}


def languages() -> list[tuple[str, str]]:
    return [("sv", gettext("Swedish")), ("en", gettext("English"))]


class NewContactForm(BaseForm):
    """A person at a company: work role and ways to reach them, and where we have it from."""

    name = one_line(_l("Name"), 120, InputRequired(REQUIRED))
    title = one_line(_l("Title"), 120)
    phone = StringField(_l("Phone"), filters=[lambda text: (text or "").strip()])
    mobile = StringField(_l("Mobile"), filters=[lambda text: (text or "").strip()])
    email = StringField(_l("E-mail"), filters=[lambda text: (text or "").strip()])
    source = one_line(_l("Where the details come from"), 120, InputRequired(REQUIRED))
    source_on = NaturalDateField(_l("Date"), past=True)
    legal_ground = SelectField(_l("Legal ground"))

    def offer(self) -> None:
        self.legal_ground.choices = to_choose(labelled(LEGAL_GROUND_LABELS))
        if not self.is_submitted():
            self.source.data = gettext("Own contact")
            self.source_on.data = clock.today()
            self.legal_ground.data = LegalGround.LEGITIMATE_INTEREST.value

    def validate_phone(self, field: Any) -> None:
        check_point("phones", field)

    def validate_mobile(self, field: Any) -> None:
        check_point("phones", field)

    def validate_email(self, field: Any) -> None:
        check_point("emails", field)

    def contact(self) -> NewContact:
        reach = entries(phones=self.phone.data, emails=self.email.data)
        if self.mobile.data:
            mobile = points.entry("phones", self.mobile.data, is_main=not self.phone.data)
            reach += () if any(mobile.normalised == one.normalised for one in reach) else (mobile,)
        return NewContact(
            name=self.name.data, title=self.title.data, points=reach, source=self.source.data,
            source_on=self.source_on.data or clock.today(), legal_ground=self.legal_ground.data,
        )  # fmt: skip


class NewContactAnywhereForm(NewContactForm):
    """The same from outside a company's page: the company is picked too."""

    company = StringField(_l("Company"), filters=[lambda text: clean(text or "")], validators=[InputRequired(REQUIRED)])
    company_id = picked()


class PostForm(BaseForm):
    """What a person is at a company."""

    title = one_line(_l("Title"), 120)
    main = BooleanField(_l("Main workplace"))


class NewPostForm(PostForm):
    """One more company a person works at."""

    company = StringField(_l("Company"), filters=[lambda text: clean(text or "")], validators=[InputRequired(REQUIRED)])
    company_id = picked()
