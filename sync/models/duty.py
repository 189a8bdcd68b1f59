"""What programmes ask for, and the contact that is owed because of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, UuidKey, stored
from sync.words import (
    DueKind,
    Excuse,
    HolderKind,
    LifeEvent,
    LinkCategory,
    ObligationState,
    OwedFor,
    PlaceKind,
    Rhythm,
    Role,
    UnitKind,
)


class ProgrammeRule(Base):
    """One line of a programme: who links what kind of target and how often, or which life event asks for contact."""

    __tablename__ = "programme_rule"
    __table_args__ = (
        CheckConstraint("(category IS NULL) <> (event IS NULL)", name="one_subject"),
        CheckConstraint("(term IS NULL) = (term_kind IS NULL)", name="whole_term"),
        CheckConstraint("number > 0 AND term > 0", name="positive"),
        UniqueConstraint("programme_id", "category"),
        UniqueConstraint("programme_id", "event"),
    )

    id: Mapped[UuidKey]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    category: Mapped[LinkCategory | None] = mapped_column(stored(LinkCategory))
    event: Mapped[LifeEvent | None] = mapped_column(stored(LifeEvent))
    holder: Mapped[HolderKind | None] = mapped_column(stored(HolderKind), comment="who links")
    role: Mapped[Role | None] = mapped_column(stored(Role), comment="persons who hold it are to link")
    level: Mapped[UnitKind | None] = mapped_column(stored(UnitKind), comment="of their unit, or of the linking unit")
    target: Mapped[PlaceKind | None] = mapped_column(stored(PlaceKind))
    number: Mapped[int | None] = mapped_column(SmallInteger, comment="links of each holder; null: not said")
    rhythm: Mapped[Rhythm | None] = mapped_column(stored(Rhythm), comment="null: that of the policy")
    term: Mapped[int | None] = mapped_column(SmallInteger, comment="from the beginning; null: the period's end")
    term_kind: Mapped[DueKind | None] = mapped_column(stored(DueKind))


class Obligation(Base):
    """应访任务: contact owed with a place in a window, whose it is, and which visit met it."""

    __tablename__ = "obligation"
    __table_args__ = (
        Index(
            "uq_obligation_link_once", "link_id", "opens_at", unique=True, postgresql_where=text("link_id IS NOT NULL"),
        ),
        Index(
            "uq_obligation_life_event_once", "life_event_id", unique=True,
            postgresql_where=text("life_event_id IS NOT NULL"),
        ),
        Index(
            "uq_obligation_place_once", "place_id", "origin", "opens_at", unique=True,
            postgresql_where=text("link_id IS NULL AND life_event_id IS NULL"),
        ),
        Index("ix_obligation_place_id_due_at", "place_id", "due_at"),
        Index("ix_obligation_holder_id_due_at", "holder_id", "due_at"),
        Index("ix_obligation_programme_id_due_at", "programme_id", "due_at", "id"),
        Index("ix_obligation_unit_id_due_at", "unit_id", "due_at", "id"),
        Index("ix_obligation_owed", "lapses_at", postgresql_where=text("state = 'owed'")),
        CheckConstraint("holder_id IS NULL OR holder_unit_id IS NULL", name="one_holder"),
        CheckConstraint("opens_at <= due_at AND due_at <= lapses_at", name="window"),
        CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name="met"),
        CheckConstraint("(state = 'excused') = (excuse IS NOT NULL)", name="excused"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    place_id: Mapped[UUID] = mapped_column(ForeignKey("place.id"), comment="as linked or told; may be merged since")
    unit_id: Mapped[UUID] = mapped_column(comment="of the place")
    town_id: Mapped[UUID | None]
    origin: Mapped[OwedFor] = mapped_column(stored(OwedFor))
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme.id"))
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("link.id"))
    life_event_id: Mapped[UUID | None]
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), comment="cadre")
    holder_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), comment="neither: nobody, a gap")
    opens_at: Mapped[At]
    due_at: Mapped[At]
    provisional: Mapped[bool] = mapped_column(comment="a day of the term is not announced yet")
    lapses_at: Mapped[At] = mapped_column(comment="contact counts until then, as late after due_at")
    pause_days: Mapped[int] = mapped_column(SmallInteger, comment="an attempt stops overdue for so long")
    state: Mapped[ObligationState] = mapped_column(stored(ObligationState))
    paused_until: Mapped[datetime | None] = mapped_column(comment="after the last attempt")
    met_visit_id: Mapped[UUID | None]
    met_at: Mapped[datetime | None]
    excuse: Mapped[Excuse | None] = mapped_column(stored(Excuse))
    policy_version: Mapped[str]
    made_at: Mapped[At]


class ExcuseTold(Base):
    """Who said why contact is not owed, in words; it stands until the office in charge takes it back."""

    __tablename__ = "excuse_told"
    __table_args__ = (Index("ix_excuse_told_obligation_id", "obligation_id"),)

    id: Mapped[UuidKey]
    obligation_id: Mapped[UUID] = mapped_column(ForeignKey("obligation.id", ondelete="CASCADE"))
    excuse: Mapped[Excuse] = mapped_column(stored(Excuse))
    text: Mapped[str] = mapped_column(server_default=text("''"))
    by: Mapped[UUID]
    device_id: Mapped[UUID | None] = mapped_column(comment="null: told in the console")
    batch_id: Mapped[UUID | None]
    at: Mapped[At]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
