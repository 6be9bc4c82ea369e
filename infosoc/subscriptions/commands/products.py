"""The catalogue: what is sold, how it is charged, and where it is posted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import text
from infosoc.kernel.errors import Invalid, NotFound, Refused, Stale
from infosoc.kernel.words import N_
from infosoc.ledger.models import Account
from infosoc.ledger.queries.accounts import accounts_named
from infosoc.ledger.rules import NotOfPrepayments, NotOfSales, is_of_prepayments, is_of_sales
from infosoc.subscriptions.models import AgreementLine, AgreementProduct, Product
from infosoc.subscriptions.rules.words import Billing, Tiers


class CodeTaken(Invalid):
    message = N_("There is already a product with the code %(code)s.")


class NameMissing(Invalid):
    message = N_("Enter a name.")


class NoSuchAccount(Invalid):
    message = N_("There is no account %(number)s in the chart, or it is closed.")


class BillingIsFixed(Refused):
    message = N_("Agreements have this product: how it is charged cannot be changed. Make a new product instead.")


@dataclass(frozen=True)
class ProductFacts:
    """What is known of a product. Accounts and the VAT code are codes of the ledger."""

    code: str
    name_sv: str
    name_en: str = ""
    billing: str = Billing.FIXED.value
    unit: str = "C62"
    tier_kind: str = Tiers.GRADUATED.value
    vat_code: str = "S25"
    revenue_account: str = "3010"
    deferral_account: str = ""


def add_product(session: Session, facts: ProductFacts, *, by: int | None, now: datetime) -> Product:
    """A new product."""
    facts = _checked(session, facts, None)
    made = Product(**asdict(facts), created_at=now)
    session.add(made)
    session.flush()
    audit.record(session, "product added", "product", made.id, by=by, changes={"name": (None, made.name_sv)})
    return made


def change_product(session: Session, public_id: str, facts: ProductFacts, *, version: int | None, by: int) -> Product:
    """Other facts for a product, for what is charged from now on; its code and way of charging stay once it is used."""
    found = product_at(session, public_id)
    if version is not None and version != found.version:
        raise Stale
    facts = _checked(session, facts, found)
    if facts.billing != found.billing and _is_used(session, found.id):
        raise BillingIsFixed(field="billing")
    changes = {}
    for name, value in asdict(facts).items():
        before = getattr(found, name)
        if before != value:
            changes[name] = (before, value)
            setattr(found, name, value)
    if changes:
        names = {"name_sv": found.name_sv, "name_en": found.name_en}
        same = update(AgreementProduct).where(AgreementProduct.product_id == found.id)
        session.execute(same.values(**names).execution_options(synchronize_session=False))
        audit.record(session, "product changed", "product", found.id, by=by, changes=changes)
    return found


def retire_product(session: Session, public_id: str, *, by: int, now: datetime) -> Product:
    """Sell it no more; the agreements that have it go on."""
    found = product_at(session, public_id)
    if found.retired_at is None:
        found.retired_at = now
        audit.record(session, "product retired", "product", found.id, by=by)
    return found


def reopen_product(session: Session, public_id: str, *, by: int) -> Product:
    """Sell it again."""
    found = product_at(session, public_id)
    if found.retired_at is not None:
        found.retired_at = None
        audit.record(session, "product reopened", "product", found.id, by=by)
    return found


def product_at(session: Session, public_id: str) -> Product:
    """The product at an address."""
    found = session.scalar(select(Product).where(Product.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def _checked(session: Session, facts: ProductFacts, of: Product | None) -> ProductFacts:
    code, name = text.clean(facts.code).upper()[:20], text.clean(facts.name_sv)[:80]
    if not code or not name:
        raise NameMissing(field="name_sv" if code else "code")
    same = session.scalar(select(Product.id).where(Product.code == code))
    if same is not None and (of is None or same != of.id):
        raise CodeTaken(field="code", code=code)
    if of is None or (facts.revenue_account, facts.deferral_account) != (of.revenue_account, of.deferral_account):
        _check_accounts(session, facts)
    values = asdict(facts) | {"code": code, "name_sv": name, "name_en": text.clean(facts.name_en)[:80]}
    return ProductFacts(**values)


def _check_accounts(session: Session, facts: ProductFacts) -> None:
    """Refuse accounts that no sale can be posted on: the invoice would say so, on the day of the run."""
    given = {"revenue_account": facts.revenue_account, "deferral_account": facts.deferral_account}
    wanted = {name: int(number) for name, number in given.items() if number}
    known = accounts_named(session, set(wanted.values()))
    has_chart = bool(known) or session.scalar(select(Account.id).limit(1)) is not None
    for name, number in wanted.items():
        found = known.get(number)
        if has_chart and (found is None or found.closed_at is not None):  # a catalogue may come before the books
            raise NoSuchAccount(field=name, number=number)
    if "revenue_account" in wanted and not is_of_sales(wanted["revenue_account"]):
        raise NotOfSales(field="revenue_account")
    if "deferral_account" in wanted and not is_of_prepayments(wanted["deferral_account"]):
        raise NotOfPrepayments(field="deferral_account")


def _is_used(session: Session, product_id: int) -> bool:
    return session.scalar(select(AgreementLine.id).where(AgreementLine.product_id == product_id).limit(1)) is not None
