"""Problems and tasks of a batch, written as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from sync import clock, db
from sync.calendar.workdays import Due, due
from sync.followup.queries import duties
from sync.followup.rules.routing import responsible, term
from sync.models import Event, Problem, Task
from sync.policy import Followup
from sync.registry.workdays import calendar
from sync.words import Category, DueKind, SealedKind, TaskKind, TaskState, Urgency

_PROBLEM = (
    "id", "visit_id", "place_id", "unit_id", "town_id", "reporter_id", "device_id", "told_at", "received_at",
    "category", "urgency", "text", "wish", "read_back", "confidential", "sealed_kind", "sealed_key_id", "cipher",
    "solved_on_spot", "position", "task_id",
)  # fmt: skip
_TASK = (
    "id", "kind", "state", "category", "urgency", "unit_id", "town_id", "holder_unit_id", "received_at",
    "dispatched_at", "due_at", "due_kind", "due_provisional", "sealed", "policy_version",
)  # fmt: skip
HORIZON_DAYS = 60  # no term of the policy reaches further
_EVENT = ("at", "actor_id", "verb", "subject_id", "unit_id", "facts")


@dataclass(slots=True)
class Told:
    """A problem ready to be written; `task_id` names the task it joins or causes, None when solved on the spot."""

    id: UUID
    reporter_id: UUID
    device_id: UUID
    visit_id: UUID | None
    place_id: UUID | None
    unit_id: UUID
    town_id: UUID | None
    told_at: datetime
    category: Category | None
    urgency: Urgency
    text: str | None
    wish: str | None
    read_back: bool
    confidential: bool
    sealed_kind: SealedKind | None
    sealed_key_id: str | None
    cipher: bytes | None
    solved_on_spot: str | None
    position: str | None
    task_id: UUID | None = None
    causes_task: bool = False
    kind: TaskKind = TaskKind.HANDLING
    holder_unit_id: UUID | None = None
    due_kind: DueKind | None = None
    due: Due | None = None


def raise_tasks(session: Session, problems: Sequence[Told], now: datetime, policy_version: str) -> list[UUID]:
    """Write problems, the tasks they cause, and the first lines of their history; ids of the tasks touched."""
    db.put(session, Problem, _PROBLEM, [_problem_row(told, now) for told in problems])
    causes = [told for told in problems if told.causes_task]
    db.put(session, Task, _TASK, [_task_row(told, now, policy_version) for told in causes])
    db.put(session, Event, _EVENT, [row for told in causes for row in _history(told, now)])
    return [told.task_id for told in problems if told.task_id]


def _problem_row(told: Told, now: datetime) -> tuple[Any, ...]:
    return (
        told.id, told.visit_id, told.place_id, told.unit_id, told.town_id, told.reporter_id, told.device_id,
        told.told_at, now,
        told.category, told.urgency.value, told.text, told.wish, told.read_back, told.confidential,
        told.sealed_kind, told.sealed_key_id, told.cipher, told.solved_on_spot, told.position, told.task_id,
    )  # fmt: skip


def _task_row(told: Told, now: datetime, policy_version: str) -> tuple[Any, ...]:
    state = TaskState.DISPATCHED if told.holder_unit_id else TaskState.RECEIVED
    return (
        told.task_id, told.kind.value, state.value, told.category, told.urgency.value, told.unit_id, told.town_id,
        told.holder_unit_id, now, now if told.holder_unit_id else None, told.due.at if told.due else None,
        told.due_kind, told.due.provisional if told.due else False, told.sealed_kind is not None, policy_version,
    )  # fmt: skip


def _history(told: Told, now: datetime) -> list[tuple[Any, ...]]:
    lines: list[tuple[Any, ...]] = [
        (
            now,
            told.reporter_id,
            "task.received",
            told.task_id,
            told.unit_id,
            orjson.dumps({"problem": told.id}).decode(),
        )
    ]
    if told.holder_unit_id:
        facts = {"holder": told.holder_unit_id, "due_at": told.due.at if told.due else None, "by": "route"}
        lines.append((now, None, "task.dispatched", told.task_id, told.unit_id, orjson.dumps(facts).decode()))
    return lines


def assign(session: Session, problems: Sequence[Told], policy: Followup, now: datetime) -> None:
    """Give each task-causing problem its unit and due time: dispatched at once where exactly one unit has the duty
    at the lowest level that has any; otherwise it stays received, for the dispatcher. Sealed matters never route."""
    causes = [told for told in problems if told.causes_task and told.sealed_kind is None and told.category]
    if not causes:
        return
    today = clock.local(now).date()
    units, categories = {told.unit_id for told in causes}, {told.category.value for told in causes if told.category}
    lines = duties(session, units, categories, today)
    days = calendar(session, today, today + timedelta(days=HORIZON_DAYS))
    for told in causes:
        assert told.category is not None
        duty = responsible(lines.get((told.unit_id, told.category), ()))
        if duty is None:
            continue
        told.holder_unit_id, told.kind = duty.unit_id, duty.kind
        told.due_kind, amount = term(told.urgency, policy)
        told.due = due(clock.local(now), amount, told.due_kind, days)
