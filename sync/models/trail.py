"""The trail: what was done, and who read household files. Insert-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base


class Event(Base):
    """One act: task history and audit screens are selects over it."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject_id_at", "subject_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[At]
    actor_id: Mapped[UUID | None] = mapped_column(comment="null: the machine")
    verb: Mapped[str] = mapped_column(comment="noun.verb, e.g. task.dispatched")
    subject_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ReadAudit(Base):
    """Somebody opened something about a household, and why that was a duty."""

    __tablename__ = "read_audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    place_id: Mapped[UUID | None]
    fields: Mapped[str]
    duty: Mapped[str]
    request: Mapped[str]
