"""The form of the invoicing settings, and that of the logo."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from infosoc.crm.forms.facts import one_line
from infosoc.invoicing.commands.settings import SettingsFacts
from infosoc.invoicing.models import InvoicingSettings
from infosoc.invoicing.rules.accounts import format_bankgiro, format_iban, format_plusgiro
from infosoc.kernel.identity import format_org_number
from infosoc.subscriptions.forms.fields import OreField
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField

DAYS = [InputRequired(REQUIRED), NumberRange(0, 90, message=_l("Enter a number of days from 0 to 90."))]


def _number(label: Any, longest: int, *validators: Any) -> StringField:
    return StringField(label, validators=[*(validators or [Optional()]), Length(max=longest)])


class SettingsForm(BaseForm):
    """Everything but the logo."""

    seller_name = one_line(_l("Name of the company"), 200, DataRequired(REQUIRED))
    org_number = _number(_l("Organisation number"), 20, DataRequired(REQUIRED))
    street = one_line(_l("Street or box"), 200)
    postal_code = one_line(_l("Postcode"), 20, DataRequired(REQUIRED))
    city = one_line(_l("Town"), 100, DataRequired(REQUIRED))
    seat = one_line(_l("Registered seat"), 100)
    has_f_tax = BooleanField(_l("Approved for F-tax"), default=True)
    bankgiro = _number(_l("Bankgiro"), 20)
    plusgiro = _number(_l("Plusgiro"), 20)
    iban = _number("IBAN", 50)
    bic = _number("BIC", 20)
    endpoint = _number(_l("E-invoice address (Peppol)"), 60)
    contact = one_line(_l("Contact for questions"), 120)
    email = _number(_l("E-mail"), 254)
    phone = one_line(_l("Telephone"), 40)
    website = one_line(_l("Website"), 120)
    payment_days = IntegerField(_l("Days to pay"), default=30, validators=DAYS)
    to_kronor = BooleanField(_l("Round the amount to pay to whole kronor"))
    least_deferred = OreField(_l("Smallest amount to accrue"), default=0, validators=[Optional()])
    bills_from = NaturalDateField(_l("Agreements are billed from"), validators=[Optional()])
    first_number = IntegerField(_l("First invoice number"), validators=[Optional()])

    @classmethod
    def showing(cls, own: InvoicingSettings | None, next_number: int) -> SettingsForm:
        """The form as things stand."""
        form = cls(formdata=None, obj=own)
        form.first_number.data = next_number
        if own is not None:
            form.least_deferred.data = own.least_deferred_ore
            form.org_number.data = format_org_number(own.org_number) if own.org_number else ""
            form.bankgiro.data = format_bankgiro(own.bankgiro) if own.bankgiro else ""
            form.plusgiro.data = format_plusgiro(own.plusgiro) if own.plusgiro else ""
            form.iban.data = format_iban(own.iban)
        return form

    def facts(self) -> SettingsFacts:
        names = (
            "seller_name", "org_number", "street", "postal_code", "city", "seat", "bankgiro", "plusgiro", "iban", "bic",
            "endpoint", "contact", "email", "phone", "website",
        )  # fmt: skip
        texts = {name: self._fields[name].data or "" for name in names}
        return SettingsFacts(
            **texts, has_f_tax=self.has_f_tax.data, payment_days=self.payment_days.data or 0,
            to_kronor=self.to_kronor.data, least_deferred_ore=self.least_deferred.data or 0,
            bills_from=self.bills_from.data,
        )  # fmt: skip

    def validate_least_deferred(self, field: Any) -> None:
        if field.data is not None and field.data < 0:
            raise ValidationError(gettext("The amount cannot be negative."))


class LogoForm(BaseForm):
    """A picture to print on the invoices."""

    logo = FileField(_l("Picture"), validators=[InputRequired(_l("Choose a file."))])

    def content(self, most: int) -> bytes:
        return self.logo.data.stream.read(most + 1) if self.logo.data else b""
