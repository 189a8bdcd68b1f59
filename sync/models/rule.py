"""Rules as data: dated overrides of the policy, the working-day calendar, one-row facts of the installation."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, UuidKey


class PolicyOverride(Base):
    """A number of the policy file that a unit replaces, down its tree, from day to day."""

    __tablename__ = "policy"
    __table_args__ = (Index("ix_policy_unit_id_key", "unit_id", "key"),)

    id: Mapped[UuidKey]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(comment="section.name")
    value: Mapped[Any] = mapped_column(JSONB)
    valid: Mapped[Days]
    by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), comment="null: the operator's shell")
    at: Mapped[At]
    basis: Mapped[str] = mapped_column(server_default=text("''"), comment="why evidence is asked for: 依据文件")


class Workday(Base):
    """A day of the calendar; idx counts working days, so that adding n days is a look-up (D8.1)."""

    __tablename__ = "workday"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_work: Mapped[bool]
    idx: Mapped[int] = mapped_column(index=True)
    source: Mapped[str]
    provisional: Mapped[bool]


class Installation(Base):
    """Facts of this cell: feed epoch, when the demo was seeded."""

    __tablename__ = "installation"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)
