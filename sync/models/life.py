"""What happens in homes, what was promised and given there, who is away and who stands in, lists of the needy."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, On, UuidKey, stored
from sync.words import AbsenceReason, CommitmentState, LifeEvent, RosterState


class LifeEventTold(Base):
    """必访事由: somebody told that something happened in a home. Told twice, the later telling points to the first;
    both stay. What happened is never told beyond the kind: no diagnosis, no words."""

    __tablename__ = "life_event"
    __table_args__ = (
        Index("ix_life_event_place_id", "place_id", "event"),
        Index("ix_life_event_same_as_id", "same_as_id", postgresql_where=sql("same_as_id IS NOT NULL")),
        Index("ix_life_event_told_by", "told_by", "told_at"),
        Index("ix_life_event_unit_id_told_at", "unit_id", "told_at"),
    )

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(comment="as told; may be unknown, or merged into another")
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    event: Mapped[LifeEvent] = mapped_column(stored(LifeEvent))
    happened_on: Mapped[On] = mapped_column(comment="the day it was told, if nobody said another")
    told_by: Mapped[UUID]
    told_at: Mapped[At] = mapped_column(comment="corrected")
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    visit_id: Mapped[UUID | None] = mapped_column(comment="in which it was noticed")
    received_at: Mapped[At]
    quiet_until: Mapped[On | None] = mapped_column(comment="last day on which this home is asked for nothing more")
    same_as_id: Mapped[UUID | None] = mapped_column(ForeignKey("life_event.id"), comment="the first telling of it")


class Commitment(Base):
    """承诺: what a cadre promised in a home, by which day. Told twice, the later row points to the first."""

    __tablename__ = "commitment"
    __table_args__ = (
        Index("ix_commitment_place_id", "place_id"),
        Index("ix_commitment_cadre_id", "cadre_id", "due_on"),
        Index("ix_commitment_unit_id", "unit_id"),
        Index(
            "ix_commitment_unreminded", "due_on",
            postgresql_where=sql("state = 'open' AND reminded_at IS NULL AND same_as_id IS NULL"),
        ),
        Index("ix_commitment_same_as_id", "same_as_id", postgresql_where=sql("same_as_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    rev: Mapped[int] = mapped_column(SmallInteger, comment="of the visit whose words these are")
    place_id: Mapped[UUID] = mapped_column(comment="as told")
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    cadre_id: Mapped[UUID] = mapped_column(comment="who promised")
    text: Mapped[str]
    due_on: Mapped[On]
    made_at: Mapped[At]
    state: Mapped[CommitmentState] = mapped_column(stored(CommitmentState), server_default=sql("'open'"))
    state_at: Mapped[datetime | None] = mapped_column(comment="of the word that made it so")
    state_by: Mapped[UUID | None]
    reminded_at: Mapped[datetime | None]
    same_as_id: Mapped[UUID | None] = mapped_column(ForeignKey("commitment.id"))


class CommitmentWord(Base):
    """What somebody said of a commitment: kept or not. In a later visit to that home it confirms. Insert-only."""

    __tablename__ = "commitment_word"
    __table_args__ = (Index("ix_commitment_word_commitment_id", "commitment_id", "at"),)

    id: Mapped[UuidKey]
    commitment_id: Mapped[UUID] = mapped_column(ForeignKey("commitment.id"))
    kept: Mapped[bool]
    confirms: Mapped[bool] = mapped_column(comment="said in a later visit that met somebody of that home")
    text: Mapped[str] = mapped_column(server_default=sql("''"))
    visit_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    device_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    at: Mapped[At] = mapped_column(comment="corrected")


class Aid(Base):
    """帮扶: what was given or arranged for a home. Told twice, the later row points to the first."""

    __tablename__ = "aid"
    __table_args__ = (
        Index("ix_aid_place_id", "place_id", "given_on"),
        Index("ix_aid_cadre_id", "cadre_id", "given_on"),
    )

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    rev: Mapped[int] = mapped_column(SmallInteger, comment="of the visit whose words these are")
    place_id: Mapped[UUID] = mapped_column(comment="as told")
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    cadre_id: Mapped[UUID]
    programme_id: Mapped[UUID | None]
    what: Mapped[str]
    source: Mapped[str]
    given_on: Mapped[On]
    same_as_id: Mapped[UUID | None] = mapped_column(ForeignKey("aid.id"))


class Needy(Base):
    """困难名单: a home stands on a list from day to day; the list comes by import and ends by itself."""

    __tablename__ = "needy"
    __table_args__ = (
        ExcludeConstraint((sql("(place_id::text || list)"), "="), ("valid", "&&"), name="ex_needy_once", using="gist"),
        Index("ix_needy_place_id", "place_id"),
        Index("ix_needy_list", "list"),
    )

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"))
    list: Mapped[str] = mapped_column(comment="低保, 五保 …: as the office names it")
    valid: Mapped[Days]
    source: Mapped[str] = mapped_column(server_default=sql("''"), comment="which office's list, of which month")


class Absence(Base):
    """请假与代管: somebody is away from day to day and another stands in. The newest word of it stands."""

    __tablename__ = "absence"
    __table_args__ = (
        ExcludeConstraint(
            (sql("(person_id::text)"), "="), ("valid", "&&"), name="ex_absence_once", using="gist",
            where=sql("cancelled_at IS NULL"),
        ),
        CheckConstraint("person_id <> deputy_id", name="other_deputy"),
        Index("ix_absence_person_id", "person_id"),
        Index("ix_absence_deputy_id", "deputy_id"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    valid: Mapped[Days]
    reason: Mapped[AbsenceReason] = mapped_column(stored(AbsenceReason))
    told_by: Mapped[UUID]
    told_at: Mapped[At] = mapped_column(comment="of the newest word")
    cancelled_at: Mapped[datetime | None]


class RosterEntry(Base):
    """住点安排: where a leader of a town says he is on a day, said by himself. No position, no verdict."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_entry_unit_id_on", "unit_id", "on"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[On] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), comment="the town that he leads")
    state: Mapped[RosterState] = mapped_column(stored(RosterState))
    said_at: Mapped[At]
