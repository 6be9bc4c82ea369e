"""One small form for each kind of fact. Alone it is the editor in the fact's place, with a prefix a part of a page.

`result()` is the value the commands take; `kind` tells the template how to draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from infosoc.crm import municipalities
from infosoc.crm.commands import points
from infosoc.crm.commands.company_facts import Origin, Place
from infosoc.crm.models.companies import CustomField
from infosoc.crm.rules import LEGAL_GROUND_LABELS, FieldKind
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import DomainError
from infosoc.kernel.identity import parse_org_number
from infosoc.kernel.text import clean, clean_multiline
from infosoc.web.filters import translate
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

Choices = Iterable[tuple[str, str]]


def one_line(label: Any, longest: int, *validators: Any, **kwargs: Any) -> StringField:
    """A line of text without a personal identity number."""
    # What is required is asked for after cleaning: a name of invisible characters alone is none.
    asked = [DataRequired(one.message) if isinstance(one, InputRequired) else one for one in validators]
    checks = [*asked, Length(max=longest), NoPersonalNumber()]
    return StringField(label, validators=checks, filters=[lambda text: clean(text or "")], **kwargs)


def several_lines(label: Any, longest: int = 10_000) -> TextAreaField:
    """Free text without a personal identity number."""
    return TextAreaField(
        label, validators=[Length(max=longest), NoPersonalNumber()], filters=[lambda text: clean_multiline(text or "")]
    )


def picked() -> StringField:
    """The address of what was picked in a type-to-find field; the macro that draws the field hides it."""
    return StringField(filters=[lambda text: clean(text or "")])


def text_of(error: DomainError) -> str:
    """The error in the reader's language."""
    return gettext(error.message, **error.values)


def to_choose(pairs: Choices) -> list[SelectChoice]:
    """The options of a field, of (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def labelled(labels: dict[Any, str]) -> list[tuple[str, str]]:
    """The choices of an enum in the reader's language."""
    return [(str(value), translate(label)) for value, label in labels.items()]


class FactForm(BaseForm):
    """The base of them all. `was` is the mark of what was shown."""

    kind = "line"
    was = HiddenField()
    longest = 200

    def show(self, value: Any) -> None:
        """Fill the form with the fact as it is."""
        self.value.data = value

    def result(self) -> Any:
        return self.value.data


class NameForm(FactForm):
    value = one_line(_l("Name"), 200, InputRequired(REQUIRED))


class PersonNameForm(FactForm):
    value = one_line(_l("Name"), 120, InputRequired(REQUIRED))


class TownForm(FactForm):
    value = one_line(_l("Town"), 60)


class NotesForm(FactForm):
    kind = "area"
    value = several_lines(_l("Notes"))


class OrgNumberForm(FactForm):
    """A hidden number that is left empty stays as it is."""

    kind = "number"
    value = StringField(_l("Organisation number"), filters=[lambda text: (text or "").strip()])
    kept = ""
    is_hidden = False

    def show(self, value: str) -> None:
        self.value.data = f"{value[:6]}-{value[6:]}" if value else ""

    def validate_value(self, field: Any) -> None:
        if field.data:
            check_org_number(self, field)

    def result(self) -> str:
        return parse_org_number(self.value.data) if self.value.data else self.kept


def check_org_number(_form: Any, field: Any) -> None:
    """Refuse a number whose shape or check digit is wrong."""
    if not field.data:
        return
    try:
        parse_org_number(field.data)
    except DomainError as error:
        raise ValidationError(text_of(error)) from None


class MunicipalityForm(FactForm):
    kind = "municipality"
    value = StringField(_l("Municipality"), filters=[lambda text: clean(text or "")])

    @property
    def names(self) -> tuple[str, ...]:
        return municipalities.names()

    def validate_value(self, field: Any) -> None:
        check_municipality(self, field)

    def result(self) -> str:
        return municipalities.named(self.value.data) or "" if self.value.data else ""


def check_municipality(_form: Any, field: Any) -> None:
    """Refuse what is no municipality."""
    if field.data and municipalities.named(field.data) is None:
        raise ValidationError(gettext("There is no municipality by that name. Choose one from the list."))


class ChoiceForm(FactForm):
    kind = "choice"
    value = SelectField(_l("Choice"))

    def offer(self, choices: Choices, *, empty: bool = True) -> None:
        self.value.choices = to_choose([("", gettext("not stated")), *choices] if empty else choices)


class CheckForm(FactForm):
    kind = "check"
    value = BooleanField(_l("Yes"))


class PlaceForm(FactForm):
    kind = "place"
    street = one_line(_l("Street or box"), 200)
    postcode = one_line(_l("Postcode"), 12)
    town = one_line(_l("Town"), 60)

    def show(self, value: Place) -> None:
        self.street.data, self.postcode.data, self.town.data = value

    def result(self) -> Place:
        return Place(self.street.data, self.postcode.data, self.town.data)


class OriginForm(FactForm):
    kind = "origin"
    source = one_line(_l("Where the data comes from"), 120)
    on = NaturalDateField(_l("Date"), past=True)
    ground = SelectField(_l("Legal ground"))
    required = False

    def offer(self) -> None:
        self.ground.choices = to_choose([("", gettext("not stated")), *labelled(LEGAL_GROUND_LABELS)])

    def show(self, value: Origin) -> None:
        self.source.data, self.on.data, self.ground.data = value

    def validate_source(self, field: Any) -> None:
        if self.required and not field.data:
            raise ValidationError(
                gettext("Enter where you got the person's details: a register, a website, an event or the person.")
            )

    def result(self) -> Origin:
        return Origin(self.source.data, self.on.data, self.ground.data)


class ParentForm(FactForm):
    """Typed by name, picked by address; without JavaScript the name alone has to tell."""

    kind = "parent"
    text = StringField(_l("Parent company"), filters=[lambda text: clean(text or "")])
    value = picked()

    @property
    def find_url(self) -> str:
        return url_for("companies.find")

    find: Callable[[str, str], str | None]

    def show(self, value: str) -> None:
        self.value.data = value

    def validate_text(self, field: Any) -> None:
        found = self.find(field.data, self.value.data) if field.data else ""
        if found is None:
            raise ValidationError(gettext("Choose a company from the list that opens while you type."))
        self.value.data = found


class TagsForm(FactForm):
    kind = "tags"
    value = SelectMultipleField(_l("Tags"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    new = one_line(_l("New tags, with commas between"), 200)

    def offer(self, names: list[str]) -> None:
        self.value.choices = to_choose((name, name) for name in names)

    def validate_new(self, field: Any) -> None:
        if any(len(name.strip()) > 40 for name in (field.data or "").split(",")):
            raise ValidationError(gettext("A tag has at most %(longest)s characters.", longest=40))

    def result(self) -> tuple[str, ...]:
        typed = [clean(name) for name in (self.new.data or "").split(",") if clean(name)]
        known = {choice.value.casefold(): choice.value for choice in self.value.choices}
        chosen = [*(self.value.data or []), *(known.get(name.casefold(), name) for name in typed)]
        return tuple(sorted(dict.fromkeys(chosen)))


class _PointRow(Form):
    value = StringField(_l("Address or number"), filters=[lambda text: (text or "").strip()])
    label = one_line(_l("What it covers"), 40)


class PointsForm(FactForm):
    """Several ways to reach somebody; an emptied row goes, and there is always an empty one for the next."""

    kind = "points"
    most = 12
    rows = FieldList(FormField(_PointRow), max_entries=most)
    main = RadioField(
        _l("Main"), choices=[SelectChoice(str(number), "") for number in range(12)], validate_choice=False
    )
    group = "phones"

    @property
    def inputmode(self) -> str:
        return {"phones": "tel", "emails": "email", "web": "url"}[self.group]

    def show(self, value: tuple[points.PointEntry, ...]) -> None:
        for one in value:
            self.rows.append_entry({"value": one.value, "label": one.label})
        if len(self.rows) < self.most:
            self.rows.append_entry({"value": "", "label": ""})
        self.main.data = "0"

    def validate_rows(self, field: Any) -> None:
        self._read = []
        wrong = False
        for number, row in enumerate(field):
            text = row.form.value.data
            if not text:
                continue
            try:
                is_main = self.main.data == str(number)
                self._read.append(points.entry(self.group, text, label=row.form.label.data, is_main=is_main))
            except DomainError as error:
                row.form.value.errors = [text_of(error)]
                wrong = True
        if wrong:
            raise ValidationError(gettext("One of these cannot be used."))

    def result(self) -> tuple[points.PointEntry, ...]:
        once: dict[tuple[str, str], points.PointEntry] = {}
        for one in self._read:
            once.setdefault((one.kind, one.normalised), one)
        found = sorted(once.values(), key=lambda one: not one.is_main)
        return tuple(one._replace(is_main=number == 0) for number, one in enumerate(found))


class CustomForm(FactForm):
    """A field of the tenant's own; every kind is kept as text in one form."""

    kind = "line"
    value = one_line(_l("Value"), 400)
    field: CustomField

    def offer(self, field: CustomField) -> None:
        self.field = field
        if field.kind == FieldKind.DATE:
            self.value.render_kw = {"placeholder": gettext("2026-12-03")}

    def show(self, value: str) -> None:
        self.value.data = value.replace(".", ",") if self.field.kind == FieldKind.NUMBER else value

    def validate_value(self, field: Any) -> None:
        if field.data:
            field.data = _custom_value(FieldKind(self.field.kind), field.data)

    def result(self) -> str:
        return self.value.data or ""


def _custom_value(kind: FieldKind, text: str) -> str:
    if kind == FieldKind.NUMBER:
        try:
            number = Decimal("".join(text.split()).replace("\u2212", "-").replace(",", "."))
        except InvalidOperation:
            raise ValidationError(gettext("Enter a number such as 1 234,50.")) from None
        if not number.is_finite():
            raise ValidationError(gettext("Enter a number such as 1 234,50."))
        return format(number, "f")
    if kind == FieldKind.DATE:
        return _day(text).isoformat()
    return text


def _day(text: str) -> date:
    try:
        return sv.parse_day(text, clock.today())
    except sv.InvalidDay as error:
        raise ValidationError(text_of(error)) from None
