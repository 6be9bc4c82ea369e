"""Which column is what: the fields an import knows, and guesses from headings and from what the cells look like."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from infosoc.crm.imports.content import guess_by_content
from infosoc.crm.imports.errors import InvalidMapping
from infosoc.crm.imports.fields import COMMENTS, EITHER, FIELD, IGNORE, KNOWN
from infosoc.kernel.text import clean, fold

_PLACES = ("visiting", "postal", "invoice")


def is_known(heading: str) -> bool:
    """Whether a cell reads as a heading that an import knows."""
    plain = plain_heading(heading)
    return bool(plain) and (plain in KNOWN or plain in EITHER or plain in COMMENTS)


def guess(headings: Sequence[str], sample: Sequence[Sequence[str]] = (), width: int | None = None) -> tuple[str, ...]:
    """The likely field of each column, from its heading; where no heading tells, from the sample rows."""
    width = width or len(headings) or max(map(len, sample), default=0)
    plain = [plain_heading(headings[column]) if column < len(headings) else "" for column in range(width)]
    fields = [KNOWN.get(heading, "") for heading in plain]
    has_contact = any(field.startswith("contact_") for field in fields)
    for column, heading in enumerate(plain):
        if heading in EITHER:
            fields[column] = EITHER[heading][0 if has_contact else 1]
        elif heading in COMMENTS:
            fields[column] = "log_text" if "last_contact_on" in fields else "notes"
    _place_addresses(fields)
    _settle_names(fields, plain)
    _once_each(fields)
    if not any(plain) or "name" not in fields:
        guess_by_content(fields, sample)
    return tuple(field or IGNORE for field in fields)


def signature(headings: Sequence[str], width: int | None = None) -> str:
    """A fingerprint of the headings, by which a mapping is remembered; files without headings go by their width."""
    plain = [plain_heading(heading) for heading in headings]
    while plain and not plain[-1]:
        plain.pop()
    told = plain if any(plain) else [f"width {width if width is not None else len(headings)}"]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def parse_mapping(given: object, headings: Sequence[str], width: int) -> tuple[str, ...]:
    """The field of each column, from a mapping file: `{column number or heading: field}`; raises `InvalidMapping`.

    Columns are numbered from 1, as people count; a heading is compared without regard to case and punctuation.
    Columns that are not named are left out.
    """
    if not isinstance(given, Mapping) or not given:
        raise InvalidMapping("not_a_mapping")
    fields = [""] * width
    for column, field in given.items():
        at = _column(str(column), headings, width)
        if not isinstance(field, str) or field not in FIELD:
            raise InvalidMapping("unknown_field", detail=field)
        if fields[at]:
            raise InvalidMapping("column_twice", detail=column)
        fields[at] = field
    mapping = tuple(field or IGNORE for field in fields)
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Sequence[str]) -> None:
    """Raise `InvalidMapping` unless every field is known, none stands twice that may not, and the name is there."""
    for at, field in enumerate(mapping):
        if field not in FIELD:
            raise InvalidMapping("unknown_field", detail=field)
        if not FIELD[field].many and field in mapping[:at]:
            raise InvalidMapping("field_twice", detail=FIELD[field].key)
    if "name" not in mapping:
        raise InvalidMapping("name_missing")


def as_json(mapping: Sequence[str], headings: Sequence[str]) -> dict[str, str]:
    """The mapping as it stands in a mapping file: by heading where that is unique, otherwise by column number."""
    plain = [plain_heading(heading) for heading in headings]
    return {
        headings[at] if at < len(plain) and plain[at] and plain.count(plain[at]) == 1 and not headings[at].isdigit()
        else str(at + 1): field
        for at, field in enumerate(mapping)
    }  # fmt: skip


def plain_heading(heading: str) -> str:
    """A heading as headings are compared: folded, without punctuation."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(clean(heading))).split())


def _column(given: str, headings: Sequence[str], width: int) -> int:
    plain = plain_heading(given)
    matching = [at for at, heading in enumerate(headings) if plain and plain_heading(heading) == plain]
    if len(matching) == 1 and matching[0] < width:
        return matching[0]
    if given.strip().isdecimal() and len(given) <= 6 and 1 <= int(given) <= width:
        return int(given) - 1
    raise InvalidMapping("unknown_column", detail=given)


def _place_addresses(fields: list[str]) -> None:
    """Postcode and town belong to the address before them."""
    place = "postal"
    for column, field in enumerate(fields):
        before, _, part = field.partition("_")
        if before in _PLACES and part == "street":
            place = before
        elif field in ("postal_postcode", "postal_town") and f"{place}_{part}" not in fields[:column]:
            fields[column] = f"{place}_{part}"


def _settle_names(fields: list[str], plain: list[str]) -> None:
    """A heading "Namn" beside "Företag" is the contact person's; of several that say only "Namn" the cells decide."""
    names = [column for column, field in enumerate(fields) if field == "name"]
    if len(names) < 2:
        return
    general = [column for column in names if plain[column] in ("namn", "name")]
    if len(general) == len(names):
        for column in names:
            fields[column] = ""
    elif general and not any(field in ("contact_name", "contact_first_name") for field in fields):
        fields[general[0]] = "contact_name"


def _once_each(fields: list[str]) -> None:
    for column, field in enumerate(fields):
        if field and not FIELD[field].many and field in fields[:column]:
            fields[column] = ""
