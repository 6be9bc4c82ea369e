"""The forms of companies: writing one down, and the editor of each fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from infosoc.accounts.models import User
from infosoc.accounts.queries import colleagues
from infosoc.crm import municipalities
from infosoc.crm.commands import points
from infosoc.crm.commands.companies import NewCompany
from infosoc.crm.commands.company_facts import CUSTOM
from infosoc.crm.commands.contacts import NewContact
from infosoc.crm.commands.facts import Fact, mark
from infosoc.crm.forms import facts as forms
from infosoc.crm.forms.facts import FactForm, labelled, one_line, text_of, to_choose
from infosoc.crm.models.companies import CompanyRelation, CustomField
from infosoc.crm.queries import companies as queries
from infosoc.crm.rules import SIZES, STATUS_LABELS, FieldKind, Status
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.identity import LegalForm, parse_org_number
from infosoc.web.filters import translate
from infosoc.web.forms import REQUIRED, BaseForm

PLACES = {"visiting", "postal", "invoice"}
FORMS: dict[str, type[FactForm]] = {
    "name": forms.NameForm, "org_number": forms.OrgNumberForm, "municipality": forms.MunicipalityForm,
    "town": forms.TownForm, "notes": forms.NotesForm, "origin": forms.OriginForm, "parent": forms.ParentForm,
    "tags": forms.TagsForm,
}  # fmt: skip


@dataclass
class Options:
    """What the choices of a company's forms are made of; each list is read when a form needs it."""

    session: Session
    fields: list[CustomField] = field(default_factory=list)

    @cached_property
    def owners(self) -> list[tuple[str, str]]:
        return [(user.public_id, user.name) for user in colleagues(self.session)]

    @cached_property
    def tags(self) -> list[str]:
        return queries.tags(self.session)

    def lines(self, keep: str = "") -> list[tuple[str, str]]:
        return [(line.public_id, line.name) for line in queries.lines(self.session, keep=keep)]

    def field(self, key: str) -> CustomField:
        return next(one for one in self.fields if CUSTOM + one.key == key)


def fact_form(fact: Fact, relation: CompanyRelation, options: Options, *, prefix: str = "") -> FactForm:
    """The form of one fact, filled with what it is now unless it has been sent in."""
    form = _form(fact.key, relation, options, prefix)
    form.value_label = fact.label
    # A personal identity number: read only where reading is logged (`companies.reveal`), never filled in here.
    if isinstance(form, forms.OrgNumberForm) and relation.company.is_sole_trader:
        form.is_hidden, form.kept = True, relation.company.org_number or ""
    if not form.is_submitted():
        _show(form, fact, relation, options)
    return form


def remark(form: FactForm, fact: Fact, relation: CompanyRelation) -> None:
    """Let the form replace what is there now: the person has seen it."""
    form.was.data = mark(fact, relation)


def _form(key: str, relation: CompanyRelation, options: Options, prefix: str) -> FactForm:
    args: dict[str, Any] = {"prefix": prefix, "meta": {"csrf": False}} if prefix else {}
    if key in FORMS:
        form = FORMS[key](**args)
        if isinstance(form, forms.TagsForm):
            form.offer(options.tags)
        elif isinstance(form, forms.OriginForm):
            form.offer()
        elif isinstance(form, forms.ParentForm):
            form.find = partial(queries.picked, options.session)
        return form
    if key in PLACES:
        return forms.PlaceForm(**args)
    if key in points.GROUPS:
        listed = forms.PointsForm(**args)
        listed.group = key
        return listed
    if key.startswith(CUSTOM) and options.field(key).kind != FieldKind.CHOICE:
        custom = forms.CustomForm(**args)
        custom.offer(options.field(key))
        return custom
    choice = forms.ChoiceForm(**args)
    choice.offer(_choices(key, relation, options), empty=key != "status")
    return choice


def _choices(key: str, relation: CompanyRelation, options: Options) -> list[tuple[str, str]]:
    if key == "status":
        return labelled(STATUS_LABELS)
    if key == "legal_form":
        return [(form.value, translate(form.label)) for form in LegalForm]
    if key == "size":
        return [(size, size_label(size)) for size in SIZES]
    if key == "line":
        return options.lines(relation.line.public_id if relation.line else "")
    if key == "owner":
        return _with_present(options.owners, relation.owner)
    known = list(options.field(key).choices)
    kept = (relation.custom or {}).get(key.removeprefix(CUSTOM))
    return [(choice, choice) for choice in [*known, *([kept] if kept and kept not in known else [])]]


def size_label(size: str) -> str:
    """A class of size in words."""
    return gettext("%(size)s employees", size=size.replace("-", "–"))


def _with_present(owners: list[tuple[str, str]], owner: User | None) -> list[tuple[str, str]]:
    """An owner who has left stays choosable until somebody else is chosen."""
    if owner is None or any(public_id == owner.public_id for public_id, _ in owners):
        return owners
    return [*owners, (owner.public_id, owner.name)]


def _show(form: FactForm, fact: Fact, relation: CompanyRelation, options: Options) -> None:
    form.was.data = mark(fact, relation)
    if isinstance(form, forms.OrgNumberForm) and form.is_hidden:
        form.value.data = ""
        return
    form.show(fact.read(relation))
    if isinstance(form, forms.ParentForm):
        form.text.data = relation.company.parent.name if relation.company.parent else ""


class NewCompanyForm(BaseForm):
    """The short form: what one knows when a company is first heard of, on one screen."""

    name = one_line(_l("Name"), 200, InputRequired(REQUIRED))
    org_number = StringField(_l("Organisation number"), filters=[lambda text: (text or "").strip()],
                             validators=[forms.check_org_number])  # fmt: skip
    municipality = StringField(_l("Municipality"), filters=[lambda text: (text or "").strip()],
                               validators=[forms.check_municipality])  # fmt: skip
    status = SelectField(_l("Status"), default=Status.PROSPECT.value, validators=[InputRequired(REQUIRED)])
    line = SelectField(_l("Line of business"))
    owner = SelectField(_l("Owner"))
    phone = StringField(_l("Phone"), filters=[lambda text: (text or "").strip()])
    email = StringField(_l("E-mail"), filters=[lambda text: (text or "").strip()])
    source = one_line(_l("Where the data comes from"), 120)
    contact_name = one_line(_l("Name"), 120)
    contact_title = one_line(_l("Title"), 120)
    contact_phone = StringField(_l("Phone"), filters=[lambda text: (text or "").strip()])
    contact_email = StringField(_l("E-mail"), filters=[lambda text: (text or "").strip()])

    def offer(self, options: Options, *, me: str) -> None:
        self.status.choices = to_choose(labelled(STATUS_LABELS))
        self.line.choices = to_choose([("", gettext("not stated")), *options.lines()])
        self.owner.choices = to_choose([("", gettext("nobody")), *options.owners])
        if not self.is_submitted():
            self.owner.data = me if any(me == public_id for public_id, _ in options.owners) else ""
            self.source.data = gettext("Own contact")

    def validate_phone(self, field: Any) -> None:
        check_point("phones", field)

    def validate_email(self, field: Any) -> None:
        check_point("emails", field)

    def validate_contact_phone(self, field: Any) -> None:
        check_point("phones", field)

    def validate_contact_email(self, field: Any) -> None:
        check_point("emails", field)

    def validate_contact_name(self, field: Any) -> None:
        if not field.data and any((self.contact_title.data, self.contact_phone.data, self.contact_email.data)):
            raise ValidationError(gettext("Enter the person's name too."))

    def company(self) -> NewCompany:
        today, source = clock.today(), self.source.data or gettext("Own contact")
        person = NewContact(
            name=self.contact_name.data, title=self.contact_title.data, source=source, source_on=today,
            points=entries(phones=self.contact_phone.data, emails=self.contact_email.data),
        )  # fmt: skip
        return NewCompany(
            name=self.name.data,
            org_number=parse_org_number(self.org_number.data) if self.org_number.data else "",
            municipality=municipalities.named(self.municipality.data) or "" if self.municipality.data else "",
            status=Status(self.status.data), line=self.line.data, owner=self.owner.data,
            points=entries(phones=self.phone.data, emails=self.email.data), source=source, source_on=today,
            person=person if person.name else None,
        )  # fmt: skip


def check_point(group: str, form_field: Any) -> None:
    """Refuse what is no number or address of its kind."""
    if not form_field.data:
        return
    try:
        points.entry(group, form_field.data)
    except DomainError as error:
        raise ValidationError(text_of(error)) from None


def entries(**texts: str) -> tuple[points.PointEntry, ...]:
    """The points that were typed, each the main one of its group."""
    return tuple(points.entry(group, text, is_main=True) for group, text in texts.items() if text)
