"""A tenant's own lists as an import needs them: lines of business, tags, colleagues. Pure.

What a file names and the tenant does not have yet is planned with a negative id; the writer makes it and says which id
it got. How many new ones a file may bring is limited: a column mapped by mistake must not fill the lists with names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from infosoc.crm.imports.reasons import WARNED, Reason
from infosoc.kernel.text import clean, fold

MOST_NEW = 150
LONGEST_LINE, LONGEST_TAG = 80, 40


@dataclass
class NewLine:
    """A line of business that a file names first."""

    id: int
    name: str
    sni_code: str


@dataclass
class Lists:
    """The lists of one tenant while a file is gone through."""

    lines: dict[str, int] = field(default_factory=dict)
    sni: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    tag_names: dict[str, str] = field(default_factory=dict)
    owners: dict[str, int | None] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    owner_names: dict[int, str] = field(default_factory=dict)
    new_lines: list[NewLine] = field(default_factory=list)
    new_tags: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def line(self, name: str, code: str, warnings: list[Reason]) -> int | None:
        """The line of business a row names, by its name or its SNI code."""
        name = clean(name)
        if not name:
            found = self.sni.get(code) if code else None
            if code and found is None:
                warnings.append(Reason(WARNED, "line_unknown", "sni", code))
            return found
        key = fold(name)
        found = self.lines.get(key)
        if found is None and len(name) > LONGEST_LINE:
            warnings.append(Reason(WARNED, "line_unknown", "line_of_business", name[:40] + "…"))
        elif found is None and self.made >= MOST_NEW:
            warnings.append(Reason(WARNED, "lines_too_many", "line_of_business", name))
        elif found is None:
            self.made += 1
            found = self.lines[key] = -self.made
            self.names[found] = name
            self.new_lines.append(NewLine(found, name, code[:8]))
            if code:
                self.sni.setdefault(code, found)
        return found

    def line_made(self, planned: int, line_id: int) -> None:
        """A planned line of business has got its id."""
        self.names[line_id] = self.names.pop(planned)
        for index in (self.lines, self.sni):
            for key, value in index.items():
                if value == planned:
                    index[key] = line_id
        self.new_lines = [line for line in self.new_lines if line.id != planned]

    def tag_made(self, key: str, tag_id: int) -> None:
        """A planned tag has got its id; it still counts among those that the file has brought."""
        self.tags[key] = tag_id

    def wanted_tags(self, names: Iterable[str], warnings: list[Reason]) -> list[str]:
        """The tags of a row that can be given; new ones are noted."""
        found = []
        for name in names:
            key = name.casefold()
            if len(name) > LONGEST_TAG:
                warnings.append(Reason(WARNED, "tag_too_long", "tags", name[:40] + "…"))
            elif key in self.tags or key in self.new_tags:
                found.append(key)
            elif len(self.new_tags) >= MOST_NEW:
                warnings.append(Reason(WARNED, "tags_too_many", "tags", name))
            else:
                self.new_tags[key] = self.tag_names[key] = name
                found.append(key)
        return found

    def owner(self, text: str, warnings: list[Reason]) -> int | None:
        """The colleague a row names, by name or e-mail."""
        if not text:
            return None
        found = self.owners.get(fold(clean(text)))
        if found is None:
            warnings.append(Reason(WARNED, "owner_unknown", "owner", text))
        return found
