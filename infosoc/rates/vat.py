"""On which days a percentage is a Swedish VAT rate. Pure; source: `data/vat.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.rates.book import DatedValue


class NotInForce(Invalid):
    code = "vat_rate_not_in_force"
    message = N_("“%(text)s” has %(rate)s %% VAT, which does not apply on %(day)s. Choose another VAT treatment.")


def check_in_force(percent: int, day: date, text: str, known: Iterable[DatedValue] | None = None) -> None:
    """Refuse a rate that does not hold on the day of supply; raises `NotInForce` with the text of the row."""
    values = shipped() if known is None else known
    if not any(one.value == percent and one.holds_on(day) for one in values):
        raise NotInForce(field="vat_code", text=text, rate=percent, day=day.isoformat())


@cache
def shipped() -> tuple[DatedValue, ...]:
    """The rates that come with the program, with their days."""
    text = resources.files("infosoc.rates").joinpath("data/vat.toml").read_text(encoding="utf-8")
    return tuple(
        DatedValue(one["from"], one.get("to"), Decimal(one["percent"]), one["source"])
        for one in tomllib.loads(text)["value"]
    )
