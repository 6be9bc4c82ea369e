"""The forms of usage and of price increases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from infosoc.crm.forms.facts import one_line, to_choose
from infosoc.subscriptions.commands.increases import NewIncrease
from infosoc.subscriptions.commands.usage import Usage
from infosoc.subscriptions.forms.fields import PercentField, QuantityField
from infosoc.subscriptions.models import Product
from infosoc.subscriptions.rules.words import Billing
from infosoc.web.forms import LONGEST_ID, REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber


class UsageForm(BaseForm):
    """One figure by hand."""

    agreement = IntegerField(_l("Agreement number"), validators=[InputRequired(REQUIRED)])
    product = SelectField(_l("Product"), validators=[InputRequired(REQUIRED)])
    day = NaturalDateField(_l("Day"), validators=[InputRequired(REQUIRED)], past=True)
    quantity = QuantityField(_l("Quantity"), validators=[InputRequired(REQUIRED)])

    def offer(self, products: Sequence[Product], locale: str) -> None:
        """Fill in what can be chosen: the products that are charged by usage."""
        by_usage = [(one.code, one.name(locale)) for one in products if one.billing == Billing.USAGE]
        self.product.choices = to_choose([("", gettext("Choose")), *by_usage])

    def usage(self) -> Usage:
        agreement = min(self.agreement.data or 0, 10**LONGEST_ID)
        return Usage(agreement, self.product.data, self.day.data or date.min, self.quantity.data or 0)


class UsageFileForm(BaseForm):
    """Many figures in a file."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])


class IncreaseForm(BaseForm):
    """What is to rise, by how much, from when, and what customers are told."""

    name = one_line(_l("Working name"), 80, InputRequired(REQUIRED))
    product = SelectField(_l("Product"), validators=[Optional()])
    percent = PercentField(_l("Increase, %"), validators=[InputRequired(REQUIRED)])
    from_on = NaturalDateField(_l("From"), validators=[InputRequired(REQUIRED)])
    letter_subject = StringField(_l("Subject of the letter"), validators=[Optional(), Length(max=200)])
    letter = TextAreaField(_l("Letter"), validators=[Optional(), Length(max=8000), NoPersonalNumber()])

    def offer(self, products: Sequence[Product], locale: str) -> None:
        """Fill in what can be chosen."""
        named = [(one.public_id, one.name(locale)) for one in products if one.billing != Billing.USAGE]
        self.product.choices = to_choose([("", gettext("All products")), *named])

    def increase(self) -> NewIncrease:
        return NewIncrease(
            self.name.data or "", self.percent.data or 0, self.from_on.data or date.min, self.product.data or "",
            self.letter_subject.data or "", self.letter.data or "",
        )  # fmt: skip
