"""Accounts, memberships, sessions and the links that are sent by e-mail."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from infosoc.db.base import LASTING_IDS, Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class User(HasPublicId, Base):
    """A person who can sign in. Which tenants they see is in their memberships."""

    __tablename__ = "user_account"
    __table_args__ = LASTING_IDS

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(2))
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    density: Mapped[str] = mapped_column(String(10), default="normal")
    shortcuts: Mapped[bool] = mapped_column(Boolean, default=True)
    sidebar_folded: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Membership(TenantScoped, Base):
    """That a user belongs to a tenant, with which roles, and until when."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    roles: Mapped[list[str]]
    ends_on: Mapped[date | None]
    created_at: Mapped[datetime]
    calendar_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)

    user: Mapped[User] = relationship(lazy="raise")


class UserSession(HasPublicId, Base):
    """A signed-in browser. The cookie holds the token; only its digest is kept here."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45), default="")
    browser: Mapped[str] = mapped_column(String(60), default="")


class SignInAttempt(Base):
    """Failed sign-ins for one account or one address; the delay grows with the count."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class AccountLink(Base):
    """A single-use link sent by e-mail: an invitation or a password reset."""

    __tablename__ = "account_link"
    __table_args__ = (Index("ix_account_link_user", "user_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    purpose: Mapped[str] = mapped_column(String(20))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Submission(Base):
    """A form that has been received: its id is unique, so that sending it twice does it once.

    `answer` is what the first one was answered with; it is kept for a day.
    """

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_submission_received", "received_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(40))
    received_at: Mapped[datetime]
    status: Mapped[int | None]
    location: Mapped[str | None] = mapped_column(String(400))
