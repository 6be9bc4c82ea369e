"""The forms of pages for people outside. They carry no form token: no cookie stands behind them to be misused."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import EmailInput

from infosoc.kernel.email import canonical, is_valid
from infosoc.web.forms import REQUIRED, BaseForm


class PublicForm(FlaskForm):
    """A form without a token; its words are the house's."""

    class Meta(BaseForm.Meta):
        csrf = False


class _IsAddress:
    def __call__(self, _form: Any, field: Field) -> None:
        if not is_valid(field.data or ""):
            raise ValidationError(_l("This is not an e-mail address. It should look like anna@example.se."))


class AskForm(PublicForm):
    """An address, and whether all companies are asked."""

    email = StringField(
        _l("Your e-mail address"),
        widget=EmailInput(),
        validators=[InputRequired(REQUIRED), Length(max=254, message=_l("That is too long.")), _IsAddress()],
        render_kw={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"},
    )
    joint = BooleanField()

    def address(self) -> str:
        return canonical(self.email.data or "")


class CodeForm(PublicForm):
    """The six digits that were shown when the question was asked."""

    code = StringField(
        _l("The code"),
        validators=[InputRequired(REQUIRED), Length(max=20, message=_l("That is too long."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )
