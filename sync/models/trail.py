"""The trail: what was done, and who read household files. Insert-only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, On


class Event(Base):
    """One act: task history and audit screens are selects over it."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_subject_id_at", "subject_id", "at"),
        # Rows come in the order of time: retention finds the old ones in a few pages.
        Index("ix_event_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[At]
    actor_id: Mapped[UUID | None] = mapped_column(comment="null: the machine")
    verb: Mapped[str] = mapped_column(comment="noun.verb, e.g. task.dispatched")
    subject_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ReadAudit(Base):
    """Somebody opened something about a household, and why that was a duty. A phone's pulls are one row a day.

    In month partitions by day; a trigger refuses to change or delete a row, retention drops whole months.
    """

    __tablename__ = "read_audit"
    __table_args__ = (
        Index("uq_read_audit_pull", "on", "request", unique=True, postgresql_where=text("fields = 'feed'")),
        Index("ix_read_audit_at_id", "at", "id"),
        Index("ix_read_audit_person_id_at", "person_id", "at"),
        Index("ix_read_audit_place_id_at", "place_id", "at", postgresql_where=text("place_id IS NOT NULL")),
        {"postgresql_partition_by": 'RANGE ("on")'},
    )

    on: Mapped[On] = mapped_column(primary_key=True, server_default=text("CURRENT_DATE"), comment="local day of `at`")
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    place_id: Mapped[UUID | None]
    fields: Mapped[str] = mapped_column(comment="what was shown, e.g. name,address; feed: a pull")
    duty: Mapped[str] = mapped_column(comment="link/<id>, finding/<id>, task/<id>, a role, or reason")
    reason: Mapped[str | None] = mapped_column(comment="as written by whoever had no duty towards the home")
    request: Mapped[str]


class ReadOutlier(Base):
    """Somebody who read household files unlike others with the same role, in one week: for a person to ask about."""

    __tablename__ = "read_outlier"

    week: Mapped[On] = mapped_column(primary_key=True, comment="its Monday")
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    opened: Mapped[int] = mapped_column(comment="openings, pulls of the own phone left out")
    places: Mapped[int] = mapped_column(comment="different homes among them")
    without_duty: Mapped[int] = mapped_column(comment="openings for a reason that was written down")
    at_night: Mapped[int]
    usual: Mapped[int] = mapped_column(comment="openings of the middle one among those with the same role")
    why: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="words.Unusual")
    at: Mapped[At]
