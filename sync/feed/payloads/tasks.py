"""Tasks on phones: the cadre learns what became of a matter, a unit what it has to handle."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.payloads.viewer import Viewer

_TASK = (
    "SELECT t.id, t.number, t.kind, t.state, t.category, t.urgency, t.unit_id, t.received_at, t.dispatched_at,"
    " t.due_at, t.due_provisional, h.name AS holder, p.problems FROM task t LEFT JOIN unit h ON h.id = t.holder_unit_id"
    " LEFT JOIN LATERAL (SELECT json_agg(json_build_object({told}) ORDER BY p.told_at, p.id) AS problems"
    "  FROM problem p WHERE p.task_id IN (SELECT t.id UNION ALL SELECT m.id FROM task m WHERE m.merged_into_id = t.id)"
    "  AND p.sealed_kind IS NULL AND {seen}) p ON true WHERE t.id = ANY(:ids) AND NOT t.sealed"
)
_MINE = "p.reporter_id = :person"
_OF_CADRE = text(
    _TASK.format(
        told="'id', p.id, 'place', p.place_id, 'told_at', p.told_at,"
        f" 'text', CASE WHEN {_MINE} THEN p.text END, 'wish', CASE WHEN {_MINE} THEN p.wish END, 'own', {_MINE}",
        seen=f"({_MINE} OR NOT p.confidential AND EXISTS (SELECT FROM place a JOIN place b ON"
        " coalesce(b.merged_into_id, b.id) = coalesce(a.merged_into_id, a.id)"
        " AND (b.id = coalesce(a.merged_into_id, a.id) OR b.merged_into_id = coalesce(a.merged_into_id, a.id))"
        " JOIN link l ON l.place_id = b.id AND l.cadre_id = :person AND l.valid @> CAST(:today AS date)"
        " WHERE a.id = p.place_id))",
    )
)
_OF_UNIT = text(
    _TASK.format(
        told="'id', p.id, 'told_at', p.told_at, 'urgency', p.urgency, 'text', p.text, 'wish', p.wish",
        seen="true",
    )
)


def of_cadre(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """State, holder and deadline; the words of own reports, and only the home of those that others wrote down."""
    return _tasks(session, viewer, ids, _OF_CADRE)


def of_unit(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The same with every text, without homes and reporters."""
    return _tasks(session, viewer, ids, _OF_UNIT)


def _tasks(session: Session, viewer: Viewer, ids: Collection[UUID], query: Any) -> dict[UUID, dict[str, Any]]:
    facts = {"ids": db.pg_uuids(ids), "person": viewer.person_id, "today": viewer.today}
    return {
        row.id: {
            "number": row.number,
            "kind": row.kind,
            "state": row.state,
            "category": row.category,
            "urgency": row.urgency,
            "unit": row.unit_id,
            "holder": row.holder,
            "received_at": row.received_at,
            "dispatched_at": row.dispatched_at,
            "due_at": row.due_at,
            "due_provisional": row.due_provisional,
            "problems": row.problems or [],
        }
        for row in session.execute(query, facts).all()
    }
