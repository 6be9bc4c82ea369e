"""Building UBL: elements by name, empty ones left out, amounts and quantities from whole numbers."""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from infosoc.invoicing.peppol.names import CAC, CBC
from infosoc.invoicing.rules.record import Address
from infosoc.invoicing.rules.totals import CURRENCY
from infosoc.kernel.money import ORE

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Tree:
    """An element that is being filled."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    @classmethod
    def root(cls, name: str, namespace: str) -> Tree:
        return cls(etree.Element(f"{{{namespace}}}{name}", nsmap={None: namespace, "cac": CAC, "cbc": CBC}))

    def child(self, name: str) -> Tree:
        """A new element that holds others."""
        return Tree(etree.SubElement(self.element, f"{{{CAC}}}{name}"))

    def text(self, name: str, value: str | date | None, **attributes: str) -> None:
        """A new element that holds a value; an empty one may not be there (R008)."""
        said = value.isoformat() if isinstance(value, date) else _NOT_XML.sub("", value or "").strip()
        if said:
            made = etree.SubElement(self.element, f"{{{CBC}}}{name}", attributes)
            made.text = said

    def address(self, name: str, address: Address) -> None:
        """Two lines have elements of their own; the rest is one line (specification: PostalAddress)."""
        made = self.child(name)
        first, second, *rest = (*address.lines, "", "")
        made.text("StreetName", first)
        made.text("AdditionalStreetName", second)
        made.text("CityName", address.city)
        made.text("PostalZone", address.postal_code)
        if more := ", ".join(filter(None, rest)):
            made.child("AddressLine").text("Line", more)
        made.child("Country").text("IdentificationCode", address.country)


def amount(tree: Tree, name: str, ore: int) -> None:
    """An amount in kronor with two decimals."""
    kronor, rest = divmod(abs(ore), ORE)
    tree.text(name, f"{'-' if ore < 0 else ''}{kronor}.{rest:02d}", currencyID=CURRENCY)


def decimal(value: int, scale: int) -> str:
    """A whole number of parts as a decimal without needless zeros: 1500 thousandths are 1.5."""
    whole, rest = divmod(abs(value), scale)
    decimals = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}" + (f".{decimals}" if decimals else "")
