"""Visits: newest content, every revision, who was there and who denied it, the fixes, what points to what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, On, Point, Sha256, UuidKey, stored
from sync.words import ClockMethod, Mode, Outcome, Recorded, SameKind, Verdict


class Visit(Base):
    """One visit as it stands. Evidence, place and times are those of revision 1."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_place_id_started_at", "place_id", "started_at"),
        Index("ix_visit_recorder_id_started_at", "recorder_id", "started_at"),
        Index("ix_visit_town_id_started_at", "town_id", "started_at"),
        # Rows come in the order of receipt: a few pages of BRIN find those of a day, and writing costs nothing.
        Index("ix_visit_received_at", "received_at", postgresql_using="brin"),
        Index("ix_visit_cell_started_at", "cell", "started_at", postgresql_where=text("cell >= 0")),
        Index("ix_visit_uncounted", "id", postgresql_where=text("cell IS NULL")),
        Index("ix_visit_lent", "device_id", "started_at", postgresql_where=text("lent")),
        Index("ix_visit_spot", "spot", postgresql_where=text("spot IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(comment="as told; may since be merged into another")
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    recorder_id: Mapped[UUID]
    device_id: Mapped[UUID]
    rev: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome))
    mode: Mapped[Mode] = mapped_column(stored(Mode))
    recorded: Mapped[Recorded] = mapped_column(stored(Recorded))
    programme_id: Mapped[UUID | None]
    obligation_id: Mapped[UUID | None]
    started_at: Mapped[At] = mapped_column(comment="corrected")
    ended_at: Mapped[At] = mapped_column(comment="corrected")
    clock_method: Mapped[ClockMethod] = mapped_column(stored(ClockMethod))
    clock_uncertainty_s: Mapped[float] = mapped_column(REAL)
    received_at: Mapped[At]
    verdict: Mapped[Verdict] = mapped_column(stored(Verdict), comment="of the newest judgement or decision")
    point: Mapped[Point | None] = mapped_column(comment="best fix, WGS 84, rounded to 4 decimals")
    cell: Mapped[int | None] = mapped_column(
        BigInteger, comment="Morton code of the Web Mercator cell of `point`, -1 without one; null: not counted yet"
    )
    lent: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="written by another than the phone's holder"
    )
    spot: Mapped[int | None] = mapped_column(BigInteger, comment="key of the best fix to 6 decimals as told")
    fixes_hash: Mapped[bytes | None] = mapped_column(comment="of the fix series as sent, for L2")
    answers_hash: Mapped[bytes | None] = mapped_column(comment="of the answers, for L2")
    erased_at: Mapped[datetime | None] = mapped_column(
        comment="the household's data was erased: that there was a visit stays, nothing else, and it is judged no more"
    )


class VisitRev(Base):
    """One revision with the content as sent (note, answers, problems, rating …): never changed."""

    __tablename__ = "visit_rev"
    __table_args__ = (Index("ix_visit_rev_received_at", "received_at", postgresql_using="brin"),)

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    rev: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    received_at: Mapped[At]
    sha256: Mapped[Sha256] = mapped_column(comment="of the record's bytes as sent: same content, same hash")
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class VisitParty(Base):
    """Somebody who took part; the recorder is among them when present."""

    __tablename__ = "visit_party"
    __table_args__ = (
        Index("ix_visit_party_person_id", "person_id", "visit_id"),
        Index("ix_visit_party_unconfirmed", "visit_id", postgresql_where=text("confirmed_at IS NULL")),
    )

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_recorder: Mapped[bool]
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="null: a co-visitor who has not confirmed yet")


class CoVisit(Base):
    """What a co-visitor said about having taken part, by record of a batch. A denial takes his credit alone."""

    __tablename__ = "co_visit"
    __table_args__ = (Index("ix_co_visit_visit_id", "visit_id", "person_id"),)

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    person_id: Mapped[UUID]
    took_part: Mapped[bool]
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    at: Mapped[At] = mapped_column(comment="corrected")


class Trace(Base):
    """The fixes of one visit as sent, arrays of equal length, in month partitions by day of receipt."""

    __tablename__ = "trace"
    __table_args__ = {"postgresql_partition_by": "RANGE (received_on)"}  # noqa: RUF012

    received_on: Mapped[On] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION), comment="corrected, Unix seconds")
    lon: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION), comment="degrees, in the declared datum")
    lat: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    accuracy_m: Mapped[list[float | None]] = mapped_column(ARRAY(REAL))
    provider: Mapped[str] = mapped_column(comment="one letter a fix: g f n u")
    datum: Mapped[str] = mapped_column(comment="one letter a fix: w g b")
    mock: Mapped[str] = mapped_column(comment="one letter a fix: 0 1")


class VisitVerdict(Base):
    """A machine's judgement: insert-only, with its numbers and the policy it used."""

    __tablename__ = "visit_verdict"

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(SmallInteger, primary_key=True, comment="1 is the first judgement")
    at: Mapped[At]
    verdict: Mapped[Verdict] = mapped_column(stored(Verdict))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, comment="[{code, weight, facts}]")
    numbers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    policy_version: Mapped[str]


class SameVisit(Base):
    """An edge from one visit to another that tells of the same; originals stay, a person can undo it."""

    __tablename__ = "same_visit"
    __table_args__ = (
        Index("uq_same_visit_child_id", "child_id", unique=True, postgresql_where=text("undone_at IS NULL")),
        Index("ix_same_visit_parent_id", "parent_id"),
        Index("ix_same_visit_child_id_undone", "child_id", postgresql_where=text("undone_at IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    child_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    parent_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), comment="the root of the group")
    matched_id: Mapped[UUID | None] = mapped_column(
        comment="of the group, whom the child was found to be the same as; null: the parent"
    )
    kind: Mapped[SameKind] = mapped_column(stored(SameKind), comment="repeat: the child counts for nobody")
    method: Mapped[str] = mapped_column(comment="what matched: fixes, photo, answers, overlap, starts, person")
    shared: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="two phones with one series of fixes: child and matched"
    )
    by: Mapped[UUID | None] = mapped_column(comment="null: the machine")
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
