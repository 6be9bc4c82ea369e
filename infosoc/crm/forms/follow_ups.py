"""Planning and changing a follow-up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from infosoc.accounts.models import User
from infosoc.crm.activity_rules import NewFollowUp
from infosoc.crm.forms.log import LONGEST_NOTE, offer_people, persons_to_choose
from infosoc.crm.models.log import FollowUp
from infosoc.crm.queries.reach import Reachable
from infosoc.kernel.text import clean
from infosoc.web.forms import BaseForm, NaturalDateField, NoPersonalNumber


class FollowUpForm(BaseForm):
    """When, what, who does it, about whom."""

    due_on = NaturalDateField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])
    note = StringField(_l("What to do"), validators=[Length(max=LONGEST_NOTE), NoPersonalNumber()])
    assignee = SelectField(_l("Who does it"), validators=[Optional()])
    contact = SelectField(_l("Contact person"), validators=[Optional()])

    def offer(self, people: list[Reachable], colleagues: list[User], me: str) -> None:
        """Fill in what can be chosen; `me` is the public id of the one who plans."""
        offer_people(self.assignee, colleagues, me)
        self.colleagues = {user.public_id: user.id for user in colleagues}
        self.contact.choices = persons_to_choose(people, self.contact.data)

    def planned(self) -> NewFollowUp:
        assignee_id = self.colleagues.get(self.assignee.data)
        note = clean(self.note.data or "")
        if self.due_on.data is None:
            raise ValueError("a form is checked before it is read")
        return NewFollowUp(self.due_on.data, note, assignee_id, self.contact.data or None)

    def show(self, follow_up: FollowUp) -> None:
        """Fill the form with one that is to be changed."""
        self.due_on.data = follow_up.due_on
        self.note.data = follow_up.note
        self.assignee.data = follow_up.assignee.public_id
        self.contact.data = follow_up.contact.public_id if follow_up.contact else ""
        self.version.data = follow_up.version


class SnoozeForm(BaseForm):
    """Another day, in one press or typed."""

    due_on = NaturalDateField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])
