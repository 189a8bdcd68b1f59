"""Batches as phones send them."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from tests.factories.village import HOME, Village


def this_morning() -> datetime:
    """Between ten and eleven, at least three hours ago: then nobody asks why a visit took place. No two are equal."""
    ago = clock.local(clock.now()) - timedelta(hours=3)
    ten = ago.replace(hour=10)
    return ten if ten <= ago else ten - timedelta(days=1)


def visit(village: Village, at: datetime, **changes: Any) -> dict[str, Any]:
    """Cadre Li's visit of ten minutes at the home, with five good fixes."""
    fixes = [
        {
            "lon": HOME[0] + i * 1e-5,
            "lat": HOME[1] - i * 1e-5,
            "at": at + timedelta(minutes=2 * i),
            "accuracy_m": 12.0,
            "provider": "gps",
        }
        for i in range(5)
    ]
    return {
        "kind": "visit",
        "id": ids.uuid7(),
        "place": village.home,
        "outcome": "met",
        "started": {"wall": at},
        "ended": {"wall": at + timedelta(minutes=10)},
        "fixes": fixes,
        "note": "家里只有老人,水管漏水",
    } | changes


def problem(**changes: Any) -> dict[str, Any]:
    """The tap has no water."""
    return {"id": ids.uuid7(), "category": "environment", "text": "自来水三天没有水了", "read_back": True} | changes


def body(records: list[Any], whole: dict[str, Any] | None = None, **changes: Any) -> tuple[UUID, bytes]:
    """(batch id, JSON) of a batch sent now."""
    batch = ids.uuid7()
    sent = {"at": clock.now()}
    return batch, orjson.dumps(
        {"schema": 1, "batch": batch, "device_seq": 1, "sent": sent, "records": records} | (whole or {}) | changes
    )


def receive(session: Session, device: UUID, batch: UUID, json: bytes) -> None:
    """Put a batch where the acknowledgement puts it."""
    now = clock.now()
    facts = {
        "d": device, "b": batch, "h": hashlib.sha256(json).digest(), "s": len(json), "now": now, "on": clock.today(),
        "y": json,
    }  # fmt: skip
    session.execute(
        text(
            "INSERT INTO batch (device_id, id, sha256, size, received_at, received_on, state)"
            " VALUES (:d, :b, :h, :s, :now, :on, 'received')"
        ),
        facts,
    )
    session.execute(
        text(
            "INSERT INTO batch_body (received_on, device_id, batch_id, encoding, body)"
            " VALUES (:on, :d, :b, 'identity', :y)"
        ),
        facts,
    )
