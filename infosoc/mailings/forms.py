"""What is filled in for lists and mailings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from infosoc.crm.forms.facts import to_choose
from infosoc.kernel import clock
from infosoc.mailings.commands.lists import ListFacts
from infosoc.mailings.commands.writing import LONGEST_BODY, Content
from infosoc.mailings.models import MailingList
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

LANGUAGES = (("sv", _l("Swedish")), ("en", _l("English")))
_TIME = re.compile(r"(?:kl\.?\s*)?([01]?\d|2[0-3])(?:[:.]?([0-5]\d))?\Z")


class ListForm(BaseForm):
    """A list, in the words that its recipients see."""

    name = StringField(
        _l("Name"), validators=[DataRequired(_l("Give the list a name.")), Length(max=80), NoPersonalNumber()]
    )
    description = StringField(_l("What is sent to it"), validators=[Optional(), Length(max=300), NoPersonalNumber()])

    def facts(self) -> ListFacts:
        return ListFacts(self.name.data or "", self.description.data or "")


class _OfAList(BaseForm):
    list_id = SelectField(_l("List"), validators=[InputRequired(REQUIRED)])
    language = RadioField(
        _l("Language"), choices=to_choose(LANGUAGES), default="sv", validators=[InputRequired(REQUIRED)]
    )

    def __init__(self, lists: Sequence[MailingList], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.list_id.choices = to_choose((one.public_id, one.name) for one in lists)


class MailingForm(_OfAList):
    """The beginning of a mailing."""

    title = StringField(_l("Working name"), validators=[DataRequired(REQUIRED), Length(max=120), NoPersonalNumber()])


class LetterForm(_OfAList):
    """The letter itself."""

    title = StringField(_l("Working name"), validators=[DataRequired(REQUIRED), Length(max=120), NoPersonalNumber()])
    subject = StringField(_l("Subject"), validators=[Optional(), Length(max=200), NoPersonalNumber()])
    body = TextAreaField(_l("Letter"), validators=[Optional(), Length(max=LONGEST_BODY), NoPersonalNumber()])
    tells_source = BooleanField(_l("Tell new recipients where we got their address"))

    def __init__(self, lists: Sequence[MailingList], **kwargs: Any) -> None:
        super().__init__(lists, **kwargs)
        # A draft may lack them, a letter may not: they are not called optional.
        self.subject.flags.required = self.body.flags.required = True

    def content(self) -> Content:
        return Content(
            self.title.data or "", self.list_id.data or "", self.subject.data or "", self.body.data or "",
            self.language.data or "sv", bool(self.tells_source.data),
        )  # fmt: skip


class CopyForm(BaseForm):
    """The name of a copy."""

    title = StringField(_l("Working name"), validators=[DataRequired(REQUIRED), Length(max=120), NoPersonalNumber()])


class AudienceForm(BaseForm):
    """The filters as they stand, to be kept."""

    query = HiddenField()


class ImageForm(BaseForm):
    """A picture from the person's computer."""

    file = FileField(_l("Picture"), validators=[FileRequired(_l("Choose a file."))])


class ApproveForm(BaseForm):
    """When an approved mailing goes out; `seen` is what the person looked at."""

    seen = HiddenField()
    when = RadioField(
        _l("When"), choices=to_choose([("now", _l("At once")), ("later", _l("At a time"))]), default="now",
        validators=[InputRequired(REQUIRED)],
    )  # fmt: skip
    on = NaturalDateField(_l("Day"))
    at = StringField(_l("Time"), default="09:00", validators=[Length(max=10)])

    def validate_on(self, field: Any) -> None:
        """A day is needed for later alone."""
        if self.when.data == "later" and field.data is None and not field.errors:
            raise ValidationError(gettext("Choose a day."))

    def validate_at(self, field: Any) -> None:
        if self.when.data == "later" and not _TIME.match((field.data or "").strip()):
            raise ValidationError(gettext("Enter a time such as 09:00."))

    def scheduled_at(self) -> datetime | None:
        """The instant that was chosen; none for at once."""
        if self.when.data == "now":
            return None
        assert self.on.data is not None  # noqa: S101 - the form has been checked: later has a day
        found = _TIME.match((self.at.data or "").strip())
        hour, minute = (int(found[1]), int(found[2] or 0)) if found else (9, 0)
        return datetime.combine(self.on.data, time(hour, minute), tzinfo=clock.STOCKHOLM)
