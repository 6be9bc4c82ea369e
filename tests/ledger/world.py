"""A tenant that keeps books: the chart, a year, and vouchers with little to say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select

from infosoc.accounts.models import User
from infosoc.accounts.roles import Role
from infosoc.db.base import Base
from infosoc.db.session import transaction
from infosoc.db.tenancy import tenant_scope
from infosoc.ledger.commands import chart, years
from infosoc.ledger.commands.posting import post
from infosoc.ledger.models import Voucher
from infosoc.ledger.rules import NewLine, NewVoucher
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from infosoc.tenancy.rules import Flag
from tests.builders import NOW, make_member, make_tenant

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def make_books(session, slug: str = "infosoc", role: Role = Role.ACCOUNTANT) -> int:
    """A tenant with a chart and the year 2026, and somebody who keeps its books; their id."""
    with transaction() as writing:
        tenant = make_tenant(writing, slug)
        user = make_member(writing, tenant, None, role)
        set_flag(writing, tenant.id, Flag.MODULE_FINANCE, True)
        with tenant_scope(scope_named(writing, slug)):
            years.add_year(writing, FIRST, LAST, by=user.id, now=NOW)
        return user.id


def books_of(app, slug: str = "infosoc", role: Role = Role.ACCOUNTANT) -> User:
    """The same, for tests that go by pages: the user, detached."""
    with app.app_context():
        from infosoc.db.session import db

        number = make_books(db.session, slug, role)
        user = db.session.scalars(select(User).where(User.id == number)).one()
        db.session.expunge(user)
        return user


def voucher(
    source: str = "test:1", *, on: date = date(2026, 3, 5), series: str = "A", ore: int = 12_500, **more: Any
) -> NewVoucher:
    """A cash purchase of so much, unless lines are given."""
    lines = more.pop("lines", None) or [NewLine(5410, ore), NewLine(1930, -ore)]
    return NewVoucher(series, on, more.pop("text", "Pärmar"), lines, source, **more)


def within(session, do: Callable[..., Any], *args: Any, slug: str = "infosoc", **kwargs: Any) -> Any:
    """Do it in one transaction of the tenant; a row that comes of it is let go of, to be looked at anywhere."""
    with transaction() as writing, tenant_scope(scope_named(writing, slug)):
        made = do(writing, *args, **kwargs)
        writing.flush()
    for row in made if isinstance(made, list) else [made]:
        if isinstance(row, Base) and row in session:
            session.expunge(row)
    return made


def posted(session, new: NewVoucher, by: int | None = None, slug: str = "infosoc") -> Voucher:
    def made(writing: Any) -> Voucher:
        return writing.get_one(Voucher, post(writing, new, by=by, now=NOW).id)

    return within(session, made, slug=slug)


def reading(session, do: Callable[..., Any], *args: Any, slug: str = "infosoc", **kwargs: Any) -> Any:
    """Read as the tenant."""
    session.rollback()
    with tenant_scope(scope_named(session, slug)):
        return do(session, *args, **kwargs)


__all__ = ["Tenant", "books_of", "chart", "make_books", "posted", "reading", "voucher", "within", "years"]
