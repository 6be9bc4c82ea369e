"""The words of the trade as values, and what they are called. Pure."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from infosoc.kernel.words import N_


class Billing(StrEnum):
    """How a product is charged."""

    FIXED = "fixed"
    PER_UNIT = "per_unit"
    USAGE = "usage"


BILLING_LABELS = {
    Billing.FIXED: N_("Fixed for each period"),
    Billing.PER_UNIT: N_("Per unit and period"),
    Billing.USAGE: N_("By reported usage"),
}


class Tiers(StrEnum):
    """What a step of a price table applies to."""

    GRADUATED = "graduated"
    VOLUME = "volume"


TIERS_LABELS = {
    Tiers.GRADUATED: N_("Each tier's price applies to the part within it"),
    Tiers.VOLUME: N_("The tier that is reached sets the price for everything"),
}


class Unit(StrEnum):
    """What is counted: the code of UN/ECE recommendation 20 that goes into electronic invoices."""

    PIECE = "C62"
    MONTH = "MON"
    YEAR = "ANN"
    HOUR = "HUR"
    DAY = "DAY"
    PERSON = "IE"


UNIT_LABELS = {
    Unit.PIECE: N_("pcs"),
    Unit.MONTH: N_("month"),
    Unit.YEAR: N_("year"),
    Unit.HOUR: N_("hour"),
    Unit.DAY: N_("day"),
    Unit.PERSON: N_("user"),
}

# The VAT codes that sales may carry; what each means is the ledger's to know.
VAT_LABELS = {
    "S25": N_("Sale in Sweden, 25 %"),
    "S12": N_("Sale in Sweden, 12 %"),
    "S6": N_("Sale in Sweden, 6 %"),
    "S0": N_("Sale in Sweden, exempt from VAT"),
    "S41": N_("Sale in Sweden, the buyer accounts for the VAT"),
    "T39": N_("Service to a business in another EU country"),
    "T40": N_("Service to a business outside the EU"),
    "G35": N_("Goods to a business in another EU country"),
    "G36": N_("Goods exported outside the EU"),
}


class Interval(IntEnum):
    """A billing period, or what a price is for, in months."""

    MONTH = 1
    QUARTER = 3
    HALF_YEAR = 6
    YEAR = 12


INTERVAL_LABELS = {
    Interval.MONTH: N_("month"),
    Interval.QUARTER: N_("quarter"),
    Interval.HALF_YEAR: N_("half-year"),
    Interval.YEAR: N_("year"),
}


class State(StrEnum):
    """What an agreement is on a day. A cancelled one is in force until its last day."""

    COMING = "coming"
    TRIAL = "trial"
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    ENDED = "ended"


STATE_LABELS = {
    State.COMING: N_("Not begun"),
    State.TRIAL: N_("On trial"),
    State.ACTIVE: N_("Active"),
    State.PAUSED: N_("Paused"),
    State.CANCELLED: N_("Notice given"),
    State.ENDED: N_("Ended"),
}

# The shape and colour of the mark beside the word (templates/components/status.html).
STATE_MARKS = {
    State.COMING: "waiting",
    State.TRIAL: "prospect",
    State.ACTIVE: "customer",
    State.PAUSED: "warning",
    State.CANCELLED: "warning",
    State.ENDED: "former",
}
LIVE = frozenset({State.COMING, State.TRIAL, State.ACTIVE, State.PAUSED, State.CANCELLED})
CHARGED = frozenset({State.ACTIVE, State.CANCELLED})


class DeedKind(StrEnum):
    """What is done to an agreement, from a day."""

    TRIAL = "trial"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"
    CHANGE = "change"
    TERMS = "terms"


DEED_LABELS = {
    DeedKind.TRIAL: N_("Trial begins"),
    DeedKind.START: N_("Begins"),
    DeedKind.PAUSE: N_("Pause begins"),
    DeedKind.RESUME: N_("Goes on"),
    DeedKind.CANCEL: N_("Cancelled, ends before"),
    DeedKind.WITHDRAW: N_("Reverted"),
    DeedKind.CHANGE: N_("Lines changed"),
    DeedKind.TERMS: N_("Terms changed"),
}


class IndexKind(StrEnum):
    """How the price of a line of its own follows the years."""

    NONE = ""
    PERCENT = "percent"
    SERIES = "series"


INDEX_LABELS = {
    IndexKind.NONE: N_("No"),
    IndexKind.PERCENT: N_("By a percentage each year"),
    IndexKind.SERIES: N_("By an index"),
}


class Delivery(StrEnum):
    """How the invoices go out."""

    EMAIL = "email"
    PEPPOL = "peppol"
    PRINT = "print"


DELIVERY_LABELS = {
    Delivery.EMAIL: N_("PDF by e-mail"),
    Delivery.PEPPOL: N_("E-invoice (Peppol)"),
    Delivery.PRINT: N_("On paper"),
}
