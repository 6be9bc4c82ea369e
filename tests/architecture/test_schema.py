"""Walks the tables: an index for every foreign key, the tenant in every key, row-level security on all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint, Table, text

import infosoc.models  # - all tables
import infosoc.payments.commands.copies  # - credits follow a company that is merged
import infosoc.subscriptions.commands.copies  # noqa: F401 - agreements follow a company that is merged
from infosoc.audit.words import SUBJECTS
from infosoc.crm.commands.merge import MOVING
from infosoc.db.base import Base
from infosoc.db.tenancy import Joint, TenantScoped, tenant_tables

TABLES = list(Base.metadata.tables.values())

# Tables that no tenant owns, each with the reason.
WITHOUT_TENANT = {
    "tenant": "is the tenant",
    "user_account": "a person may work for several tenants; which is in membership",
    "user_session": "belongs to the person",
    "sign_in_attempt": "counted before it is known who it is; holds digests only",
    "account_link": "belongs to the person",
    "submission": "belongs to the person",
    "inbound_mail": "whose it is shows when it has been read",
    "mail_pause": "the whole installation sends, or does not",
    "mail_instance": "which installation sends; no personal data",
    "schedule_mark": "regular work is the installation's",
    "worker_beat": "workers serve every tenant",
}


def key_indexes(table: Table) -> Iterator[list[str]]:
    """The columns of every index, primary key and unique constraint."""
    yield [column.name for column in table.primary_key.columns]
    for index in table.indexes:
        yield [getattr(column, "name", "") for column in index.columns]
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield [column.name for column in constraint.columns]


def unindexed(table: Table) -> list[str]:
    """Foreign keys that no index starts with. The tenant's own key is served by any index that starts with it."""
    found = []
    indexes = list(key_indexes(table))
    for key in table.constraints:
        if not isinstance(key, ForeignKeyConstraint):
            continue
        columns = [column.name for column in key.columns]
        if not any(set(index[: len(columns)]) == set(columns) for index in indexes):
            found.append(f"{table.name}: {', '.join(columns)}")
    return found


def test_every_foreign_key_has_an_index():
    assert [fault for table in TABLES for fault in unindexed(table)] == []


def test_the_index_walk_finds_a_dropped_index():
    table = Base.metadata.tables["follow_up"].to_metadata(sa.MetaData())
    table.indexes = {index for index in table.indexes if index.name != "ix_follow_up_company"}
    assert unindexed(table) == ["follow_up: tenant_id, company_id"]


def test_every_table_belongs_to_a_tenant_or_says_why_not():
    joint = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Joint)}
    ownerless = {table.name for table in TABLES} - set(tenant_tables()) - joint
    assert {name for name in ownerless if name not in WITHOUT_TENANT} == set()


def links_without_tenant() -> list[str]:
    """Foreign keys between tenants' tables that the database would let cross from one tenant to another."""
    owned = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, TenantScoped)}
    return [
        f"{table.name}.{', '.join(column.name for column in key.columns)}"
        for table in TABLES
        if table.name in owned
        for key in table.constraints
        if isinstance(key, ForeignKeyConstraint)
        and key.referred_table.name in owned
        and "tenant_id" not in {column.name for column in key.columns}
    ]


def test_foreign_keys_between_tenants_tables_carry_the_tenant():
    assert links_without_tenant() == []


@pytest.mark.postgres_only
def test_row_level_security_is_forced_on_every_table_of_a_tenant(session):
    rows = session.connection().exec_driver_sql(
        "select relname, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r' "
        "and relnamespace = 'public'::regnamespace"
    )
    secured = {name: (enabled, forced) for name, enabled, forced in rows}
    joint = [m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Joint)]
    for table in [*tenant_tables(), *joint]:
        # The search index is read by a function that stands in for the policy (migration 0003).
        expected = (True, table != "search_document")
        assert secured[table] == expected, table


@pytest.mark.postgres_only
def test_the_application_is_no_superuser_and_bypasses_nothing(session):
    row = (
        session.connection()
        .execute(text("select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user"))
        .one()
    )
    assert tuple(row) == ("infosoc_app", False, False)


def test_models_and_migrations_agree(app):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from infosoc.db.session import db

    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda thing, name, kind, reflected, other: not (reflected and other is None)},
        )
        assert compare_metadata(context, Base.metadata) == []


# ---- ids that are remembered when the row is gone --------------------------------------------------------------------

SUBJECT_TABLES = {
    "company": "company", "contact": "contact", "entry": "contact_log_entry", "follow_up": "follow_up", "tag": "tag",
    "line": "line_of_business", "custom_field": "custom_field", "view": "saved_view", "import": "import_batch",
    "export": "export", "merge": "undo", "bulk": "undo", "message": "outbox_message", "tenant": "tenant",
    "member": "user_account", "user": "user_account", "mailing": "mailing", "mailing_list": "mailing_list",
    "mailing_image": "mailing_image", "case": "privacy_case", "incident": "incident",
    "product": "product", "price_list": "price_list", "agreement": "agreement", "price_increase": "price_increase",
    "processing": "processing_activity", "balancing_test": "balancing_test",
    "account": "ledger_account", "fiscal_year": "fiscal_year", "voucher": "voucher",
    "invoice": "invoice", "billing_run": "billing_run", "invoice_draft": "invoice_draft",
    "customer_account": "customer_account",
    "bank_file": "bank_file", "payment": "incoming_payment",
}  # fmt: skip
# What merges and imports keep the ids of, to be taken back; besides what a merge moves.
IN_IMAGES = {"company_relation", "address", "contact_point", "post"}


def remembered() -> set[str]:
    moved = {model.__tablename__ for model in MOVING.values()}
    return {*SUBJECT_TABLES.values(), *IN_IMAGES, *moved}


def test_every_kind_of_subject_in_the_log_has_a_table():
    assert SUBJECT_TABLES.keys() == SUBJECTS.keys()


def test_tables_whose_ids_are_remembered_are_marked_and_no_others():
    assert {table.name for table in TABLES if table.dialect_options["sqlite"]["autoincrement"]} == remembered()


@pytest.mark.sqlite_only
def test_sqlite_never_gives_a_remembered_id_again(session):
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
    assert set(session.connection().exec_driver_sql(query).scalars()) == remembered()
