"""Two companies here that each know some people; for the tests of the privacy policy's machinery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from infosoc.crm.rules import Status
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.tenancy.queries import scope_named
from tests.builders import make_company, make_contact, make_member, make_tenant

ANNA = "anna.lonn@akeri.example"


@contextmanager
def at(slug: str = "infosoc") -> Iterator[Session]:
    """A transaction of one tenant."""
    with transaction() as session, tenant_scope(scope_named(session, slug)):
        yield session
        session.flush()


def two_tenants() -> int:
    """The tenants; returns a member of both."""
    with transaction() as session:
        user = make_member(session, make_tenant(session))
        make_member(session, make_tenant(session, "rattsdata"), user)
        return user.id


def person(
    slug: str = "infosoc", name: str = "Anna Lönn", email: str = ANNA, *, status: Status = Status.PROSPECT,
    company: str = "Åkeri AB", **facts,
) -> int:  # fmt: skip
    """A contact person at a new company; returns the contact's id."""
    with at(slug) as session:
        return make_contact(session, make_company(session, company, status=status, **facts), name, email=email).id
