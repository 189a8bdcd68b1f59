"""Who took part in a visit besides its recorder: confirmed by a tap or by silence, denied by a word that stays."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.models import CoVisit, Event

_COLUMNS = ("id", "visit_id", "person_id", "took_part", "device_id", "batch_id", "at")
_EVENT = ("at", "actor_id", "verb", "subject_id", "unit_id", "facts")
# The newest word of each holds, whatever the order in which the words came.
_NEWEST = (
    "WITH newest AS (SELECT DISTINCT ON (c.visit_id, c.person_id) c.visit_id, c.person_id, c.took_part FROM co_visit c"
    " JOIN unnest(CAST(:visits AS uuid[]), CAST(:people AS uuid[])) AS t(visit_id, person_id)"
    "  USING (visit_id, person_id) ORDER BY c.visit_id, c.person_id, c.at DESC, c.id DESC)"
)
_DENY = text(
    _NEWEST + " DELETE FROM visit_party p USING newest n WHERE p.visit_id = n.visit_id AND p.person_id = n.person_id"
    " AND NOT n.took_part AND NOT p.is_recorder"
)
_CONFIRM = text(
    _NEWEST + " INSERT INTO visit_party AS p (visit_id, person_id, is_recorder, confirmed_at)"
    " SELECT visit_id, person_id, false, :now FROM newest WHERE took_part"
    " ON CONFLICT (visit_id, person_id) DO UPDATE SET confirmed_at = coalesce(p.confirmed_at, excluded.confirmed_at)"
)
_SILENT = text(
    "UPDATE visit_party p SET confirmed_at = :now FROM visit v"
    " WHERE v.id = p.visit_id AND p.confirmed_at IS NULL AND v.received_at <= :before RETURNING p.visit_id"
)


class CoVisitor(NamedTuple):
    """What somebody who is named as a visitor says: he took part, or he did not."""

    id: UUID
    visit_id: UUID
    unit_id: UUID
    person_id: UUID
    took_part: bool
    device_id: UUID
    batch_id: UUID
    at: datetime


def authors(session: Session, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who said what is stored under these ids."""
    rows = session.execute(text("SELECT id, person_id FROM co_visit WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids)})
    return {row.id: row.person_id for row in rows}


def spoken(session: Session, visits: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(visit, person) of those who have said something already: whoever denied may think better of it."""
    if not visits:
        return set()
    rows = session.execute(
        text("SELECT DISTINCT visit_id, person_id FROM co_visit WHERE visit_id = ANY(:ids)"),
        {"ids": db.pg_uuids(visits)},
    )
    return {(row.visit_id, row.person_id) for row in rows}


def settle(session: Session, told: Sequence[CoVisitor], now: datetime) -> None:
    """Keep what was said and let the newest word of each hold: confirmed, or no longer among those credited.

    A denial stays as a row that the recorder is shown, and as a line of the trail.
    """
    if not told:
        return
    db.put(
        session,
        CoVisit,
        _COLUMNS,
        [(t.id, t.visit_id, t.person_id, t.took_part, t.device_id, t.batch_id, t.at) for t in told],
    )
    pairs = {
        "visits": db.pg_uuids(one.visit_id for one in told),
        "people": db.pg_uuids(one.person_id for one in told),
    }
    session.execute(_DENY, pairs)
    session.execute(_CONFIRM, pairs | {"now": now})
    db.put(session, Event, _EVENT, [_event(one, now) for one in told])


def _event(one: CoVisitor, now: datetime) -> tuple[datetime, UUID, str, UUID, UUID, str]:
    verb = "co_visit.confirmed" if one.took_part else "co_visit.denied"
    return (now, one.person_id, verb, one.visit_id, one.unit_id, orjson.dumps({"record": one.id}).decode())


def confirm_silent(session: Session, now: datetime, days: int) -> list[UUID]:
    """Confirm whoever said nothing since the visit was received so many days ago; the visits concerned."""
    return list(session.scalars(_SILENT, {"now": now, "before": now - timedelta(days=days)}))
