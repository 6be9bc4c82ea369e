"""The declarative base and the column types that every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from infosoc.kernel.public_id import LENGTH, new_public_id

BigId = BigInteger().with_variant(Integer, "sqlite")

# Keys made by `kernel.text.sort_key` are compared byte for byte, whatever language the database server speaks.
SortKey = String(200).with_variant(String(200, collation="C"), "postgresql")

# Last among the arguments of a table whose ids are remembered after a row is gone, as subjects of the audit log or in
# images that take a deed back: SQLite, too, then never gives an id again (migration 0006).
LASTING_IDS: dict[str, Any] = {"sqlite_autoincrement": True}


class UtcInstant(TypeDecorator[datetime]):
    """An instant: kept in UTC, always aware in Python; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table. Names of keys and indexes follow one convention so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        int: BigId,
        datetime: UtcInstant(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


class HasPublicId:
    """A row with an address of its own."""

    public_id: Mapped[str] = mapped_column(String(LENGTH), unique=True, default=new_public_id)
