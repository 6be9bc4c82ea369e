"""The named errors that rules and commands raise.

An error says what happened and what to do now, as an English message id with its values; the web layer
translates it and turns its kind into a status. No error here knows of HTTP.
"""

from __future__ import annotations

from typing import Any, ClassVar

from infosoc.kernel.words import N_


class DomainError(Exception):
    """Something the user asked for cannot be done. Subclasses name the case and carry its message."""

    message: ClassVar[str] = N_("That could not be done.")

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        super().__init__(self.message % values if values else self.message)
        self.field = field
        self.values = values


class NotFound(DomainError):
    """There is no such thing here (also when it exists in another tenant)."""

    message = N_("It does not exist. It may have been deleted.")


class Refused(DomainError):
    """It exists, but this may not be done to it."""

    message = N_("You do not have permission to do this.")


class Stale(DomainError):
    """It has been changed by somebody else since it was shown."""

    message = N_("Somebody else has changed this since you opened it.")


class Invalid(DomainError):
    """A value is wrong; `field` names which."""

    message = N_("This value cannot be used.")
