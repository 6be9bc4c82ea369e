"""What a tenant prints on its invoices and how it books them: changed by one form, checked by the field."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.db.tenancy import current_scope
from infosoc.invoicing.commands import receiving
from infosoc.invoicing.commands.issue import NUMBERS, SERIES
from infosoc.invoicing.models import Invoice, InvoicingSettings
from infosoc.invoicing.queries import parties
from infosoc.invoicing.queries.receiving import KINDS
from infosoc.kernel import email
from infosoc.kernel.errors import Invalid, Refused, Stale
from infosoc.kernel.identity import parse_org_number
from infosoc.kernel.text import clean
from infosoc.kernel.words import N_
from infosoc.ledger.models import NumberSeries
from infosoc.subscriptions.rules.invoicing import einvoice_address

LARGEST_LOGO = 512 * 1024
MOST_PIXELS = 12_000_000
LOGO_SIZE = (900, 300)  # three inches by one at 300 dots an inch: what the paper has room for
PICTURES = ("PNG", "JPEG")
LARGEST_FIRST = 10**9


class NoWayToPay(Invalid):
    message = N_("Write a bankgiro, a plusgiro or an IBAN, so that invoices can be paid.")


class NotALogo(Invalid):
    message = N_("This file is not a picture that can be printed. Use PNG or JPEG.")


class LogoTooLarge(Invalid):
    message = N_("The picture is too large. It may be at most 500 kB.")


class NumbersTaken(Refused):
    message = N_("Invoices have been issued: numbering continues from the last one.")


class BadFirstNumber(Invalid):
    message = N_("The first invoice number is from 1 to 999 999 999.")


@dataclass(frozen=True)
class SettingsFacts:
    """The settings as they were written; numbers with or without their signs."""

    seller_name: str
    org_number: str
    street: str
    postal_code: str
    city: str
    seat: str
    has_f_tax: bool
    bankgiro: str
    plusgiro: str
    iban: str
    bic: str
    endpoint: str
    contact: str
    email: str
    phone: str
    website: str
    payment_days: int
    to_kronor: bool
    least_deferred_ore: int
    bills_from: date | None


def save(
    session: Session, facts: SettingsFacts, *, version: int | None, first_number: int | None, by: int | None,
    now: datetime,
) -> InvoicingSettings:  # fmt: skip
    """Keep the settings. `first_number` is where the invoice numbers begin, while none is issued.

    What was printed, and what is printed now, are accounts that payments are received on.
    """
    own = parties.settings(session)
    if own is not None and version != own.version:
        raise Stale
    values = _checked(facts)
    if own is None:
        own = InvoicingSettings()
        session.add(own)
    else:
        receiving.keep_printed(session, own, by=by, now=now)
    changes = _note(own, values)
    receiving.keep_printed(session, own, by=by, now=now)
    if first_number is not None and first_number != next_number(session):
        changes["first number"] = (next_number(session), first_number)
        _begin_at(session, first_number)
    return _kept(session, own, changes, by=by)


def set_logo(session: Session, given: bytes, *, by: int | None) -> InvoicingSettings:
    """Keep a logo: drawn anew, so that nothing rides along in it."""
    own = _there(session)
    changes = {"logo": (_about(own.logo), "PNG")}
    own.logo = _drawn_anew(given)
    return _kept(session, own, changes, by=by)


def remove_logo(session: Session, *, by: int | None) -> InvoicingSettings:
    own = _there(session)
    changes = {"logo": (_about(own.logo), "")} if own.logo else {}
    own.logo = ""
    return _kept(session, own, changes, by=by)


def next_number(session: Session) -> int:
    """The number that the next invoice gets."""
    query = select(NumberSeries.last_number).where(
        NumberSeries.kind == NUMBERS, NumberSeries.series == SERIES, NumberSeries.fiscal_year_id.is_(None)
    )
    return (session.scalar(query) or 0) + 1


def has_issued(session: Session) -> bool:
    return session.scalar(select(Invoice.id).limit(1)) is not None


def _there(session: Session) -> InvoicingSettings:
    own = parties.settings(session)
    if own is None:
        raise parties.NotSetUp
    return own


def _about(logo: str) -> str:
    return "PNG" if logo else ""


def _note(own: InvoicingSettings, values: dict[str, object]) -> dict[str, tuple[object, object]]:
    changes = {}
    for name, value in values.items():
        before = getattr(own, name)
        if before != value:
            setattr(own, name, value)
            changes[name] = (before, value)
    return changes


def _kept(
    session: Session, own: InvoicingSettings, changes: Mapping[str, tuple[object, object]], *, by: int | None
) -> InvoicingSettings:
    session.flush()
    if changes:
        tenant_id = current_scope().tenant_id
        audit.record(session, "invoicing settings changed", "tenant", tenant_id, by=by, changes=changes)
    return own


def _checked(facts: SettingsFacts) -> dict[str, object]:
    """The values in the form they are kept in; raises what is wrong, beside its field."""
    values: dict[str, object] = {
        name: clean(value) if isinstance(value, str) else value for name, value in asdict(facts).items()
    }
    try:
        values["org_number"] = parse_org_number(facts.org_number)
    except Invalid as error:
        error.field = "org_number"
        raise
    for kind in KINDS:
        values[kind] = receiving.read_number(kind, getattr(facts, kind))
    values["bic"] = receiving.read_bic(facts.bic)
    if not (values["bankgiro"] or values["plusgiro"] or values["iban"]):
        raise NoWayToPay(field="bankgiro")
    if values["iban"] and not values["bic"]:
        raise receiving.IbanNeedsBic(field="bic")
    values["endpoint"] = _endpoint(facts.endpoint)
    values["email"] = _email(facts.email)
    return values


def _endpoint(written: str) -> str:
    try:
        return einvoice_address(written)
    except Invalid as error:
        error.field = "endpoint"
        raise


def _email(written: str) -> str:
    try:
        return email.canonical(written) if written.strip() else ""
    except Invalid as error:
        error.field = "email"
        raise


def _begin_at(session: Session, first: int) -> None:
    """Let the invoice numbers begin at one; refused when the series has begun."""
    if not 1 <= first < LARGEST_FIRST:
        raise BadFirstNumber(field="first_number")
    audit.take_turn(session)
    if has_issued(session):
        raise NumbersTaken(field="first_number")
    query = select(NumberSeries).where(
        NumberSeries.kind == NUMBERS, NumberSeries.series == SERIES, NumberSeries.fiscal_year_id.is_(None)
    )
    counter = session.scalar(query.with_for_update())
    if counter is None:
        counter = NumberSeries(kind=NUMBERS, series=SERIES, last_number=0)
        session.add(counter)
    counter.last_number = first - 1


def _drawn_anew(given: bytes) -> str:
    """The pixels alone, as a PNG in a `data:` address, no larger than the paper needs."""
    from PIL import Image, UnidentifiedImageError  # read when it is needed: it is heavy

    if len(given) > LARGEST_LOGO:
        raise LogoTooLarge(field="logo")
    try:
        with Image.open(io.BytesIO(given), formats=PICTURES) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise LogoTooLarge(field="logo")
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotALogo(field="logo") from error
    drawn.thumbnail(LOGO_SIZE)
    clean_one = Image.new(drawn.mode, drawn.size)
    clean_one.paste(drawn)
    made = io.BytesIO()
    clean_one.save(made, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}"
