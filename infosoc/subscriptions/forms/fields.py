"""Fields for amounts, quantities and percentages: whole öre, thousandths and hundredths of a percent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField
from wtforms.widgets import TextInput

from infosoc.crm.forms.facts import labelled, to_choose
from infosoc.kernel import money
from infosoc.kernel.errors import Invalid
from infosoc.subscriptions.rules.words import INTERVAL_LABELS


class _Exact(Field):
    """A number that is kept as a whole one, read and printed by functions of `kernel.money`."""

    widget = TextInput()
    parse: Callable[[str], int]
    print: Callable[[int], str]

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return type(self).print(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        written = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not written:
            self.raw_data = None  # blanks alone are nothing written
            return
        try:
            self.data = type(self).parse(written)
        except Invalid as error:
            raise ValueError(gettext(error.message, **error.values)) from None


class OreField(_Exact):
    """An amount in kronor; its data are öre."""

    parse = staticmethod(money.parse_ore)
    print = staticmethod(money.print_input)


class QuantityField(_Exact):
    """A quantity with at most three decimals; its data are thousandths."""

    parse = staticmethod(money.parse_thousandths)
    print = staticmethod(money.print_thousandths)


class PercentField(_Exact):
    """A percentage with at most two decimals; its data are hundredths of a percent."""

    parse = staticmethod(lambda written: money.parse_ore(written.removesuffix("%").strip()))
    print = staticmethod(money.print_input)


def interval_field(label: Any, **kwargs: Any) -> SelectField:
    """A choice among month, quarter, half-year and year; its data are months."""
    return SelectField(label, coerce=int, **kwargs)


def offer_intervals(field: SelectField) -> None:
    field.choices = to_choose([(str(int(value)), label) for value, label in _intervals()])


def _intervals() -> list[tuple[int, str]]:
    return [(int(value), gettext(label)) for value, label in INTERVAL_LABELS.items()]


def offer(field: SelectField, labels: dict[Any, str], first: tuple[str, str] | None = None) -> None:
    """The choices of an enum, perhaps with one before them."""
    field.choices = to_choose([*([first] if first else []), *labelled(labels)])


NOT_CHOSEN = ("", _l("Choose"))
