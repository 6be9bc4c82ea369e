"""What is said of late invoices: the day of a run, a stop, money for costs, a loss, a hand-over."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from infosoc.crm.forms.facts import labelled, to_choose
from infosoc.kernel import clock
from infosoc.kernel.words import N_
from infosoc.payments.rules import BANK, CUSTOMER_CREDIT
from infosoc.subscriptions.forms.fields import OreField
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

_REASON = [InputRequired(REQUIRED), Length(max=300), NoPersonalNumber()]
# Where the money is that was paid beside an invoice.
ACCOUNTS = {BANK: N_("The bank account (1930)"), CUSTOMER_CREDIT: N_("The customer's credit (2420)")}


class DayForm(BaseForm):
    """The day of a run; today unless said."""

    on = NaturalDateField(_l("Date of the letters"), validators=[Optional()])

    def fill(self) -> None:
        if self.on.data is None and not self.on.process_errors:
            self.on.data, self.on.raw_data = clock.today(), None


class HandOverForm(DayForm):
    """Who is to collect the claims."""

    partner = StringField(_l("Collection company"), validators=[InputRequired(REQUIRED), Length(max=120)])


class StopForm(BaseForm):
    """Why an invoice is not to be reminded of."""

    reason = StringField(_l("Why"), validators=_REASON)


class CostsForm(BaseForm):
    """Money that was paid for interest and costs."""

    amount = OreField(_l("Amount in kronor"), validators=[InputRequired(REQUIRED)])
    paid_on = NaturalDateField(_l("Paid on"), validators=[InputRequired(REQUIRED)], past=True)
    account = SelectField(_l("Where the money is"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account.choices = to_choose(labelled(ACCOUNTS))


class LetGoForm(BaseForm):
    """The day on which costs are let go of."""

    let_go_on = NaturalDateField(_l("Date"), validators=[InputRequired(REQUIRED)], past=True)


class LossForm(BaseForm):
    """What is known of a loss, and since when."""

    reason = StringField(_l("How the loss was confirmed"), validators=_REASON)
    on = NaturalDateField(_l("Date"), validators=[InputRequired(REQUIRED)], past=True)
