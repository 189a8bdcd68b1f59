"""Bytes that arrived: who had them, and which photos they make present."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db, errands
from sync.words import FeedKind, Job

READ_PRIORITY = 7  # after batches: a verdict may wait for its photos, a phone should not wait for its results
REJUDGE_S = 2  # what arrives together is judged again together

_UPLOAD = text(
    "WITH d AS MATERIALIZED (SELECT id FROM device WHERE id = :device FOR NO KEY UPDATE),"
    " b AS (INSERT INTO blob AS b (sha256, size, stored_at, scrubbed_at) SELECT :sha256, :size, :now, :now FROM d"
    "  ON CONFLICT (sha256) DO UPDATE SET doomed_at = NULL, lost_at = NULL,"
    "   stored_at = CASE WHEN b.doomed_at IS NULL AND b.lost_at IS NULL THEN b.stored_at ELSE excluded.stored_at END"
    "  RETURNING sha256),"
    " u AS (INSERT INTO blob_upload (sha256, device_id, at) SELECT b.sha256, d.id, :now FROM b, d"
    "  ON CONFLICT DO NOTHING)"
    " SELECT EXISTS (SELECT FROM picture WHERE sha256 = :sha256)"
)
_PRESENT = text(
    "UPDATE photo p SET state = 'present', present_at = coalesce(present_at, :now)"
    " FROM blob_upload u WHERE p.sha256 = :sha256 AND p.size = :size AND p.state = 'awaited'"
    " AND u.sha256 = p.sha256 AND u.device_id = p.device_id RETURNING p.visit_id"
)
_LOST = text("UPDATE blob SET lost_at = :now WHERE sha256 = ANY(:hashes)")
_AWAITED = text(
    "UPDATE photo SET state = 'awaited' WHERE sha256 = ANY(:hashes) AND state = 'present' RETURNING visit_id"
)
_POSSESSED = text(
    "SELECT b.size FROM blob_upload u JOIN blob b USING (sha256)"
    " WHERE u.sha256 = :sha256 AND u.device_id = :device AND b.lost_at IS NULL AND NOT EXISTS ("
    "  SELECT FROM photo p WHERE p.sha256 = b.sha256 AND p.device_id = :device AND p.size = b.size"
    "   AND p.state = 'awaited')"
)


def record_upload(session: Session, device_id: UUID, sha256: bytes, size: int) -> bool:
    """Note that this phone handed in durable bytes; photos that it cites with this hash and size become present.

    True if a worker is owed to look at them for the first time; known pictures have the visits judged again that they
    complete. An upload and the citing of the same photo may cross: both lock the phone's row first and look in a
    statement of their own after that, so that the later one sees the earlier. Bytes that had been lost come back for
    every phone that ever handed them in.
    """
    facts = {"sha256": sha256, "size": size, "device": device_id, "now": clock.now()}
    is_read = session.scalar(_UPLOAD, facts)
    visits = session.scalars(_PRESENT, facts).all()
    changes.touched(session, FeedKind.VISIT, [visit for visit in visits if visit])
    if not is_read:
        owe_reading(session, sha256)
    elif visits:
        owe_rejudge(session, sha256)
    return not is_read


def lose(session: Session, hashes: Collection[bytes]) -> None:
    """Bytes are gone or rotten: photos that cite them are awaited again, so that phones that still hold them are asked.

    What verdicts read from them stays, since they were here (`present_at`).
    """
    if not hashes:
        return
    facts = {"hashes": db.pg_hashes(hashes), "now": clock.now()}
    session.execute(_LOST, facts)
    visits = session.scalars(_AWAITED, facts).all()
    changes.touched(session, FeedKind.VISIT, [visit for visit in visits if visit])


def owe_reading(session: Session, sha256: bytes) -> None:
    """Owe a look at a picture."""
    subject = sha256.hex()
    errands.owe(session, Job.READ_PHOTO, subject, dedupe_key=f"read/{subject}", priority=READ_PRIORITY)


def owe_rejudge(session: Session, sha256: bytes) -> None:
    """Owe another judgement of the visits that cite a photo."""
    subject = f"photo/{sha256.hex()}"
    errands.owe(session, Job.REJUDGE, subject, dedupe_key=subject, due_at=clock.now() + timedelta(seconds=REJUDGE_S))


def possesses(session: Session, device_id: UUID, sha256: bytes) -> int | None:
    """Size of a blob that this phone handed in and need not hand in again, or None.

    Nobody learns what others have (D3.6). A phone of which a photo is still awaited is not told that it is here.
    """
    size: int | None = session.scalar(_POSSESSED, {"sha256": sha256, "device": device_id})
    return size
