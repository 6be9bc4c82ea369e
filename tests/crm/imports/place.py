"""A register that files are read into, for the tests of importing and taking back."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.crm.commands import import_here, import_revert
from infosoc.crm.imports import headings, reading
from infosoc.crm.models.companies import (
    Company,
    CompanyRelation,
)
from infosoc.crm.models.imports import ImportBatch, ImportRow
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.kernel import clock
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.queries import scope_numbered
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_member, make_tenant

HEAD = "Företag;Org.nr;Kontaktperson;Titel;E-post;Telefon;Ort;Status;Verksamhet;Etiketter;Senast kontaktad;Kommentar\n"


class Place:
    """Two tenants and the means to import into one of them."""

    def __init__(self, app, folder: Path) -> None:
        self.app, self.folder, self.number = app, folder, 0
        with app.app_context(), transaction() as session:
            ours, theirs = make_tenant(session), make_tenant(session, "rattsdata")
            self.ours, self.theirs = ours.id, theirs.id
            self.karin = make_member(session, ours).id

    def scope(self, tenant: int | None = None):
        return tenant_scope(scope_numbered(db.session(), tenant or self.ours))

    def share(self, tenant: int) -> None:
        with self.app.app_context(), transaction() as session:
            set_flag(session, tenant, Flag.SHARE_REGISTER, True)

    @contextmanager
    def writing(self, tenant: int | None = None):
        with self.app.app_context(), self.scope(tenant), transaction() as session:
            yield session

    def make(self, tenant: int | None = None, **facts) -> int:
        with self.writing(tenant) as session:
            person, email = facts.pop("person", None), facts.pop("email", None)
            company = make_company(session, **facts)
            if person:
                make_contact(session, company, person, email=email)
            return company.id

    def bring(self, *lines: str, tenant: int | None = None, policy: str = "fill", head: str = HEAD) -> ImportBatch:
        """Import these lines; returns the batch."""
        self.number += 1
        path = self.folder / f"lista{self.number}.csv"
        path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
        how = reading.detect(path, heading_row=1)
        mapping = headings.guess(how.headings, how.sample_cells, how.columns)
        with self.app.app_context(), self.scope(tenant):
            public_id = import_here.import_file(path, how, mapping, source="prov", now=clock.now(), policy=policy)
            return db.session.scalar(select(ImportBatch).where(ImportBatch.public_id == public_id))

    def take_back(self, batch: ImportBatch, tenant: int | None = None) -> None:
        with self.app.app_context(), self.scope(tenant):
            import_revert.revert_here(batch.public_id, by=None, now=clock.now())

    def rows(self, query, tenant: int | None = None) -> list:
        with self.app.app_context(), self.scope(tenant):
            return [tuple(row) for row in db.session.execute(query)]

    def count(self, model, tenant: int | None = None) -> int:
        return self.rows(select(func.count()).select_from(model), tenant)[0][0]


def line(**cells: str) -> str:
    names = ("name", "number", "person", "title", "email", "phone", "town", "status", "line", "tags", "on", "said")
    return ";".join(cells.get(name, "") for name in names)


def results(place: Place, batch: ImportBatch) -> list[str]:
    query = select(ImportRow.result).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number)
    return [result for (result,) in place.rows(query)]


def facts(place: Place) -> list:
    own = CompanyRelation
    return place.rows(select(Company.name, Company.org_number, Company.town)) + place.rows(
        select(own.status, own.line_id, own.notes, own.contacts, own.last_contact_at)
    )


def told_of(place: Place) -> list:
    query = select(AuditEvent.deed, AuditValue.field, AuditValue.before, AuditValue.after)
    return place.rows(
        query.join(AuditValue, AuditValue.event_id == AuditEvent.id).where(
            AuditEvent.subject_kind.in_(("company", "contact", "entry")), AuditEvent.deed != "import reverted"
        )
    )
