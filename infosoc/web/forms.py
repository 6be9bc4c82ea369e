"""The base of every form, and fields that read what people type."""

from __future__ import annotations

import secrets
from datetime import date
from functools import lru_cache
from typing import Any

from flask import request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField
from wtforms.i18n import get_translations
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import HiddenInput, TextInput

from infosoc.kernel import clock, sv
from infosoc.kernel.errors import DomainError
from infosoc.kernel.identity import find_personal_number

LONGEST_ID = 18  # figures: what a column of whole numbers holds, whatever they are


class _VersionField(IntegerField):
    """The version that a form was made for. A view that gives it a new one has that printed, not what came in."""

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)


class BaseForm(FlaskForm):
    """A form with protection against forgery, a submission id of its own and the version of what it changes."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            """The form library's own words, read once a language and not once a request."""
            return _library_words(str(get_locale() or "sv"))

    submission = HiddenField()
    version = _VersionField(widget=HiddenInput(), validators=[Optional()])

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the fields; but a form that is shown anew has an id of its own, whatever its address says."""
        super().process(*args, **kwargs)
        if not (self.is_submitted() and self.submission.data):
            self.submission.data = new_submission()

    def refuse(self, error: DomainError) -> None:
        """Put a domain's refusal beside the field it concerns, or on top of the form."""
        text = gettext(error.message, **error.values)
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(text)
        else:
            field.errors = [*field.errors, text]

    @property
    def is_wrong(self) -> bool:
        return bool(self.errors)


@lru_cache
def _library_words(language: str) -> Any:
    return get_translations([language])


def new_submission() -> str:
    """An id for one rendering of one form."""
    return secrets.token_urlsafe(16)


class NaturalDateField(Field):
    """A day, typed as people say it: `i morgon`, `tor`, `+14`, `3/12`, `2026-12-03`."""

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, *, past: bool = False, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.past = past
        self.raw: str = ""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            self.raw_data = None  # blanks alone are nothing written
            return
        try:
            self.data = (sv.parse_past_day if self.past else sv.parse_day)(text, clock.today())
        except sv.InvalidDay:
            raise ValueError(gettext("Enter a day such as 2026-12-03, 3/12, tomorrow, thu or +14.")) from None


class NoPersonalNumber:
    """Free text must hold no personal identity number (P-05); the value is never kept, logged or shown in full."""

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data and find_personal_number(field.data):
            raise ValidationError(
                gettext(
                    "This looks like a personal identity number, which must not be entered here. Leave it out, and "
                    "enter the person's role instead."
                )
            )


def arguments() -> dict[str, list[str]]:
    """The query string, every value of every name, as text."""
    return {name: request.args.getlist(name) for name in request.args}


def page_number() -> int:
    """The page that the address asks for; what is no such number is the first."""
    given = request.args.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 8 else 1


def place(name: str) -> int | None:
    """Where a list in the address goes on, an id or a number; what no row can have is none."""
    given = request.args.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST_ID else None


REQUIRED = _l("This field is required.")
