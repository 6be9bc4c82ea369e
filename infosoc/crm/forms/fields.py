"""The forms of the register's settings."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from infosoc.crm.forms.facts import labelled, one_line, to_choose
from infosoc.crm.rules import FIELD_KIND_LABELS, FieldKind
from infosoc.web.forms import REQUIRED, BaseForm


class LineForm(BaseForm):
    """A line of business and, where it is known, its SNI code."""

    name = one_line(_l("Name"), 80, InputRequired(REQUIRED))
    sni_code = StringField(_l("SNI code"), filters=[lambda text: (text or "").strip()], validators=[Length(max=8)])

    def validate_sni_code(self, field: Any) -> None:
        if field.data and not re.fullmatch(r"\d{2}(?:\.?\d{1,3})?", field.data):
            raise ValidationError(gettext("An SNI code has two to five digits, such as 88.101."))


class TagForm(BaseForm):
    name = one_line(_l("Name"), 40, InputRequired(REQUIRED))


class MergeTagForm(BaseForm):
    into = SelectField(_l("Merge with"), validators=[InputRequired(REQUIRED)])

    def offer(self, choices: list[tuple[str, str]]) -> None:
        self.into.choices = to_choose([("", gettext("Choose a tag")), *choices])


class QuietDaysForm(BaseForm):
    """How long a customer may go without a word before My day suggests a call."""

    days = IntegerField(_l("Days without contact"), validators=[InputRequired(REQUIRED)])


class FieldForm(BaseForm):
    """A field of the tenant's own; its kind is chosen once."""

    label = one_line(_l("Name"), 60, InputRequired(REQUIRED))
    kind = SelectField(_l("Kind"), default=FieldKind.TEXT.value)
    choices = TextAreaField(_l("Options, one per line"), validators=[Length(max=4000)])

    def offer(self) -> None:
        self.kind.choices = to_choose(labelled(FIELD_KIND_LABELS))
