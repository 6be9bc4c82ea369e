"""The terms of agreements: the fields that signing and changing have in common, and the form of a change."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from infosoc.crm.forms.facts import one_line, to_choose
from infosoc.subscriptions.commands.terms import NewTerms
from infosoc.subscriptions.forms.fields import PercentField, interval_field, offer, offer_intervals
from infosoc.subscriptions.rules.agreed import Agreed
from infosoc.subscriptions.rules.words import INDEX_LABELS
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField, NoPersonalNumber

MONTHS = [Optional(), NumberRange(0, 120, message=_l("Enter a number of months from 0 to 120."))]
YEARS_APART = 10


class TermsFields:
    """How often is billed, how long is bound, and how prices follow the years."""

    trial_until = NaturalDateField(_l("Last day of the trial"), validators=[Optional()])
    billing_months = interval_field(_l("Billing period"), default=12)
    timing = SelectField(_l("Charged"), default="advance", validators=[InputRequired(REQUIRED)])
    anchor_on = NaturalDateField(_l("Billing periods begin"), validators=[Optional()])
    binding_months = IntegerField(_l("Binding period, months"), default=12, validators=MONTHS)
    notice_months = IntegerField(_l("Notice period, months"), default=3, validators=MONTHS)
    renewal_months = IntegerField(_l("Renewal period, months"), default=12, validators=MONTHS)
    payment_days = IntegerField(
        _l("Days to pay"), default=30,
        validators=[InputRequired(REQUIRED), NumberRange(0, 90, message=_l("Enter a number of days from 0 to 90."))],
    )  # fmt: skip
    index_kind = SelectField(_l("Own prices are adjusted"), validators=[Optional()])
    index_from = NaturalDateField(_l("First adjusted"), validators=[Optional()])
    index_percent = PercentField(_l("Percent a year"), validators=[Optional()])
    index_series = one_line(_l("Index"), 20)
    index_base = NaturalDateField(_l("Month of the index that the prices belong to"), validators=[Optional()])

    def offer_terms(self) -> None:
        """Fill in what can be chosen."""
        offer_intervals(self.billing_months)
        self.timing.choices = to_choose([("advance", gettext("In advance")), ("arrears", gettext("In arrears"))])
        offer(self.index_kind, INDEX_LABELS)


class TermsForm(TermsFields, BaseForm):
    """Other terms from a day on."""

    effective_on = NaturalDateField(_l("From"), validators=[InputRequired(REQUIRED)])
    reason = TextAreaField(_l("Why"), validators=[Optional(), Length(max=300), NoPersonalNumber()])

    def show(self, agreed: Agreed, on: date, trial_until: date | None) -> None:
        """Fill the form with the terms as they are."""
        self.effective_on.data, self.trial_until.data = on, trial_until
        self.timing.data = "advance" if agreed.in_advance else "arrears"
        for name in (
            "billing_months", "anchor_on", "binding_months", "notice_months", "renewal_months", "payment_days",
            "index_kind", "index_from", "index_percent", "index_series", "index_base",
        ):  # fmt: skip
            self[name].data = getattr(agreed, name)

    def new_terms(self, before: Agreed) -> NewTerms:
        """What is asked for. Without an index clause what belongs to one stays as it was."""
        on = self.effective_on.data or date.min
        clause = ("index_from", "index_percent", "index_series", "index_base")
        kept = {name: getattr(before, name) for name in clause}
        if self.index_kind.data:
            kept = {
                "index_from": self.index_from.data, "index_percent": self.index_percent.data or 0,
                "index_series": (self.index_series.data or "").strip().upper(), "index_base": self.index_base.data,
            }  # fmt: skip
        agreed = Agreed(
            self.anchor_on.data or on, self.billing_months.data, in_advance=self.timing.data == "advance",
            binding_months=self.binding_months.data or 0, notice_months=self.notice_months.data or 0,
            renewal_months=self.renewal_months.data or 0, payment_days=self.payment_days.data or 0,
            index_kind=self.index_kind.data or "", **kept,
        )  # fmt: skip
        return NewTerms(on, agreed, self.trial_until.data, self.reason.data or "")

    def validate_anchor_on(self, field: Any) -> None:
        on = self.effective_on.data
        if field.data and on and abs(field.data.year - on.year) > YEARS_APART:
            raise ValidationError(gettext("Choose a day within ten years of the change."))
