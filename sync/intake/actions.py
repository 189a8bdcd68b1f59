"""Accepting a batch: exact bytes, hash and the errand that will apply them, in one commit (D1.1 to D1.4, D2.1)."""

import base64
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, errands
from sync.words import BatchState, Job


@dataclass(frozen=True, slots=True)
class Offer:
    """A batch as it arrived: `body` are the bytes as they travelled, `sha256` is over the uncompressed JSON."""

    device_id: UUID
    batch_id: UUID
    sha256: bytes
    size: int
    encoding: str
    body: bytes
    clock: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server has under a batch id."""

    device_id: UUID
    batch_id: UUID
    sha256: bytes
    received_at: datetime
    state: BatchState
    results: list[dict[str, Any]] | None = None
    note: str | None = None

    @property
    def received(self) -> str:
        """Time of receipt as the phone gets it and the receipt signs it: RFC 3339 in UTC."""
        return self.received_at.astimezone(UTC).isoformat()

    def matches(self, offer: Offer) -> bool:
        """Whether the offer has the stored content."""
        return hmac.compare_digest(self.sha256, offer.sha256)


_INSERT = text(
    "WITH b AS (INSERT INTO batch (device_id, id, sha256, size, received_at, received_on, state, clock)"
    "  VALUES (:device, :batch, :sha256, :size, :now, :day, 'received', CAST(:clock AS jsonb))"
    "  ON CONFLICT DO NOTHING RETURNING id)"
    " INSERT INTO batch_body (received_on, device_id, batch_id, encoding, body)"
    " SELECT :day, :device, id, :encoding, :body FROM b RETURNING batch_id"
)
_STORED = text(
    "SELECT device_id, id, sha256, received_at, state, results, note FROM batch"
    " WHERE device_id = :device AND id = :batch"
)
_CONFLICT = text(
    "INSERT INTO batch_conflict (device_id, batch_id, sha256, received_at, encoding, body)"
    " VALUES (:device, :batch, :sha256, :now, :encoding, :body) ON CONFLICT DO NOTHING"
)


def accept_batch(session: Session, offer: Offer) -> Stored:
    """Store a batch and owe its applying, or answer what is stored under its id; the primary key decides a race.

    An offer of other content changes nothing: the first such body is kept aside, and the caller sees by `matches`.
    """
    now = clock.now()
    facts = {
        "device": offer.device_id,
        "batch": offer.batch_id,
        "sha256": offer.sha256,
        "size": offer.size,
        "now": now,
        "day": clock.today(),
        "clock": orjson.dumps(offer.clock).decode() if offer.clock else None,
        "encoding": offer.encoding,
        "body": offer.body,
    }
    if session.execute(_INSERT, facts).first() is not None:
        errands.owe(session, Job.APPLY_BATCH, f"{offer.device_id}/{offer.batch_id}")
        return Stored(offer.device_id, offer.batch_id, offer.sha256, now, BatchState.RECEIVED)
    stored = stored_batch(session, offer.device_id, offer.batch_id)
    assert stored is not None, "the key was taken"
    if not stored.matches(offer):
        session.execute(_CONFLICT, facts)
    return stored


def stored_batch(session: Session, device_id: UUID, batch_id: UUID) -> Stored | None:
    """What is stored under a batch id of this phone, with results where there are any."""
    row = session.execute(_STORED, {"device": device_id, "batch": batch_id}).one_or_none()
    if row is None:
        return None
    return Stored(row.device_id, row.id, row.sha256, row.received_at, BatchState(row.state), row.results, row.note)


def receipt(stored: Stored, key: bytes) -> str:
    """Proof that this server has these bytes: base64 of HMAC-SHA256 with the phone's receipt key over the lines
    `doorstep-receipt-1`, batch id, SHA-256 (hex), time of receipt (RFC 3339, as in the answer)."""
    lines = ("doorstep-receipt-1", str(stored.batch_id), stored.sha256.hex(), stored.received)
    return base64.b64encode(hmac.digest(key, "\n".join(lines).encode(), "sha256")).decode()
