"""How values are printed in templates; all of Swedish or English form is decided here and in `kernel.sv`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from flask_babel import format_date, format_number, get_locale
from markupsafe import Markup, escape
from wtforms import FieldList, FormField

from infosoc.kernel import clock, identity, money, phone
from infosoc.web.words import gettext


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        t=translate, datum=day, day_long=day_long, day_near=day_near, clock_time=clock_time, moment=moment, iso=iso,
        antal=number, kr=kronor, orgnr=org_number, masked_orgnr=identity.mask_org_number, telefon=phone.display,
        lines=lines, tel_uri=tel_uri, epost=email, quantity=quantity, day_before=day_before, month_name=month_name,
        wrong_fields=wrong_fields,
    )  # fmt: skip


def translate(text: Any, /, **values: Any) -> str:
    """A message id of a domain in the reader's language."""
    return gettext(str(text), **values) if text else ""


def wrong_fields(form: Any) -> list[tuple[str, str, str]]:
    """What is wrong in a form, field by field, down into its lines: where it is, what it is called, what to do."""
    found: list[tuple[str, str, str]] = []
    for one in form:
        if isinstance(one, FieldList) and any(isinstance(entry, FormField) for entry in one):
            for number, entry in enumerate(one, 1):
                line = gettext("Line %(number)s", number=number)
                found += [(at, f"{line}, {label}", error) for at, label, error in wrong_fields(entry.form)]
        elif one.errors:
            found.append((one.id, one.label.text, next(iter(one.errors))))
    return found


def day(value: date | datetime | None) -> str:
    """ISO date, for tables."""
    return _local_day(value).isoformat() if value else ""


def day_long(value: date | datetime | None) -> str:
    """Written date: `3 december 2026`."""
    return format_date(_local_day(value), "long") if value else ""


def day_near(value: date | datetime | None) -> str:
    """Today, yesterday, tomorrow, else the weekday within a week, else the short date."""
    if not value:
        return ""
    when, today = _local_day(value), clock.today()
    near = {0: gettext("today"), -1: gettext("yesterday"), 1: gettext("tomorrow")}.get((when - today).days)
    if near:
        return near
    if timedelta(0) < when - today < timedelta(days=7):
        return format_date(when, "EEE d MMM", rebase=False)
    return format_date(when, "d MMM" if when.year == today.year else "d MMM y", rebase=False)


def day_before(value: date | None) -> date | None:
    """The last day of what ends before a day."""
    return value - timedelta(days=1) if value else None


def month_name(value: date) -> str:
    """`november 2026`."""
    return format_date(value, "LLLL y")


def clock_time(value: datetime | None) -> str:
    return clock.local(value).strftime("%H:%M") if value else ""


def moment(value: datetime | None) -> str:
    """ISO date and time on the Swedish wall clock."""
    return clock.local(value).strftime("%Y-%m-%d %H:%M") if value else ""


def iso(value: date | datetime | None) -> str:
    """For `datetime=` attributes."""
    return value.isoformat() if value else ""


def number(value: int | None) -> str:
    return "" if value is None else format_number(value)


def kronor(amount_ore: int | None) -> str:
    """An amount in öre as kronor with two decimals."""
    return "" if amount_ore is None else money.print_ore(amount_ore, locale=locale_name())


def quantity(thousandths: int | None) -> str:
    """A quantity without needless decimals: `2`, `1,5`, `1 455`."""
    return "" if thousandths is None else money.print_thousandths(thousandths, locale=locale_name(), grouped=True)


def org_number(value: str | None) -> str:
    return identity.format_org_number(value) if value else ""


def tel_uri(value: str) -> str:
    """What a telephone dials: the number without its extension, which is no part of it."""
    value = value.partition("ankn")[0]
    return "tel:" + "".join(sign for sign in value if sign.isdigit() or sign == "+")


def lines(text: str) -> Markup:
    """Plain text with its line breaks; everything else is escaped."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def email(address: str) -> Markup:
    """An address that breaks after its at sign, where it must break."""
    return escape(address).replace("@", Markup("@<wbr>"))


def _local_day(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def locale_name() -> str:
    return str(get_locale() or "sv")
