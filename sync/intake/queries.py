"""What phones and operators ask about batches."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock


def missing(session: Session, device_id: UUID, ids: Collection[UUID], days: int) -> list[UUID]:
    """Which of these batch ids the server does not have from this phone in the last `days` days."""
    rows = session.scalars(
        text("SELECT id FROM batch WHERE device_id = :device AND id = ANY(:ids) AND received_at >= :since"),
        {"device": device_id, "ids": list(ids), "since": clock.now() - timedelta(days=days)},
    )
    here = set(rows)
    return [id_ for id_ in ids if id_ not in here]


def sequence_gaps(session: Session, device_id: UUID) -> list[tuple[int, int]]:
    """Numbers (first, last) of batches that the phone counted and the server never got."""
    rows = session.execute(
        text(
            "SELECT before + 1 AS first, device_seq - 1 AS last FROM (SELECT device_seq,"
            " lag(device_seq, 1, 0) OVER (ORDER BY device_seq) AS before FROM batch"
            " WHERE device_id = :device AND device_seq IS NOT NULL) s WHERE device_seq > before + 1"
            " ORDER BY first LIMIT 100"
        ),
        {"device": device_id},
    )
    return [(row.first, row.last) for row in rows]


def awaited_photos(session: Session, device_id: UUID, batch_id: UUID) -> dict[UUID, list[str]]:
    """SHA-256 (hex) of photos that the phone still has to hand in, or once more, by the record that cites them."""
    rows = session.execute(
        text(
            "SELECT coalesce(visit_id, problem_id), array_agg(DISTINCT encode(sha256, 'hex')) FROM photo"
            " WHERE device_id = :device AND batch_id = :batch AND state = 'awaited' GROUP BY 1"
        ),
        {"device": device_id, "batch": batch_id},
    )
    return {row[0]: row[1] for row in rows}
