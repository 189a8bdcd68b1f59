"""What is kept about forgetting and about sealed matters: reports, requests, officers' public keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, UuidKey, stored
from sync.words import Asker, SealedKind, SubjectAct


class RetentionReport(Base):
    """One nightly run: what went, how many, why, what stayed. `lines` by the word of what (words.Retained)."""

    __tablename__ = "retention_report"

    id: Mapped[UuidKey]
    began_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(comment="null: steps are still owed")
    policy_version: Mapped[str]
    lines: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="{what: {before, gone, stayed, ended}}"
    )


class SubjectRequest(Base):
    """A resident's request to see, copy or erase, or the purge of what should never have been entered.

    Ids and words only: who asked is a word with the number of the paper, never a name.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        CheckConstraint("num_nonnulls(place_id, contact_id, record_id, person_id) = 1", name="one_subject"),
        Index("ix_subject_request_open", "asked_at", postgresql_where=text("done_at IS NOT NULL AND is_open")),
    )

    id: Mapped[UuidKey]
    act: Mapped[SubjectAct] = mapped_column(stored(SubjectAct))
    place_id: Mapped[UUID | None] = mapped_column(comment="a household, by the place that merged ones stand for")
    contact_id: Mapped[UUID | None] = mapped_column(comment="one person of a household")
    record_id: Mapped[UUID | None] = mapped_column(comment="a record of a batch")
    person_id: Mapped[UUID | None] = mapped_column(comment="somebody who works with the system")
    asker: Mapped[Asker] = mapped_column(stored(Asker))
    basis: Mapped[str] = mapped_column(comment="which rule or paper, by its number; no names")
    by: Mapped[UUID] = mapped_column(comment="the official who answers for it")
    asked_at: Mapped[At]
    foreseen: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="counts of the dry run, by table")
    done_at: Mapped[datetime | None]
    is_open: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="something stays while a matter is being handled: tried again nightly",
    )
    done: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="what went and what stayed, with why")


class SealKey(Base):
    """A public key of an officer who is named for one kind of sealed matters in one unit: two seats, no third.

    A key in use is offered to phones while its officer holds the role there. It is never deleted: what was sealed to
    it says so.
    """

    __tablename__ = "seal_key"
    __table_args__ = (
        CheckConstraint("seat IN (1, 2)", name="two_seats"),
        Index(
            "uq_seal_key_seat", "unit_id", "kind", "seat", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index(
            "uq_seal_key_officer", "unit_id", "kind", "person_id", unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_seal_key_person_id", "person_id"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[SealedKind] = mapped_column(stored(SealedKind))
    seat: Mapped[int] = mapped_column(SmallInteger)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    public: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="JWK: EC P-256 or OKP X25519")
    made_at: Mapped[At]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None]
