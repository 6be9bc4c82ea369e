"""Isolation between tenants, in one place; it fails closed.

Three nets: every ORM statement gets the filter of the scope it runs in (no scope, an error); every flush checks
what it writes; PostgreSQL adds row-level security, fed from here. Statements that the filter cannot see (Core on
tables, text) are refused unless code in `infosoc/db` marks them with `own_sql`.

Two kinds of table: `TenantScoped` belongs to one tenant. `Joint` (company, contact and what hangs on them) has no
tenant: a row is there for a tenant that holds a relation to it, or that is shown the register of one that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, event, text
from sqlalchemy.orm import Mapped, Mapper, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql import visitors

from infosoc.db.base import Base


class NoTenantScope(RuntimeError):
    """A table of a tenant was asked for where no tenant had been entered."""


class CrossTenantWrite(RuntimeError):
    """A row of another tenant was about to be written."""


class UnscopedSql(RuntimeError):
    """A statement that the tenant filter cannot see."""


@dataclass(frozen=True)
class Scope:
    """Whose rows are seen. The tuples hold the own tenant and those that show it that part of theirs."""

    tenant_id: int
    register: tuple[int, ...]
    log: tuple[int, ...]
    product_status: tuple[int, ...]

    @classmethod
    def alone(cls, tenant_id: int) -> Scope:
        return cls(tenant_id, (tenant_id,), (tenant_id,), (tenant_id,))


@dataclass(frozen=True)
class EveryTenant:
    """The explicit marker of work that concerns the whole installation (sign-in, migrations, sweeps)."""

    reason: str


_scope: ContextVar[Scope | EveryTenant | None] = ContextVar("tenant_scope", default=None)
_seeing_hidden: ContextVar[bool] = ContextVar("seeing_hidden", default=False)


class TenantScoped:
    """A row that belongs to one tenant; queries see only the rows of the scope they run in."""

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), sort_order=-10)


class Joint:
    """A row of the joint register; `origin_tenant_id` wrote it first, which gives no right of its own in queries."""

    origin_tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)


JointRule = Callable[[tuple[int, ...], int], ColumnElement[bool]]
_joint_rules: dict[type[Any], JointRule] = {}


def joint_visibility(model: type[Any], rule: JointRule) -> None:
    """Say when a row of a joint table is there: the rule gets the tenants shown and the own tenant."""
    _joint_rules[model] = rule
    criteria.cache_clear()
    _guarded_tables.cache_clear()


HiddenRule = Callable[[int], Any]
_hidden_rules: list[HiddenRule] = []


def hide(rule: HiddenRule) -> None:
    """Leave rows of a table out of everything a tenant reads and changes.

    The rule gets the tenant and gives a `with_loader_criteria` that says which rows stay: by a function of the class,
    for a plain expression is not carried over to an alias that is joined. For what is kept and may not be used (GDPR
    article 18). `seeing_hidden` is the way to them.
    """
    _hidden_rules.append(rule)
    criteria.cache_clear()


@contextmanager
def seeing_hidden() -> Iterator[None]:
    """Run the body with the hidden rows there: for extracts, erasure and whoever lifts a restriction."""
    token = _seeing_hidden.set(True)
    try:
        yield
    finally:
        _seeing_hidden.reset(token)


def current_scope() -> Scope:
    """The scope of one tenant; an error outside one."""
    scope = _scope.get()
    if not isinstance(scope, Scope):
        raise NoTenantScope("no tenant scope is active")
    return scope


def scope_or_none() -> Scope | EveryTenant | None:
    return _scope.get()


@contextmanager
def tenant_scope(scope: Scope) -> Iterator[Scope]:
    """Run the body as one tenant."""
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)


@contextmanager
def every_tenant(reason: str) -> Iterator[None]:
    """Run the body over all tenants; each use says why it may."""
    token = _scope.set(EveryTenant(reason))
    try:
        yield
    finally:
        _scope.reset(token)


def enter(scope: Scope | EveryTenant | None) -> Token[Scope | EveryTenant | None]:
    """Enter a scope for the length of a request; `leave` ends it."""
    return _scope.set(scope)


def leave(token: Token[Scope | EveryTenant | None]) -> None:
    _scope.reset(token)


# ---- the filter -----------------------------------------------------------------------------------------------------

SHOWN = {"register", "log", "product_status"}


def sees_hidden() -> bool:
    return _seeing_hidden.get()


@lru_cache(maxsize=256)
def criteria(scope: Scope, shown: str | None, hidden: bool = False) -> tuple[Any, ...]:
    """The filter of a scope, built once: own rows only, unless the statement says which shared part it reads."""
    tenants: tuple[int, ...] = getattr(scope, shown) if shown else (scope.tenant_id,)
    options = [_tenant_criterion(tenants)]
    options += [
        with_loader_criteria(model, rule(scope.register, scope.tenant_id), include_aliases=True)
        for model, rule in _joint_rules.items()
    ]
    if not hidden:
        options += [rule(scope.tenant_id) for rule in _hidden_rules]
    return tuple(options)


def _tenant_criterion(tenants: tuple[int, ...]) -> Any:
    if len(tenants) == 1:
        tenant = tenants[0]
        return with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id == tenant, include_aliases=True)
    return with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id.in_(tenants), include_aliases=True)


@event.listens_for(Session, "do_orm_execute")
def _filter(state: ORMExecuteState) -> None:
    scope = _scope.get()
    apply_row_security(state.session, scope)
    if isinstance(scope, EveryTenant) or state.execution_options.get("own_sql"):
        return
    if not state.is_orm_statement:
        raise UnscopedSql("only infosoc/db writes SQL that the tenant filter cannot see")
    if scope is None:
        _refuse_guarded_tables(state)
        return
    if state.is_insert:
        _check_bulk_insert(state, scope)
        return
    shown = state.execution_options.get("shown")
    state.statement = state.statement.options(*criteria(scope, shown, sees_hidden()))


def _refuse_guarded_tables(state: ORMExecuteState) -> None:
    """Outside every scope, no statement may so much as mention a guarded table."""
    if names_guarded(state.statement) or any(is_guarded(mapper.class_) for mapper in state.all_mappers):
        raise NoTenantScope("no tenant scope is active")


def names_guarded(statement: Any) -> bool:
    """Whether a guarded table is mentioned anywhere in a statement."""
    guarded = _guarded_tables()
    return any(element in guarded for element in visitors.iterate(statement))


@lru_cache(maxsize=1)
def _guarded_tables() -> frozenset[Any]:
    return frozenset(mapper.local_table for mapper in Base.registry.mappers if is_guarded(mapper.class_))


@event.listens_for(Mapper, "after_mapper_constructed")
def _forget_tables(_mapper: Any, _model: Any) -> None:
    _guarded_tables.cache_clear()


def is_guarded(model: type[Any]) -> bool:
    return issubclass(model, TenantScoped | Joint) or model in _joint_rules


def _check_bulk_insert(state: ORMExecuteState, scope: Scope) -> None:
    given = state.parameters
    rows: list[Any] = given if isinstance(given, list) else [given] if given else []
    for model in (mapper.class_ for mapper in state.all_mappers):
        column = (
            "tenant_id" if issubclass(model, TenantScoped) else "origin_tenant_id" if issubclass(model, Joint) else None
        )
        if column and (not rows or any(row.get(column) != scope.tenant_id for row in rows)):
            raise CrossTenantWrite(f"bulk insert into {model.__name__} without its own tenant")


# ---- the write guard ------------------------------------------------------------------------------------------------


@event.listens_for(Session, "before_flush")
def _guard_writes(session: Session, _context: Any, _instances: Any) -> None:
    scope = _scope.get()
    apply_row_security(session, scope)
    if isinstance(scope, EveryTenant):
        return
    for row in session.new:
        _stamp(row, scope)
    for row in (*session.dirty, *session.deleted):
        if isinstance(row, TenantScoped) and (scope is None or row.tenant_id != scope.tenant_id):
            raise CrossTenantWrite(f"{type(row).__name__} belongs to another tenant")
        if scope is None and is_guarded(type(row)):
            raise NoTenantScope("no tenant scope is active")


def _stamp(row: Any, scope: Scope | None) -> None:
    """Give a new row the tenant of the scope; refuse one that names another."""
    column = "tenant_id" if isinstance(row, TenantScoped) else "origin_tenant_id" if isinstance(row, Joint) else None
    if column is None:
        return
    if scope is None:
        raise NoTenantScope("no tenant scope is active")
    if getattr(row, column) is None:
        setattr(row, column, scope.tenant_id)
    elif getattr(row, column) != scope.tenant_id:
        raise CrossTenantWrite(f"{type(row).__name__} names another tenant")


# ---- row-level security on PostgreSQL -------------------------------------------------------------------------------


def apply_row_security(session: Session, scope: Scope | EveryTenant | None) -> None:
    """Tell PostgreSQL the scope, once for each transaction and scope."""
    if not session.in_transaction():
        session.connection()
    if session.get_bind().dialect.name != "postgresql":
        return
    marker = (session.get_transaction(), scope)
    if session.info.get("row_security") == marker:
        return
    session.connection().execute(
        text(
            "select set_config('infosoc.tenant', :tenant, true), set_config('infosoc.register', :register, true),"
            " set_config('infosoc.shown', :shown, true)"
        ),
        _row_security_values(scope),
    )
    session.info["row_security"] = marker


def _row_security_values(scope: Scope | EveryTenant | None) -> dict[str, str]:
    if isinstance(scope, EveryTenant):
        return {"tenant": "*", "register": "{}", "shown": "{}"}
    if scope is None:
        return {"tenant": "", "register": "{}", "shown": "{}"}
    shown = sorted({*scope.register, *scope.log, *scope.product_status})
    return {
        "tenant": str(scope.tenant_id),
        "register": "{" + ",".join(map(str, scope.register)) + "}",
        "shown": "{" + ",".join(map(str, shown)) + "}",
    }


def tenant_tables() -> list[str]:
    """The tables that carry a tenant, for migrations and tests."""
    return sorted(mapper.tables[0].name for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantScoped))
