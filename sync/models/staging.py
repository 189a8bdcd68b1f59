"""Rows of a file on their way into the registry."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import Base, Json


class ImportRow(Base):
    """One row of an import, checked as a set before anything is written; gone when the import has ended."""

    __tablename__ = "import_row"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[Json]
