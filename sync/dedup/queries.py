"""What dedup reads: visits near in time at the same doors, by the index (place, start)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.dedup.rules import Trait

_NEAR = text(
    "SELECT v.id, v.recorder_id, v.place_id, v.started_at, v.fixes_hash, v.answers_hash,"
    "  ARRAY(SELECT sha256 FROM photo WHERE visit_id = v.id) AS photos"
    " FROM unnest(CAST(:places AS uuid[]), CAST(:starts AS timestamptz[])) AS w(place_id, started_at)"
    " JOIN visit v ON v.place_id = w.place_id"
    "  AND v.started_at BETWEEN w.started_at - CAST(:window AS interval) AND w.started_at + CAST(:window AS interval)"
    " WHERE NOT EXISTS (SELECT 1 FROM same_visit s WHERE s.child_id = v.id AND s.undone_at IS NULL)"
)


def near(session: Session, new: Sequence[Trait], window_s: float) -> list[Trait]:
    """Stored visits that could be the same as one of the new: same place, start within the window, roots only."""
    parameters = {
        "places": db.pg_uuids(trait.place_id for trait in new),
        "starts": db.pg_times(trait.started_at for trait in new),
        "window": timedelta(seconds=window_s),
    }
    rows = session.execute(_NEAR, parameters)
    return [
        Trait(r.id, r.recorder_id, r.place_id, r.started_at, r.fixes_hash, r.answers_hash, frozenset(r.photos))
        for r in rows
    ]
