"""The cookies there are: two, for signing in, and none on pages for people outside (P-73, P-74). A crawl checks it."""

from __future__ import annotations

from dataclasses import dataclass

from infosoc.accounts import devices
from infosoc.kernel.words import N_


@dataclass(frozen=True)
class Cookie:
    """A cookie by its name on the wire, and in words."""

    name: str
    purpose: str
    lasts: str


def cookies(session_cookie: str) -> tuple[Cookie, ...]:
    """All cookies that this installation ever sets."""
    return (
        Cookie(
            session_cookie,
            N_("Keeps a member of staff signed in, and shows that a form was sent from our own page."),
            N_("Until the browser is closed"),
        ),
        Cookie(
            devices.cookie_name(session_cookie),
            N_("Knows a computer on which a member of staff has signed in before, so that strangers' guesses do not "
               "shut the person out."),
            N_("180 days"),
        ),
    )  # fmt: skip
