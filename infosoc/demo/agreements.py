"""Invents what the two companies sell, and agreements with years of history, by the commands that people use."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.rules import Status
from infosoc.kernel import clock
from infosoc.kernel.identity import LegalForm
from infosoc.subscriptions.commands import agreements, copies, deeds, increases, prices, products, usage
from infosoc.subscriptions.commands.agreements import InvoiceDetails, NewAgreement, NewLine, Terms
from infosoc.subscriptions.commands.prices import NewPrice
from infosoc.subscriptions.commands.products import ProductFacts
from infosoc.subscriptions.commands.usage import Usage
from infosoc.subscriptions.models import Agreement, AgreementProduct, Product
from infosoc.subscriptions.rules.amounts import Tier
from infosoc.subscriptions.rules.periods import add_months, month_of
from infosoc.subscriptions.rules.words import Billing, Unit

CUSTOMERS = {"infosoc": 40, "rattsdata": 20}


@dataclass(frozen=True)
class Offer:
    """A product of the demo: what it costs a month (by year for legal databases), two years ago and since."""

    code: str
    name_sv: str
    name_en: str
    was_ore: int
    now_ore: int
    billing: Billing = Billing.FIXED
    unit: Unit = Unit.MONTH
    vat: str = "S25"


OFFERS = {
    "infosoc": (
        Offer("JOURNAL", "Journal", "Journal", 189_000, 199_000, Billing.PER_UNIT, Unit.PERSON),
        Offer("AVVIK", "Avvikelserapportering", "Incident reporting", 95_000, 99_500),
        Offer("KVALITET", "Kvalitetsmätning", "Quality surveys", 120_000, 125_000),
        Offer("KALENDER", "Organisationskalender", "Organisation calendar", 49_000, 52_500),
        Offer("SMS", "Sms-påminnelser", "Text reminders", 60, 65, Billing.USAGE, Unit.PIECE),
    ),
    "rattsdata": (
        Offer("RATTSFALL", "Rättsfallsdatabasen", "Case law database", 145_000, 152_500, Billing.PER_UNIT, Unit.PERSON),
        Offer("LAGAR", "Lagar och förarbeten", "Statutes and bills", 98_000, 104_000),
        Offer("NYTT", "Nyhetsbrevet Vårdjuridik", "Health law newsletter", 39_000, 41_500, vat="S6"),
    ),
}
REASONS = ("Byter till koncernens system", "Verksamheten läggs ner", "För lite använt", "Ny upphandling")
WHO = ("Faktura", "Ekonomi", "Inköp")


def write(session: Session, slug: str, *, by: list[int], now: datetime, rng: random.Random) -> None:
    """The catalogue, two price lists, agreements with what happened to them, usage, an index and a price increase."""
    today = clock.local(now).date()
    began = date(today.year - 2, 1, 1)
    ids = _catalogue(session, slug, by=by[0], began=began, today=today, now=now)
    for number, company in enumerate(_customers(session, CUSTOMERS[slug], rng)):
        _agreement(session, OFFERS[slug], ids, company, number, by=rng.choice(by), today=today, rng=rng)
    if "SMS" in ids:
        _usage(session, today, by=by[0], now=now, rng=rng)
    copies.refresh_due(session, on=today)
    _increase(session, today, by=by[0], now=now)


def _catalogue(session: Session, slug: str, *, by: int, began: date, today: date, now: datetime) -> dict[str, str]:
    made = {}
    at = _at(began)
    normal = prices.add_list(session, "Normalpris", by=by, now=at)
    made[""] = normal.public_id
    for offer in OFFERS[slug]:
        is_usage = offer.billing is Billing.USAGE
        facts = ProductFacts(
            offer.code, offer.name_sv, offer.name_en, offer.billing.value, offer.unit.value, vat_code=offer.vat,
            revenue_account="3010" if slug == "infosoc" else "3011", deferral_account="" if is_usage else "2979",
        )  # fmt: skip
        made[offer.code] = products.add_product(session, facts, by=by, now=at).public_id
        for day, ore in ((began, offer.was_ore), (date(today.year, 1, 1), offer.now_ore)):
            tiers = (Tier(0, ore), Tier(1_000_000, ore - 15)) if is_usage else ()
            price = NewPrice(day, 0 if is_usage else ore, tiers=tiers)
            prices.set_price(session, normal.public_id, made[offer.code], price, by=by, now=at)
    for year, value in ((today.year - 2, 118_400), (today.year - 1, 122_100)):
        prices.set_index_value(
            session, "AKI", date(year, 10, 1), value, "påhittat värde för demonstration", by=by, now=now
        )
    return made


def _customers(session: Session, count: int, rng: random.Random) -> list[Company]:
    """Companies that are customers already, a few municipalities among them, and some that were."""

    held = (
        select(Company)
        .join(CompanyRelation, CompanyRelation.company_id == Company.id)
        .where(CompanyRelation.trashed_at.is_(None))
        .order_by(Company.id)
    )
    is_town = Company.legal_form.is_not_distinct_from(LegalForm.MUNICIPALITY.value)

    def of(status: Status) -> list[Company]:
        return list(session.scalars(held.where(CompanyRelation.status == status, ~is_town).limit(400)))

    towns = list(session.scalars(held.where(is_town).limit(4)))
    found = [*towns, *rng.sample(of(Status.CUSTOMER), count * 3 // 4)]
    return [*found, *rng.sample(of(Status.FORMER), count - len(found))]


def _agreement(
    session: Session, offers: tuple[Offer, ...], ids: dict[str, str], company: Company, number: int, *, by: int,
    today: date, rng: random.Random,
) -> None:  # fmt: skip
    months_ago = rng.randrange(1, 23)
    starts_on = max(add_months(month_of(today), -months_ago), date(today.year - 2, 1, 1))
    signed_at = _at(starts_on - timedelta(days=rng.randrange(3, 20)))
    is_own = number % 4 == 3
    chosen = rng.sample([one for one in offers if one.billing is not Billing.USAGE], rng.choice((1, 1, 2, 2, 3)))
    lines = [_line(one, ids, rng, is_own=is_own) for one in chosen]
    if "SMS" in ids and number % 6 == 1 and not is_own:
        lines.append(NewLine(ids["SMS"]))
    terms = Terms(
        starts_on=starts_on, billing_months=rng.choice((1, 3, 12, 12)), notice_months=rng.choice((1, 3, 3)),
        binding_months=rng.choice((0, 12, 12, 24)), renewal_months=rng.choice((0, 12)),
        trial_until=add_months(starts_on, 1) - timedelta(days=1) if number % 9 == 4 else None,
        index_kind="percent" if is_own and number % 8 == 3 else "series" if is_own else "",
        index_from=date(today.year, 1, 1) if is_own else None, index_percent=250,
        index_series="AKI" if is_own else "", index_base=date(today.year - 2, 10, 1) if is_own else None,
    )  # fmt: skip
    new = NewAgreement(company.public_id, terms, _details(company, rng), lines, "" if is_own else ids[""])
    made = agreements.sign(session, new, by=by, now=signed_at)
    _what_happened(session, made, number, by=by, today=today, rng=rng)


def _line(offer: Offer, ids: dict[str, str], rng: random.Random, *, is_own: bool) -> NewLine:
    count = rng.choice((2, 3, 5, 8, 12)) if offer.billing is Billing.PER_UNIT else 1
    return NewLine(
        ids[offer.code], 1000 * count, offer.was_ore * 9 // 10 if is_own else None,
        discount=rng.choice((0, 0, 0, 500, 1000)),
    )  # fmt: skip


def _details(company: Company, rng: random.Random) -> InvoiceDetails:
    if company.legal_form == LegalForm.MUNICIPALITY.value:
        return InvoiceDetails(
            "peppol", reference=f"ZZ{rng.randrange(1000, 9999)}", einvoice_address="0088:7300009000012",
            order_number=str(rng.randrange(10_000, 99_999)),
        )  # fmt: skip
    who = rng.choice(WHO)
    return InvoiceDetails(
        recipient_name=who, recipient_email=f"{who.lower()}.{company.id}@kund.example",
        reference=rng.choice(("", f"Kst {rng.randrange(100, 999)}")),
    )  # fmt: skip


def _what_happened(session: Session, made: Agreement, number: int, *, by: int, today: date, rng: random.Random) -> None:
    """One in three has grown or shrunk; some are paused, cancelled or over."""
    later = add_months(made.starts_on, rng.randrange(2, 9))
    if number % 3 == 0 and later < today and made.index_kind == "":
        line = made.lines[0]
        count = max(1000, line.quantity_thousandths + rng.choice((-1000, 1000, 2000)))
        new = NewLine(line.product.public_id, count, line.price_ore, line.per_months, line.discount)
        agreements.change_line(session, made.public_id, line.public_id, new, on=later, by=by, now=_at(later))
    if number % 13 == 5 and later < today:
        deeds.pause(session, made.public_id, on=later, reason="Ombyggnad", by=by, now=_at(later))
        deeds.resume(session, made.public_id, on=add_months(later, 2), reason="", by=by, now=_at(later))
    is_over = number % 4 == 2 and number > 20
    if is_over or number % 11 == 7:
        last_day = min(later, add_months(month_of(today), -1)) if is_over else add_months(month_of(today), 3)
        _cancel(session, made, max(last_day, made.starts_on + timedelta(days=40)), by=by, today=today, rng=rng)


def _cancel(session: Session, made: Agreement, last_day: date, *, by: int, today: date, rng: random.Random) -> None:
    noted = min(today, max(made.starts_on, add_months(last_day, -3)))
    deeds.cancel(
        session, made.public_id, last_day=last_day, reason=rng.choice(REASONS), lets_go=True, by=by, now=_at(noted)
    )


def _usage(session: Session, today: date, *, by: int, now: datetime, rng: random.Random) -> None:
    """The text messages of the last half-year."""
    query = (
        select(Agreement)
        .join(AgreementProduct, AgreementProduct.agreement_id == Agreement.id)
        .join(Product, Product.id == AgreementProduct.product_id)
        .where(Product.code == "SMS", AgreementProduct.is_live.is_(True))
    )
    rows = []
    for agreement in session.scalars(query):
        for back in range(1, 7):
            day = add_months(month_of(today), 1 - back) - timedelta(days=1)
            if day >= agreement.starts_on:
                rows.append(Usage(agreement.number, "SMS", day, 1000 * rng.randrange(40, 1600)))
    if rows:
        usage.report(session, rows, source="sms.csv", by=by, now=now, is_file=True)


def _increase(session: Session, today: date, *, by: int, now: datetime) -> None:
    """Next year's prices, still being looked through."""
    new = increases.NewIncrease(
        f"Prishöjning {today.year + 1}", 350, date(today.year + 1, 1, 1), letter_subject="Nya priser från [day]",
        letter="Hej [recipient],\n\nfrån och med [day] ändras våra priser för avtal [number]:\n\n[prices]\n\n"
        "Vänliga hälsningar\n[sender]",
    )  # fmt: skip
    increases.prepare(session, new, by=by, now=now, today=today)


def _at(day: date) -> datetime:
    """The middle of a working day."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=clock.STOCKHOLM)
