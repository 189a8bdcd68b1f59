"""What a phone is told about each record of its batch, and the rows of records that still wait (D1.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import db
from sync.intake.origin import Origin
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


class Answer(NamedTuple):
    """A result and the batch to which it belongs."""

    origin: Origin
    result: Result


@dataclass(slots=True)
class Opened:
    """A batch locked for applying, with its body and whose phone it came from."""

    device_id: UUID
    id: UUID
    person_id: UUID
    roles: tuple[tuple[Role, UUID], ...]
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
    " WHERE (b.device_id, b.id) IN (SELECT * FROM unnest(CAST(:devices AS uuid[]), CAST(:batches AS uuid[])))"
    " ORDER BY b.device_id, b.id FOR UPDATE OF b FOR NO KEY UPDATE OF d"
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


def open_batches(session: Session, keys: Collection[tuple[UUID, UUID]]) -> list[Opened]:
    """Lock batches by (device, id) with their phones, and read their bodies; those that there are, in that order.

    The lock on a phone orders this against its photo uploads: whoever comes second sees the other. All lock in the
    same order, so that two workers never wait for each other.
    """
    facts = {"devices": db.pg_uuids(device for device, _ in keys), "batches": db.pg_uuids(batch for _, batch in keys)}
    return [
        Opened(
            device_id=row.device_id,
            id=row.id,
            person_id=row.person_id,
            roles=tuple((Role(role), UUID(unit)) for role, unit in row.roles or ()),
            received_at=row.received_at,
            state=BatchState(row.state),
            results=row.results,
            encoding=row.encoding,
            body=row.body,
            tried=row.results is not None,
            sent=_fresh(row.clock, row.received_at) if row.clock else None,
        )
        for row in session.execute(_OPEN, facts)
    ]


def _fresh(told: dict[str, Any], received_at: datetime) -> SentClock:
    """The clocks of the very request that arrived, from its header."""
    return SentClock(
        datetime.fromisoformat(told["at"]), told.get("elapsed_ms"), told.get("boot_id"), received_at, is_fresh=True
    )


def row(batch: Opened, state: BatchState, now: datetime, **envelope: Any) -> dict[str, Any]:
    """What the phone may ask for, for `save`; `envelope` gives schema, seq and note."""
    return {
        "state": state.value,
        "results": None if batch.results is None else orjson.dumps(batch.results).decode(),
        "schema": envelope.get("schema"),
        "seq": envelope.get("seq"),
        "note": envelope.get("note"),
        "done_at": now if state is BatchState.DONE else None,
        "device": batch.device_id,
        "batch": batch.id,
    }


def save(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write the answers of batches in one round trip."""
    if rows:
        session.execute(_SAVE, rows)


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
