"""Forms of the privacy pages for staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from infosoc.kernel import clock
from infosoc.privacy import printed, rules
from infosoc.privacy.commands.cases import Letter
from infosoc.privacy.commands.incidents import NewIncident
from infosoc.privacy.commands.objections import Request
from infosoc.privacy.commands.processing import NewLine, NewTest
from infosoc.privacy.processing import FACT_LABELS
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

TOO_LONG = _l("That is too long.")
_PRINTED = {key: _l(label) for key, label in printed.LABELS.items()}


def options(labels: Mapping[Any, str], only: Iterable[Any] | None = None) -> list[SelectChoice]:
    """Choices of a field from values and message ids."""
    wanted = list(only) if only is not None else list(labels)
    return [SelectChoice(str(one), _l(labels[one])) for one in wanted]


def _text(label: Any, *, longest: int = 4000, required: bool = True) -> TextAreaField:
    checks = [InputRequired(REQUIRED)] if required else [Optional()]
    return TextAreaField(label, validators=[*checks, Length(max=longest, message=TOO_LONG), NoPersonalNumber()])


class RequestForm(BaseForm):
    """What somebody has asked for, by telephone or letter."""

    kind = RadioField(
        _l("What they ask for"), choices=options(rules.CASE_KIND_LABELS, rules.BY_TELEPHONE),
        validators=[InputRequired(REQUIRED)], default=rules.CaseKind.OBJECT.value,
    )  # fmt: skip
    requester = StringField(
        _l("Their e-mail address, or how to reach them"),
        validators=[Length(max=254, message=TOO_LONG), NoPersonalNumber()],
    )
    channel = RadioField(
        _l("Channel"), choices=options(rules.CASE_CHANNEL_LABELS, rules.STAFF_CHANNELS),
        validators=[InputRequired(REQUIRED)], default=rules.CaseChannel.PHONE.value,
    )  # fmt: skip
    received_on = NaturalDateField(_l("Date received"), validators=[Optional()], past=True)
    text = _text(_l("In their own words"), required=False)
    joint = BooleanField(_l("It concerns all our companies"))
    contact = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The command asks for it: somebody who was called up from a person's page may have no address.
        self.requester.flags.required = True

    def request(self, contact_id: int | None) -> Request:
        return Request(
            rules.CaseKind(self.kind.data), rules.CaseChannel(self.channel.data), (self.requester.data or "").strip(),
            self.text.data or "", contact_id, (self.contact.data or "") if contact_id else "", bool(self.joint.data),
            self.received_on.data,
        )  # fmt: skip


class QuickForm(BaseForm):
    """A deed on a person's page: only how it came, and whether it is meant for all companies."""

    channel = SelectField(
        _l("Channel"), choices=options(rules.CASE_CHANNEL_LABELS, rules.STAFF_CHANNELS),
        default=rules.CaseChannel.PHONE.value, validators=[InputRequired(REQUIRED)],
    )  # fmt: skip
    joint = BooleanField(_l("It concerns all our companies"))

    def request(self, kind: rules.CaseKind, contact_id: int, public_id: str) -> Request:
        return Request(
            kind, rules.CaseChannel(self.channel.data or "phone"), contact_id=contact_id, public_id=public_id,
            is_joint=bool(self.joint.data),
        )  # fmt: skip


class ClassifyForm(BaseForm):
    kind = SelectField(
        _l("What they ask for"), choices=options(rules.CASE_KIND_LABELS), validators=[InputRequired(REQUIRED)]
    )
    contact = SelectField(_l("Who it is about"), choices=[], validate_choice=False, validators=[Optional()])


class IdentityForm(BaseForm):
    method = SelectField(
        _l("Identity check"), choices=options(rules.IDENTITY_LABELS), validators=[InputRequired(REQUIRED)]
    )


class LetterForm(BaseForm):
    """A letter to read through before it goes."""

    way = RadioField(_l("How"), choices=options(rules.WAY_LABELS), validators=[InputRequired(REQUIRED)])
    subject = StringField(_l("Subject"), validators=[InputRequired(REQUIRED), Length(max=200, message=TOO_LONG)])
    text = TextAreaField(_l("Text"), validators=[InputRequired(REQUIRED), Length(max=20000, message=TOO_LONG)])
    language = HiddenField(default="sv")
    reason = _text(_l("Why it takes longer"), required=False)

    def letter(self, kind: rules.LetterKind) -> Letter:
        language = self.language.data if self.language.data in {"sv", "en"} else "sv"
        return Letter(kind, rules.Way(self.way.data), self.subject.data or "", self.text.data or "", language)


class CloseForm(BaseForm):
    outcome = RadioField(
        _l("How it ended"), choices=options(rules.CASE_OUTCOME_LABELS), validators=[InputRequired(REQUIRED)],
        default=rules.CaseOutcome.DONE.value,
    )  # fmt: skip
    answer = _text(_l("What was done"), required=False)


FACT = "fact_"  # one of the facts is called `data`, which a form has already


class LineForm(BaseForm):
    """A line of the register of processing."""

    role = RadioField(
        _l("Our role"), choices=options(rules.PROCESSING_ROLE_LABELS), validators=[InputRequired(REQUIRED)],
        default=rules.ProcessingRole.CONTROLLER.value,
    )  # fmt: skip
    name = StringField(_l("Name"), validators=[InputRequired(REQUIRED), Length(max=120, message=TOO_LONG)])
    is_public = BooleanField(_l("Shown on the page for the public"))

    def facts(self) -> list[Any]:
        """The fields of the facts, in their order."""
        return [self[FACT + key] for key in FACT_LABELS]

    def line(self) -> NewLine:
        facts = {key: self[FACT + key].data or "" for key in FACT_LABELS}
        return NewLine(rules.ProcessingRole(self.role.data), self.name.data or "", facts, bool(self.is_public.data))


for _key, _label in FACT_LABELS.items():
    setattr(LineForm, FACT + _key, _text(_l(_label), longest=2000, required=_key in ("purpose", "ground", "kept")))


class WeighingForm(BaseForm):
    """A balancing test in its three questions."""

    purpose = StringField(_l("Purpose"), validators=[InputRequired(REQUIRED), Length(max=120, message=TOO_LONG)])
    interest = _text(_l("Our interest"))
    necessity = _text(_l("Why it is needed"))
    balance = _text(_l("How it weighs against the person's interest"))

    def test(self) -> NewTest:
        data = [self.purpose.data, self.interest.data, self.necessity.data, self.balance.data]
        return NewTest(*(one or "" for one in data))


class IncidentForm(BaseForm):
    title = StringField(
        _l("In short"), validators=[InputRequired(REQUIRED), Length(max=160, message=TOO_LONG), NoPersonalNumber()]
    )
    role = RadioField(
        _l("Whose data"), choices=options(rules.INCIDENT_ROLE_LABELS), validators=[InputRequired(REQUIRED)],
        default=rules.IncidentRole.CONTROLLER.value,
    )  # fmt: skip
    aware_at = DateTimeLocalField(_l("When we found out"), validators=[InputRequired(REQUIRED)])
    text = _text(_l("What has happened"))

    def incident(self) -> NewIncident:
        local: datetime = self.aware_at.data.replace(tzinfo=clock.STOCKHOLM)
        return NewIncident(
            self.title.data or "", rules.IncidentRole(self.role.data), local.astimezone(clock.now().tzinfo),
            self.text.data or "",
        )  # fmt: skip


class IncidentEntryForm(BaseForm):
    kind = SelectField(
        _l("What it is"), choices=options(rules.ENTRY_KIND_LABELS), default=rules.EntryKind.MEASURE.value,
        validators=[InputRequired(REQUIRED)],
    )  # fmt: skip
    text = _text(_l("Text"))


class LiftForm(BaseForm):
    """Why a restriction ends; the person is told."""

    note = StringField(_l("Why it ends"), validators=[InputRequired(REQUIRED), Length(max=300, message=TOO_LONG)])


class PrintedForm(BaseForm):
    """What is printed on public pages and letters."""

    printed_name = StringField(_PRINTED["printed_name"], validators=[Length(max=120, message=TOO_LONG)])
    org_number = StringField(_PRINTED["org_number"], validators=[Length(max=20, message=TOO_LONG)])
    address = TextAreaField(_PRINTED["address"], validators=[Length(max=300, message=TOO_LONG)])
    phone = StringField(_PRINTED["phone"], validators=[Length(max=60, message=TOO_LONG)])
    privacy_email = StringField(_PRINTED["privacy_email"], validators=[Length(max=254, message=TOO_LONG)])
    mail_from = StringField(_PRINTED["mail_from"], validators=[Length(max=254, message=TOO_LONG)])
    bounce_domain = StringField(_PRINTED["bounce_domain"], validators=[Length(max=190, message=TOO_LONG)])
    list_domain = StringField(_PRINTED["list_domain"], validators=[Length(max=190, message=TOO_LONG)])
    letters_per_hour = IntegerField(_PRINTED["letters_per_hour"], validators=[InputRequired(REQUIRED)])
    retention_months = IntegerField(_PRINTED["retention_months"], validators=[InputRequired(REQUIRED)])

    def values(self) -> dict[str, Any]:
        return {key: self[key].data for key in printed.LABELS}
