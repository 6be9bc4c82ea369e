"""What stands under every letter: who writes, why, and how to leave; and, in the first one, what the law wants told.

GDPR article 14 (source, purpose, rights) and 21(4) (the right to object, clearly and apart); marknadsföringslagen 20 §.
A line is text with at most one link; the same lines become plain text and HTML, so that neither says less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from flask_babel import gettext

from infosoc.config import Settings


@dataclass(frozen=True)
class Sender:
    """The company that writes, with its printed texts."""

    slug: str
    name: str
    brand: str = "green"
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def printed_name(self) -> str:
        return self.said("printed_name") or self.name

    @property
    def address(self) -> str:
        """The postal address on one line, its lines told apart."""
        lines = (" ".join(line.split()) for line in str(self.settings.get("address") or "").splitlines())
        return ", ".join(line.rstrip(",") for line in lines if line)

    def said(self, name: str) -> str:
        """A printed text of the settings, on one line."""
        return " ".join(str(self.settings.get(name) or "").split())


@dataclass(frozen=True)
class Line:
    """One line; `address` makes it a link, `is_apart` a paragraph that stands out."""

    text: str
    address: str = ""
    is_apart: bool = False


def about_the_letter(sender: Sender, list_name: str, link: str) -> list[Line]:
    """Who has written, to which list, and how to leave."""
    who = ", ".join(filter(None, (sender.printed_name, sender.said("org_number"), sender.address)))
    reach = ", ".join(filter(None, (sender.said("phone"), sender.said("privacy_email"))))
    return [
        Line(gettext("You get this letter because you are on the list %(name)s.", name=list_name)),
        Line(gettext("Unsubscribe"), link),
        Line(f"{who}. {reach}" if reach else who),
    ]


def about_the_person(sender: Sender, fields: Mapping[str, Any], settings: Settings) -> list[Line]:
    """What somebody is told with the first letter to them."""
    source = " ".join(str(fields.get("source") or "").split())
    page = f"{settings.base_url}/{sender.slug}/privacy"
    who = sender.printed_name
    told = [
        gettext("We got your work address from: %(source)s.", source=source)
        if source
        else gettext("We got your work address from public sources."),
        gettext(
            "%(company)s keeps your name, your work and your contact details to be able to write to you about what we "
            "offer, on the ground of our legitimate interest in reaching those it concerns in their work.", company=who,
        ),
        gettext("You may see what we keep, have it corrected or removed, and complain to IMY (imy.se)."),
    ]  # fmt: skip
    objection = gettext(
        "You may object to direct marketing at any time, without giving a reason. Then we stop at once: use the link "
        "below, or answer this letter."
    )
    return [
        Line(gettext("Why you get this letter"), is_apart=True),
        Line(" ".join(told)),
        Line(objection, is_apart=True),
        Line(gettext("How %(company)s treats personal data", company=who), page),
    ]


def as_text(lines: list[Line]) -> str:
    """The lines as plain text, each a paragraph of its own, every address written out."""
    made = [f"{line.text}: {line.address}" if line.address else line.text for line in lines]
    return "\n-- \n" + "\n\n".join(made) + "\n"


def as_html(lines: list[Line]) -> str:
    return "".join(f'<p style="margin:0 0 12px">{_html(line)}</p>' for line in lines)


def _html(line: Line) -> str:
    text = escape(line.text)
    if line.address:
        return f'<a href="{escape(line.address)}">{text}</a>'
    return f"<strong>{text}</strong>" if line.is_apart else text
