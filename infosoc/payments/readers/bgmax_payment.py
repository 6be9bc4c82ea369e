"""One payment of BgMax, put together from its records: 20 or 21, then 22, 23, 25 to 29."""

from __future__ import annotations

from infosoc.payments.readers import errors
from infosoc.payments.readers.records import Payer, Payment, PaymentKind, Reference, ReferenceKind

MOST_TEXTS, MOST_REFERENCES = 90, 1000
_CHECKED = (b"2", b"4")  # reference codes: right by the bank's check, right by extended registration
_LAST_PART = {b"1": False, b"2": True}  # deduction codes; 0 is the whole of it


class PaymentParts:
    """What has been read of the payment so far."""

    __slots__ = (
        "address", "amount_ore", "checked", "code", "extra_name", "is_last_part", "line", "name", "organisation_number",
        "payer_account", "place", "references", "serial", "texts",
    )  # fmt: skip

    def __init__(self, number: int, code: bytes, line: bytes) -> None:
        self.line, self.code = number, code
        self.amount_ore = digits(number, line, 38, 55)
        self.serial = field(line, 58, 69)
        self.payer_account = line[2:12].strip().lstrip(b"0").decode("latin-1")
        self.is_last_part = _LAST_PART.get(line[70:71]) if code == b"21" else None
        self.name = self.extra_name = self.organisation_number = ""
        self.address = ("", "")
        self.place = ("", "")
        self.texts: list[str] = []
        text = line[12:37].strip().decode("latin-1")
        is_checked = line[55:56] in _CHECKED
        # Code 2 is the bank's check of an OCR reference; that it goes by modulus 10 as well can be seen here.
        self.checked = text if line[55:56] == b"2" else ""
        kind = ReferenceKind.CHECKED if is_checked else ReferenceKind.FREE
        self.references = [Reference(text, kind)] if text.strip("0") else []

    def take(self, number: int, code: bytes, line: bytes) -> None:
        """Read one more record of it."""
        if code == b"26":
            self.name, self.extra_name = field(line, 3, 37), field(line, 38, 72)
        elif code == b"27":
            self.address = (field(line, 3, 37), field(line, 38, 46))
        elif code == b"28":
            self.place = (field(line, 3, 37), field(line, 73, 74) or field(line, 38, 72))
        elif code == b"29":
            self.organisation_number = _organisation_number(field(line, 3, 14))
        elif code == b"25":
            self.texts.append(field(line, 3, 52))
        else:
            self.references.append(_extra_reference(number, code, line))
        if len(self.texts) > MOST_TEXTS or len(self.references) > MOST_REFERENCES:
            raise errors.TooMuch(number)

    def payment(self) -> Payment:
        """The whole of it."""
        (address, post_code), (town, country) = self.address, self.place
        payer = Payer(
            self.name, self.extra_name, address, post_code, town, country, self.organisation_number, self.payer_account
        )
        kind = PaymentKind.PAYMENT if self.code == b"20" else PaymentKind.DEDUCTION
        return Payment(
            self.line, kind, self.amount_ore, tuple(self.references), tuple(self.texts), payer, self.serial,
            is_last_part=self.is_last_part,
        )  # fmt: skip


def field(line: bytes, start: int, end: int) -> str:
    """The text in these positions."""
    return line[start - 1 : end].strip().decode("latin-1")


def digits(number: int, line: bytes, start: int, end: int) -> int:
    """The number in these positions, filled with zeros from the left."""
    part = line[start - 1 : end]
    if not part.isdigit():
        raise errors.NotDigits(number, start=start, end=end)
    return int(part)


def _extra_reference(number: int, code: bytes, line: bytes) -> Reference:
    """A further reference; its amount is stated under extended registration only, and is zero otherwise."""
    kind = ReferenceKind.CHECKED if line[55:56] in _CHECKED else ReferenceKind.FREE
    amount_ore = digits(number, line, 38, 55) or None
    is_credit = code == b"23"
    return Reference(field(line, 13, 37), kind, -amount_ore if amount_ore and is_credit else amount_ore, is_credit)


def _organisation_number(text: str) -> str:
    """The last ten digits: the field is filled with zeros in front, and a person's number may come with its century."""
    return text[-10:] if text.strip("0") else ""
