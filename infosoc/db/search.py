"""Full-text search behind one function, on SQLite (FTS5) and PostgreSQL (tsvector)."""

from __future__ import annotations

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infosoc.db.base import Base
from infosoc.db.tenancy import TenantScoped


class SearchDocument(TenantScoped, Base):
    """The words of one record as one tenant may find it. `words` are as written (lower case), `folded` without marks."""

    __tablename__ = "search_document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "subject_id"),
        Index("ix_search_document_company", "tenant_id", "company_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    company_id: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
