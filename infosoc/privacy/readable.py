"""What is kept as a structure (JSON), in words: one line for each value, with where it stands. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infosoc.kernel.words import N_

YES, NO = N_("Yes"), N_("No")
# What the keys are called; those that people have chosen themselves (headings of a file, own fields) stand as they are.
KEYS = {
    "address": N_("Address"), "buyer": N_("Buyer"), "city": N_("Town"), "company": N_("Company"),
    "contact": N_("Contact"), "country": N_("Country"), "description": N_("Description"), "email": N_("E-mail"),
    "files": N_("Files that came with it"), "heading": N_("Heading"), "informed": N_("Informed earlier"),
    "is_joint": N_("Concerns all companies here"), "is_reviewed": N_("Reviewed"),
    "issued_on": N_("Issued"), "kept": N_("Kept"), "language": N_("Language"), "lines": N_("Lines"),
    "name": N_("Name"), "note": N_("Note"), "notes": N_("Notes"), "number": N_("Number"),
    "org_number": N_("Organisation number"), "payable_ore": N_("To pay, in öre"), "phone": N_("Phone"),
    "postal_code": N_("Postcode"), "postcode": N_("Postcode"), "references": N_("References"),
    "removed": N_("Removed"), "rows": N_("Lines"), "seller": N_("Seller"), "source": N_("Source"),
    "street": N_("Street"), "text": N_("Text"), "title": N_("Title"), "town": N_("Town"), "until": N_("Until"),
    "vat_number": N_("VAT number"),
}  # fmt: skip
# Numbers of ours that lead to rows: to a colleague, who is not named (P-24), and to the person.
NUMBERS = frozenset({"reviewed_by", "contact_id"})


@dataclass(frozen=True)
class Line:
    """One value. `path` are message ids or people's own words; `is_word` says that the value is a message id."""

    path: tuple[str, ...]
    value: str
    is_word: bool = False

    def said(self, translate: Callable[[str], str]) -> str:
        """`Buyer › Town: Växjö`, in the language of the reader."""
        value = translate(self.value) if self.is_word else self.value
        where = " › ".join(translate(one) for one in self.path)
        return f"{where}: {value}" if where else value


def lines(value: Any, labels: Mapping[str, str] | None = None) -> tuple[Line, ...]:
    """The values of a structure in their order; what is empty is left out. `labels` are the words of bare values."""
    return tuple(_lines(value, (), labels or {}))


def _lines(value: Any, path: tuple[str, ...], labels: Mapping[str, str]) -> Iterator[Line]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key not in NUMBERS:
                yield from _lines(one, (*path, KEYS.get(key, str(key))), labels)
    elif isinstance(value, list | tuple):
        yield from _of_list(value, path, labels)
    elif isinstance(value, bool):
        yield Line(path, YES if value else NO, is_word=True)
    elif value is not None and value != "":
        yield Line(path, labels.get(str(value), str(value)), is_word=str(value) in labels)


def _of_list(values: list[Any] | tuple[Any, ...], path: tuple[str, ...], labels: Mapping[str, str]) -> Iterator[Line]:
    """Each entry that is made of several values has its place in the list before them."""
    for place, one in enumerate(values, 1):
        is_made = isinstance(one, Mapping | list | tuple) and len(values) > 1
        yield from _lines(one, (*path, str(place)) if is_made else path, labels)
