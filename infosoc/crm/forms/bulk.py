"""What is done to many companies at once."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from infosoc.crm.commands.bulk import Deed, Edit
from infosoc.crm.forms.facts import to_choose
from infosoc.web.forms import REQUIRED, BaseForm, NoPersonalNumber


class SelectionForm(BaseForm):
    """Which rows: those marked, or the whole list as its address says."""

    ids = HiddenField()
    query = HiddenField()
    everything = HiddenField()


class StatusForm(SelectionForm):
    value = RadioField(_l("New status"), validators=[InputRequired(REQUIRED)])

    def edit(self) -> Edit:
        return Edit(Deed.STATUS, self.value.data)


class OwnerForm(SelectionForm):
    value = SelectField(_l("New owner"), validators=[])

    def edit(self) -> Edit:
        return Edit(Deed.OWNER, self.value.data or "")


class TagForm(SelectionForm):
    value = StringField(_l("Tag"), validators=[InputRequired(REQUIRED), Length(max=40), NoPersonalNumber()])
    how = RadioField(
        _l("What is done"), choices=to_choose([("tag", _l("Add it")), ("untag", _l("Remove"))]), default="tag"
    )

    def edit(self) -> Edit:
        return Edit(Deed.UNTAG if self.how.data == "untag" else Deed.TAG, self.value.data.strip())
