"""Units: one tree of any depth; scope is a join over the closure table `unit_above`."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import Base, Days, UuidKey, stored
from sync.words import UnitKind


class Unit(Base):
    """A node of the tree: 省 › 市 › 县 › 镇街 › 村居 › 网格, with departments and stations hanging on it."""

    __tablename__ = "unit"

    id: Mapped[UuidKey]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[UnitKind] = mapped_column(stored(UnitKind))
    name: Mapped[str]
    sort_code: Mapped[str] = mapped_column(comment="newest code; gives the order of lists")
    valid: Mapped[Days] = mapped_column(server_default=text("'(,)'"))


class UnitAbove(Base):
    """Closure of the tree: every unit with each unit above it and with itself (depth 0)."""

    __tablename__ = "unit_above"
    __table_args__ = (Index("ix_unit_above_above_id", "above_id", "unit_id"),)

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    above_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    depth: Mapped[int]


class UnitCode(Base):
    """Administrative codes with their edition: 370684 became 370614."""

    __tablename__ = "unit_code"
    __table_args__ = (UniqueConstraint("code", "edition"),)

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
