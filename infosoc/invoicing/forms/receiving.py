"""The forms of the accounts that customers pay to."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from infosoc.invoicing.commands.receiving import BANK, Use
from infosoc.invoicing.models import ReceivingAccount
from infosoc.web.forms import REQUIRED, BaseForm, NaturalDateField

KINDS = (("bankgiro", _l("Bankgiro")), ("plusgiro", _l("Plusgiro")), ("iban", "IBAN"))


class UseForm(BaseForm):
    """The days of an account, and the account of the chart that holds its money."""

    account = StringField(_l("General ledger account"), default=str(BANK), validators=[InputRequired(REQUIRED)])
    valid_from = NaturalDateField(_l("First day"), validators=[Optional()])
    valid_through = NaturalDateField(_l("Last day"), validators=[Optional()])

    @classmethod
    def showing(cls, one: ReceivingAccount) -> UseForm:
        data = {
            "account": str(one.ledger_account), "valid_from": one.valid_from, "valid_through": one.valid_through,
        }  # fmt: skip
        return cls(formdata=None, data=data)

    def validate_account(self, field: Any) -> None:
        text = (field.data or "").strip()
        if not (text.isascii() and text.isdigit() and len(text) == 4):
            raise ValidationError(gettext("Enter the number of a cash or bank account, such as 1930."))

    def use(self) -> Use:
        return Use(int((self.account.data or "").strip()), self.valid_from.data, self.valid_through.data)


class AccountForm(UseForm):
    """An account that is put in the list."""

    kind = SelectField(_l("Kind"), choices=[SelectChoice(*one) for one in KINDS])
    number = StringField(_l("Account number"), validators=[InputRequired(REQUIRED), Length(max=50)])
    bic = StringField("BIC", validators=[Optional(), Length(max=20)])
