"""Findings that wait for a person, what persons decided, what cadres said, and the lots that were drawn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, On, UuidKey, stored
from sync.words import Cause, Deciding, FindingState, Statement, Verdict


class Finding(Base):
    """A visit in a verifier's queue, for one cause. At most one of a cause is undecided for a visit."""

    __tablename__ = "finding"
    __table_args__ = (
        Index(
            "uq_finding_visit_id_cause", "visit_id", "cause", unique=True,
            postgresql_where=text("state IN ('open', 'asked', 'answered')"),
        ),
        Index(
            "ix_finding_queue", "unit_id", "opened_at", "id",
            postgresql_where=text("state IN ('open', 'asked', 'answered')"),
        ),
        Index(
            "ix_finding_age", "opened_at", "id", postgresql_include=["unit_id", "visit_id"],
            postgresql_where=text("state IN ('open', 'asked', 'answered')"),
        ),
        Index(
            "ix_finding_cause_key", "cause", "cause_key", postgresql_include=["unit_id", "opened_at", "visit_id"],
            postgresql_where=text("state IN ('open', 'asked', 'answered')"),
        ),
        Index("ix_finding_visit_id", "visit_id"),
        Index("ix_finding_drawn", "cause_key", "opened_at", postgresql_where=text("cause = 'drawn'")),
    )  # fmt: skip

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    cause: Mapped[Cause] = mapped_column(stored(Cause))
    cause_key: Mapped[str] = mapped_column(
        comment="what the group has in common: place, unit, model|app|provider, device, sha256, other visit"
    )
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="reason codes, heaviest first")
    state: Mapped[FindingState] = mapped_column(stored(FindingState))
    opened_at: Mapped[At]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    lease_by: Mapped[UUID | None] = mapped_column(comment="whoever has it on the screen")
    lease_until: Mapped[datetime | None]


class Decision(Base):
    """What a person decided about a visit: never changed; undone by a time of its own. It stands above machines."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("ix_decision_visit_id", "visit_id", "at"),
        Index("ix_decision_group_id", "group_id", postgresql_where=text("group_id IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    finding_id: Mapped[UUID | None] = mapped_column(ForeignKey("finding.id"))
    group_id: Mapped[UUID | None] = mapped_column(comment="one decision for many visits")
    deciding: Mapped[Deciding] = mapped_column(stored(Deciding))
    verdict: Mapped[Verdict | None] = mapped_column(stored(Verdict), comment="null: it sets none (asked, corrected)")
    before: Mapped[Verdict] = mapped_column(stored(Verdict), comment="the verdict it found")
    reason: Mapped[str] = mapped_column(server_default=text("''"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    by: Mapped[UUID]
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]


class Question(Base):
    """What a verifier asks the cadre about a visit."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_visit_id", "visit_id"),)

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    text: Mapped[str]
    by: Mapped[UUID]
    at: Mapped[At]
    answered_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(comment="the question was undone before it was answered")


class Said(Base):
    """What the cadre said about a visit: attestation, answer or appeal, by record of a batch."""

    __tablename__ = "said"
    __table_args__ = (Index("ix_said_visit_id", "visit_id"),)

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    question_id: Mapped[UUID | None] = mapped_column(ForeignKey("question.id"))
    kind: Mapped[Statement] = mapped_column(stored(Statement))
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="attestation codes")
    text: Mapped[str]
    person_id: Mapped[UUID]
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    at: Mapped[At]


class Draw(Base):
    """The lot of one day of receipt in one town: drawn once, by chance, after the visits are in."""

    __tablename__ = "draw"

    received_on: Mapped[On] = mapped_column(primary_key=True)
    town_id: Mapped[UUID] = mapped_column(primary_key=True)
    eligible: Mapped[int]
    drawn: Mapped[int]
    at: Mapped[At]


class DatumGroup(Base):
    """Phones of one model, app version and provider whose fixes are in another datum than they say (D6.2)."""

    __tablename__ = "datum_group"

    model: Mapped[str] = mapped_column(primary_key=True)
    app_version: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True, comment="one letter: g f n u")
    datum: Mapped[str] = mapped_column(comment="one letter: w g b")
    votes: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="visits, places, people that voted")
    by: Mapped[UUID | None] = mapped_column(comment="null: the machine")
    at: Mapped[At]


class DeviceShare(Base):
    """A declared sharing: this phone is used by this person as well; then it weighs nothing."""

    __tablename__ = "device_share"

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    by: Mapped[UUID]
    at: Mapped[At]
