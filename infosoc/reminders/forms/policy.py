"""The form of the policy, and that of a reference rate."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from infosoc.crm.forms.facts import labelled, to_choose
from infosoc.reminders.rules.steps import Policy, Step, StepKind
from infosoc.reminders.rules.words import STEP_LABELS
from infosoc.subscriptions.forms.fields import OreField, PercentField
from infosoc.web.forms import REQUIRED, BaseForm

PLACES = 4
_DAYS = NumberRange(0, 365, message=_l("Enter a number of days from 0 to 365."))


def _kind(number: int) -> SelectField:
    return SelectField(_l("Step %(number)s", number=number), default="")


def _days(label: Any) -> IntegerField:
    return IntegerField(label, validators=[Optional(), _DAYS])


class PolicyForm(BaseForm):
    """Up to four steps, one after the other, and what is asked for."""

    kind_1, late_1, pay_1 = _kind(1), _days(_l("Days after the due date")), _days(_l("Days to pay the letter"))
    kind_2, late_2, pay_2 = _kind(2), _days(_l("Days after the due date")), _days(_l("Days to pay the letter"))
    kind_3, late_3, pay_3 = _kind(3), _days(_l("Days after the due date")), _days(_l("Days to pay the letter"))
    kind_4, late_4, pay_4 = _kind(4), _days(_l("Days after the due date")), _days(_l("Days to pay the letter"))
    smallest = OreField(_l("Smallest amount to remind about"), validators=[InputRequired(REQUIRED)])
    asks_interest = BooleanField(_l("Charge late interest"))
    asks_compensation = BooleanField(_l("Charge companies and authorities 450 kr for late payment instead of fees"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, PLACES + 1):
            kind: Any = self._fields[f"kind_{number}"]
            kind.choices = to_choose([("", gettext("None")), *labelled(STEP_LABELS)])

    @classmethod
    def showing(cls, policy: Policy, version: int | None) -> PolicyForm:
        """The form as things stand."""
        data: dict[str, Any] = {
            "smallest": policy.smallest_ore, "asks_interest": policy.asks_interest, "version": version,
            "asks_compensation": policy.asks_compensation,
        }  # fmt: skip
        for number, step in enumerate(policy.steps, 1):
            data |= {f"kind_{number}": step.kind.value, f"late_{number}": step.days_late}
            data |= {f"pay_{number}": step.days_to_pay}
        return cls(formdata=None, data=data)

    @property
    def places(self) -> list[tuple[Any, Any, Any]]:
        fields = self._fields
        return [(fields[f"kind_{at}"], fields[f"late_{at}"], fields[f"pay_{at}"]) for at in range(1, PLACES + 1)]

    def policy(self) -> Policy:
        steps = tuple(
            Step(StepKind(kind.data), late.data or 0, pay.data or 0) for kind, late, pay in self.places if kind.data
        )
        return Policy(steps, self.smallest.data or 0, self.asks_interest.data, self.asks_compensation.data)


class RateForm(BaseForm):
    """A reference rate that somebody has read at the Riksbank."""

    half_year = SelectField(_l("Half-year"), validators=[InputRequired(REQUIRED)])
    percent = PercentField(_l("Reference rate, per cent"), validators=[InputRequired(REQUIRED)])
    source = StringField(_l("Where you found it"), validators=[InputRequired(REQUIRED), Length(max=200)])

    def offer(self, today: date) -> None:
        """The half-years from two years ago up to the next one."""
        days = [date(year, month, 1) for year in range(today.year + 1, today.year - 4, -1) for month in (7, 1)]
        first_next = date(today.year, 7, 1) if today.month < 7 else date(today.year + 1, 1, 1)
        self.half_year.choices = to_choose([(day.isoformat(), _name(day)) for day in days if day <= first_next])

    def propose(self, known: Collection[date]) -> None:
        """Choose the first half-year whose rate is missing: that is the one that holds letters back."""
        latest = max(known, default=date.min).isoformat()
        missing = [one.value for one in self.half_year.choices if one.value > latest]
        self.half_year.data = min(missing, default=self.half_year.data)

    def starts_on(self) -> date:
        return date.fromisoformat(self.half_year.data)


def _name(day: date) -> str:
    if day.month == 1:
        return gettext("%(year)s, first half", year=day.year)
    return gettext("%(year)s, second half", year=day.year)
