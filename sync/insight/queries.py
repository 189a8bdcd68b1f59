"""Selects of the overview: recent days through an index, never a whole table, always within the viewer's scope."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Select, cast, exists, false, func, literal_column, or_, select, true, union
from sqlalchemy.orm import aliased

from sync.access import Actor, units_of, within
from sync.models import Batch, Device, Person, Problem, SameVisit, Task, Unit, UnitAbove, Visit, WaitingRecord
from sync.roles import Noun
from sync.words import SameKind, UnitKind

Rows = Select[*tuple[Any, ...]]
Town = aliased(Unit, name="town")
Holder = aliased(Unit, name="holder")
# Written out, so that a prepared statement still matches the partial index of open tasks.
IS_OPEN: ColumnElement[bool] = literal_column("task.ended_at IS NULL")


def towns_of(actor: Actor, noun: Noun) -> Select[UUID, str]:
    """The towns that the actor's units hold or stand in, in the order of the administrative codes."""
    units = units_of(actor, noun)
    near = union(
        select(UnitAbove.unit_id).where(UnitAbove.above_id.in_(units)),
        select(UnitAbove.above_id).where(UnitAbove.unit_id.in_(units)),
    )
    return (
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.TOWN, Unit.id.in_(near))
        .order_by(Unit.sort_code, Unit.id)
    )


def visit_counts(actor: Actor, noun: Noun, towns: Collection[UUID], since: datetime) -> Rows:
    """Visits since a moment by town and verdict, of `noun` COUNT or EVIDENCE: town_id, verdict, visits."""
    rows = select(Visit.town_id, Visit.verdict, func.count().label("visits")).group_by(Visit.town_id, Visit.verdict)
    return _recent(_scoped(actor, rows, noun), towns, since)


def spots(actor: Actor, towns: Collection[UUID], since: datetime, limit: int) -> Rows:
    """Where the newest visits took place, for those who see evidence: lon, lat (WGS 84), verdict, town."""
    point = cast(Visit.point, Geometry("POINT", srid=4326))
    rows = (
        select(func.ST_X(point).label("lon"), func.ST_Y(point).label("lat"), Visit.verdict, Town.name.label("town"))
        .join(Town, Town.id == Visit.town_id, isouter=True)
        .where(Visit.point.is_not(None))
        .order_by(Visit.started_at.desc())
        .limit(limit)
    )
    return _recent(within(actor, rows, Noun.EVIDENCE), towns, since)


def newest_visits(actor: Actor, towns: Collection[UUID], since: datetime, limit: int) -> Rows:
    """The newest visits without the home's name: unit, times, outcome, mode, verdict."""
    rows = _visit_columns().order_by(Visit.started_at.desc()).limit(limit)
    return _recent(within(actor, rows, Noun.EVIDENCE), towns, since)


def own_visits(actor: Actor, limit: int) -> Rows:
    """The newest visits that the actor took part in, with their verdicts."""
    return within(actor, _visit_columns().order_by(Visit.started_at.desc()).limit(limit), Noun.VISIT)


def task_counts(actor: Actor, now: datetime) -> Rows:
    """Open tasks by town: town_id, open, overdue, waiting for a dispatcher."""
    rows = (
        select(
            Task.town_id,
            func.count().label("open"),
            func.count().filter(Task.due_at <= now).label("overdue"),
            func.count().filter(Task.holder_unit_id.is_(None)).label("waiting"),
        )
        .where(IS_OPEN, Task.merged_into_id.is_(None))
        .group_by(Task.town_id)
    )
    return within(actor, rows, Noun.TASK)


def newest_tasks(actor: Actor, limit: int) -> Rows:
    """The newest tasks, roots only: number, kind, state, category, urgency, unit, holder, times. No text."""
    rows = (
        select(
            Task.id,
            Task.number,
            Task.kind,
            Task.state,
            Task.category,
            Task.urgency,
            Unit.name.label("unit"),
            Holder.name.label("holder"),
            Task.received_at,
            Task.due_at,
            Task.due_provisional,
        )
        .join(Unit, Unit.id == Task.unit_id)
        .join(Holder, Holder.id == Task.holder_unit_id, isouter=True)
        .where(Task.merged_into_id.is_(None))
        .order_by(Task.id.desc())
        .limit(limit)
    )
    return within(actor, rows, Noun.TASK)


def texts_of(actor: Actor, tasks: Collection[UUID]) -> Rows:
    """What residents said in these tasks, for those who see problems: task_id, text."""
    rows = select(Problem.task_id, Problem.text).where(Problem.task_id.in_(tasks)).order_by(Problem.told_at)
    return within(actor, rows, Noun.PROBLEM)


def sealed_matters(actor: Actor, limit: int) -> Rows:
    """The newest sealed matters, cipher text left out: kind, unit, told_at."""
    rows = (
        select(Problem.sealed_kind, Unit.name.label("unit"), Problem.told_at)
        .join(Unit, Unit.id == Problem.unit_id)
        .order_by(Problem.told_at.desc())
        .limit(limit)
    )
    return within(actor, rows, Noun.SEALED)


def newest_batches(actor: Actor, limit: int, per_device: int = 3) -> Rows:
    """What phones handed in last: person, model, state, times, size. A few of each phone, through its index."""
    last = (
        select(Batch.id, Batch.state, Batch.received_at, Batch.done_at, Batch.size, Batch.results)
        .where(Batch.device_id == Device.id)
        .order_by(Batch.device_seq.desc())
        .limit(per_device)
        .lateral("last")
    )
    rows = (
        select(
            last.c.id,
            last.c.state,
            last.c.received_at,
            last.c.done_at,
            last.c.size,
            func.coalesce(func.jsonb_array_length(last.c.results), 0).label("records"),
            Person.name.label("person"),
            Device.about["model"].astext.label("model"),
        )
        .select_from(Device)
        .join(last, true())
        .join(Person, Person.id == Device.person_id)
        .order_by(last.c.received_at.desc())
        .limit(limit)
    )
    return within(actor, rows, Noun.DEVICE)


def waiting_counts(actor: Actor) -> Rows:
    """Records that are held, parked or quarantined, on the phones of the viewer: state, records."""
    devices = within(actor, select(Device.id), Noun.DEVICE)
    return (
        select(WaitingRecord.state, func.count().label("records"))
        .where(WaitingRecord.device_id.in_(devices))
        .group_by(WaitingRecord.state)
    )


def _visit_columns() -> Rows:
    return (
        select(
            Visit.id,
            Visit.started_at,
            Visit.ended_at,
            Visit.outcome,
            Visit.mode,
            Visit.recorded,
            Visit.verdict,
            Unit.name.label("unit"),
            Town.name.label("town"),
        )
        .join(Unit, Unit.id == Visit.unit_id)
        .join(Town, Town.id == Visit.town_id, isouter=True)
    )


def _scoped(actor: Actor, rows: Rows, noun: Noun) -> Rows:
    """Counts of visits: a leader sees the numbers of units without a row of them."""
    if noun is not Noun.COUNT:
        return within(actor, rows, noun)
    units = within(actor, select(Unit.id), Noun.COUNT)
    return rows.where(Visit.unit_id.in_(units))


def _recent(rows: Rows, towns: Collection[UUID], since: datetime) -> Rows:
    """Visits of recent days, each told once, through the index on town and time; those outside any town come along."""
    in_towns = Visit.town_id.in_(towns) if towns else false()
    repeat = exists().where(
        SameVisit.child_id == Visit.id, SameVisit.kind == SameKind.REPEAT, SameVisit.undone_at.is_(None)
    )
    return rows.where(or_(in_towns, Visit.town_id.is_(None)), Visit.started_at >= since, ~repeat)
