"""Everything a row's result can say, as it is kept: a few short pieces, put into words for each reader anew."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from infosoc.crm.imports.errors import ROW_REASONS, ROW_WARNINGS
from infosoc.crm.imports.fields import FIELD, IGNORE
from infosoc.crm.imports.parsed import Refusal, Warning
from infosoc.kernel.words import N_

REFUSED, WARNED, TOLD = "refused", "warned", "told"

# What matching against the register adds to what the row itself has to say.
_MORE = {
    "in_trash": N_("The company is in the trash. Restore it first, or empty the trash."),
    "name_differs": N_("The register has the name %(detail)s, which is kept."),
    "fact_differs": N_("The register says something else (%(detail)s), which is kept."),
    "number_differs": N_("The register has another organisation number, which is kept."),
    "line_unknown": N_("There is no line of business for %(detail)s, and it is left out."),
    "lines_too_many": N_("There are too many different lines of business. %(detail)s is left out."),
    "tags_too_many": N_("There are too many different tags. %(detail)s is left out."),
    "tag_too_long": N_("The tag %(detail)s is too long and is left out."),
    "owner_unknown": N_("Nobody here is called %(detail)s: the company gets no owner from the file."),
    "size_unknown": N_("The size %(detail)s is not a number of employees and is left out."),
    "municipality_unknown": N_("There is no municipality called %(detail)s; it is left out."),
    "person_differs": N_("The e-mail belongs to %(detail)s, whose name is kept."),
    "person_in_trash": N_("The contact person is in the trash and stays there."),
    "address_blocked": N_("Blocked address: the person is not added."),
    "taken_in": N_("Another company here already has it; it is now in your register too."),
    "kept": N_("Changed since the import, and kept as it is."),
    "kept_in_part": N_("Some of it has been changed since the import, and is left unchanged."),
    "held_by_others": N_("Another company here works with it now; only your part was undone."),
}
MESSAGES = {**ROW_REASONS, **ROW_WARNINGS, **_MORE}


class Reason(NamedTuple):
    """One thing a result says: why a row is refused, what was repaired or left out, what came of it."""

    kind: str
    code: str
    field: str = ""
    detail: str = ""

    @property
    def message(self) -> str:
        """The English message id, with `%(detail)s` to be filled in after translation."""
        return MESSAGES.get(self.code, self.code)

    @property
    def label(self) -> str:
        """The message id of the field it is about."""
        return FIELD[self.field].label if self.field in FIELD and self.field != IGNORE else ""

    def in_english(self) -> str:
        """The sentence for the command line."""
        text = self.message.replace("%(detail)s", self.detail)
        return f"{self.label}: {text}" if self.label else text


def refused(refusal: Refusal) -> Reason:
    return Reason(REFUSED, refusal.code, refusal.field, refusal.detail)


def warned(warning: Warning) -> Reason:
    return Reason(WARNED, warning.code, warning.field, warning.detail)


def write(reasons: Iterable[Reason]) -> str:
    """The reasons as a column holds them, remarks first; empty when there are none."""
    found = [list(reason) for reason in sorted(reasons, key=lambda reason: reason.kind == TOLD)]
    return json.dumps(found, ensure_ascii=False) if found else ""


def read(text: str) -> list[Reason]:
    """The reasons of a column; what it does not understand it shows as it stands."""
    if not text.startswith("[["):
        return [Reason(TOLD, text)] if text else []
    return [Reason(*map(str, parts[:4])) for parts in json.loads(text)]
