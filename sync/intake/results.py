"""What a phone is told about each record of its batch, and the rows of records that still wait (D1.5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.intake.rules import SentClock
from sync.models import WaitingRecord
from sync.words import BatchState, RecordState, Role

WAITING = frozenset({RecordState.HELD, RecordState.PARKED, RecordState.QUARANTINED, RecordState.UNPERMITTED})
OPEN = frozenset({"pending"} | {state.value for state in WAITING})


@dataclass(slots=True)
class Result:
    """The answer about one record. `facts` are shown to the phone: of, for, until, reason, pointer, photos_missing."""

    ord: int
    kind: str
    id: UUID | None
    state: RecordState
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As it stands in `batch.results`."""
        return {"ord": self.ord, "kind": self.kind, "id": self.id, "state": self.state.value, **self.facts}


@dataclass(slots=True)
class Opened:
    """A batch locked for applying, with its body, whose phone it came from and every role that person ever held,
    newest first: a late batch is judged by what held then."""

    device_id: UUID
    id: UUID
    person_id: UUID
    roles: list[tuple[Role, UUID]]
    received_at: datetime
    state: BatchState
    results: list[dict[str, Any]] | None
    encoding: str | None
    body: bytes | None
    tried: bool
    sent: SentClock | None


_OPEN = text(
    "SELECT b.device_id, b.id, d.person_id, b.received_at, b.state, b.results, b.clock, y.encoding, y.body,"
    " (SELECT json_agg(json_build_array(r.role, r.unit_id) ORDER BY upper(r.valid) DESC NULLS FIRST, r.id)"
    "   FROM person_role r WHERE r.person_id = d.person_id) AS roles"
    " FROM batch b JOIN device d ON d.id = b.device_id LEFT JOIN batch_body y"
    "  ON y.received_on = b.received_on AND y.device_id = b.device_id AND y.batch_id = b.id"
    " WHERE b.device_id = :device AND b.id = :batch FOR UPDATE OF b FOR NO KEY UPDATE OF d"
)
_SAVE = text(
    "UPDATE batch SET state = :state, results = CAST(:results AS jsonb), schema = :schema, device_seq = :seq,"
    " note = :note,"
    " done_at = CAST(:done_at AS timestamptz)"
    " WHERE device_id = :device AND id = :batch"
)
_WAITING = (
    "device_id", "batch_id", "ord", "state", "kind", "client_id", "waits_for", "until", "since", "reason",
)  # fmt: skip


def open_batch(session: Session, device_id: UUID, batch_id: UUID) -> Opened | None:
    """Lock a batch and its phone, and read its body; None if there is no such batch.

    The lock on the phone orders this against its photo uploads: whoever comes second sees the other.
    """
    row = session.execute(_OPEN, {"device": device_id, "batch": batch_id}).one_or_none()
    if row is None:
        return None
    return Opened(
        device_id=row.device_id,
        id=row.id,
        person_id=row.person_id,
        roles=[(Role(role), UUID(unit)) for role, unit in row.roles or ()],
        received_at=row.received_at,
        state=BatchState(row.state),
        results=row.results,
        encoding=row.encoding,
        body=row.body,
        tried=row.results is not None,
        sent=_fresh(row.clock, row.received_at) if row.clock else None,
    )


def _fresh(told: dict[str, Any], received_at: datetime) -> SentClock:
    """The clocks of the very request that arrived, from its header."""
    return SentClock(
        datetime.fromisoformat(told["at"]), told.get("elapsed_ms"), told.get("boot_id"), received_at, is_fresh=True
    )


def save(session: Session, batch: Opened, state: BatchState, now: datetime, **envelope: Any) -> None:
    """Write what the phone may ask for; `envelope` gives schema, seq and note."""
    session.execute(
        _SAVE,
        {
            "state": state.value,
            "results": None if batch.results is None else orjson.dumps(batch.results).decode(),
            "schema": envelope.get("schema"),
            "seq": envelope.get("seq"),
            "note": envelope.get("note"),
            "done_at": now if state is BatchState.DONE else None,
            "device": batch.device_id,
            "batch": batch.id,
        },
    )


def set_waiting(session: Session, batch: Opened, settled: Sequence[Result], now: datetime) -> None:
    """Replace the waiting rows of these records: one for each that still waits for something."""
    if batch.tried:
        session.execute(
            text("DELETE FROM waiting_record WHERE device_id = :device AND batch_id = :batch AND ord = ANY(:ords)"),
            {"device": batch.device_id, "batch": batch.id, "ords": [result.ord for result in settled]},
        )
    rows = [
        (
            batch.device_id, batch.id, result.ord, result.state.value, result.kind, result.id,
            result.facts.get("for"), result.facts.get("until"), now, result.facts.get("reason", result.state.value),
        )
        for result in settled
        if result.state in WAITING
    ]  # fmt: skip
    db.put(session, WaitingRecord, _WAITING, rows)
