"""The rows of an invoice as they are typed: plain fields, as many as needed, in the order they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, zip_longest
from typing import Any, Protocol

from flask_babel import gettext

from infosoc.invoicing.rules import drafts
from infosoc.invoicing.rules.totals import MOST_LINES, Line, TextRow, Totals, count
from infosoc.invoicing.rules.vat import TREATMENTS
from infosoc.kernel import clock, sv
from infosoc.kernel.errors import DomainError, Invalid
from infosoc.kernel.identity import find_personal_number
from infosoc.kernel.money import THOUSANDTHS, parse_thousandths, print_thousandths
from infosoc.kernel.text import clean
from infosoc.ledger.rules import NotOfPrepayments, NotOfSales, is_of_prepayments, is_of_sales
from infosoc.subscriptions.rules.words import UNIT_LABELS

FIRST_ROWS, MOST_ROWS = 3, 200  # rows that are added by hand; an invoice of a run may have more
LONGEST_TEXT, LONGEST_TYPED = 200, 4000
NAMES = ("kind", "product", "text", "quantity", "unit", "price", "discount", "vat", "since", "until", "account",
         "deferral")  # fmt: skip
UNITS = tuple(str(unit) for unit in UNIT_LABELS)


class FormData(Protocol):
    """What a posted form is read from."""

    def getlist(self, key: str) -> list[str]: ...


@dataclass
class Typed:
    """A row as it was typed, with what is wrong with it by field."""

    kind: str = "line"
    product: str = ""
    text: str = ""
    quantity: str = "1"
    unit: str = "C62"
    price: str = ""
    discount: str = ""
    vat: str = "S25"
    since: str = ""
    until: str = ""
    account: str = ""
    deferral: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        return self.kind == "text"

    @property
    def is_blank(self) -> bool:
        """Nothing has been written in it; a product that was chosen has filled it in."""
        return not any(one.strip() for one in (self.text, self.price, self.product))

    def line(self) -> Line | TextRow | None:
        """The row that is meant; what is wrong with it is noted in `errors`."""
        text = clean(self.text)
        if not text:
            self.errors["text"] = gettext("Enter a description.")
        elif len(text) > LONGEST_TEXT:
            self.errors["text"] = gettext("At most %(most)s characters.", most=LONGEST_TEXT)
        elif find_personal_number(text):
            self.errors["text"] = gettext("This looks like a personal identity number. It must not be entered here.")
        if self.is_text:
            return None if self.errors else TextRow(text)
        share, ore = self._read("discount", drafts.parse_discount) or (0, 0)
        made = Line(
            text, self._read("quantity", parse_thousandths) or 0, self._read("price", drafts.parse_price) or 0,
            self._choice("vat", TREATMENTS), share, ore, self._choice("unit", UNITS), "", self._day("since"),
            self._day("until"), self._number("account"), self._number("deferral"),
        )  # fmt: skip
        self._check_period(made)
        return None if self.errors else made

    def _check_period(self, made: Line) -> None:
        if bool(made.period_start) != bool(made.period_end) and not {"since", "until"} & set(self.errors):
            missing = "until" if made.period_start else "since"
            self.errors[missing] = gettext("A period has a first and a last day.")

    def _read(self, name: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(getattr(self, name))
        except Invalid as error:
            self.errors[name] = gettext(error.message, **error.values)
            return None

    def _choice(self, name: str, known: Iterable[str]) -> str:
        if getattr(self, name) not in known:
            self.errors[name] = gettext("Choose one in the list.")
        return getattr(self, name)

    def _day(self, name: str) -> date | None:
        written = getattr(self, name).strip()
        return self._read(name, lambda text: sv.parse_day(text, clock.today())) if written else None

    def _number(self, name: str) -> int | None:
        """An account's number, which its text begins with."""
        written = getattr(self, name).strip()[:4]
        if not written and name == "deferral":
            return None
        if len(written) == 4 and written.isascii() and written.isdigit():
            return int(written)
        self.errors["account"] = gettext("Enter the account number, or choose it in the list.")
        return None


def read(data: FormData) -> list[Typed]:
    """The rows of a posted form, in order."""
    columns = (data.getlist(f"row_{name}") for name in NAMES)
    rows = []
    for typed in islice(zip_longest(*columns, fillvalue=""), MOST_LINES + 1):  # one too many is refused, not forgotten
        values = {name: one.replace("\0", "")[:LONGEST_TYPED] for name, one in zip(NAMES, typed, strict=True)}
        if values["kind"] not in drafts.KINDS:
            values["kind"] = drafts.KINDS[0]
        rows.append(Typed(**values))  # type: ignore[arg-type]  # names are those of its text fields
    return rows


def of_kept(kept: Sequence[Mapping[str, Any]]) -> list[Typed]:
    """The rows of a draft, to be changed."""
    return [_typed(one) for one in kept]


def _typed(kept: Mapping[str, Any]) -> Typed:
    if kept["kind"] == "text":
        return Typed("text", text=kept["text"])
    return Typed(
        "line", kept["product"], kept["text"], print_thousandths(kept["quantity"]).replace("\u2212", "-"), kept["unit"],
        drafts.print_price(kept["price_e4"]), drafts.print_discount(kept["discount"], kept["discount_ore"]),
        kept["vat"], kept["from"], kept["to"], str(kept["account"] or ""), str(kept["deferral"] or ""),
    )  # fmt: skip


def kept(rows: Iterable[Typed], known_accounts: Callable[[set[int]], Mapping[int, Any]]) -> list[dict[str, Any]] | None:
    """The rows that are filled in, as they are kept; None when something is wrong, which is noted in the row."""
    filled = [row for row in rows if not row.is_blank]
    lines = [row.line() for row in filled]
    _check_accounts(filled, lines, known_accounts)
    for row, line in zip(filled, lines, strict=True):
        if isinstance(line, Line) and not row.errors:
            _try_alone(row, line)
    if any(row.errors for row in filled):
        return None
    return [
        drafts.kept_text(line.text) if isinstance(line, TextRow) else drafts.kept_line(line, product=row.product)
        for row, line in zip(filled, lines, strict=True)
        if line is not None
    ]


def _check_accounts(
    rows: Sequence[Typed], lines: Sequence[Line | TextRow | None],
    known_accounts: Callable[[set[int]], Mapping[int, Any]],
) -> None:  # fmt: skip
    pairs = [(row, line) for row, line in zip(rows, lines, strict=True) if isinstance(line, Line)]
    wanted = {number for _, line in pairs for number in (line.account, line.deferral_account) if number is not None}
    known = known_accounts(wanted) if wanted else {}
    for row, line in pairs:
        for number, fits, refusal in (
            (line.account, is_of_sales, NotOfSales),
            (line.deferral_account, is_of_prepayments, NotOfPrepayments),
        ):
            if number is not None and number not in known:
                row.errors["account"] = gettext("There is no account %(number)s in the chart.", number=number)
            elif number is not None and not fits(number):
                row.errors["account"] = gettext(refusal.message)


def _try_alone(row: Typed, line: Line) -> None:
    """What the calculation says of the row by itself, beside the field that it is about."""
    try:
        count([line])
    except DomainError as error:
        name = {"DiscountTooLarge": "discount", "PeriodBackwards": "until"}.get(type(error).__name__, "price")
        row.errors[name] = gettext(error.message, **error.values)


def so_far(rows: Iterable[Typed], *, to_kronor: bool) -> tuple[Totals | None, list[int | None]]:
    """What the rows come to while they are typed, and each row's net in öre; what is not whole counts as nothing."""
    lines: list[Line | TextRow | None] = []
    for row in rows:
        trial = Typed(**{name: getattr(row, name) for name in NAMES})
        trial.text, trial.account = trial.text or "-", trial.account or "3010"
        line = None if row.is_blank else trial.line()
        lines.append(line if isinstance(line, Line) and _counts([line]) else None)
    whole = [line for line in lines if isinstance(line, Line)]
    nets = [count([line]).net_ore if isinstance(line, Line) else None for line in lines]
    return (count(whole, to_kronor=to_kronor) if whole and _counts(whole) else None), nets


def _counts(lines: Sequence[Line]) -> bool:
    try:
        count(lines)
    except DomainError:
        return False
    return True


def padded(rows: Sequence[Typed]) -> list[Typed]:
    """The rows with a blank one to write in where there is none."""
    return list(rows) if rows else [Typed() for _ in range(FIRST_ROWS)]


def arranged(rows: list[Typed], deed: str) -> tuple[list[Typed], int | None]:
    """The rows after one was added, moved or taken away (`add`, `text`, `up:2`, `remove:0`), and which is to be
    written in next."""
    name, _, at = deed.partition(":")
    index = int(at) if at.isascii() and at.isdigit() and len(at) < 5 and int(at) < len(rows) else None
    if name in ("add", "text") and len(rows) < MOST_ROWS:
        rows = [*rows, Typed("text") if name == "text" else _next(rows)]
        return rows, len(rows) - 1
    if index is None:
        return rows, None
    if name == "remove":
        rows = [*rows[:index], *rows[index + 1 :]] or [Typed()]
        return rows, min(index, len(rows) - 1)
    to = index + {"up": -1, "down": 1}.get(name, 0)
    if 0 <= to < len(rows):
        rows[index], rows[to] = rows[to], rows[index]
        return rows, to
    return rows, index


def _next(rows: Sequence[Typed]) -> Typed:
    """A new line is sold like the one before it."""
    last = next((row for row in reversed(rows) if not row.is_text), None)
    return Typed(vat=last.vat, account=last.account) if last else Typed()


def fill(row: Typed, product: Any, locale: str, price_ore: int | None) -> None:
    """Let a product say what the row is, in the invoice's language."""
    row.text, row.unit, row.vat = product.name(locale), product.unit, product.vat_code
    row.account, row.deferral = product.revenue_account, product.deferral_account
    row.price = "" if price_ore is None else drafts.print_price(price_ore * 100)
    row.quantity = row.quantity.strip() or print_thousandths(THOUSANDTHS)
