"""The forms of drafts, credit notes and customer accounts. The rows of a draft are plain fields beside its form."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from infosoc.crm.forms.facts import one_line, picked, several_lines, to_choose
from infosoc.invoicing.commands.customers import AccountFacts
from infosoc.invoicing.commands.drafts import DraftFacts
from infosoc.invoicing.forms.settings import DAYS
from infosoc.invoicing.models import CustomerAccount, InvoiceDraft
from infosoc.subscriptions.forms.fields import offer
from infosoc.subscriptions.rules.words import DELIVERY_LABELS, UNIT_LABELS, VAT_LABELS
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField

ZERO_RATED = "Z0"


class WhoseForm(BaseForm):
    """Which company a new invoice goes to."""

    company = one_line(_l("Company"), 200, InputRequired(REQUIRED))
    company_id = picked()


class DraftForm(BaseForm):
    """An invoice that is being written."""

    issued_on = NaturalDateField(_l("Invoice date"), validators=[Optional()])
    payment_days = IntegerField(_l("Days to pay"), default=30, validators=DAYS)
    language = SelectField(_l("Language"), default="sv", validators=[InputRequired(REQUIRED)])
    delivery = SelectField(_l("Invoices are sent as"), default="email", validators=[InputRequired(REQUIRED)])
    recipient_name = one_line(_l("Recipient's name"), 120)
    recipient_email = StringField(_l("Recipient's e-mail"), validators=[Optional(), Length(max=254)])
    reference = one_line(_l("Buyer's reference"), 80)
    order_number = one_line(_l("Order number"), 80)
    cost_centre = one_line(_l("Cost centre"), 80)
    einvoice_address = StringField(_l("E-invoice address (Peppol)"), validators=[Optional(), Length(max=60)])
    vat_number = StringField(_l("EU VAT number"), validators=[Optional(), Length(max=20)])
    note = several_lines(_l("Text on the invoice"), 2000)
    to_kronor = BooleanField(_l("Round the amount to pay to whole kronor"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        offer(self.delivery, DELIVERY_LABELS)
        self.language.choices = to_choose([("sv", gettext("Swedish")), ("en", gettext("English"))])

    @classmethod
    def showing(cls, draft: InvoiceDraft, account: CustomerAccount | None) -> DraftForm:
        """The form of a draft as it is."""
        form = cls(formdata=None, obj=draft)
        form.vat_number.data = account.vat_number if account else ""
        return form

    def facts(self, rows: list[dict[str, Any]]) -> DraftFacts:
        texts = {
            name: self._fields[name].data or ""
            for name in ("language", "delivery", "recipient_name", "recipient_email", "reference", "order_number",
                         "cost_centre", "einvoice_address", "note")
        }  # fmt: skip
        return DraftFacts(
            issued_on=self.issued_on.data, payment_days=self.payment_days.data or 0, to_kronor=self.to_kronor.data,
            rows=rows, **texts,
        )  # fmt: skip


class CreditDraftForm(DraftForm):
    """A credit note that is being written: it says why, and is not paid."""

    payment_days = IntegerField(default=0, validators=[Optional()])
    reason = one_line(_l("Why it is credited"), 300, DataRequired(REQUIRED))

    def facts(self, rows: list[dict[str, Any]]) -> DraftFacts:
        facts = super().facts(rows)
        return DraftFacts(**{**vars(facts), "reason": self.reason.data or "", "payment_days": 0})


class CreditForm(BaseForm):
    """How much of an invoice is credited, and why."""

    how_much = SelectField(_l("What is credited"), default="whole", validators=[InputRequired(REQUIRED)])
    reason = one_line(_l("Why it is credited"), 300, DataRequired(REQUIRED))

    def offer(self, *, may_be_whole: bool) -> None:
        choices = [("part", gettext("Part of it: choose lines and amounts"))]
        if may_be_whole:
            choices.insert(0, ("whole", gettext("The whole invoice")))
        self.how_much.choices = to_choose(choices)


class VersionForm(BaseForm):
    """A deed on a draft as it was shown."""


class AccountForm(BaseForm):
    """What invoicing knows of a company."""

    vat_number = StringField(_l("EU VAT number"), validators=[Optional(), Length(max=20)])
    is_group = BooleanField(_l("A company of our own group"))
    has_agreed_fee = BooleanField(_l("Reminder fees have been agreed"))

    def facts(self) -> AccountFacts:
        return AccountFacts(self.vat_number.data or "", self.is_group.data, self.has_agreed_fee.data)


def vat_choices() -> list[tuple[str, str]]:
    """The VAT treatments to choose among, in words."""
    made = [(code, gettext(label)) for code, label in VAT_LABELS.items()]
    made.insert(3, (ZERO_RATED, gettext("Sale in Sweden, 0 %")))
    return made


def unit_choices() -> list[tuple[str, str]]:
    return [(str(code), gettext(label)) for code, label in UNIT_LABELS.items()]
