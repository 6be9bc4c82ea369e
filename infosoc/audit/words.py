"""The words of the log: every deed, every kind of subject and the fields, as message ids.

A deed is written in the log as its message id. A test finds deeds that are recorded anywhere and are not listed here.
"""

from __future__ import annotations

from collections.abc import Callable

from infosoc.kernel.words import N_

DEEDS = {
    N_("account disabled"), N_("account enabled"), N_("audit read"), N_("calendar address made"),
    N_("calendar address withdrawn"), N_("company changed"), N_("company created"), N_("company purged"),
    N_("company restored"), N_("company taken in"), N_("company trashed"), N_("contact changed"),
    N_("contact created"), N_("contact logged"), N_("contact purged"), N_("contact restored"), N_("contact taken in"),
    N_("contact trashed"), N_("entry corrected"), N_("entry moved to the trash"), N_("entry restored"),
    N_("field added"), N_("field changed"), N_("flag changed"), N_("follow-up changed"), N_("follow-up done"),
    N_("follow-up moved"), N_("follow-up moved to the trash"), N_("follow-up planned"), N_("follow-up reopened"),
    N_("follow-up restored"),
    N_("invitation accepted"), N_("invitation sent again"), N_("line added"), N_("line changed"), N_("member added"),
    N_("member changed"), N_("member ended"), N_("message marked as sent"), N_("message sent again"),
    N_("name changed"), N_("org number read"), N_("password changed"), N_("password chosen"),
    N_("password chosen anew"), N_("password link made"), N_("sessions ended"), N_("signed in"), N_("tag merged"),
    N_("tag removed"), N_("tag renamed"), N_("tenant added"), N_("tenant changed"), N_("view changed"),
    N_("view renamed"), N_("view restored"), N_("view saved"),
    N_("bulk edit undone"), N_("company imported"), N_("company merged"), N_("company separated"),
    N_("contact imported"), N_("contact merged"), N_("contact separated"), N_("entry imported"),
    N_("file imported"), N_("import reverted"), N_("kept apart"), N_("list exported"),
    N_("merge undone"), N_("post added"), N_("post changed"), N_("post removed"),
    N_("person removed"), N_("restricted"), N_("restriction lifted"), N_("kept on purpose"),
    N_("proposed again"),
    N_("balancing test written"), N_("case changed"), N_("case closed"), N_("case extended"), N_("case opened"),
    N_("case reopened"), N_("case taken"), N_("extract given out"), N_("extract looked through"),
    N_("identity noted"), N_("incident logged"), N_("incident opened"), N_("letter written"),
    N_("printed texts changed"), N_("processing changed"),
    N_("audience chosen"), N_("mailing approved"), N_("mailing created"), N_("mailing list added"),
    N_("mailing list changed"), N_("mailing list reopened"), N_("mailing list retired"),
    N_("mailing opened for changes"), N_("mailing written"), N_("picture added"), N_("recipients fixed"),
    N_("mailing cancelled"), N_("mailing ended"), N_("mailing held back"), N_("mailing paused"), N_("mailing resumed"),
    N_("mailing started"), N_("mailing stopped"), N_("uncertain letters settled"),
    N_("product added"), N_("product changed"), N_("product reopened"), N_("product retired"),
    N_("price list added"), N_("price list renamed"), N_("price list reopened"), N_("price list retired"),
    N_("price set"), N_("index value set"), N_("usage reported"), N_("agreement signed"), N_("agreement changed"),
    N_("agreement paused"), N_("agreement resumed"), N_("agreement cancelled"), N_("deed taken back"),
    N_("agreement terms changed"),
    N_("invoice details changed"), N_("price increase prepared"), N_("price increase carried out"),
    N_("price letters sent"),
    N_("account added"), N_("account changed"), N_("account closed"), N_("account opened"), N_("account removed"),
    N_("fiscal year added"), N_("opening balances set"), N_("period locked"), N_("period unlocked"),
    N_("voucher posted"), N_("voucher turned back"),
    N_("invoice issued"), N_("credit note issued"), N_("claim settled"), N_("settlement taken back"),
    N_("billing run started"),
    N_("invoicing settings changed"), N_("customer account opened"), N_("customer account changed"),
    N_("invoice draft written"), N_("invoice draft changed"), N_("invoice draft removed"), N_("invoice draft restored"),
    N_("bank file imported"), N_("payment matched"), N_("payment kept as credit"), N_("payment paid back"),
    N_("payment match undone"), N_("payment set aside"), N_("payment taken up"), N_("payment registered"),
    N_("deposit tied"), N_("deposit split"), N_("deposit settlement undone"), N_("deposit kept apart"),
    N_("receiving account added"), N_("receiving account changed"),
    N_("invoice sent again"), N_("delivery marked"), N_("access point chosen"),
    N_("reminder policy changed"), N_("reference rate entered"), N_("reminder written"), N_("reminders stopped"),
    N_("reminders resumed"), N_("late costs paid"), N_("late costs let go"), N_("handed over to collection"),
    N_("loss expected"), N_("loss not expected"), N_("invoice written off"),
    N_("write-off taken back"),
}  # fmt: skip

SUBJECTS = {
    "company": N_("Company"),
    "contact": N_("Contact person"),
    "entry": N_("Log entry"),
    "follow_up": N_("Follow-up"),
    "tag": N_("Tag"),
    "line": N_("Line of business"),
    "custom_field": N_("Custom field"),
    "view": N_("Saved view"),
    "import": N_("Import"),
    "export": N_("Export"),
    "merge": N_("Merging"),
    "bulk": N_("Change of many"),
    "message": N_("Message"),
    "mailing": N_("Mailing"),
    "mailing_list": N_("Mailing list"),
    "mailing_image": N_("Picture"),
    "product": N_("Product"),
    "price_list": N_("Price list"),
    "agreement": N_("Agreement"),
    "price_increase": N_("Price increase"),
    "invoice": N_("Invoice"),
    "billing_run": N_("Billing run"),
    "invoice_draft": N_("Draft of an invoice"),
    "customer_account": N_("Customer account"),
    "bank_file": N_("Bank file"),
    "payment": N_("Incoming payment"),
    "tenant": N_("Company settings"),
    "member": N_("Member"),
    "user": N_("Account"),
    "case": N_("Case"),
    "incident": N_("Incident"),
    "processing": N_("Line of the register of processing"),
    "balancing_test": N_("Balancing test"),
    "account": N_("General ledger account"),
    "fiscal_year": N_("Fiscal year"),
    "voucher": N_("Voucher"),
}

FIELDS = {
    "name": N_("Name"),
    "brand": N_("Colour"),
    "roles": N_("Roles"),
    "last day": N_("Last day"),
    "share_register": N_("Show our register (companies, contact persons and contact details)"),
    "share_contact_log": N_("Show our contact log"),
    "share_product_status": N_("Show whether a company is our customer"),
    "joint_unsubscribe": N_("Offer one unsubscription for both companies"),
    "module_crm": N_("Use the customer register"),
    "module_finance": N_("Use subscriptions, invoicing and bookkeeping"),
}


# What values are called, field by field, where they are not the person's own words.
_ON_OFF = {"on": N_("On"), "off": N_("Off")}
VALUES: dict[str, dict[str, str]] = {
    "share_register": _ON_OFF,
    "share_contact_log": _ON_OFF,
    "share_product_status": _ON_OFF,
    "joint_unsubscribe": _ON_OFF,
    "module_crm": _ON_OFF,
    "module_finance": _ON_OFF,
}


def name_values(labels: dict[str, dict[str, str]]) -> None:
    """Let a domain say what the values of its fields are called; two domains may have a field of the same name."""
    for field, names in labels.items():
        VALUES[field] = VALUES.get(field, {}) | names


def in_words(field: str, value: str | None, translate: Callable[[str], str]) -> str:
    """A value as people read it; a list of values, kept with commas, part by part."""
    labels = VALUES.get(field, {})
    return ", ".join(translate(labels[part]) if labels.get(part) else part for part in (value or "").split(", "))


def name_fields(labels: dict[str, str]) -> None:
    """Let a domain say what its fields are called."""
    FIELDS.update(labels)
