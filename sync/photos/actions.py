"""Bytes that arrived: who had them, and which photos they make present."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock
from sync.words import FeedKind

_UPLOAD = text(
    "WITH d AS MATERIALIZED (SELECT id FROM device WHERE id = :device FOR NO KEY UPDATE),"
    " b AS (INSERT INTO blob (sha256, size, stored_at) SELECT :sha256, :size, :now FROM d"
    "  ON CONFLICT (sha256) DO UPDATE SET doomed_at = NULL RETURNING sha256)"
    " INSERT INTO blob_upload (sha256, device_id, at) SELECT b.sha256, d.id, :now FROM b, d ON CONFLICT DO NOTHING"
)
_PRESENT = text(
    "UPDATE photo SET state = 'present', present_at = :now"
    " WHERE sha256 = :sha256 AND device_id = :device AND size = :size AND state = 'awaited' RETURNING visit_id"
)


def record_upload(session: Session, device_id: UUID, sha256: bytes, size: int) -> None:
    """Note that this phone handed in durable bytes; photos that it cites with this hash and size become present.

    An upload and the citing of the same photo may cross: both lock the phone's row first and look in a statement
    of their own after that, so that the later one sees the earlier.
    """
    facts = {"sha256": sha256, "size": size, "device": device_id, "now": clock.now()}
    session.execute(_UPLOAD, facts)
    visits = session.scalars(_PRESENT, facts).all()
    changes.touched(session, FeedKind.VISIT, [visit for visit in visits if visit])


def possesses(session: Session, device_id: UUID, sha256: bytes) -> int | None:
    """Size of a blob that this phone handed in, or None: nobody learns what others have (D3.6)."""
    size: int | None = session.scalar(
        text(
            "SELECT b.size FROM blob_upload u JOIN blob b USING (sha256)"
            " WHERE u.sha256 = :sha256 AND u.device_id = :device"
        ),
        {"sha256": sha256, "device": device_id},
    )
    return size
