"""What the pages of payments call things."""

from __future__ import annotations

from infosoc.kernel.words import N_
from infosoc.payments.open_items import Why
from infosoc.payments.queries import work
from infosoc.payments.queries.lumps import LumpState

VIEW_LABELS = {
    work.WAITING: N_("To match"), work.SET_ASIDE: N_("Set aside"), work.CREDIT: N_("Customers' credits"),
    work.ALL: N_("All payments"),
}  # fmt: skip

WHY_LABELS = {
    Why.WHOLE: N_("by reference"), Why.PART: N_("by reference"), Why.OVER: N_("by reference"),
    Why.SEVERAL: N_("by reference"), Why.NETTED: N_("by reference"), Why.DEDUCTED: N_("by reference"),
    Why.PAID_BEFORE: N_("by reference"), Why.NUMBER: N_("the number is in the message"),
    Why.CUSTOMER_AND_AMOUNT: N_("same customer, same amount"),
    Why.CUSTOMER_AND_SUM: N_("same customer, together the same amount"), Why.CUSTOMER: N_("same customer"),
    Why.AMOUNT: N_("same amount"), Why.UNKNOWN: "",
}  # fmt: skip

LUMP_LABELS = {
    LumpState.WAITING: N_("Waits for its payments"), LumpState.POSTED: N_("Posted from another file"),
    LumpState.TIED: N_("Tied to another deposit"), LumpState.BY_HAND: N_("Split by hand"),
}  # fmt: skip
LUMP_MARKS = {
    LumpState.WAITING: "waiting", LumpState.POSTED: "ok", LumpState.TIED: "ok", LumpState.BY_HAND: "ok",
}  # fmt: skip
