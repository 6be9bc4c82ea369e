"""suppressions, mailings with their recipients, and the tables of the privacy policy; touches no rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TENANT_TABLES = (
    "balancing_test",
    "erasure",
    "incident",
    "mailing_image",
    "mailing_list",
    "mailing_pace",
    "processing_activity",
    "request_link",
    "suppression",
    "incident_entry",
    "mailing",
    "privacy_case",
    "restriction",
    "retention_notice",
    "case_letter",
    "mailing_recipient",
    "person_reading",
)
OWN = "tenant_id = (select nullif(nullif(current_setting('infosoc.tenant', true), ''), '*')::bigint)"
EVERY = "(select current_setting('infosoc.tenant', true)) = '*'"


def upgrade() -> None:
    _tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _sqlite_final() if is_sqlite else [*_row_security(), *_postgresql_final()]:
        op.execute(statement)


def _sqlite_final() -> list[str]:
    """The log of an incident is never changed (P-70)."""
    return [
        f"CREATE TRIGGER incident_entry_{event.lower()} BEFORE {event} ON incident_entry BEGIN "
        "SELECT RAISE(ABORT, 'the log of an incident is final'); END"
        for event in ("UPDATE", "DELETE")
    ]


def _postgresql_final() -> list[str]:
    return [
        "create function incident_log_is_final() returns trigger language plpgsql as $$ begin "
        "raise exception 'the log of an incident is final'; end $$",
        "create trigger incident_entry_final before update or delete on incident_entry "
        "for each row execute function incident_log_is_final()",
    ]


def _row_security() -> list[str]:
    rule = f"{OWN} or {EVERY}"
    made = [
        f"grant select, insert, update, delete on {', '.join((*TENANT_TABLES, 'inbound_mail', 'mail_instance'))} to infosoc_app",
        "grant usage on all sequences in schema public to infosoc_app",
    ]
    for table in TENANT_TABLES:
        made += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy sees on {table} for select using ({rule})",
            f"create policy adds on {table} for insert with check ({rule})",
            f"create policy changes on {table} for update using ({rule}) with check ({rule})",
            f"create policy removes on {table} for delete using ({rule})",
        ]
    return made


def _tables() -> None:
    op.create_table(
        "balancing_test",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("necessity", sa.Text(), nullable=False),
        sa.Column("balance", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_balancing_test_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_balancing_test_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balancing_test")),
        sa.UniqueConstraint("public_id", name=op.f("uq_balancing_test_public_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_balancing_test_current", "balancing_test", ["tenant_id", "replaced_at", "purpose"])
    op.create_index("ix_balancing_test_made_by", "balancing_test", ["made_by"])

    op.create_table(
        "erasure",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("erased_by", BIG, nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["erased_by"], ["user_account.id"], name=op.f("fk_erasure_erased_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_erasure_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("public_id", name=op.f("uq_erasure_public_id")),
    )
    op.create_index("ix_erasure_erased_by", "erasure", ["erased_by"])
    op.create_index("ix_erasure_newest", "erasure", ["tenant_id", "erased_at", "id"])

    op.create_table(
        "inbound_mail",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tenant_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_inbound_mail_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbound_mail_digest")),
    )
    op.create_index("ix_inbound_mail_tenant", "inbound_mail", ["tenant_id", "settled_at"])

    op.create_table(
        "mail_instance",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_instance")),
    )

    op.create_table(
        "mailing_pace",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("domain", sa.String(length=190), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mailing_pace_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_pace")),
        sa.UniqueConstraint("tenant_id", "domain", name=op.f("uq_mailing_pace_tenant_id_domain")),
    )

    op.create_table(
        "incident",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_incident_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_incident_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incident_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_incident_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incident_made_by", "incident", ["made_by"])
    op.create_index("ix_incident_open", "incident", ["tenant_id", "closed_at", "aware_at", "id"])

    op.create_table(
        "mailing_image",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("mime", sa.String(length=20), nullable=False),
        sa.Column("width", BIG, nullable=False),
        sa.Column("height", BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", BIG, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["user_account.id"], name=op.f("fk_mailing_image_added_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mailing_image_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_image")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_image_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_mailing_image_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mailing_image_added_by", "mailing_image", ["added_by"])

    op.create_table(
        "mailing_list",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mailing_list_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_list")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_list_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_mailing_list_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "slug", name=op.f("uq_mailing_list_tenant_id_slug")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "processing_activity",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("edition", BIG, nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user_account.id"], name=op.f("fk_processing_activity_made_by_user_account")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_processing_activity_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_activity")),
        sa.UniqueConstraint("public_id", name=op.f("uq_processing_activity_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_processing_activity_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "key", "edition", name=op.f("uq_processing_activity_tenant_id_key_edition")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_processing_activity_current", "processing_activity", ["tenant_id", "replaced_at", "key"])
    op.create_index("ix_processing_activity_made_by", "processing_activity", ["made_by"])

    op.create_table(
        "request_link",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_request_link_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_request_link_digest")),
    )
    op.create_index("ix_request_link_ends", "request_link", ["tenant_id", "ends_at"])

    op.create_table(
        "suppression",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("list_id", BIG, nullable=True),
        sa.Column("is_joint", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("mailing_id", BIG, nullable=True),
        sa.Column("address_short", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=20), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_suppression_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_suppression_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("public_id", name=op.f("uq_suppression_public_id")),
    )
    op.create_index("ix_suppression_digest", "suppression", ["tenant_id", "digest", "lifted_at"])
    op.create_index("ix_suppression_made_by", "suppression", ["made_by"])

    op.create_table(
        "incident_entry",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("incident_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", BIG, nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name=op.f("fk_incident_entry_tenant_id_incident_id_incident"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_incident_entry_tenant_id_tenant")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["user_account.id"], name=op.f("fk_incident_entry_written_by_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_entry")),
    )
    op.create_index("ix_incident_entry_incident", "incident_entry", ["tenant_id", "incident_id", "id"])
    op.create_index("ix_incident_entry_written_by", "incident_entry", ["written_by"])

    op.create_table(
        "mailing",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("list_id", BIG, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("tells_source", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_reason", sa.String(length=200), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", BIG, nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", BIG, nullable=False),
        sa.Column("skipped", BIG, nullable=False),
        sa.Column("sent", BIG, nullable=False),
        sa.Column("failed", BIG, nullable=False),
        sa.Column("bounced", BIG, nullable=False),
        sa.Column("unsubscribed", BIG, nullable=False),
        sa.Column("complained", BIG, nullable=False),
        sa.Column("uncertain", BIG, nullable=False),
        sa.Column("excused_tried", BIG, nullable=False),
        sa.Column("excused_failed", BIG, nullable=False),
        sa.Column("excused_complained", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["user_account.id"], name=op.f("fk_mailing_approved_by_user_account")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_mailing_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "list_id"],
            ["mailing_list.tenant_id", "mailing_list.id"],
            name=op.f("fk_mailing_tenant_id_list_id_mailing_list"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mailing_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_mailing_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mailing_approved_by", "mailing", ["approved_by"])
    op.create_index("ix_mailing_list", "mailing", ["tenant_id", "list_id"])
    op.create_index("ix_mailing_made_by", "mailing", ["made_by"])
    op.create_index("ix_mailing_newest", "mailing", ["tenant_id", "created_at", "id"])
    op.create_index("ix_mailing_state", "mailing", ["state", "scheduled_at"])

    op.create_table(
        "privacy_case",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("is_joint", sa.Boolean(), nullable=False),
        sa.Column("requester", sa.String(length=254), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("identity_method", sa.String(length=30), nullable=False),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handler_id", BIG, nullable=True),
        sa.Column("outcome", sa.String(length=30), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_privacy_case_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["user_account.id"], name=op.f("fk_privacy_case_handler_id_user_account")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_privacy_case_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_privacy_case_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_privacy_case_public_id")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_privacy_case_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_privacy_case_contact", "privacy_case", ["contact_id"])
    op.create_index("ix_privacy_case_digest", "privacy_case", ["tenant_id", "digest"])
    op.create_index("ix_privacy_case_due", "privacy_case", ["tenant_id", "closed_at", "due_on", "id"])
    op.create_index("ix_privacy_case_handler_id", "privacy_case", ["handler_id"])
    op.create_index("ix_privacy_case_made_by", "privacy_case", ["made_by"])

    op.create_table(
        "restriction",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", BIG, nullable=True),
        sa.Column("lifted_note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_restriction_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["user_account.id"], name=op.f("fk_restriction_lifted_by_user_account")),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_restriction_made_by_user_account")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_restriction_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index("ix_restriction_contact", "restriction", ["contact_id"])
    op.create_index("ix_restriction_current", "restriction", ["tenant_id", "lifted_at", "contact_id"])
    op.create_index("ix_restriction_lifted_by", "restriction", ["lifted_by"])
    op.create_index("ix_restriction_made_by", "restriction", ["made_by"])

    op.create_table(
        "retention_notice",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=False),
        sa.Column("rule", sa.String(length=30), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("remove_on", sa.Date(), nullable=False),
        sa.Column("kept_reason", sa.String(length=300), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("kept_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_retention_notice_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["kept_by"], ["user_account.id"], name=op.f("fk_retention_notice_kept_by_user_account")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_retention_notice_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_notice")),
        sa.UniqueConstraint("tenant_id", "contact_id", name=op.f("uq_retention_notice_tenant_id_contact_id")),
    )
    op.create_index("ix_retention_notice_contact", "retention_notice", ["contact_id"])
    op.create_index("ix_retention_notice_day", "retention_notice", ["tenant_id", "remove_on", "id"])
    op.create_index("ix_retention_notice_kept_by", "retention_notice", ["kept_by"])

    op.create_table(
        "case_letter",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=11), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["user_account.id"], name=op.f("fk_case_letter_made_by_user_account")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["privacy_case.tenant_id", "privacy_case.id"],
            name=op.f("fk_case_letter_tenant_id_case_id_privacy_case"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_case_letter_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_letter")),
        sa.UniqueConstraint("public_id", name=op.f("uq_case_letter_public_id")),
    )
    op.create_index("ix_case_letter_case", "case_letter", ["tenant_id", "case_id", "id"])
    op.create_index("ix_case_letter_made_by", "case_letter", ["made_by"])

    op.create_table(
        "mailing_recipient",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("mailing_id", BIG, nullable=False),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("company_id", BIG, nullable=True),
        sa.Column("delivery", sa.LargeBinary(length=16), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("domain", sa.String(length=190), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=60), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_mailing_recipient_company_id_company"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_mailing_recipient_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"],
            ["mailing.tenant_id", "mailing.id"],
            name=op.f("fk_mailing_recipient_tenant_id_mailing_id_mailing"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_mailing_recipient_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_recipient")),
        sa.UniqueConstraint("delivery", name=op.f("uq_mailing_recipient_delivery")),
        sa.UniqueConstraint("mailing_id", "contact_id", name=op.f("uq_mailing_recipient_mailing_id_contact_id")),
        sa.UniqueConstraint("mailing_id", "digest", name=op.f("uq_mailing_recipient_mailing_id_digest")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_mailing_recipient_tenant_id_id")),
    )
    op.create_index("ix_mailing_recipient_claim", "mailing_recipient", ["claimed_by"])
    op.create_index("ix_mailing_recipient_company", "mailing_recipient", ["company_id", "tenant_id", "handed_over_at"])
    op.create_index("ix_mailing_recipient_contact", "mailing_recipient", ["contact_id", "tenant_id", "handed_over_at"])
    op.create_index("ix_mailing_recipient_digest", "mailing_recipient", ["tenant_id", "digest"])
    op.create_index("ix_mailing_recipient_due", "mailing_recipient", ["state", "not_before", "id"])
    op.create_index("ix_mailing_recipient_state", "mailing_recipient", ["mailing_id", "state", "id"])
    op.create_index("ix_mailing_recipient_tenant_mailing", "mailing_recipient", ["tenant_id", "mailing_id"])

    op.create_table(
        "person_reading",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pages", BIG, nullable=False),
        sa.Column("exported", BIG, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["membership.tenant_id", "membership.user_id"],
            name=op.f("fk_person_reading_tenant_id_user_id_membership"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_person_reading_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_reading")),
        sa.UniqueConstraint("tenant_id", "user_id", "day", name=op.f("uq_person_reading_tenant_id_user_id_day")),
    )
    op.create_index("ix_person_reading_noticed", "person_reading", ["tenant_id", "noticed_at"])
