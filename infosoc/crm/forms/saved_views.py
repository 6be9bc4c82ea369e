"""Naming a saved view."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import DataRequired, Length

from infosoc.web.forms import BaseForm, NoPersonalNumber


class ViewForm(BaseForm):
    """A list under a name. Its query is read and written anew before it is kept: nothing else of it survives."""

    name = StringField(
        _l("Name of the view"),
        validators=[DataRequired(_l("Give the view a name.")), Length(max=60), NoPersonalNumber()],
    )
    is_shared = BooleanField(_l("Shown to everybody"))
    query = HiddenField()


class RenameForm(BaseForm):
    name = StringField(
        _l("New name"), validators=[DataRequired(_l("Give the view a name.")), Length(max=60), NoPersonalNumber()]
    )


class ListForm(BaseForm):
    """The list as it stands, sent along with a deed."""

    query = HiddenField()
    columns = HiddenField()
