"""Pictures of visits laid out for the look-up of similar ones: who recorded, in which unit, at which place, when."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db

_MARK = text(
    "INSERT INTO photo_mark AS m (photo_id, visit_id, dhash, inner_dhash, recorder_id, unit_id, place_id, at)"
    " SELECT p.id, v.id, c.dhash, c.inner_dhash, v.recorder_id, v.unit_id,"
    "  coalesce(h.merged_into_id, h.id), v.started_at"
    " FROM photo p JOIN visit v ON v.id = p.visit_id JOIN place h ON h.id = v.place_id"
    "  JOIN picture c ON c.sha256 = p.sha256"
    " WHERE p.visit_id = ANY(:visits) AND p.problem_id IS NULL AND p.present_at IS NOT NULL AND c.dhash IS NOT NULL"
    " ORDER BY p.id ON CONFLICT (photo_id) DO UPDATE SET unit_id = excluded.unit_id, place_id = excluded.place_id"
    " WHERE (m.unit_id, m.place_id) <> (excluded.unit_id, excluded.place_id)"
)


def mark(session: Session, visit_ids: Collection[UUID]) -> None:
    """Mark the photos of these visits that are here and were read; marks that stand follow a merged place.

    Photos of problems are left out: one broken bridge may honestly be shown at three homes. Running it again is
    harmless.
    """
    if visit_ids:
        session.execute(_MARK, {"visits": db.pg_uuids(visit_ids)})
