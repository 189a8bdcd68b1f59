"""What became of a phone's own batches, so that it need not ask for each."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.feed.payloads.viewer import Viewer

_BATCHES = text(
    "SELECT b.id, b.state, b.received_at, b.note, b.results, (SELECT array_agg(DISTINCT encode(x.sha256, 'hex'))"
    "  FROM photo x WHERE x.device_id = b.device_id AND x.batch_id = b.id AND x.state = 'awaited') AS awaited"
    " FROM batch b WHERE b.device_id = :device AND b.id = ANY(:ids)"
)


def batches(session: Session, viewer: Viewer, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """State and results as GET /phone/v1/batches/{id} gives them, for this phone alone."""
    rows = session.execute(_BATCHES, {"device": viewer.device_id, "ids": db.pg_uuids(ids)})
    return {
        row.id: {"batch": row.id, "state": row.state, "received_at": row.received_at}
        | ({"note": row.note} if row.note else {})
        | ({"results": _less_come(row.results, set(row.awaited or ()))} if row.results is not None else {})
        for row in rows
    }


def _less_come(results: list[dict[str, Any]], awaited: set[str]) -> list[dict[str, Any]]:
    """Results as stored, less the photos that have come since."""
    for result in results:
        missing = [sha256 for sha256 in result.pop("photos_missing", ()) if sha256 in awaited]
        if missing:
            result["photos_missing"] = missing
    return results
