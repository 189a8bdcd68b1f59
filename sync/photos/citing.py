"""Photos that records cite: rows awaited or present."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.models import Photo
from sync.words import PhotoState

_COLUMNS = (
    "id", "visit_id", "problem_id", "device_id", "batch_id", "sha256", "size", "state", "taken_at", "fix",
    "cited_at", "present_at",
)  # fmt: skip
_HERE = text(
    "SELECT u.device_id, b.sha256, b.size, b.doomed_at IS NOT NULL AS doomed"
    " FROM blob_upload u JOIN blob b USING (sha256)"
    " WHERE u.device_id = ANY(:devices) AND u.sha256 = ANY(:hashes) AND b.lost_at IS NULL"
)
_SAVE = text(
    "WITH b AS MATERIALIZED (SELECT sha256 FROM blob WHERE sha256 = ANY(:hashes) AND lost_at IS NULL"
    "  ORDER BY sha256 FOR NO KEY UPDATE)"
    " UPDATE blob SET doomed_at = NULL FROM b WHERE blob.sha256 = b.sha256 RETURNING blob.sha256"
)


@dataclass(frozen=True, slots=True)
class Cited:
    """One photo as a visit or problem cites it."""

    id: UUID
    device_id: UUID
    batch_id: UUID
    visit_id: UUID | None
    problem_id: UUID | None
    sha256: bytes
    size: int
    taken_at: datetime | None
    fix: msgspec.Struct | None


def cite(session: Session, photos: Sequence[Cited], now: datetime, *, look: bool) -> set[tuple[UUID, bytes]]:
    """Write cited photos; (device, hash) of those whose bytes are still awaited from that phone.

    A photo is present only if this phone handed in bytes of that hash and of the declared size (D3.6, D3.7);
    otherwise the row waits, and the upload flips it. Without a `look` at what is cited already, a known id raises
    IntegrityError.
    """
    if not photos:
        return set()
    here = _here(session, photos)
    known = _known(session, [photo.id for photo in photos]) if look else set()
    rows = []
    awaited = set()
    for photo in photos:
        present = (photo.device_id, photo.sha256, photo.size) in here
        if not present:
            awaited.add((photo.device_id, photo.sha256))
        if photo.id not in known:
            known.add(photo.id)
            state = PhotoState.PRESENT if present else PhotoState.AWAITED
            rows.append((
                photo.id, photo.visit_id, photo.problem_id, photo.device_id, photo.batch_id, photo.sha256,
                photo.size, state.value, photo.taken_at, msgspec.json.encode(photo.fix).decode() if photo.fix else None,
                now, now if present else None,
            ))  # fmt: skip
    db.put(session, Photo, _COLUMNS, rows)
    return awaited


def _here(session: Session, photos: Sequence[Cited]) -> set[tuple[UUID, bytes, int]]:
    """(device, hash, size) of bytes that are here from that phone, and stay.

    What garbage collection has doomed is saved under its row lock. What it took at that very moment (the lock is
    waited for) is gone or marked lost, so that it is not here and the phone is asked for it again.
    """
    facts = {
        "devices": db.pg_uuids({photo.device_id for photo in photos}),
        "hashes": db.pg_hashes({photo.sha256 for photo in photos}),
    }
    rows = session.execute(_HERE, facts).all()
    doomed = {row.sha256 for row in rows if row.doomed}
    taken = doomed - set(session.scalars(_SAVE, {"hashes": db.pg_hashes(doomed)})) if doomed else set()
    return {(row.device_id, row.sha256, row.size) for row in rows if row.sha256 not in taken}


def _known(session: Session, ids: Collection[UUID]) -> set[UUID]:
    return set(session.scalars(text("SELECT id FROM photo WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids)}))
