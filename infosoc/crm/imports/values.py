"""One row of a list taken apart: what it says about a company, its contact person, and the last contact.

A row is accepted (perhaps with warnings about what was left out) or refused with one reason; nothing is lost silently.
Refused: a missing or far too long name, an organisation number that cannot be right, and any text holding a personal
identity number (it may not be kept; neither reason nor warning repeats it). Cells that look like formulas stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from infosoc.crm.imports.columns import Plan, plan_for
from infosoc.crm.imports.delimited import MAX_CELL, Unclosed
from infosoc.crm.imports.fields import IGNORE
from infosoc.crm.imports.parsed import Address, Contact, LastContact, ParsedRow, Point, Refusal, Warning
from infosoc.crm.imports.words import CompanyStatus, legal_form_of, log_kind_of, status_of
from infosoc.crm.imports.workbook import NOT_CALCULATED
from infosoc.kernel import email, phone
from infosoc.kernel.identity import (
    ForeignNumber,
    InvalidOrgNumber,
    LegalForm,
    guess_legal_form,
    has_personal_number,
    is_sole_trader_number,
    mask_personal_numbers,
    parse_org_number,
)
from infosoc.kernel.sv import InvalidDay, parse_past_day
from infosoc.kernel.text import clean, clean_multiline

NAME_MAX = 200
LINE_MAX = 300
TEXT_MAX = 10_000


class _Refused(Exception):
    def __init__(self, code: str, field: str, detail: str = "") -> None:
        self.refusal = Refusal(code, field, detail)


def parse_row(cells: Sequence[str], mapping: Sequence[str], *, today: date | None = None) -> ParsedRow | Refusal:
    """Take a row apart by the mapping, the field of each column. With `today`, a contact after it is not believed."""
    if isinstance(cells, Unclosed):
        return Refusal("unclosed_quote", "")
    try:
        return _Row(cells, plan_for(tuple(mapping)), today).parsed()
    except _Refused as refused:
        return refused.refusal


class _Row:
    def __init__(self, cells: Sequence[str], plan: Plan, today: date | None) -> None:
        self._cells = cells
        self._plan = plan
        self._today = today
        self._foreign_number = ""
        self.warnings: list[Warning] = []

    def parsed(self) -> ParsedRow:
        self._check_lengths()
        self._leave_out_formulas()
        name = self._name()
        self._check_extra_cells()
        number, stated_form = self._identity()
        contact_points = self._points("contact_email", "contact_phone", "contact_mobile")
        contact, company_points = self._contact(contact_points)
        points = _unique([*self._points("email", "phone"), *company_points, *self._web()])
        facts = {field: text for field in self._plan.facts if (text := self._line(field))}
        self._check_municipality_code(facts)
        last_contact, notes = self._last_contact()
        return ParsedRow(
            name=name,
            org_number=number,
            is_sole_trader=number is not None and is_sole_trader_number(number),
            legal_form=stated_form,
            legal_form_guess=stated_form or guess_form(name, number),
            status=self._status(),
            facts=facts,
            addresses=self._addresses(),
            points=points,
            tags=self._tags(),
            notes=notes,
            contact=contact,
            last_contact=last_contact,
            warnings=tuple(self.warnings),
        )

    # --- Cells ---

    def _cell(self, field: str) -> str:
        at = self._plan.column.get(field)
        return self._cells[at] if at is not None and at < len(self._cells) else ""

    def _all(self, field: str) -> Iterable[str]:
        for at in self._plan.columns.get(field, ()):
            if at < len(self._cells) and self._cells[at]:
                yield self._cells[at]

    def _line(self, field: str, limit: int = LINE_MAX) -> str:
        """One line of text of a field, free of personal numbers."""
        at = self._plan.column.get(field)
        if at is None or at >= len(self._cells) or not (raw := self._cells[at]):
            return ""
        return self._checked(clean(raw), field, limit)

    def _checked(self, text: str, field: str, limit: int) -> str:
        if len(text) > limit:
            raise _Refused("too_long", field, str(limit))
        if has_personal_number(text):
            raise _Refused("personal_number", field)
        if text[:1] in _FORMULA_STARTS and _FORMULA.match(text):
            self._warn("formula_as_text", field)
        return text

    def _warn(self, code: str, field: str, detail: str = "") -> None:
        self.warnings.append(Warning(code, field, mask_personal_numbers(clean(detail))[:80]))

    # --- The company ---

    def _name(self) -> str:
        name = self._line("name", NAME_MAX)
        if not name:
            raise _Refused("name_missing", "name")
        return name

    def _check_lengths(self) -> None:
        """A cell as long as a book is a slip, in whatever column it stands."""
        if max(map(len, self._cells), default=0) <= MAX_CELL:
            return
        at = next(at for at, cell in enumerate(self._cells) if len(cell) > MAX_CELL)
        field = next((field for field, places in self._plan.columns.items() if at in places), IGNORE)
        raise _Refused("too_long", field, str(MAX_CELL))

    def _leave_out_formulas(self) -> None:
        """Cells whose formula was never calculated are empty, and it is said that they are."""
        if NOT_CALCULATED not in self._cells:
            return
        for field, places in self._plan.columns.items():
            if field != IGNORE and any(self._cells[at] == NOT_CALCULATED for at in places if at < len(self._cells)):
                if field == "name":
                    raise _Refused("formula_not_calculated", field)
                self._warn("formula_not_calculated", field)
        self._cells = ["" if cell == NOT_CALCULATED else cell for cell in self._cells]

    def _check_extra_cells(self) -> None:
        if len(self._cells) > self._plan.width and any(map(str.strip, self._cells[self._plan.width :])):
            self._warn("extra_cells", "ignore")

    def _identity(self) -> tuple[str | None, LegalForm | None]:
        stated = self._legal_form()
        raw = clean(self._cell("org_number"))
        if not raw:
            return None, stated
        try:
            number = parse_org_number(raw)
        except ForeignNumber:
            self._warn("org_number_foreign", "org_number", raw)
            self._foreign_number = raw
            return None, LegalForm.FOREIGN
        except InvalidOrgNumber as error:
            raise _Refused(error.code, "org_number") from error
        if is_sole_trader_number(number):
            self._warn("sole_trader", "org_number")
            return number, LegalForm.SOLE_TRADER
        return number, stated

    def _legal_form(self) -> LegalForm | None:
        text = self._line("legal_form")
        if not text:
            return None
        found = legal_form_of(text)
        if found is None:
            self._warn("legal_form_unknown", "legal_form", text)
        return found

    def _status(self) -> CompanyStatus | None:
        text = self._line("status")
        if not text:
            return None
        found = status_of(text)
        if found is None:
            self._warn("status_unknown", "status", text)
        return found

    def _check_municipality_code(self, facts: dict[str, str]) -> None:
        code = facts.get("municipality_code")
        if not code:
            return
        digits = code.removesuffix(".0").zfill(4)  # a spreadsheet drops the zero of 0114
        if digits.isascii() and digits.isdigit() and len(digits) == 4:
            facts["municipality_code"] = digits
        else:
            self._warn("municipality_code_invalid", "municipality_code", code)
            del facts["municipality_code"]

    def _addresses(self) -> tuple[Address, ...]:
        found = []
        for kind in self._plan.places:
            street, town = self._line(f"{kind}_street"), self._line(f"{kind}_town")
            postcode = self._postcode(f"{kind}_postcode")
            if street or postcode or town:
                found.append(Address(kind, street, postcode, town))
        return tuple(found)

    def _postcode(self, field: str) -> str:
        text = self._line(field)
        if not text:
            return ""
        digits = _POSTCODE_NOISE.sub("", text.removesuffix(".0"))
        if len(digits) == 5 and digits.isascii() and digits.isdigit():
            return digits
        self._warn("postcode_odd", field, text)
        return text

    def _tags(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for raw in self._all("tags"):
            text = self._checked(clean(raw), "tags", LINE_MAX)
            found.update(dict.fromkeys(tag for piece in _TAG_BETWEEN.split(text) if (tag := piece.strip())))
        return tuple(found)

    # --- Ways to reach them ---

    def _points(self, *fields: str) -> list[Point]:
        found: list[Point] = []
        for field in fields:
            if field not in self._plan.column:
                continue
            for raw in self._all(field):
                text = clean(raw)
                if text:
                    found += self._emails(text, field) if field.endswith("email") else self._phones(text, field)
        return found

    def _emails(self, text: str, field: str) -> Iterable[Point]:
        if has_personal_number(text):
            raise _Refused("personal_number", field)
        for piece in email.split(text):
            try:
                yield Point("email", email.canonical(piece))
            except email.InvalidEmail:
                self._warn("email_invalid", field, piece)

    def _phones(self, text: str, field: str) -> Iterable[Point]:
        for piece in phone.split(text):
            try:
                found = phone.parse_phone(piece)
            except phone.InvalidPhone:
                self._warn("phone_invalid", field, piece)
            else:
                yield Point("phone", found.e164, found.kind.value, found.extension)

    def _web(self) -> list[Point]:
        text = self._line("web")
        if not text:
            return []
        address = text if "://" in text else f"https://{text}"
        if _WEB.fullmatch(address):
            return [Point("web", address)]
        self._warn("web_invalid", "web", text)
        return []

    # --- People and what was said ---

    def _contact(self, points: list[Point]) -> tuple[Contact | None, list[Point]]:
        """The contact person with its points; without a name the points are the company's."""
        name = self._line("contact_name", NAME_MAX)
        if not name and self._plan.has_split_name:
            name = f"{self._line('contact_first_name')} {self._line('contact_last_name')}".strip()
        title = self._line("contact_title")
        if name:
            return Contact(name, title, _unique(points)), []
        if points and self._plan.has_contact_name:
            self._warn("contact_without_name", "contact_name")
        return None, points

    def _last_contact(self) -> tuple[LastContact | None, str]:
        """The last contact where a date stands; otherwise what was said is a note."""
        notes = [self._foreign_number, *(self._text(raw, "notes") for raw in self._all("notes"))]
        said = self._text(self._cell("log_text"), "log_text")
        day = self._day()
        if day is not None:
            return LastContact(day, log_kind_of(said), said), "\n\n".join(filter(None, notes))
        unread = self._line("last_contact_on")
        return None, "\n\n".join(filter(None, [*notes, unread, said]))

    def _text(self, raw: str, field: str) -> str:
        return self._checked(clean_multiline(raw), field, TEXT_MAX) if raw else ""

    def _day(self) -> date | None:
        text = self._line("last_contact_on")
        if not text:
            return None
        try:
            day = _day_of(text)
        except InvalidDay:
            self._warn("date_invalid", "last_contact_on", text)
            return None
        if self._today is not None and day > self._today:
            self._warn("date_in_future", "last_contact_on", text)
            return None
        return day


_FORMULA_STARTS = frozenset("=+-@")
_FORMULA = re.compile(r"=|[+-]\s*\d[\d.,]*\s*[-+*/^]|[+@-]\s*\w+\(")
_POSTCODE_NOISE = re.compile(r"^(?:SE|S)[- ]?(?=\d)|\s+")
_TAG_BETWEEN = re.compile(r"[;,|\n]+")
_WEB = re.compile(r"https?://(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d{1,5})?(?:[/?#]\S*)?", re.I)
_TIME_AFTER = re.compile(r"(.*\d)[ T]+\d{1,2}[:.]\d\d(?:[:.]\d\d)?")
_HAS_YEAR = re.compile(r"\d{4}|\d\d[-/]\d\d[-/]\d\d|\d{6}|[-/.]\d\d\Z")


@lru_cache(maxsize=8192)
def _day_of(text: str) -> date:
    """A date with its year. "Igår" or "3/12" in a file of unknown age would be a guess."""
    if found := _TIME_AFTER.fullmatch(text):
        text = found[1]
    if not _HAS_YEAR.search(text):
        raise InvalidDay
    return parse_past_day(text, date(2000, 1, 1))


def guess_form(name: str, number: str | None) -> LegalForm | None:
    """Like `guess_legal_form`, quicker for the two endings that most names have."""
    if number and number[0] == "5":
        return LegalForm.LIMITED_COMPANY if number[2] >= "2" else LegalForm.SOLE_TRADER
    return guess_legal_form(name, number)


def _unique(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(dict.fromkeys(points))
