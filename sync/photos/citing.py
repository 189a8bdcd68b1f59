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
    "SELECT u.device_id, b.sha256, b.size FROM blob_upload u JOIN blob b USING (sha256)"
    " WHERE u.device_id = ANY(:devices) AND u.sha256 = ANY(:hashes)"
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
    facts = {
        "devices": db.pg_uuids({photo.device_id for photo in photos}),
        "hashes": db.pg_hashes({photo.sha256 for photo in photos}),
    }
    here = {tuple(row) for row in session.execute(_HERE, facts)}
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


def _known(session: Session, ids: Collection[UUID]) -> set[UUID]:
    return set(session.scalars(text("SELECT id FROM photo WHERE id = ANY(:ids)"), {"ids": db.pg_uuids(ids)}))
