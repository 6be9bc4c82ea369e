"""The forms of agreements: signing one, its lines, its invoices and what is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from infosoc.crm.forms.facts import one_line, picked, several_lines, to_choose
from infosoc.crm.models.contacts import Contact
from infosoc.subscriptions.commands.agreements import (
    BadDiscount,
    BadQuantity,
    InvoiceDetails,
    NewAgreement,
    NewLine,
    NoLines,
    Terms,
)
from infosoc.subscriptions.forms.fields import (
    OreField,
    PercentField,
    QuantityField,
    interval_field,
    offer,
    offer_intervals,
)
from infosoc.subscriptions.forms.terms import TermsFields
from infosoc.subscriptions.models import Agreement, AgreementLine, PriceList, Product
from infosoc.subscriptions.rules.amounts import FULL, MOST_PRICE_ORE, BadPrice
from infosoc.subscriptions.rules.words import DELIVERY_LABELS
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

LINES = 4
_SAME_EACH_TIME = (
    "delivery", "language", "recipient_name", "recipient_email", "reference", "einvoice_address", "cost_centre",
)  # fmt: skip


class _Details(BaseForm):
    """Who gets the invoices, and what must stand on them."""

    delivery = SelectField(_l("Invoices are sent as"), default="email", validators=[InputRequired(REQUIRED)])
    language = SelectField(_l("Language"), default="sv", validators=[InputRequired(REQUIRED)])
    contact = SelectField(_l("Contact person"), validators=[Optional()], validate_choice=True)
    recipient_name = one_line(_l("Recipient's name"), 120)
    recipient_email = StringField(_l("Recipient's e-mail"), validators=[Optional(), Length(max=254)])
    reference = one_line(_l("Buyer's reference"), 80)
    order_number = one_line(_l("Order number"), 80)
    cost_centre = one_line(_l("Cost centre"), 80)
    einvoice_address = StringField(_l("E-invoice address (Peppol)"), validators=[Optional(), Length(max=60)])
    note = several_lines(_l("Note"), 4000)

    def offer_details(self, people: Sequence[Contact]) -> None:
        offer(self.delivery, DELIVERY_LABELS)
        self.language.choices = to_choose([("sv", gettext("Swedish")), ("en", gettext("English"))])
        self.contact.choices = to_choose([("", gettext("None")), *((one.public_id, one.name) for one in people)])

    def details(self) -> InvoiceDetails:
        return InvoiceDetails(
            self.delivery.data, self.language.data, self.contact.data or "", self.recipient_name.data or "",
            self.recipient_email.data or "", self.reference.data or "", self.order_number.data or "",
            self.cost_centre.data or "", self.einvoice_address.data or "", self.note.data or "",
        )  # fmt: skip


class DetailsForm(_Details):
    """The invoice details alone."""


class _LineChecks:
    """What is wrong with a line, beside its field; the commands refuse the same."""

    def validate_quantity(self, field: Any) -> None:
        if field.data is not None and field.data <= 0:
            raise ValidationError(gettext(BadQuantity.message))

    def validate_price(self, field: Any) -> None:
        if field.data is not None and not 0 <= field.data <= MOST_PRICE_ORE:
            raise ValidationError(gettext(BadPrice.message))

    def validate_discount(self, field: Any) -> None:
        if field.data is not None and not 0 <= field.data <= FULL:
            raise ValidationError(gettext(BadDiscount.message))


class _LineFields(_LineChecks, Form):
    """One product of an agreement that is being signed; a line without a product is none, and says nothing else."""

    class Meta:
        get_translations = BaseForm.Meta.get_translations

    product = SelectField(_l("Product"), validators=[Optional()])
    quantity = QuantityField(_l("Quantity"), default=1000, validators=[Optional()])
    price = OreField(_l("Own price"), validators=[Optional()])
    per_months = interval_field(_l("For each"), default=1)
    discount = PercentField(_l("Discount, %"), validators=[Optional()])
    text = one_line(_l("Text on the invoice"), 200)

    def validate_price(self, field: Any) -> None:
        if not self.product.data:
            raise ValidationError(gettext("Choose a product, or empty the line."))
        super().validate_price(field)


class AgreementForm(TermsFields, _Details):
    """Everything that is signed."""

    company = one_line(_l("Company"), 200, InputRequired(REQUIRED))
    company_id = picked()
    starts_on = NaturalDateField(_l("Begins"), validators=[InputRequired(REQUIRED)])
    price_list = SelectField(_l("Price list"), validators=[Optional()])
    lines = FieldList(FormField(_LineFields), min_entries=LINES, max_entries=20)

    def offer(
        self, products: Sequence[Product], lists: Sequence[PriceList], people: Sequence[Contact], locale: str
    ) -> None:
        """Fill in what can be chosen."""
        self.offer_details(people)
        self.offer_terms()
        self.price_list.choices = to_choose([("", gettext("None")), *((one.public_id, one.name) for one in lists)])
        named = [(one.public_id, one.name(locale)) for one in products if one.retired_at is None]
        for line in self.lines:
            line.form.product.choices = to_choose([("", gettext("None")), *named])
            offer_intervals(line.form.per_months)

    def invoiced_like(self, last: Agreement | None) -> None:
        """Propose that the invoices go as those of the company's last agreement do."""
        for name in _SAME_EACH_TIME if last else ():
            self[name].data = getattr(last, name)

    def take_the_only_list(self) -> None:
        """Propose the price list when there is just one."""
        offered = [one.value for one in self.price_list.choices if one.value]
        if len(offered) == 1:
            self.price_list.data = offered[0]

    def terms(self) -> Terms:
        return Terms(
            starts_on=self.starts_on.data or date.min, trial_until=self.trial_until.data, anchor_on=self.anchor_on.data,
            billing_months=self.billing_months.data, in_advance=self.timing.data == "advance",
            binding_months=self.binding_months.data or 0, notice_months=self.notice_months.data or 0,
            renewal_months=self.renewal_months.data or 0, payment_days=self.payment_days.data or 0,
            index_kind=self.index_kind.data or "", index_from=self.index_from.data,
            index_percent=self.index_percent.data or 0, index_series=self.index_series.data or "",
            index_base=self.index_base.data,
        )  # fmt: skip

    def agreement(self, company_id: str) -> NewAgreement:
        lines = [_line(one.form) for one in self.lines if one.form.product.data]
        return NewAgreement(company_id, self.terms(), self.details(), lines, self.price_list.data or "")

    def validate_lines(self, field: Any) -> None:
        first = field[0].form.product
        if not any(one.form.product.data for one in field) and not any(one.errors for one in field):
            first.errors = [*first.errors, gettext(NoLines.message)]
            raise ValidationError(gettext(NoLines.message))

    def validate_anchor_on(self, field: Any) -> None:
        if field.data and self.starts_on.data and field.data > self.starts_on.data:
            raise ValidationError(gettext("Billing periods begin on the first day of the agreement or earlier."))


class LineForm(_LineChecks, BaseForm):
    """A line from a day on."""

    on = NaturalDateField(_l("From"), validators=[InputRequired(REQUIRED)])
    product = SelectField(_l("Product"), validators=[InputRequired(REQUIRED)])
    quantity = QuantityField(_l("Quantity"), default=1000, validators=[InputRequired(REQUIRED)])
    price = OreField(_l("Own price"), validators=[Optional()])
    per_months = interval_field(_l("For each"), default=1)
    discount = PercentField(_l("Discount, %"), validators=[Optional()])
    text = one_line(_l("Text on the invoice"), 200)

    def offer(self, products: Sequence[Product], locale: str, keep: int | None = None) -> None:
        """Fill in what can be chosen: what is sold, and what the line has already."""
        shown = [one for one in products if one.retired_at is None or one.id == keep]
        self.product.choices = to_choose((one.public_id, one.name(locale)) for one in shown)
        offer_intervals(self.per_months)

    def show(self, line: AgreementLine) -> None:
        """Fill the form with a line as it is."""
        self.product.data, self.quantity.data = line.product.public_id, line.quantity_thousandths
        self.price.data, self.per_months.data = line.price_ore, line.per_months
        self.discount.data, self.text.data = line.discount or None, line.text

    def line(self) -> NewLine:
        return _line(self)


def _line(form: Any) -> NewLine:
    quantity = form.quantity.data
    return NewLine(
        form.product.data, 1000 if quantity is None else quantity, form.price.data, form.per_months.data,
        form.discount.data or 0, form.text.data or "",
    )  # fmt: skip


class EndLineForm(BaseForm):
    """A line no more from a day on."""

    # The page has another field named "on": the day from which a changed line is in force.
    on = NaturalDateField(_l("From"), id="end-on", validators=[InputRequired(REQUIRED)])


class DeedForm(BaseForm):
    """A pause or a resumption from a day."""

    effective_on = NaturalDateField(_l("From"), validators=[InputRequired(REQUIRED)])
    reason = TextAreaField(_l("Why"), validators=[Optional(), Length(max=300), NoPersonalNumber()])


class CancelForm(BaseForm):
    """The last day of an agreement."""

    last_day = NaturalDateField(_l("Last day"), validators=[InputRequired(REQUIRED)])
    reason = TextAreaField(_l("Why"), validators=[Optional(), Length(max=300), NoPersonalNumber()])
    lets_go = BooleanField(_l("The customer may leave before the binding and notice periods end"))
