"""Price increases: the list, the rows of one with what to know of each, and its letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from babel.dates import format_date
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from infosoc.crm.models.companies import Company
from infosoc.kernel import money
from infosoc.kernel.errors import NotFound
from infosoc.kernel.words import N_
from infosoc.subscriptions.models import Agreement, AgreementLine, PriceIncrease, PriceIncreaseRow, Product
from infosoc.subscriptions.queries.deeds import course_of
from infosoc.subscriptions.rules import amounts, periods
from infosoc.subscriptions.rules.amounts import Price

BOUND, INDEXED, NOTICE = (
    N_("Bound until %(day)s"),
    N_("Follows an index"),
    N_("The customer cannot leave before the new price"),
)
# What may stand in a letter, filled in for each customer.
FIELDS = {
    "company": N_("the customer's name"),
    "recipient": N_("who gets the invoices"),
    "number": N_("the number of the agreement"),
    "day": N_("the day of the new prices"),
    "prices": N_("the products with old and new prices, one on each line"),
    "sender": N_("our name"),
}


@dataclass(frozen=True)
class Row:
    """A line of an increase with whose it is, and warnings as message ids with their values."""

    row: PriceIncreaseRow
    line: AgreementLine
    agreement: Agreement
    product: Product
    company: Company
    warnings: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def _monthly(self, ore: int) -> int:
        return amounts.monthly(Price(ore, self.row.per_months), self.line.quantity_thousandths, self.line.discount)

    @property
    def difference_ore(self) -> int:
        """What it gives more a month."""
        return 0 if self.row.is_left_out else self._monthly(self.row.after_ore) - self._monthly(self.row.before_ore)


@dataclass(frozen=True)
class Letter:
    """What one customer is told. Without a recipient it has to be printed."""

    agreement: Agreement
    company: Company
    recipient: str
    subject: str
    text: str


def every(session: Session) -> list[tuple[PriceIncrease, int]]:
    """The increases, newest first, with how many lines each concerns."""
    counted = (
        select(PriceIncreaseRow.increase_id, func.count().label("rows"))
        .where(PriceIncreaseRow.is_left_out.is_(False))
        .group_by(PriceIncreaseRow.increase_id)
    )
    counts = {row.increase_id: row.rows for row in session.execute(counted)}
    query = select(PriceIncrease).order_by(PriceIncrease.made_at.desc(), PriceIncrease.id.desc()).limit(200)
    return [(one, counts.get(one.id, 0)) for one in session.scalars(query)]


def increase(session: Session, public_id: str) -> PriceIncrease:
    found = session.scalar(select(PriceIncrease).where(PriceIncrease.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def rows(session: Session, of: PriceIncrease) -> list[Row]:
    """The lines of an increase, by customer."""
    query = (
        select(PriceIncreaseRow, AgreementLine, Agreement, Product, Company)
        .join(AgreementLine, AgreementLine.id == PriceIncreaseRow.line_id)
        .join(Agreement, Agreement.id == AgreementLine.agreement_id)
        .join(Product, Product.id == AgreementLine.product_id)
        .join(Company, Company.id == Agreement.company_id)
        .where(PriceIncreaseRow.increase_id == of.id)
        .options(selectinload(Agreement.deeds))
        .order_by(Company.name, Agreement.number, AgreementLine.position, AgreementLine.id)
    )
    return [Row(*found, warnings=_warnings(of, found[2])) for found in session.execute(query)]


def _warnings(of: PriceIncrease, agreement: Agreement) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    made_on, course = of.made_at.date(), course_of(agreement)
    terms = course.notice_on(made_on)
    is_bound = bool(terms.binding) and terms.binding_end > of.from_on
    if is_bound:
        found.append((BOUND, {"day": terms.binding_end.isoformat()}))
    if course.on(of.from_on).index_kind:
        found.append((INDEXED, {}))
    if not is_bound and periods.add_months(made_on, terms.notice) > of.from_on:
        found.append((NOTICE, {}))
    return found


def letters(session: Session, of: PriceIncrease, *, sender: str) -> Iterator[Letter]:
    """One letter for each agreement with a price that rises."""
    by_agreement: dict[int, list[Row]] = {}
    for one in rows(session, of):
        if not one.row.is_left_out:
            by_agreement.setdefault(one.agreement.id, []).append(one)
    for found in by_agreement.values():
        agreement, company = found[0].agreement, found[0].company
        values = {
            "company": company.name, "recipient": agreement.recipient_name or company.name,
            "number": str(agreement.number), "day": format_date(of.from_on, "long", locale=agreement.language),
            "prices": "\n".join(_told(one, agreement.language) for one in found), "sender": sender,
        }  # fmt: skip
        yield Letter(
            agreement, company, agreement.recipient_email, filled(of.letter_subject, values), filled(of.letter, values)
        )


def filled(template: str, values: dict[str, str]) -> str:
    """A text with `[name]` replaced by each value; a bracket that names nothing stays."""
    for name, value in values.items():
        template = template.replace(f"[{name}]", value)
    return template


def _told(one: Row, language: str) -> str:
    before, after = (money.print_ore(ore, locale=language) for ore in (one.row.before_ore, one.row.after_ore))
    currency = "SEK" if language == "en" else "kr"
    return (
        f"{one.product.name(language)}: {before} {currency} → {after} {currency} {_per(one.row.per_months, language)}"
    )


_PER = {
    "sv": {1: "per månad", 3: "per kvartal", 6: "per halvår", 12: "per år"},
    "en": {1: "a month", 3: "a quarter", 6: "a half-year", 12: "a year"},
}


def _per(months: int, language: str) -> str:
    return _PER["en" if language == "en" else "sv"][months]
