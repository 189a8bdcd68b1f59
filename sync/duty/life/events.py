"""Life events: every telling is kept, the first of each event owes a contact (product.md row 3, 五必访)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.duty.life.rules import Happening, quiet_until, same_events
from sync.models import LifeEventTold
from sync.policy import Life
from sync.words import LifeEvent

_COLUMNS = (
    "id", "place_id", "unit_id", "town_id", "event", "happened_on", "told_by", "told_at", "device_id", "batch_id",
    "visit_id", "received_at", "quiet_until", "same_as_id",
)  # fmt: skip
_AUTHORS = text("SELECT id, told_by, same_as_id FROM life_event WHERE id = ANY(:ids)")
_LET_GO = text("SELECT id FROM erased_id WHERE id = ANY(:ids) AND NOT words_only")
_FIRSTS = text(
    "WITH d AS (SELECT w.id, w.id AS door FROM unnest(CAST(:doors AS uuid[])) AS w(id)"
    "  UNION SELECT p.id, p.merged_into_id FROM place p WHERE p.merged_into_id = ANY(:doors))"
    " SELECT e.id, d.door, e.event, e.happened_on FROM d JOIN life_event e ON e.place_id = d.id"
    " WHERE e.same_as_id IS NULL ORDER BY e.id"
)


class Told(NamedTuple):
    """One telling: the home as told, what it stands for (`door`), where that is, who told it when and how."""

    id: UUID
    place_id: UUID
    door: UUID
    unit_id: UUID
    town_id: UUID | None
    event: LifeEvent
    happened_on: date
    told_by: UUID
    told_at: datetime
    device_id: UUID
    batch_id: UUID
    visit_id: UUID | None


class Known(NamedTuple):
    """A telling that is kept: whose it was, and the first telling if it was not the first."""

    told_by: UUID
    same_as_id: UUID | None


def known(session: Session, ids: Collection[UUID]) -> dict[UUID, Known]:
    """Tellings that are kept, of these ids."""
    if not ids:
        return {}
    return {row.id: Known(row[1], row[2]) for row in session.execute(_AUTHORS, {"ids": db.pg_uuids(ids)})}


def let_go(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of these ids under which nothing comes in any more: hearsay that nobody confirmed, or erased."""
    return set(session.scalars(_LET_GO, {"ids": db.pg_uuids(ids)}))


def write(session: Session, told: Sequence[Told], policy: Life, now: datetime) -> dict[UUID, UUID]:
    """Keep tellings, in the order of their coming, whose homes are held (registry.doors): those that tell of an event
    that was known, with the first telling of it. The others are first tellings, and a contact is to be owed for each.
    """
    if not told:
        return {}
    happened = [Happening(one.id, one.door, one.event, one.happened_on) for one in told]
    rows = session.execute(_FIRSTS, {"doors": db.pg_uuids({one.door for one in told})})
    firsts = [Happening(row.id, row.door, LifeEvent(row.event), row.happened_on) for row in rows]
    same = same_events(firsts, happened, policy.same_days)
    db.put(
        session,
        LifeEventTold,
        _COLUMNS,
        [
            (
                one.id, one.place_id, one.unit_id, one.town_id, one.event.value, one.happened_on, one.told_by,
                one.told_at, one.device_id, one.batch_id, one.visit_id, now,
                quiet_until(one.event, one.happened_on, policy.quiet_days), same.get(one.id),
            )
            for one in sorted(told, key=lambda one: one.id in same)  # first tellings are there before others point
        ],
    )  # fmt: skip
    return same
