"""The form of a billing run: which month, and which day the invoices get."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import Optional
from wtforms.widgets import TextInput

from infosoc.invoicing.rules import billing
from infosoc.kernel import clock
from infosoc.web.forms import BaseForm, NaturalDateField


class MonthField(Field):
    """A month as 2026-12; its data are the first day."""

    widget = TextInput()
    data: date | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%Y-%m}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            self.raw_data = None  # blanks alone are nothing written
            return
        try:
            self.data = billing.month_of(valuelist[0])
        except billing.NotAMonth as error:
            raise ValueError(gettext(error.message)) from None


class BillingRunForm(BaseForm):
    """What is invoiced, and when."""

    month = MonthField(_l("Month"))
    issued_on = NaturalDateField(_l("Invoice date"), validators=[Optional()])

    def fill(self) -> None:
        """This month, and the day that its invoices get, where nothing is asked for."""
        if self.month.data is None and not self.month.process_errors:
            self.month.data = clock.today().replace(day=1)
            self.month.raw_data = None
        if self.issued_on.data is None and not self.issued_on.process_errors and self.month.data:
            self.issued_on.data = billing.issue_day(self.month.data, clock.today())
            self.issued_on.raw_data = None
