"""The forms of products, price lists and indexes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from infosoc.crm.forms.facts import one_line, to_choose
from infosoc.kernel import money
from infosoc.kernel.errors import Invalid
from infosoc.subscriptions.commands.prices import NewPrice
from infosoc.subscriptions.commands.products import ProductFacts
from infosoc.subscriptions.forms.fields import OreField, QuantityField, interval_field, offer, offer_intervals
from infosoc.subscriptions.models import Product
from infosoc.subscriptions.rules.amounts import Tier
from infosoc.subscriptions.rules.words import BILLING_LABELS, TIERS_LABELS, UNIT_LABELS, VAT_LABELS, Billing, Tiers
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField

ACCOUNT = Regexp(r"[1-8]\d{3}\Z", message=_l("An account number has four digits."))


class ProductForm(BaseForm):
    """A product of the catalogue."""

    code = one_line(_l("Code"), 20, InputRequired(REQUIRED))
    name_sv = one_line(_l("Name in Swedish"), 80, InputRequired(REQUIRED))
    name_en = one_line(_l("Name in English"), 80)
    billing = SelectField(_l("How it is charged"), default=Billing.FIXED.value, validators=[InputRequired(REQUIRED)])
    tier_kind = SelectField(_l("Usage tiers"), default=Tiers.GRADUATED.value)
    unit = SelectField(_l("Unit"), validators=[InputRequired(REQUIRED)])
    vat_code = SelectField(_l("VAT"), default="S25", validators=[InputRequired(REQUIRED)])
    revenue_account = StringField(_l("Revenue account"), default="3010", validators=[InputRequired(REQUIRED), ACCOUNT])
    deferral_account = StringField(_l("Account for what is paid in advance"), default="2979",
                                   validators=[Optional(), ACCOUNT])  # fmt: skip

    def offer(self) -> None:
        """Fill in what can be chosen."""
        offer(self.billing, BILLING_LABELS)
        offer(self.tier_kind, TIERS_LABELS)
        offer(self.unit, UNIT_LABELS)
        self.vat_code.choices = to_choose([(code, f"{code} – {gettext(label)}") for code, label in VAT_LABELS.items()])

    def facts(self) -> ProductFacts:
        return ProductFacts(
            self.code.data or "", self.name_sv.data or "", self.name_en.data or "", self.billing.data, self.unit.data,
            self.tier_kind.data or Tiers.GRADUATED.value, self.vat_code.data, self.revenue_account.data or "",
            self.deferral_account.data or "",
        )  # fmt: skip


class PriceListForm(BaseForm):
    name = one_line(_l("Name"), 80, InputRequired(REQUIRED))


class PriceForm(BaseForm):
    """A price from a day on; of usage, one step on each line."""

    product = SelectField(_l("Product"), validators=[InputRequired(REQUIRED)])
    price = OreField(_l("Price in kronor, VAT not included"))
    per_months = interval_field(_l("For each"), default=1)
    valid_from = NaturalDateField(_l("From"), validators=[InputRequired(REQUIRED)])
    valid_until = NaturalDateField(_l("Last day"), validators=[Optional()])
    tiers = TextAreaField(_l("Steps"), validators=[Optional(), Length(max=2000)])

    def offer(self, products: list[Product], locale: str) -> None:
        """Fill in what can be chosen."""
        named = [(one.public_id, one.name(locale)) for one in products if one.retired_at is None]
        self.product.choices = to_choose([("", gettext("Choose")), *named])
        offer_intervals(self.per_months)

    def validate_price(self, field: Any) -> None:
        if field.data is None and not field.errors and not (self.tiers.data or "").strip():
            raise ValidationError(gettext("Enter a price, or the usage tiers."))
        if field.data is not None and field.data < 0:
            raise ValidationError(gettext("A price cannot be negative."))

    def validate_tiers(self, field: Any) -> None:
        try:
            _tiers(field.data or "")
        except (Invalid, ValueError):
            text = gettext(
                "Enter each tier on its own line: the quantity it applies from, a colon and the price, 0: 1,50."
            )
            raise ValidationError(text) from None

    def new_price(self) -> NewPrice:
        return NewPrice(
            self.valid_from.data or date.min, self.price.data or 0, self.per_months.data, self.valid_until.data,
            _tiers(self.tiers.data or ""),
        )  # fmt: skip


def _tiers(written: str) -> tuple[Tier, ...]:
    pairs = [line.partition(":") for line in written.splitlines() if line.strip()]
    return tuple(Tier(money.parse_thousandths(start), money.parse_ore(price)) for start, _, price in pairs)


class IndexForm(BaseForm):
    """The value of an index for a month."""

    series = one_line(_l("Index"), 20, InputRequired(REQUIRED))
    month = StringField(
        _l("Month"),
        validators=[InputRequired(REQUIRED),
                    Regexp(r"20\d\d-(0[1-9]|1[0-2])\Z", message=_l("Enter the month as 2026-10."))],
    )  # fmt: skip
    value = QuantityField(_l("Value"), validators=[InputRequired(REQUIRED)])
    source = one_line(_l("Source of the value"), 200)

    def first_day(self) -> date:
        year, month = (self.month.data or "").split("-")
        return date(int(year), int(month), 1)
