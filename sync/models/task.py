"""Problems that residents told, and the tasks they cause."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, Point, UuidKey, stored
from sync.words import Category, DueKind, SealedKind, TaskKind, TaskState, Urgency


class Problem(Base):
    """What a resident asked for, in words read back; sealed matters hold cipher text only."""

    __tablename__ = "problem"
    __table_args__ = (
        Index("ix_problem_task_id", "task_id"),
        Index("ix_problem_place_id_told_at", "place_id", "told_at"),
        Index("ix_problem_visit_id", "visit_id"),
        Index("ix_problem_reporter_id_told_at", "reporter_id", "told_at"),
        Index("ix_problem_sealed", "told_at", "id", postgresql_where=text("sealed_kind IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID | None]
    place_id: Mapped[UUID | None]
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    reporter_id: Mapped[UUID] = mapped_column(comment="who wrote it down")
    device_id: Mapped[UUID | None]
    told_at: Mapped[At]
    received_at: Mapped[At]
    category: Mapped[Category | None] = mapped_column(stored(Category))
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency))
    text: Mapped[str | None] = mapped_column(comment="null when sealed")
    wish: Mapped[str | None]
    read_back: Mapped[bool] = mapped_column(comment="resident agreed to this wording")
    confidential: Mapped[bool] = mapped_column(comment="要求保密: the unit does not see the name")
    sealed_kind: Mapped[SealedKind | None] = mapped_column(stored(SealedKind))
    sealed_key_id: Mapped[str | None] = mapped_column(comment="which officers' keys it was sealed to")
    cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    solved_on_spot: Mapped[str | None] = mapped_column(comment="当场办结: one line, no task")
    position: Mapped[Point | None] = mapped_column(comment="if elsewhere than the place, WGS 84")
    task_id: Mapped[UUID | None]


class Task(Base):
    """工单: the work that one problem, or several of the same, causes."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_holder_unit_id_state", "holder_unit_id", "state"),
        Index("ix_task_unit_id_received_at", "unit_id", "received_at"),
        Index("ix_task_due_at", "due_at", postgresql_where=text("state <> 'closed'")),
        Index("ix_task_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(unique=True, server_default=FetchedValue(), comment="GD-yyyymmdd-nnnnnn")
    kind: Mapped[TaskKind] = mapped_column(stored(TaskKind))
    state: Mapped[TaskState] = mapped_column(stored(TaskState))
    category: Mapped[Category | None] = mapped_column(stored(Category))
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency))
    unit_id: Mapped[UUID] = mapped_column(comment="where the matter is")
    town_id: Mapped[UUID | None]
    holder_unit_id: Mapped[UUID | None] = mapped_column(comment="who has it; null: the dispatcher")
    received_at: Mapped[At]
    dispatched_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_kind: Mapped[DueKind | None] = mapped_column(stored(DueKind))
    due_provisional: Mapped[bool] = mapped_column(server_default=text("false"))
    sealed: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    policy_version: Mapped[str]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))


class Route(Base):
    """Which unit has the duty for a category in an area; the nearest area above the matter wins."""

    __tablename__ = "route"
    __table_args__ = (
        UniqueConstraint("category", "area_id", "unit_id"),
        Index("ix_route_area_id", "area_id"),
    )

    id: Mapped[UuidKey]
    category: Mapped[Category] = mapped_column(stored(Category))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[TaskKind] = mapped_column(stored(TaskKind))
    valid: Mapped[Days] = mapped_column(server_default=text("'(,)'"))
