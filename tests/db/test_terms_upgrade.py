"""Agreements that were signed before terms could be changed keep theirs, and can be changed after the migration."""

from __future__ import annotations

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import DBAPIError

from infosoc.db.session import db
from infosoc.subscriptions.models import Agreement, AgreementDeed
from infosoc.subscriptions.queries import agreements as queries
from tests.subscriptions.test_terms import JULY, change, coming
from tests.subscriptions.world import World, make_world
from tests.support.databases import MIGRATIONS

OURS = "0014"


def as_before(database_url: str) -> None:
    """Take away what the migration brings, with all rows in place."""
    engine = create_engine(database_url)  # as the owner of the tables, who migrates
    before = ScriptDirectory(str(MIGRATIONS)).get_revision(OURS).down_revision
    with engine.begin() as connection:
        for table in ("agreement", "agreement_deed"):
            if engine.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {table}_terms_final"))
            else:
                connection.execute(text(f"DROP FUNCTION {table}_terms_are_final() CASCADE"))
        connection.execute(text("ALTER TABLE agreement_deed DROP COLUMN terms"))
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": before})
    engine.dispose()


def test_what_was_signed_before_the_migration_is_changed_after_it(app, database_url):
    world: World = make_world(app)
    public_id = world.sign(billing_months=1)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        as_before(database_url)
        flask_migrate.upgrade(directory=str(MIGRATIONS), revision=OURS)
        flask_migrate.stamp(directory=str(MIGRATIONS))  # what came after it is there already
    with world.reading() as session:
        assert list(session.scalars(select(AgreementDeed.terms))) == [{}]
        assert queries.card(session, public_id, on=JULY).agreed.billing_months == 1
    change(world, public_id, JULY, billing_months=12, anchor_on=JULY)
    assert coming(world, public_id, JULY, JULY) == [("2024-07-01", "2025-07-01", 1_440_000)]
    with pytest.raises(DBAPIError, match="final"), world.writing() as session:
        session.execute(update(Agreement).values(payment_days=1))
