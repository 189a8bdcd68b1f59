"""What became of a cadre's own corrections of the registry: never the values, which stand in the home's own row."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.payloads.viewer import Viewer

_EDITS = text(
    "SELECT e.id, e.place_id, e.field, e.state, e.said_at, e.in_play, f.decided_at,"
    " CASE WHEN e.state = 'open' THEN coalesce(e.needs, 'changed') END AS reason"
    " FROM place_edit e LEFT JOIN edited_field f ON f.id = e.edited_field_id"
    " WHERE e.id = ANY(:ids) AND e.person_id = :person"
)


def edits(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Field, state, why it waits; `decided_at`: when a person decided about it."""
    rows = session.execute(_EDITS, {"ids": db.pg_uuids(ids), "person": viewer.person_id}).all()
    return {
        row.id: {
            "place": row.place_id,
            "field": row.field,
            "state": row.state,
            "reason": row.reason,
            "said_at": row.said_at,
            "decided_at": None if row.in_play else row.decided_at,
        }
        for row in rows
    }
