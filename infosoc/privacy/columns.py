"""Every column of every table, classified: whose data it holds, why, how long, and what an erasure makes of it.

The extract and the erasure are made from this page: what is not on it fails a test, what is on it is shown and erased.
Pure.
"""

from __future__ import annotations

from infosoc.kernel.words import N_
from infosoc.privacy.classes import Column, Ground, Holds, Table, table

_REGISTER = N_("To keep in touch with companies and their contact persons")
_LOG = N_("To know what has been said and agreed")
_MAILINGS = N_("To send news, and to know who does not want them")
_RIGHTS = N_("To answer what people ask for by law, and to be able to show it")
_SAFETY = N_("To see who has changed what, and to take it back")
_STAFF = N_("To let the staff sign in")
_BOOKS = N_("To keep books as the bookkeeping act asks")
_INVOICES = N_("To invoice what has been agreed")

_WHILE_HELD = N_("As long as the person is in the register")
_TRASH = N_("30 days")
_TWO_YEARS = N_("24 months")
_YEAR = N_("12 months")
_STANDING = N_("As long as the objection stands")
_EMPLOYED = N_("As long as the person has an account")
_BOOKS_KEPT = N_("Seven years after the end of the calendar year in which the fiscal year ended")

_INTEREST, _OBLIGATION, _CONTRACT = Ground.INTEREST, Ground.OBLIGATION, Ground.CONTRACT

_ALL = (
    # ---- the register -----------------------------------------------------------------------------------------------
    table(
        "contact", N_("The person"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="name language is_protected created_at changed_at public_id", nothing="id version origin_tenant_id",
    ),
    table(
        "post", N_("Where the person works"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="title is_main", pointer_rows="contact_id company_id", nothing="id origin_tenant_id",
    ),
    table(
        "contact_point", N_("Contact details of the person"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="kind value normalised label is_main", pointer_rows="company_id contact_id",
        nothing="id public_id origin_tenant_id",
    ),
    table(
        "contact_relation", N_("About the person"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="source source_on legal_ground informed_on marketing call_blocked_at name_sort company_sort "
        "last_contact_at company_status municipality trashed_at created_at",
        text_rows="notes", pointer_rows="contact_id", staff="company_owner_id trashed_by",
        nothing="tenant_id id version",
    ),
    table(
        "company", N_("The person's own firm"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="name org_number legal_form size municipality town created_at changed_at public_id",
        pointer_rows="parent_id", nothing="id version origin_tenant_id",
    ),
    table(
        "address", N_("Addresses of the person's own firm"), purpose=_REGISTER, ground=_INTEREST, kept=_WHILE_HELD,
        rows="kind street postcode town country", pointer_rows="company_id", nothing="id origin_tenant_id",
    ),
    table(
        "company_relation", N_("About the company"), purpose=_REGISTER, ground=_INTEREST,
        kept=_WHILE_HELD,
        facts="status source source_on legal_ground name_sort municipality last_contact_at last_attempt_at "
        "next_follow_up_on contacts trashed_at created_at",
        texts="notes custom", staff="owner_id trashed_by", nothing="tenant_id id company_id line_id version",
    ),
    table("line_of_business", N_("Lines of business"), texts="name",
          nothing="tenant_id id sni_code position retired_at public_id"),
    table("tag", N_("Tags"), texts="name", nothing="tenant_id id public_id"),
    table("company_tag", nothing="tenant_id id relation_id tag_id"),
    table("custom_field", N_("Custom fields"), texts="label choices",
          nothing="tenant_id id key kind position retired_at public_id"),
    # ---- the log ----------------------------------------------------------------------------------------------------
    table(
        "contact_log_entry", N_("Contacts"), purpose=_LOG, ground=_INTEREST, kept=_WHILE_HELD,
        facts="kind direction outcome happened_at trashed_at created_at", texts="text", pointers="contact_id",
        staff="by_id", nothing="tenant_id id company_id version public_id",
    ),
    table(
        "follow_up", N_("Follow-ups"), purpose=_LOG, ground=_INTEREST, kept=_WHILE_HELD,
        facts="due_on done_at trashed_at created_at", texts="note", pointers="contact_id",
        staff="assignee_id done_by created_by",
        nothing="tenant_id id company_id made_in_id done_in_id version public_id",
    ),
    table("activity_count", staff="by_id", nothing="tenant_id id monday kind rows"),
    table("register_count", nothing="tenant_id id kind status rows"),
    # ---- lists, imports, what takes deeds back ----------------------------------------------------------------------
    table("saved_view", N_("Saved views that name the person"), purpose=_LOG, ground=_INTEREST, kept=_WHILE_HELD,
          text_rows="name query", staff="owner_id", nothing="tenant_id id list_name is_shared created_at public_id"),
    table("list_columns", staff="user_id", nothing="tenant_id id list_name columns"),
    table(
        "import_batch", N_("Imported files"), purpose=_REGISTER, ground=_INTEREST, kept=_TWO_YEARS,
        texts="shown_name sheet reading mapping source problem", staff="by_id",
        nothing="tenant_id id state file_name sha256 policy good_only counts done_rows total_rows created_at "
        "committed_at reverted_at public_id",
    ),
    table(
        "import_row", N_("Rows of imported files"), purpose=_SAFETY, ground=_INTEREST, kept=_TRASH,
        facts="number result reverted", blanked_texts="reason cells before made", pointers="contact_id",
        nothing="tenant_id id batch_id company_id",
    ),
    table("import_mapping", N_("Headings of imported files"), texts="mapping",
          nothing="tenant_id id signature used_at"),
    table("export", N_("Files taken out of the register"), purpose=_SAFETY, ground=_OBLIGATION, kept=_TWO_YEARS,
          texts="query", staff="by_id", nothing="tenant_id id list_name columns rows made_at public_id"),
    table("undo", N_("What takes changes back"), purpose=_SAFETY, ground=_INTEREST, kept=_TRASH, texts="images",
          staff="by_id", nothing="tenant_id id deed made_at undone_at public_id"),
    table("undo_part", N_("What takes changes of many back"), purpose=_SAFETY, ground=_INTEREST, kept=_TRASH,
          texts="before", nothing="tenant_id id undo_id"),
    table("bulk_result", nothing="tenant_id id undo_id company_id result"),
    table("duplicate_pair",
          nothing="tenant_id id first_id second_id score reason found_at settled_at settled_as public_id"),
    table("search_document", N_("The copy that is searched in"), purpose=_REGISTER, ground=_INTEREST,
          kept=_WHILE_HELD, rows="kind public_id title subtitle name_folded", text_rows="tokens",
          pointer_rows="subject_id", nothing="tenant_id id"),
    # ---- history, background work, mail -----------------------------------------------------------------------------
    table("audit_event", N_("The history"), purpose=_SAFETY, ground=_OBLIGATION, kept=_WHILE_HELD,
          facts="number happened_at deed subject_kind", hashes="subject_id", staff="actor_id actor_name",
          nothing="tenant_id id request_id values_digest digest"),
    table("audit_value", N_("Values in the history"), purpose=_SAFETY, ground=_INTEREST, kept=N_("90 days"),
          rows="field", text_rows="before after", nothing="tenant_id id event_id salt"),
    table("audit_head", nothing="tenant_id id number digest"),
    table("job", N_("Background work"), texts="title_values args problem", staff="by_id",
          nothing="tenant_id id name unique_key title link state attempts not_before claimed_by done total created_at "
          "started_at ended_at public_id"),
    table(
        "outbox_message", N_("Messages to the person"), purpose=_RIGHTS, ground=_OBLIGATION, kept=N_("90 days"),
        rows="recipient state handed_over_at message_id created_at", text_rows="subject text_body html_body problem",
        nothing="tenant_id id unique_key attached is_secret attempts not_before claimed_by public_id",
    ),
    table("inbound_mail", N_("Incoming mail"), purpose=_RIGHTS, ground=_OBLIGATION, kept=N_("90 days"),
          facts="kind outcome received_at settled_at", blanked_texts="content", nothing="id digest tenant_id"),
    # ---- mailings ---------------------------------------------------------------------------------------------------
    table("mailing_list", N_("Mailing lists"), texts="name description",
          nothing="tenant_id id slug retired_at version created_at public_id"),
    table("mailing_image", N_("Pictures in letters"), texts="name", staff="added_by",
          nothing="tenant_id id mime width height content added_at public_id"),
    table(
        "mailing", N_("Letters that name the person"), purpose=_MAILINGS, ground=_INTEREST, kept=_WHILE_HELD,
        texts="title subject body query state_reason", staff="made_by approved_by",
        nothing="tenant_id id list_id language tells_source state frozen_at approved_at scheduled_at started_at "
        "ended_at recipients skipped sent failed bounced unsubscribed complained uncertain excused_complained "
        "excused_failed excused_tried version created_at public_id",
    ),
    table(
        "mailing_recipient", N_("Letters to the person"), purpose=_MAILINGS, ground=_INTEREST, kept=_TWO_YEARS,
        blanked="address domain fields problem",
        facts="state reason handed_over_at message_id bounced_at complained_at unsubscribed_at",
        pointers="contact_id", hashes="digest delivery",
        nothing="tenant_id id mailing_id company_id attempts not_before claimed_by",
    ),
    table(
        "suppression", N_("What the person has opted out of"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_STANDING,
        proof="kind is_joint channel address_short agent made_at lifted_at lifted_by", hashes="digest",
        staff="made_by", nothing="tenant_id id list_id mailing_id public_id",
    ),
    # ---- the books: final by law (BFL 5:5, 7:2), so nothing is taken out of them -------------------------------------
    table(
        "voucher", N_("Vouchers that name the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        text_proof="text text_folded counterparty documents", staff="registered_by",
        nothing="tenant_id id fiscal_year_id series number voucher_on event_on amount_ore source rule fingerprint "
        "reverses_id replaces_id registered_at public_id",
    ),
    table(
        "voucher_line", N_("Lines of vouchers that name the person"), purpose=_BOOKS, ground=_OBLIGATION,
        kept=_BOOKS_KEPT, text_proof="text",
        nothing="tenant_id id voucher_id position account amount_ore vat_code vat_on voucher_on objects",
    ),
    table(
        "ledger_account", N_("Accounts that name the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        text_proof="name_sv name_en",
        nothing="tenant_id id number kind vat_code sru closed_at version created_at public_id",
    ),
    table("fiscal_year", nothing="tenant_id id starts_on ends_on locked_through version created_at public_id"),
    table("number_series", nothing="tenant_id id kind series fiscal_year_id last_number"),
    table("account_month", nothing="tenant_id id fiscal_year_id account month debit_ore credit_ore"),
    table("opening_balance", nothing="tenant_id id fiscal_year_id account amount_ore"),
    # ---- products and agreements ------------------------------------------------------------------------------------
    table("product", N_("Products"), texts="name_sv name_en",
          nothing="tenant_id id code billing unit tier_kind vat_code revenue_account "
          "deferral_account retired_at version created_at public_id"),
    table("price_list", nothing="tenant_id id name retired_at version created_at public_id"),
    table("list_price", staff="made_by", nothing="tenant_id id price_list_id product_id valid_from valid_until "
          "price_ore per_months tiers made_at replaced_at"),
    table(
        "agreement", N_("Agreements whose invoices the person gets"), purpose=_INVOICES, ground=_CONTRACT,
        kept=_BOOKS_KEPT, blanked="recipient_name recipient_email", texts="reference order_number cost_centre note",
        pointers="contact_id", facts="number", staff="made_by",
        nothing="tenant_id id company_id price_list_id starts_on anchor_on billing_months in_advance binding_months "
        "notice_months renewal_months payment_days index_kind index_from index_percent index_series index_base "
        "delivery language einvoice_address state state_from next_change_on ends_on version created_at public_id",
    ),
    table(
        "agreement_line", N_("Products of agreements"), purpose=_INVOICES, ground=_CONTRACT, kept=_BOOKS_KEPT,
        texts="text", staff="made_by",
        nothing="tenant_id id agreement_id product_id position starts_on ends_on quantity_thousandths price_ore "
        "per_months discount replaces_id made_at public_id",
    ),
    table(
        "agreement_deed", N_("What was done to agreements"), purpose=_INVOICES, ground=_CONTRACT, kept=_BOOKS_KEPT,
        texts="reason", staff="made_by", nothing="tenant_id id agreement_id kind effective_on undoes_id terms "
        "made_at",
    ),
    table("agreement_product", nothing="tenant_id id agreement_id product_id company_id name_sv name_en state is_live "
          "state_from"),
    table("usage_report", staff="made_by", nothing="tenant_id id line_id used_on quantity_thousandths source made_at "
          "replaced_at"),
    table("index_value", staff="made_by", nothing="tenant_id id series month value_thousandths source made_at"),
    table(
        "price_increase", N_("Letters about prices"), texts="name letter_subject letter", staff="made_by applied_by",
        nothing="tenant_id id product_id percent from_on made_at applied_at lettered_at version public_id",
    ),
    table("price_increase_row", nothing="tenant_id id increase_id line_id before_ore after_ore per_months is_from_list "
          "is_left_out new_line_id"),
    # ---- invoices: final by law, as the vouchers that book them ------------------------------------------------------
    table(
        "invoicing_settings", N_("Printed on invoices"), texts="seller_name contact email phone street",
        nothing="tenant_id id org_number postal_code city seat has_f_tax bankgiro plusgiro iban bic endpoint website "
        "logo payment_days to_kronor least_deferred_ore bills_from access_point version",
    ),
    table("receiving_account", staff="made_by", nothing="tenant_id id kind number bic ledger_account valid_from "
          "valid_through made_at public_id"),
    table("customer_account", nothing="tenant_id id number company_id is_group vat_number has_agreed_fee version "
          "created_at"),
    table(
        "invoice_draft", N_("Invoices being written to the person"), purpose=_INVOICES, ground=_CONTRACT,
        kept=_BOOKS_KEPT, blanked="recipient_name recipient_email",
        texts="reason reference order_number cost_centre note rows", staff="made_by",
        nothing="tenant_id id kind company_id agreement_id credits_id issued_on payment_days language delivery "
        "einvoice_address to_kronor payable_ore made_at changed_at version public_id",
    ),
    table(
        "invoice", N_("Invoices that name the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        text_proof="buyer_name buyer_sort record", staff="issued_by",
        nothing="tenant_id id kind series number company_id agreement_id run_id credits_id source issued_on due_on ocr "
        "language net_ore vat_ore payable_ore claim_account record_hash voucher_id issued_at open_ore settled_on "
        "delivery delivery_state public_id",
    ),
    table(
        "invoice_line", N_("Lines of invoices that name the person"), purpose=_BOOKS, ground=_OBLIGATION,
        kept=_BOOKS_KEPT, text_proof="text",
        nothing="tenant_id id invoice_id position issued_on net_ore vat_code account deferral_account period_start "
        "period_end",
    ),
    table("invoiced_charge", nothing="tenant_id id agreement_line_id period_on invoice_id net_ore"),
    table("settlement", staff="made_by", nothing="tenant_id id invoice_id settled_on kind amount_ore source voucher_id "
          "undoes_id made_at public_id"),
    table("invoice_paper", nothing="tenant_id id invoice_id file sha256 size made_at"),
    table(
        "invoice_delivery", N_("Invoices sent to the person"), purpose=_INVOICES, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        blanked="recipient", texts="problem", staff="made_by",
        nothing="tenant_id id invoice_id channel state outbox_id receipt checked prepared_at made_at changed_at "
        "public_id",
    ),
    table("deferral_release", nothing="tenant_id id month account amount_ore voucher_id made_at"),
    table("billing_run", staff="made_by", nothing="tenant_id id first_on through_on issued_on state planned made "
          "failed made_at finished_at public_id"),
    table("billing_problem", nothing="tenant_id id run_id agreement_id message facts"),
    # ---- payments: what was booked is final --------------------------------------------------------------------------
    table(
        "bank_file", N_("Bank files"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT, texts="name",
        staff="made_by",
        nothing="tenant_id id sha256 size content format report state taken total matched made_at posted_at public_id",
    ),
    table("bank_entry", nothing="tenant_id id file_id section line format account serial paid_on amount_ore payments "
          "checked amounts_digest references_digest key group_id takes ledger_account"),
    table("deposit_answer", staff="made_by", nothing="tenant_id id group_id other_id payment_id made_at apart_at "
          "undone_at"),
    table(
        "incoming_payment", N_("Payments from the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        text_proof="payer_name payer_account payer_number texts", texts="set_aside_why", staff="made_by",
        nothing="tenant_id id entry_id position kind paid_on amount_ore left_ore serial account voucher_id "
        "set_aside_at made_at public_id",
    ),
    table("payment_allocation", staff="made_by", nothing="tenant_id id payment_id kind invoice_id settlement_id "
          "company_id account amount_ore allocated_on voucher_id undoes_id made_at"),
    # ---- reminders: what went out or was booked is final too ---------------------------------------------------------
    table("reminder_policy", nothing="tenant_id id steps smallest_ore asks_interest asks_compensation version"),
    table("reference_rate", staff="made_by", nothing="tenant_id id starts_on percent_hundredths source made_at"),
    table("reminder_run", staff="made_by", nothing="tenant_id id run_on state planned made failed made_at finished_at "
          "public_id"),
    table("reminder_problem", nothing="tenant_id id run_id invoice_id message facts"),
    table(
        "reminder", N_("Reminders sent to the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        blanked="recipient", text_proof="record", staff="made_by",
        nothing="tenant_id id invoice_id run_id position kind reminded_on pay_by open_ore interest_ore fees_ore "
        "compensation_ore to_pay_ore channel outbox_id made_at public_id",
    ),
    table("reminder_paper", nothing="tenant_id id reminder_id file sha256 size made_at"),
    table("reminder_cost", staff="made_by", nothing="tenant_id id invoice_id kind booked_on amount_ore source "
          "voucher_id made_at"),
    table(
        "reminder_stop", N_("Stopped reminders that name the person"), purpose=_BOOKS, ground=_OBLIGATION,
        kept=_BOOKS_KEPT, text_proof="reason", staff="made_by ended_by", nothing="tenant_id id invoice_id made_at "
        "ended_at",
    ),
    table(
        "collection_batch", N_("Claims handed over that name the person"), purpose=_BOOKS, ground=_OBLIGATION,
        kept=_BOOKS_KEPT, text_proof="partner content", staff="made_by",
        nothing="tenant_id id handed_over_on claims total_ore made_at public_id",
    ),
    table("collection_item", nothing="tenant_id id batch_id invoice_id handed_over_on open_ore interest_ore costs_ore"),
    table(
        "bad_debt", N_("Losses that name the person"), purpose=_BOOKS, ground=_OBLIGATION, kept=_BOOKS_KEPT,
        text_proof="reason", staff="made_by",
        nothing="tenant_id id invoice_id kind booked_on net_ore vat_ore voucher_id settlement_id made_at",
    ),
    # ---- what people ask for ----------------------------------------------------------------------------------------
    table(
        "privacy_case", N_("What the person has requested"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_TWO_YEARS,
        proof="number kind channel received_on due_on extended_on is_joint requester identity_method identified_at "
        "outcome report answered_at closed_at reduced_at created_at",
        text_proof="text extension_reason answer", hashes="digest", pointers="contact_id",
        staff="handler_id made_by", nothing="tenant_id id version public_id",
    ),
    table("case_letter", N_("Letters about what the person has asked for"), purpose=_RIGHTS, ground=_OBLIGATION,
          kept=_TWO_YEARS, proof="kind language way made_at", text_proof="subject text", hashes="case_id",
          staff="made_by", nothing="tenant_id id public_id"),
    table("request_link", N_("Links sent to the person"), purpose=_RIGHTS, ground=_OBLIGATION, kept=N_("7 days"),
          rows="purpose address language made_at ends_at used_at", text_rows="content",
          nothing="tenant_id id digest code_digest case_id"),
    table("erasure", N_("Removals"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_YEAR, proof="channel erased_at",
          text_proof="report", hashes="contact_id digests", staff="erased_by",
          nothing="tenant_id id case_id public_id"),
    table("restriction", N_("Restrictions"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_TWO_YEARS,
          rows="made_at lifted_at", text_rows="reason lifted_note", pointer_rows="contact_id",
          staff="made_by lifted_by", nothing="tenant_id id case_id"),
    table("retention_notice", N_("Retention"), purpose=_RIGHTS, ground=_OBLIGATION,
          kept=_WHILE_HELD, rows="rule proposed_on remove_on kept_until", text_rows="kept_reason",
          pointer_rows="contact_id", staff="kept_by", nothing="tenant_id id"),
    table("processing_activity", N_("The register of processing"), texts="name facts", staff="made_by",
          nothing="tenant_id id key edition role is_public made_at replaced_at public_id"),
    table("balancing_test", N_("Balancing tests"), texts="purpose interest necessity balance", staff="made_by",
          nothing="tenant_id id decided_on review_on made_at replaced_at public_id"),
    table("incident", N_("Incidents that name the person"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_TWO_YEARS,
          texts="title", staff="made_by",
          nothing="tenant_id id number role aware_at report_by reported_at told_at closed_at version public_id"),
    table("incident_entry", N_("The log of an incident"), purpose=_RIGHTS, ground=_OBLIGATION, kept=_TWO_YEARS,
          text_proof="text", staff="written_by", nothing="tenant_id id incident_id kind written_at"),
    table("person_reading", staff="user_id", nothing="tenant_id id day pages exported noticed_at"),
    # ---- those who work here ----------------------------------------------------------------------------------------
    table("user_account", N_("The person's account"), purpose=_STAFF, ground=_CONTRACT, kept=_EMPLOYED,
          proof="email name language theme density shortcuts sidebar_folded created_at disabled_at",
          nothing="id password_hash public_id"),
    table("membership", N_("Where the person has an account"), purpose=_STAFF, ground=_CONTRACT, kept=_EMPLOYED,
          proof="roles ends_on created_at", hashes="user_id calendar_digest", nothing="tenant_id id"),
    table("user_session", N_("Signed-in browsers"), purpose=_STAFF, ground=_CONTRACT, kept=_EMPLOYED,
          proof="created_at last_seen_at ends_at address browser", hashes="user_id token_digest",
          nothing="id public_id"),
    table("account_link", N_("Links to the account"), purpose=_STAFF, ground=_CONTRACT, kept=N_("7 days"),
          proof="purpose created_at ends_at used_at", hashes="user_id token_digest", nothing="id"),
    table("sign_in_attempt", nothing="id subject_digest failures last_at blocked_until"),
    table("submission", staff="user_id", nothing="id key received_at status location"),
    # ---- the installation -------------------------------------------------------------------------------------------
    table("tenant", staff="settings", nothing="id slug name brand flags version created_at"),
    table("mail_instance", nothing="id digest noted_at"),
    table("mailing_pace", nothing="tenant_id id domain next_at"),
    table("mail_pause", nothing="id reason paused_at"),
    table("schedule_mark", nothing="name due_at claimed_by ended_at"),
    table("worker_beat", nothing="id machine process started_at seen_at"),
)  # fmt: skip

TABLES: dict[str, Table] = {one.name: one for one in _ALL}

# Those whose rows are about people who work here: an erasure of a contact person leaves them.
OF_STAFF = frozenset({"user_account", "membership", "user_session", "account_link"})


def unclassified(schema: dict[str, set[str]]) -> list[str]:
    """The columns of a schema that are not classified, and the classified ones that it does not have."""
    known = {f"{one.name}.{name}" for one in _ALL for name in one.columns}
    there = {f"{name}.{column}" for name, columns in schema.items() for column in columns}
    return sorted(known ^ there)


def column(name: str) -> Column:
    """The class of `table.column`."""
    owner, _, part = name.partition(".")
    return TABLES[owner].columns[part]


def told() -> list[Table]:
    """The tables that an extract reads, in its order."""
    return [one for one in _ALL if one.told]


def with_texts() -> list[Table]:
    """The tables with text that may name anybody."""
    return [one for one in _ALL if one.named(Holds.TEXT)]
