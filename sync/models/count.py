"""Counts of visits per cell, day, unit and verdict, for the map below the zooms that show single visits."""

from uuid import UUID

from sqlalchemy import BigInteger, Identity, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import Base, On, stored
from sync.words import Verdict


class VisitCount(Base):
    """How many visits began on a day (or in the month that begins on it) in a cell."""

    __tablename__ = "visit_count"

    span: Mapped[str] = mapped_column(primary_key=True, comment="d: a day, m: a month")
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, comment="zoom whose tiles are the cells")
    on: Mapped[On] = mapped_column(primary_key=True, comment="the day, or the first of the month")
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="Morton code of the tile, -1: no position")
    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(stored(Verdict), primary_key=True)
    visits: Mapped[int]


class VisitDelta(Base):
    """A change of the counts that is not folded into them yet: append-only, so that batches never wait here."""

    __tablename__ = "visit_delta"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger, comment="at the finest level that is counted")
    on: Mapped[On]
    unit_id: Mapped[UUID]
    verdict: Mapped[Verdict] = mapped_column(stored(Verdict))
    visits: Mapped[int] = mapped_column(comment="may be negative")
