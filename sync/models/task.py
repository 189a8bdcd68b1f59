"""Problems that residents told, and the tasks they cause."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, Json, Point, UuidKey, stored
from sync.words import (
    Category,
    Channel,
    Desk,
    DueKind,
    NoteKind,
    Profile,
    RequestKind,
    SealedKind,
    TaskKind,
    TaskOutcome,
    TaskState,
    Urgency,
)


class Problem(Base):
    """What a resident asked for, in words read back; sealed matters hold cipher text only."""

    __tablename__ = "problem"
    __table_args__ = (
        Index("ix_problem_task_id", "task_id"),
        Index("ix_problem_place_id_told_at", "place_id", "told_at"),
        Index("ix_problem_visit_id", "visit_id"),
        Index("ix_problem_reporter_id_told_at", "reporter_id", "told_at"),
        Index("ix_problem_sealed", "told_at", "id", postgresql_where=text("sealed_kind IS NOT NULL")),
        Index("ix_problem_external_number", "external_number", postgresql_where=text("external_number IS NOT NULL")),
    )

    id: Mapped[UuidKey]
    visit_id: Mapped[UUID | None]
    place_id: Mapped[UUID | None]
    unit_id: Mapped[UUID]
    town_id: Mapped[UUID | None]
    reporter_id: Mapped[UUID | None] = mapped_column(comment="who wrote it down; null: another system or a resident")
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
    task_id: Mapped[UUID | None] = mapped_column(comment="as told; the task may since be merged into another")
    channel: Mapped[Channel] = mapped_column(stored(Channel), server_default=Channel.VISIT.value)
    external_number: Mapped[str | None] = mapped_column(comment="of the system it came from: 12345, 国家信访信息系统")
    against_unit_id: Mapped[UUID | None] = mapped_column(comment="the unit it complains of: never routed to it")
    against_person_id: Mapped[UUID | None] = mapped_column(comment="the person it complains of")


class Task(Base):
    """工单: the work that one problem, or several of the same, causes."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_holder_unit_id_state", "holder_unit_id", "state"),
        Index("ix_task_unit_id_received_at", "unit_id", "received_at"),
        Index("ix_task_open_due_at", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_task_desk", "desk_unit_id", "state",
            postgresql_where=text("state IN ('received', 'incomplete', 'returned', 'ruling', 'conference')"),
        ),
        Index("ix_task_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        CheckConstraint("(state IN ('closed', 'withdrawn', 'merged')) = (ended_at IS NOT NULL)", "ended"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    number: Mapped[str] = mapped_column(unique=True, server_default=FetchedValue(), comment="GD-yyyymmdd-nnnnnn")
    kind: Mapped[TaskKind] = mapped_column(stored(TaskKind))
    state: Mapped[TaskState] = mapped_column(stored(TaskState))
    category: Mapped[Category | None] = mapped_column(stored(Category))
    urgency: Mapped[Urgency] = mapped_column(stored(Urgency))
    unit_id: Mapped[UUID] = mapped_column(comment="where the matter is")
    town_id: Mapped[UUID | None]
    desk_unit_id: Mapped[UUID | None] = mapped_column(comment="the level whose dispatchers have it, or gave it out")
    desk_since: Mapped[datetime | None]
    desk: Mapped[Desk | None] = mapped_column(stored(Desk), comment="which of the three desks of a town")
    holder_unit_id: Mapped[UUID | None] = mapped_column(comment="main unit 主办; null: the dispatcher")
    holder_person_id: Mapped[UUID | None] = mapped_column(comment="经办人 inside the unit")
    holder_deputy_id: Mapped[UUID | None] = mapped_column(comment="AB角")
    owner_id: Mapped[UUID | None] = mapped_column(comment="包案领导: a person above the unit")
    against_unit_id: Mapped[UUID | None] = mapped_column(comment="the unit that a problem complains of")
    profile: Mapped[Profile] = mapped_column(stored(Profile), server_default=Profile.SHANDONG.value)
    outcome: Mapped[TaskOutcome | None] = mapped_column(stored(TaskOutcome))
    excluded: Mapped[bool] = mapped_column(server_default=text("false"), comment="剔除: listed, not in the rates")
    received_at: Mapped[At]
    dispatched_at: Mapped[datetime | None] = mapped_column(comment="last given out")
    accepted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None] = mapped_column(comment="the resident was answered, as the unit says")
    reported_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(comment="closed, withdrawn or merged")
    state_before: Mapped[TaskState | None] = mapped_column(
        stored(TaskState), comment="where it goes on after a pause, parking, a question or a merge"
    )
    cycle: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"), comment="rises with 重办 and recurrence")
    redos: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    returns: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    clock_from: Mapped[datetime | None] = mapped_column(comment="the term of this cycle counts from here")
    due_amount: Mapped[int | None] = mapped_column(SmallInteger, comment="the term, in units of due_kind")
    due_added: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), comment="granted extensions")
    stops: Mapped[list[Any]] = mapped_column(
        JSONB, server_default=text("'[]'"), comment="[[from, until], …] not counted"
    )
    stopped_at: Mapped[datetime | None] = mapped_column(comment="the clock stands since")
    due_version: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), comment="rises with due_at")
    review_on: Mapped[date | None] = mapped_column(comment="挂账: looked at again")
    about_id: Mapped[UUID | None] = mapped_column(comment="督办: the task that it is about")
    due_at: Mapped[datetime | None]
    due_kind: Mapped[DueKind | None] = mapped_column(stored(DueKind))
    due_provisional: Mapped[bool] = mapped_column(server_default=text("false"))
    sealed: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    policy_version: Mapped[str]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))


class TaskUnit(Base):
    """协办: a unit that helps the main one."""

    __tablename__ = "task_unit"
    __table_args__ = (Index("ix_task_unit_unit_id", "unit_id"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    at: Mapped[At]


class TaskNote(Base):
    """What was said about a task: the trail names it by id, so that the trail itself holds no words."""

    __tablename__ = "task_note"
    __table_args__ = (Index("ix_task_note_task_id_at", "task_id", "at"),)

    id: Mapped[UuidKey]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    cycle: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[NoteKind] = mapped_column(stored(NoteKind))
    at: Mapped[At]
    by: Mapped[UUID | None] = mapped_column(comment="null: a resident or the machine")
    unit_id: Mapped[UUID | None] = mapped_column(comment="for which unit it was said")
    facts: Mapped[Json] = mapped_column(server_default=text("'{}'"), comment="words and times: how, when, result")
    text: Mapped[str]


class TaskRequest(Base):
    """What a unit asks for, and who granted or denied it. One of a kind is open at a time."""

    __tablename__ = "task_request"
    __table_args__ = (
        Index(
            "uq_task_request_open", "task_id", "kind", unique=True, postgresql_where=text("decided_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UuidKey]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    cycle: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[RequestKind] = mapped_column(stored(RequestKind))
    at: Mapped[At]
    by: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    note_id: Mapped[UUID | None] = mapped_column(comment="its reason in words")
    facts: Mapped[Json] = mapped_column(comment="what is asked: amount, review_on, basis, outcome")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    granted: Mapped[bool | None]
    decided_note_id: Mapped[UUID | None]


class DueHistory(Base):
    """Every due time that a task had, and why it changed."""

    __tablename__ = "due_history"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[At]
    due_at: Mapped[datetime | None]
    provisional: Mapped[bool]
    why: Mapped[str] = mapped_column(comment="words.Move, or calendar")
    by: Mapped[UUID | None]


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
