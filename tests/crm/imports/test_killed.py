"""An import whose worker is killed in the middle: the next one goes on, no row is lost and none is done twice."""

from __future__ import annotations

from sqlalchemy import func, select

from infosoc.audit.queries import first_break
from infosoc.crm.commands import imports
from infosoc.crm.import_rules import CHUNK, State
from infosoc.crm.imports import files, headings, reading
from infosoc.crm.imports.planning import Policy
from infosoc.crm.models.companies import Company
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from tests.builders import make_tenant
from tests.support.processes import process, wait_until

ROWS = 3 * CHUNK


def test_an_import_goes_on_where_a_killed_worker_left_it(session, database_url, tmp_path):
    list_ = tmp_path / "lista.csv"
    list_.write_text("Företag;E-post\n" + "".join(f"Bolag {n} AB;info@bolag{n}.example\n" for n in range(ROWS)))
    tenant_id = asked_for(session, list_, tmp_path / "imports")

    def batch() -> ImportBatch:
        session.rollback()
        with tenant_scope(Scope.alone(tenant_id)):
            return session.scalars(select(ImportBatch).execution_options(populate_existing=True)).one()

    with process("tests.jobs.process", database_url=database_url, data_dir=tmp_path) as first:
        wait_until(lambda: batch().done_rows >= CHUNK, "the import is on its way", 60)
        first.kill()
        first.wait()
    cut_off = batch()
    assert (cut_off.state, cut_off.done_rows < ROWS) == (State.COMMITTING, True)
    with process("tests.jobs.process", database_url=database_url, data_dir=tmp_path):
        wait_until(lambda: batch().state == State.COMMITTED, "another worker has finished the import", 90)
    done = batch()
    assert done.counts == {"new": ROWS, "changed": 0, "unchanged": 0, "refused": 0, "warned": 0}
    with tenant_scope(Scope.alone(tenant_id)):
        assert session.scalar(select(func.count(Company.id))) == ROWS
        assert session.scalar(select(func.count(ImportRow.number.distinct()))) == ROWS
        assert first_break(session) is None
    assert list((tmp_path / "imports").iterdir()) == []


def asked_for(session, path, folder) -> int:
    """A file previewed and asked to be imported, as the pages do it."""
    with transaction() as writing:
        tenant_id = make_tenant(writing).id
    how = reading.detect(path)
    with path.open("rb") as content:
        name, digest = files.keep(folder, content)
    now = clock.now()
    with tenant_scope(Scope.alone(tenant_id)):
        with transaction() as writing:
            batch = imports.receive(writing, how, shown_name=path.name, file_name=name, sha256=digest, by=None, now=now)
            mapping = headings.guess(how.headings, how.sample_cells, how.columns)
            imports.choose_columns(writing, batch.public_id, mapping, Policy.FILL, now=now)
            public_id = batch.public_id
        imports.make_preview(folder, public_id)
        with transaction() as writing:
            imports.ask_for_commit(writing, public_id, "prov", good_only=False, link="/", by=None, now=now)
    return tenant_id
