"""All facts of a record on one page: the small forms side by side in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from infosoc.crm.commands.facts import Fact
from infosoc.crm.forms.facts import FactForm
from infosoc.web.forms import BaseForm


class Sheet:
    """The forms of a page by fact. `top` carries the tokens, and what concerns no single field."""

    def __init__(self, known: Mapping[str, Fact], forms: Mapping[str, FactForm]) -> None:
        self.known = dict(known)
        self.forms = dict(forms)
        self.top = BaseForm()
        self.theirs: dict[str, str] = {}

    def validate(self) -> bool:
        """Check them all, so that every fault is told at once."""
        return all([self.top.validate_on_submit(), *[form.validate() for form in self.forms.values()]])

    def values(self) -> dict[str, Any]:
        return {key: form.result() for key, form in self.forms.items()}

    def seen(self) -> dict[str, str]:
        return {key: form.was.data or "" for key, form in self.forms.items()}

    def show_conflicts(self, keys: list[str], record: Any, remark: Callable[[FactForm, Fact, Any], None]) -> None:
        """Show beside each fact that somebody else changed what it is now; saving again replaces it."""
        for key in keys:
            self.theirs[key] = self.known[key].told(record) or ""
            remark(self.forms[key], self.known[key], record)
        self.top.form_errors.append(
            gettext("Somebody else has changed this since you opened it. Both are shown below.")
        )

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """Id, label and text of every fault, for the summary on top."""
        found = []
        for key, form in self.forms.items():
            for field in form:
                if field.errors:
                    found.append((field.id, self.known[key].label, _first(field.errors)))
        return found


def _first(errors: Any) -> str:
    """The first text among errors, which are nested where fields are."""
    if isinstance(errors, dict):
        errors = list(errors.values())
    while isinstance(errors, list | tuple) and errors:
        errors = errors[0]
        if isinstance(errors, dict):
            errors = list(errors.values())
    return str(errors or "")
