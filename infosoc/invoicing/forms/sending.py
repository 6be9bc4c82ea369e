"""Sending an invoice once more, and where e-invoices are handed over."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from infosoc.invoicing.rules.delivery import ACCESS_POINT_LABELS, CHANNEL_LABELS, Channel
from infosoc.web.filters import translate
from infosoc.web.forms import BaseForm

SHA256 = r"^\s*[0-9A-Fa-f]{64}\s*$"


class SendForm(BaseForm):
    """Which way, and by e-mail to whom."""

    channel = RadioField(_l("Method"), validators=[InputRequired(_l("Choose how the invoice is sent."))])
    recipient = StringField(_l("E-mail address"), validators=[Length(max=254)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [(one.value, translate(CHANNEL_LABELS[one])) for one in Channel]

    def way(self) -> tuple[Channel, str]:
        return Channel(self.channel.data), (self.recipient.data or "").strip()


class AccessPointForm(BaseForm):
    """What takes e-invoices."""

    access_point = RadioField(_l("How e-invoices are sent"), validators=[InputRequired()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.access_point.choices = [(one.value, translate(label)) for one, label in ACCESS_POINT_LABELS.items()]


class RuleFileForm(BaseForm):
    """Peppol's own rules, compiled, with the checksum that the file must have now and later."""

    file = FileField(_l("Rule file (XSLT)"), validators=[FileRequired(_l("Choose the file."))])
    sha256 = StringField(
        _l("SHA-256"),
        validators=[
            InputRequired(_l("Give the checksum that the file must have.")),
            Regexp(SHA256, message=_l("The checksum is 64 digits and letters from a to f.")),
        ],
    )
