"""What is chosen before a list is taken out."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from infosoc.crm.exports import columns
from infosoc.crm.forms.facts import to_choose
from infosoc.documents import tables
from infosoc.web.forms import REQUIRED, BaseForm

KINDS = {tables.CSV: _l("CSV for Excel"), tables.XLSX: _l("Excel workbook (.xlsx)")}


class ExportForm(BaseForm):
    """Columns and kind of file; which rows travels along as the list's own address said it."""

    columns = SelectMultipleField(
        _l("Columns"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=True
    )
    kind = RadioField(
        _l("Kind of file"), choices=to_choose(KINDS.items()), default=tables.CSV, validators=[InputRequired(REQUIRED)]
    )
    query = HiddenField()
    ids = HiddenField()
    everything = HiddenField()

    def __init__(self, list_name: str, **kwargs: Any) -> None:
        known = columns.of_list(list_name)
        super().__init__(**kwargs)
        self.columns.choices = to_choose((column.name, gettext(column.label)) for column in known)
        if not self.is_submitted():
            self.columns.data = [column.name for column in known if column.is_chosen]

    def only(self) -> frozenset[str] | None:
        """The rows that were marked; None when the whole list was."""
        if self.everything.data == "1" or not self.ids.data:
            return None
        return frozenset(self.ids.data.split("."))
