"""The form that writes in the contact log, and plans the next follow-up in the same step."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from infosoc.accounts.models import User
from infosoc.crm import activity_rules as rules
from infosoc.crm.activity_rules import NewEntry, NewFollowUp
from infosoc.crm.models.log import LogEntry
from infosoc.crm.queries.reach import Reachable
from infosoc.crm.rules import (
    DIRECTION_LABELS,
    ENTRY_KIND_LABELS,
    OUTCOME_LABELS,
    Direction,
    EntryKind,
    Outcome,
)
from infosoc.kernel import clock
from infosoc.kernel.errors import DomainError
from infosoc.kernel.text import clean, clean_multiline
from infosoc.web.forms import BaseForm, NaturalDateField, NoPersonalNumber

LONGEST_TEXT = 4000
LONGEST_NOTE = 400


class EntryForm(BaseForm):
    """Kind, outcome, who, when and what was said."""

    kind = RadioField(_l("Kind"), default=EntryKind.CALL, validators=[InputRequired(_l("Choose what it was."))])
    direction = RadioField(_l("Direction"), default=Direction.OUT, validators=[Optional()])
    outcome = RadioField(_l("Outcome"), default="", validators=[Optional()])
    tried = RadioField(_l("How it went"), default=Outcome.NO_ANSWER, validators=[Optional()])
    contact = RadioField(_l("With whom"), default="", validate_choice=False)  # the command knows who is there
    when = StringField(_l("When"), validators=[Length(max=60)])
    text = TextAreaField(
        _l("What was said"),
        validators=[Length(max=LONGEST_TEXT, message=_l("At most %(max)d characters.")), NoPersonalNumber()],
    )

    def offer(self, people: list[Reachable]) -> None:
        """Fill in what can be chosen."""
        self.kind.choices = [(kind.value, gettext(label)) for kind, label in ENTRY_KIND_LABELS.items()]
        self.direction.choices = [(value.value, gettext(label)) for value, label in DIRECTION_LABELS.items()]
        self.outcome.choices = [("", gettext("Not stated")), *_outcomes(rules.CONTACT_OUTCOMES)]
        self.tried.choices = _outcomes(rules.TRIED_OUTCOMES)
        self.contact.choices = persons_to_choose(people, self.contact.data)

    def read_moment(self, now: datetime) -> bool:
        """Read `when`; False (with the error beside the field) when it cannot be read."""
        try:
            self.moment = rules.parse_moment(self.when.data or "", now)
        except DomainError as error:
            self.refuse(error)
            return False
        return True

    def entry(self) -> NewEntry:
        """What was filled in. Only the outcome that goes with the kind counts: the other group of radios rests."""
        kind = EntryKind(self.kind.data)
        outcome = self.tried.data if kind is EntryKind.ATTEMPT else self.outcome.data
        if kind is EntryKind.NOTE:
            outcome = None
        outward = kind in {EntryKind.ATTEMPT, EntryKind.NOTE}
        return NewEntry(
            kind=kind, happened_at=self.moment, outcome=Outcome(outcome) if outcome else None,
            direction=Direction.OUT if outward else Direction(self.direction.data or Direction.OUT),
            text=clean_multiline(self.text.data or ""), contact=self.contact.data or None,
        )  # fmt: skip

    def show(self, entry: LogEntry) -> None:
        """Fill the form with an entry that is to be corrected."""
        self.kind.data = str(entry.kind)
        self.direction.data = entry.direction
        self.outcome.data = entry.outcome or ""
        self.tried.data = entry.outcome or Outcome.NO_ANSWER
        self.contact.data = entry.contact.public_id if entry.contact else ""
        self.when.data = clock.local(entry.happened_at).strftime("%Y-%m-%d %H:%M")
        self.text.data = entry.text
        self.version.data = entry.version


class LogForm(EntryForm):
    """The entry, and what comes next."""

    follow_up_on = NaturalDateField(_l("Follow up on"), validators=[Optional()])
    follow_up_note = StringField(_l("What to do"), validators=[Length(max=LONGEST_NOTE), NoPersonalNumber()])
    follow_up_for = SelectField(_l("Who does it"), validators=[Optional()])
    does = BooleanField(_l("This completes the follow-up"))
    follow_up = HiddenField()

    def offer_all(self, people: list[Reachable], colleagues: list[User], me: str) -> None:
        """Fill in what can be chosen; `me` is the public id of the one who writes."""
        self.offer(people)
        offer_people(self.follow_up_for, colleagues, me)
        self.colleagues = {user.public_id: user.id for user in colleagues}

    def planned(self) -> NewFollowUp | None:
        """The next follow-up; none when no day was given."""
        if self.follow_up_on.data is None:
            return None
        note = clean(self.follow_up_note.data or "")
        return NewFollowUp(self.follow_up_on.data, note, self.colleagues.get(self.follow_up_for.data))

    def done(self) -> str | None:
        """The follow-up that this contact does, by its public id."""
        return self.follow_up.data if self.does.data and self.follow_up.data else None

    def refuse(self, error: DomainError) -> None:
        """A refused day stands beside the day of this form."""
        if error.field == "due_on":
            error.field = "follow_up_on"
        if error.field == "outcome" and self.kind.data == EntryKind.ATTEMPT:
            error.field = "tried"
        super().refuse(error)


def persons_to_choose(people: list[Reachable], chosen: str | None) -> list[tuple[str, str]]:
    """The contact persons to choose from; one whose name is kept back only where they are chosen already."""
    shown = [one for one in people if one.name or one.public_id == chosen]
    named = [(one.public_id, one.name or gettext("Protected identity")) for one in shown]
    return [("", gettext("No one in particular")), *named]


def offer_people(field: SelectField, colleagues: list[User], me: str) -> None:
    """Colleagues to choose from, oneself unless another is chosen."""
    field.choices = [(user.public_id, user.name) for user in colleagues]
    if not field.data:
        field.data = me


def _outcomes(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str]]:
    return [(outcome.value, gettext(OUTCOME_LABELS[outcome])) for outcome in outcomes]


def day_picks(today: date) -> list[tuple[str, str]]:
    """The days that are one press away."""
    return [(gettext("tomorrow"), "+1"), (gettext("in a week"), "+7"), (gettext("in a month"), "+1 m")]
