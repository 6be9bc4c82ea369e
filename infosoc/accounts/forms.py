"""Forms of signing in, one's own account, members and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget

from infosoc.accounts.roles import ROLE_LABELS
from infosoc.accounts.rules import DENSITIES, LANGUAGES, LONGEST_NAME, THEMES
from infosoc.kernel import clock
from infosoc.kernel.email import InvalidEmail, canonical
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.tenancy.rules import BRANDS
from infosoc.web.forms import REQUIRED, BaseForm

LONGEST_TYPED_PASSWORD = 1000  # what is longer cannot be right; hashing it would only cost time


def _options(labels: Mapping[Any, str]) -> list[SelectChoice]:
    """Choices of a field from values and message ids."""
    return [SelectChoice(str(value), _l(label) if label else "") for value, label in labels.items()]


def _password(label: Any, kind: str, **more: Any) -> PasswordField:
    return PasswordField(
        label,
        validators=[InputRequired(REQUIRED), Length(max=LONGEST_TYPED_PASSWORD, message=_l("That is too long."))],
        render_kw={"autocomplete": kind, "autocapitalize": "none", "spellcheck": "false"} | more,
    )


def _name(longest: int) -> StringField:
    """A name as it is kept: one of invisible characters alone is none."""
    return StringField(
        _l("Name"), validators=[DataRequired(REQUIRED), Length(max=longest)], filters=[lambda text: clean(text or "")]
    )


def _email(label: Any) -> StringField:
    return StringField(
        label,
        widget=EmailInput(),
        validators=[InputRequired(REQUIRED), Length(max=254, message=_l("That is too long."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )


class SignInForm(BaseForm):
    """E-mail address and password, and where to go afterwards."""

    email = _email(_l("E-mail address"))
    password = _password(_l("Password"), "current-password")
    next = HiddenField()

    def account(self) -> str:
        """The address in the one form in which tries are counted, also when it can be nobody's."""
        try:
            return canonical(self.email.data or "")
        except InvalidEmail:
            return (self.email.data or "").strip().lower()


class ForgottenForm(BaseForm):
    email = _email(_l("E-mail address"))

    account = SignInForm.account


class ChoosePasswordForm(BaseForm):
    password = _password(_l("New password"), "new-password", minlength="12")


class ChangePasswordForm(BaseForm):
    present = _password(_l("Current password"), "current-password")
    password = _password(_l("New password"), "new-password", minlength="12")


class ProfileForm(BaseForm):
    """The person's name and the language of their pages."""

    name = StringField(
        _l("Name"), validators=[InputRequired(REQUIRED), Length(max=LONGEST_NAME)], render_kw={"autocomplete": "name"}
    )
    language = SelectField(
        _l("Language"),
        choices=_options({"auto": N_("Same as the browser")} | LANGUAGES),
        validators=[InputRequired(REQUIRED)],
    )

    def values(self) -> dict[str, Any]:
        return {"name": self.name.data, "language": self.language.data}


class DisplayForm(BaseForm):
    """How pages look."""

    theme = RadioField(_l("Theme"), choices=_options(THEMES), validators=[InputRequired(REQUIRED)])
    density = RadioField(_l("Rows"), choices=_options(DENSITIES), validators=[InputRequired(REQUIRED)])
    shortcuts = BooleanField(_l("Keyboard shortcuts"))
    sidebar_folded = BooleanField(_l("Collapse the menu to icons"))

    def values(self) -> dict[str, Any]:
        return {
            "theme": self.theme.data,
            "density": self.density.data,
            "shortcuts": bool(self.shortcuts.data),
            "sidebar_folded": bool(self.sidebar_folded.data),
        }


@dataclass(frozen=True)
class MemberInput:
    """Who is let in, with which roles, until when."""

    email: str
    name: str
    roles: list[str]
    ends_on: date | None


class RolesForm(BaseForm):
    """What a member may do, and until when."""

    roles = SelectMultipleField(
        _l("Roles"),
        choices=_options(ROLE_LABELS),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    ends_on = DateField(_l("Last day"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ends_on.render_kw = {"min": clock.today().isoformat()}


class InviteForm(RolesForm):
    """A new member."""

    email = _email(_l("E-mail address"))
    name = _name(LONGEST_NAME)

    def member(self) -> MemberInput:
        return MemberInput(self.email.data, self.name.data, list(self.roles.data or []), self.ends_on.data)


class TenantForm(BaseForm):
    """The company's name and colour."""

    name = _name(200)
    brand = RadioField(_l("Colour"), choices=_options(BRANDS), validators=[InputRequired(REQUIRED)])


class FlagForm(BaseForm):
    """One flag, on or off."""

    value = RadioField(choices=_options({"on": "", "off": ""}))
