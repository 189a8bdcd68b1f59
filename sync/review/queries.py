"""Selects of the queue: what waits for this verifier, as groups of one cause and as single rows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import aliased

from sync import clock
from sync.access import Actor, within
from sync.ground import units_below
from sync.models import Decision, Finding, Person, PersonRole, Place, Unit, Visit, VisitParty, VisitVerdict
from sync.roles import Noun
from sync.words import Cause, FindingState, Reason, Verdict

Rows = Select[*tuple[Any, ...]]
# Written out, so that a prepared statement still matches the partial indexes.
IS_UNDECIDED: ColumnElement[bool] = literal_column("finding.state IN ('open', 'asked', 'answered')")
Told = aliased(Place, name="told")
Holder = aliased(Person, name="holder")
COUNTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the verifier filters by; None means all. `before`: findings opened before this moment."""

    cause: Cause | None = None
    key: str | None = None
    unit: UUID | None = None
    reason: Reason | None = None
    state: FindingState | None = None
    drawn: bool | None = None
    before: datetime | None = None


def findings(actor: Actor, wanted: Wanted, *columns: Any) -> Rows:
    """Undecided findings that the actor may judge and that fit the filters; no visit that he took part in."""
    rows = within(actor, select(*columns).select_from(Finding).where(IS_UNDECIDED), Noun.FINDING)
    own = select(VisitParty.visit_id).where(VisitParty.person_id == actor.person_id)
    rows = rows.where(Finding.visit_id.not_in(own))
    if wanted.cause:
        rows = rows.where(Finding.cause == wanted.cause)
    if wanted.key is not None:
        rows = rows.where(Finding.cause_key == wanted.key)
    if wanted.unit:
        rows = rows.where(Finding.unit_id.in_(units_below([wanted.unit], seen=True)))
    if wanted.reason:
        # Written out: the planner knows how common each reason is, but not behind a parameter.
        rows = rows.where(Finding.reasons.contains(literal_column(f"CAST('{{{wanted.reason.value}}}' AS text[])")))
    if wanted.state:
        rows = rows.where(Finding.state == wanted.state)
    if wanted.drawn is not None:
        rows = rows.where((Finding.cause == Cause.DRAWN) == wanted.drawn)
    return rows.where(Finding.opened_at < wanted.before) if wanted.before else rows


def queue(actor: Actor, wanted: Wanted) -> Rows:
    """Findings one by one, id and opened_at alone, without visits that a colleague or the actor recorded."""
    rows = findings(actor, wanted, Finding.id, Finding.opened_at)
    foreign = (Visit.recorder_id != actor.person_id) & Visit.recorder_id.not_in(colleagues(actor))
    return rows.join(Visit, Visit.id == Finding.visit_id).where(foreign)


def colleagues(actor: Actor) -> Select[UUID]:
    """People who hold a role today at a unit where the actor holds one. The root of the tree has nobody above it who
    could judge its people instead, so it does not count."""
    own = {held.unit_id for held in actor.roles}
    return (
        select(PersonRole.person_id)
        .join(Unit, Unit.id == PersonRole.unit_id)
        .where(PersonRole.unit_id.in_(own), PersonRole.valid.contains(clock.today()), Unit.parent_id.is_not(None))
    )


def capped(rows: Rows) -> Select[int]:
    """How many rows, counted up to COUNTED + 1."""
    most: ColumnElement[int] = literal_column(str(COUNTED + 1))
    return select(func.count()).select_from(rows.limit(most).subquery())


def groups(actor: Actor, wanted: Wanted) -> Rows:
    """Groups of one cause: cause, key, count, oldest_at."""
    counted = (
        findings(
            actor,
            wanted,
            Finding.cause,
            Finding.cause_key.label("key"),
            func.count().label("count"),
            func.min(Finding.opened_at).label("oldest_at"),
        )
        .group_by(Finding.cause, Finding.cause_key)
        .subquery()
    )
    return select(counted)


def shown(ids: Collection[UUID], actor: Actor) -> Rows:
    """What the queue shows of findings, by id: names of unit, place and cadre, the newest judgement, who has it."""
    judged = (
        select(VisitVerdict.verdict, VisitVerdict.reasons, VisitVerdict.numbers)
        .where(VisitVerdict.visit_id == Visit.id)
        .order_by(VisitVerdict.n.desc())
        .limit(1)
        .lateral("judged")
    )
    is_held = and_(Finding.lease_until > func.clock_timestamp(), Finding.lease_by != actor.person_id)
    return (
        select(
            Finding,
            Visit.started_at,
            Visit.received_at,
            Visit.verdict,
            Unit.name.label("unit"),
            Place.id.label("place_id"),
            Place.name.label("place"),
            Person.id.label("cadre_id"),
            Person.name.label("cadre"),
            judged.c.verdict.label("judged"),
            judged.c.reasons.label("found"),
            judged.c.numbers,
            Holder.id.label("holder_id"),
            Holder.name.label("holder"),
            decided_reason().label("decided_because"),
        )
        .join(Visit, Visit.id == Finding.visit_id)
        .join(Unit, Unit.id == Finding.unit_id)
        .join(Person, Person.id == Visit.recorder_id, isouter=True)
        .join(Told, Told.id == Visit.place_id, isouter=True)
        .join(Place, Place.id == func.coalesce(Told.merged_into_id, Told.id), isouter=True)
        .join(judged, true(), isouter=True)
        .join(Holder, and_(Holder.id == Finding.lease_by, is_held), isouter=True)
        .where(Finding.id.in_(ids))
        .order_by(Finding.opened_at, Finding.id)
    )


def decided_reason() -> Any:
    """The reason of the decision by which a person's verdict stands on a visit; null where a machine's stands."""
    return (
        select(Decision.reason)
        .where(Decision.visit_id == Visit.id, Decision.verdict.is_not(None), Decision.undone_at.is_(None))
        .order_by(Decision.at.desc(), Decision.id.desc())
        .limit(1)
        .correlate(Visit)
        .scalar_subquery()
    )


def refused_visits(unit_ids: Collection[UUID]) -> Rows:
    """Visits of units that a person refused and that stay refused: visit_id, at. Only they reopen an obligation."""
    return (
        select(Decision.visit_id, Decision.at)
        .join(Visit, Visit.id == Decision.visit_id)
        .where(Decision.verdict == Verdict.REFUSED, Decision.undone_at.is_(None), Visit.unit_id.in_(unit_ids))
        .where(Visit.verdict == Verdict.REFUSED)
    )
