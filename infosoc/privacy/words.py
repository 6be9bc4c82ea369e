"""What the columns of an extract are called, and their values where these are words of ours."""

from __future__ import annotations

from infosoc.accounts.roles import ROLE_LABELS
from infosoc.accounts.rules import DENSITIES, THEMES
from infosoc.audit.words import DEEDS, FIELDS, SUBJECTS
from infosoc.crm.rules import (
    ADDRESS_KIND_LABELS,
    DIRECTION_LABELS,
    ENTRY_KIND_LABELS,
    LEGAL_GROUND_LABELS,
    MARKETING_LABELS,
    OUTCOME_LABELS,
    POINT_KIND_LABELS,
    STATUS_LABELS,
)
from infosoc.kernel.identity import LegalForm
from infosoc.kernel.words import N_
from infosoc.mailings.rules import REASON_LABELS, RECIPIENT_STATE_LABELS
from infosoc.outbox.rules import STATE_LABELS as MESSAGE_STATE_LABELS
from infosoc.privacy import readable, rules
from infosoc.privacy.classes import Ground
from infosoc.privacy.retention_rules import RULE_LABELS
from infosoc.suppression.rules import CHANNEL_LABELS, KIND_LABELS

YES, NO = readable.YES, readable.NO

GROUND_LABELS = {
    Ground.INTEREST: N_("Legitimate interest"),
    Ground.CONTRACT: N_("Contract"),
    Ground.OBLIGATION: N_("Legal obligation"),
    Ground.NONE: "",
}

LABELS = {
    "address": N_("Address"),
    "address_short": N_("Shortened network address"),
    "after": N_("After"),
    "agent": N_("Kind of program"),
    "answer": N_("Answer"),
    "answered_at": N_("Answered"),
    "args": N_("What it concerns"),
    "balance": N_("Balance"),
    "before": N_("Before"),
    "body": N_("Body text"),
    "bounced_at": N_("Bounced"),
    "browser": N_("Browser"),
    "buyer_name": N_("Buyer"),
    "buyer_sort": N_("Buyer, for sorting"),
    "call_blocked_at": N_("Must not be called since"),
    "cells": N_("Cells of the file"),
    "changed_at": N_("Changed at"),
    "channel": N_("Channel"),
    "choices": N_("Choices"),
    "closed_at": N_("Closed"),
    "company_sort": N_("Company, for sorting"),
    "company_status": N_("Status of the company"),
    "complained_at": N_("Reported as spam"),
    "contact": N_("Contact"),
    "contacts": N_("Contact persons"),
    "content": N_("Content"),
    "cost_centre": N_("Cost centre"),
    "counterparty": N_("Counterparty"),
    "country": N_("Country"),
    "created_at": N_("Recorded"),
    "custom": N_("Custom fields"),
    "deed": N_("What was done"),
    "density": N_("Density"),
    "description": N_("Description"),
    "direction": N_("Direction"),
    "disabled_at": N_("Disabled"),
    "documents": N_("Documents"),
    "domain": N_("Domain"),
    "done_at": N_("Done at"),
    "due_on": N_("Due"),
    "email": N_("E-mail"),
    "ends_at": N_("Ends"),
    "ends_on": N_("Last day"),
    "erased_at": N_("Removed at"),
    "extended_on": N_("Extended"),
    "extension_reason": N_("Why it was extended"),
    "facts": N_("Facts"),
    "field": N_("Field"),
    "fields": N_("Filled in"),
    "handed_over_at": N_("Handed over"),
    "happened_at": N_("When"),
    "html_body": N_("Text with layout"),
    "identified_at": N_("Identity checked"),
    "identity_method": N_("How the identity was checked"),
    "images": N_("As it was"),
    "informed_on": N_("Informed on"),
    "interest": N_("Interest"),
    "is_joint": N_("Concerns all companies here"),
    "is_main": N_("Main"),
    "is_protected": N_("Protected identity"),
    "kept_reason": N_("Why it is kept"),
    "kept_until": N_("Kept until"),
    "kind": N_("Kind"),
    "label": N_("Label"),
    "language": N_("Language"),
    "last_attempt_at": N_("Last attempt"),
    "last_contact_at": N_("Last contact"),
    "last_seen_at": N_("Last seen"),
    "legal_form": N_("Legal form"),
    "legal_ground": N_("Legal ground"),
    "letter": N_("Letter"),
    "letter_subject": N_("Subject of the letter"),
    "lifted_at": N_("Lifted"),
    "lifted_by": N_("Lifted by"),
    "lifted_note": N_("Why it was lifted"),
    "made": N_("What it made"),
    "made_at": N_("Created at"),
    "mapping": N_("Columns"),
    "marketing": N_("Mailings"),
    "message_id": N_("Number of the message"),
    "municipality": N_("Municipality"),
    "name": N_("Name"),
    "name_en": N_("Name in English"),
    "name_folded": N_("Name, for searching"),
    "name_sort": N_("Name, for sorting"),
    "name_sv": N_("Name in Swedish"),
    "necessity": N_("Necessity"),
    "next_follow_up_on": N_("Next follow-up"),
    "normalised": N_("In the form that is compared"),
    "note": N_("Note"),
    "notes": N_("Notes"),
    "number": N_("Running number"),
    "order_number": N_("Order number"),
    "org_number": N_("Organisation number"),
    "outcome": N_("Outcome"),
    "partner": N_("Collection company"),
    "phone": N_("Phone"),
    "payer_account": N_("Payer's account"),
    "payer_name": N_("Payer"),
    "payer_number": N_("Payer's number"),
    "postcode": N_("Postcode"),
    "problem": N_("Problem"),
    "proposed_on": N_("Proposed"),
    "public_id": N_("Number in addresses"),
    "purpose": N_("Purpose"),
    "query": N_("Filters used"),
    "reading": N_("How it was read"),
    "reason": N_("Reason"),
    "received_at": N_("Received"),
    "received_on": N_("Received on"),
    "recipient": N_("Recipient"),
    "recipient_email": N_("Recipient's e-mail"),
    "recipient_name": N_("Recipient's name"),
    "record": N_("The invoice as issued"),
    "reduced_at": N_("Reduced"),
    "reference": N_("Buyer's reference"),
    "remove_on": N_("To be removed on"),
    "report": N_("Report"),
    "requester": N_("Who asked"),
    "result": N_("Result"),
    "reverted": N_("Reverted"),
    "roles": N_("Roles"),
    "rows": N_("Lines"),
    "rule": N_("Rule"),
    "seller_name": N_("Name of the seller"),
    "set_aside_why": N_("Why it was set aside"),
    "settled_at": N_("Settled"),
    "sheet": N_("Sheet"),
    "shortcuts": N_("Keyboard shortcuts"),
    "shown_name": N_("File"),
    "sidebar_folded": N_("Collapsed menu"),
    "size": N_("Size"),
    "source": N_("Source"),
    "source_on": N_("Date of the source"),
    "state": N_("State"),
    "state_reason": N_("Why it is in this state"),
    "status": N_("Status"),
    "street": N_("Street"),
    "subject": N_("Subject line"),
    "subject_kind": N_("What it was done to"),
    "subtitle": N_("Second line"),
    "text": N_("Text"),
    "text_body": N_("Text of the message"),
    "text_folded": N_("Text to search by"),
    "texts": N_("References and messages"),
    "theme": N_("Theme"),
    "title": N_("Title"),
    "title_values": N_("Values of the title"),
    "tokens": N_("Words, for searching"),
    "town": N_("Town"),
    "trashed_at": N_("Added to the trash"),
    "unsubscribed_at": N_("Opted out"),
    "used_at": N_("Used"),
    "value": N_("Value"),
    "way": N_("Method"),
}

# Words of any table: whose column has the name.
_COMMON: dict[str, dict[str, str]] = {"language": {"sv": N_("Swedish"), "en": N_("English")}}
_VALUES: dict[str, dict[str, str]] = {
    "contact_point.kind": {str(kind): label for kind, label in POINT_KIND_LABELS.items()},
    "address.kind": {str(kind): label for kind, label in ADDRESS_KIND_LABELS.items()},
    "contact_relation.legal_ground": {str(one): label for one, label in LEGAL_GROUND_LABELS.items()},
    "contact_relation.marketing": {str(one): label for one, label in MARKETING_LABELS.items()},
    "contact_relation.company_status": {str(one): label for one, label in STATUS_LABELS.items()},
    "company_relation.legal_ground": {str(one): label for one, label in LEGAL_GROUND_LABELS.items()},
    "company_relation.status": {str(one): label for one, label in STATUS_LABELS.items()},
    "contact_log_entry.kind": {str(kind): label for kind, label in ENTRY_KIND_LABELS.items()},
    "contact_log_entry.direction": {str(one): label for one, label in DIRECTION_LABELS.items()},
    "contact_log_entry.outcome": {str(one): label for one, label in OUTCOME_LABELS.items()},
    "mailing_recipient.state": {str(one): label for one, label in RECIPIENT_STATE_LABELS.items()},
    "mailing_recipient.reason": {str(one): label for one, label in REASON_LABELS.items()},
    "suppression.kind": {str(kind): label for kind, label in KIND_LABELS.items()},
    "suppression.channel": {str(one): label for one, label in CHANNEL_LABELS.items()},
    "erasure.channel": {str(one): label for one, label in CHANNEL_LABELS.items()},
    "audit_event.deed": {deed: deed for deed in DEEDS},
    "audit_event.subject_kind": SUBJECTS,
    "company.legal_form": {str(one): one.label for one in LegalForm},
    "search_document.kind": SUBJECTS,
    "outbox_message.state": {str(one): label for one, label in MESSAGE_STATE_LABELS.items()},
    "suppression.lifted_by": {
        "undo": N_("The person took it back at once"),
        "opt_in": N_("The person asked for mailings again"),
    },
    "privacy_case.kind": {str(one): label for one, label in rules.CASE_KIND_LABELS.items()},
    "privacy_case.channel": {str(one): label for one, label in rules.CASE_CHANNEL_LABELS.items()},
    "privacy_case.outcome": {str(one): label for one, label in rules.CASE_OUTCOME_LABELS.items()},
    "privacy_case.identity_method": {str(one): label for one, label in rules.IDENTITY_LABELS.items()},
    "case_letter.kind": {str(one): label for one, label in rules.LETTER_KIND_LABELS.items()},
    "case_letter.way": {str(one): label for one, label in rules.WAY_LABELS.items()},
    "request_link.purpose": {"extract": N_("Register extract")},
    "retention_notice.rule": {str(one): label for one, label in RULE_LABELS.items()},
    "audit_value.field": FIELDS,
    "user_account.theme": THEMES,
    "user_account.density": DENSITIES,
    "membership.roles": {str(role): label for role, label in ROLE_LABELS.items()},
}

# Of the values in the history: by the field that was changed.
_CHANGED = {
    "marketing": _VALUES["contact_relation.marketing"],
    "status": _VALUES["company_relation.status"],
    "language": _COMMON["language"],
}


def label(table: str, column: str) -> str:
    """The heading of a column, as a message id."""
    return LABELS.get(f"{table}.{column}") or LABELS[column]


def values_of(table: str, column: str) -> dict[str, str]:
    """The message ids of a column's values; nothing where they are people's own words."""
    return _VALUES.get(f"{table}.{column}") or _COMMON.get(column, {})


def values_in_row(table: str, column: str, row: object) -> dict[str, str]:
    """The same where another column of the row says what kind of value it is: before and after, in the history."""
    if table == "audit_value" and column in {"before", "after"}:
        return _CHANGED.get(getattr(row, "field", ""), {})
    return values_of(table, column)
