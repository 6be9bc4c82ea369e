"""What may be done with accounts and memberships, and how long the next try has to wait. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infosoc.accounts.roles import Role
from infosoc.kernel.errors import Invalid, NotFound, Refused
from infosoc.kernel.words import N_

THEMES = {"auto": N_("Same as the device"), "light": N_("Light"), "dark": N_("Dark")}
DENSITIES = {"normal": N_("Normal"), "dense": N_("Dense")}
LANGUAGES = {"sv": "Svenska", "en": "English"}
LONGEST_NAME = 120


class NoSuchUser(NotFound):
    message = N_("There is no user with the address %(email)s.")


class NameMissing(Invalid):
    message = N_("Enter the person's name.")


class NoRole(Invalid):
    message = N_("Choose at least one role.")


class UnknownRole(Invalid):
    message = N_("There is no role called %(name)s.")


class AlreadyMember(Invalid):
    message = N_("That person is already a member here.")


class EndIsPast(Invalid):
    message = N_("The last day has already passed. Choose a later one, or end the membership instead.")


class LastAdministrator(Refused):
    message = N_("Somebody has to be administrator here without an end date. Give the role to another person first.")


class WrongCredentials(Invalid):
    message = N_("The e-mail address or the password is not right.")


class WrongPassword(Invalid):
    message = N_("That is not your current password.")


class LinkNotValid(NotFound):
    message = N_("The link has been used or has expired. Ask for a new one.")


@dataclass(frozen=True)
class MemberFacts:
    """What the rule of the last administrator needs to know of one member."""

    user_id: int
    roles: tuple[str, ...]
    ends_on: date | None
    can_sign_in: bool

    @property
    def administers(self) -> bool:
        """Whether this person can be counted on to let others in."""
        return Role.ADMINISTRATOR.value in self.roles and self.ends_on is None and self.can_sign_in


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise NameMissing(field="name")
    return name[:LONGEST_NAME]


def check_roles(names: Iterable[str]) -> list[str]:
    """The roles in the order of the list of roles, each once."""
    given = list(names)
    known = [role.value for role in Role]
    for name in given:
        if name not in known:
            raise UnknownRole(field="roles", name=name)
    if not given:
        raise NoRole(field="roles")
    return [name for name in known if name in given]


def check_end(ends_on: date | None, *, today: date) -> date | None:
    if ends_on is not None and ends_on < today:
        raise EndIsPast(field="ends_on")
    return ends_on


def check_somebody_administers(before: list[MemberFacts], after: list[MemberFacts]) -> None:
    """Refuse a change that takes away the last person who can let others in."""
    if any(member.administers for member in before) and not any(member.administers for member in after):
        raise LastAdministrator


# ---- waiting between failed tries -----------------------------------------------------------------------------------

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


def wait_after(failures: int, free: int) -> timedelta:
    """How long the next try waits: nothing at first, then twice as long each time, never longer than a quarter."""
    over = failures - free
    if over < 0:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(over, 20), LONGEST_WAIT)


def is_blocked(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now
