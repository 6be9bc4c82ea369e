"""Edits that could be undone before the values moved into rows of their own can be undone after it."""

from __future__ import annotations

import flask_migrate
from sqlalchemy import create_engine, delete, select, text

from infosoc.crm.commands import bulk
from infosoc.crm.models.changes import Undo, UndoPart
from infosoc.crm.models.companies import CompanyRelation
from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from tests.builders import NOW, make_company, make_member, make_tenant
from tests.support.databases import MIGRATIONS


def test_an_edit_of_before_the_migration_is_undone_after_it(app, session, database_url):
    with transaction() as s:
        tenant = make_tenant(s)
        user = make_member(s, tenant)
        with tenant_scope(Scope.alone(tenant.id)):
            ids = [make_company(s, name).id for name in ("Ett AB", "Två AB")]
            made = bulk.begin(s, bulk.Edit(bulk.Deed.STATUS, "customer"), ids, owner_id=None, by=user.id, now=NOW)
            bulk.apply(s, made.id, ids)
            made.images = made.images | {"before": s.scalar(select(UndoPart.before))}
            s.execute(delete(UndoPart))
        user_id, scope, public_id = user.id, Scope.alone(tenant.id), made.public_id
    session.remove()
    engine = create_engine(database_url)  # as the owner of the tables, who migrates
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE undo_part"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    engine.dispose()
    flask_migrate.upgrade(directory=str(MIGRATIONS), revision="0005")
    flask_migrate.stamp(directory=str(MIGRATIONS))  # what came after it is there already
    with transaction() as s, tenant_scope(scope):
        assert "before" not in s.scalar(select(Undo.images))
        assert bulk.undo(s, public_id, by=user_id, now=NOW) == (2, 0)
        assert set(s.scalars(select(CompanyRelation.status))) == {Status.PROSPECT}
