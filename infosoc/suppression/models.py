"""The suppressions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base, HasPublicId
from infosoc.db.tenancy import TenantScoped


class Suppression(HasPublicId, TenantScoped, Base):
    """A deed: this address gets no more of this, or is not registered again, until the person says otherwise.

    `kind` and `channel` are values of `suppression.rules`. `list_id` narrows an opt-out to one list; without it, it
    holds for all that the tenant sends. `is_joint` says that the person asked all companies at once.
    """

    __tablename__ = "suppression"
    __table_args__ = (Index("ix_suppression_digest", "tenant_id", "digest", "lifted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    kind: Mapped[str] = mapped_column(String(20))
    list_id: Mapped[int | None]
    is_joint: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(String(20))
    mailing_id: Mapped[int | None]
    address_short: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(60), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str] = mapped_column(String(20), default="")
