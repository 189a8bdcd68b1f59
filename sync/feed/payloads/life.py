"""Life events and promises on a cadre's phone; a reporter learns what became of what he told, not which home it is."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, db
from sync.feed.kinds import AWAY
from sync.feed.payloads.viewer import Viewer

NOBODYS = "gap"
# The home is told to whoever owes the contact; other tellers know which home they meant.
_EVENTS = text(
    "SELECT e.id, e.event, e.happened_on, e.told_at, e.quiet_until, e.place_id, t.times, t.own, o.state, o.due_at,"
    " o.holder_id IS NULL AND o.holder_unit_id IS NULL AS nobodys, o.holder_id = :person AS mine"
    " FROM life_event e CROSS JOIN LATERAL (SELECT count(*) AS times, bool_or(x.told_by = :person) AS own"
    "  FROM life_event x WHERE x.id = e.id OR x.same_as_id = e.id) t"
    " LEFT JOIN obligation o ON o.life_event_id = e.id"
    " WHERE e.id = ANY(:ids) AND (t.own OR o.holder_id = :person AND o.state = 'owed')"
)
_COMMITMENTS = text(
    "SELECT k.id, k.place_id, k.text, k.due_on, k.made_at, k.state, k.reminded_at, k.cadre_id, n.name"
    " FROM commitment k JOIN person n ON n.id = k.cadre_id WHERE k.id = ANY(:ids) AND (k.cadre_id = :person"
    " OR EXISTS (SELECT FROM absence b WHERE b.person_id = k.cadre_id AND b.deputy_id = :person AND"
    f"  {AWAY}) OR EXISTS (SELECT FROM place a JOIN place c"
    "  ON c.id = coalesce(a.merged_into_id, a.id) OR c.merged_into_id = coalesce(a.merged_into_id, a.id)"
    "  JOIN link l ON l.place_id = c.id AND l.cadre_id = :person AND l.valid @> CAST(:today AS date)"
    "  WHERE a.id = k.place_id))"
)


def life_events(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What happened, by when contact is owed, whether it was made; until `quiet_until` nothing is asked of the home."""
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id}
    return {row.id: _event(row) for row in session.execute(_EVENTS, facts).all()}


def _event(row: Any) -> dict[str, Any]:
    mine = bool(row.mine)
    return {
        "event": row.event,
        "place": row.place_id if mine else None,
        "happened_on": row.happened_on,
        "told_at": row.told_at,
        "times": row.times,
        "own": row.own,
        "mine": mine,
        "state": NOBODYS if row.state is None or (row.state == "owed" and row.nobodys) else row.state,
        "due_at": row.due_at,
        "quiet_until": row.quiet_until,
    }


def commitments(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What was promised in a home, by whom and by when; it is brought back to mind from `reminded_at` on."""
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id, "today": viewer.today}
    return {
        row.id: {
            "place": row.place_id,
            "text": row.text,
            "due_on": row.due_on,
            "made_on": clock.local(row.made_at).date(),
            "cadre": {"id": row.cadre_id, "name": row.name},
            "own": row.cadre_id == viewer.person_id,
            "state": row.state,
            "reminded_at": row.reminded_at,
        }
        for row in session.execute(_COMMITMENTS, facts).all()
    }
