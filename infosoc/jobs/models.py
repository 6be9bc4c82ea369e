"""Jobs, the workers that are alive, and when regular work is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class Job(TenantScoped, HasPublicId, Base):
    """One piece of work for one tenant. The row is the truth and the claim; only the worker reads those of all tenants.

    `title` and the problem are message ids with values, so that each reader gets them in their own language.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("tenant_id", "unique_key"),
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.user_id"]),
        Index("ix_job_state", "state", "not_before"),
        Index("ix_job_tenant", "tenant_id", "created_at"),
        Index("ix_job_by", "tenant_id", "by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    unique_key: Mapped[str] = mapped_column(String(120))
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    title: Mapped[str] = mapped_column(String(200))
    title_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    problem: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[int | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WorkerBeat(Base):
    """A worker process that is alive, as long as `seen_at` moves."""

    __tablename__ = "worker_beat"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    machine: Mapped[str] = mapped_column(String(64))
    process: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ScheduleMark(Base):
    """When a piece of regular work is due next, and which worker is at it."""

    __tablename__ = "schedule_mark"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    ended_at: Mapped[datetime | None]
