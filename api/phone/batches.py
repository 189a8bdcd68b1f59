"""PUT /phone/v1/batches/{id}: a phone hands over a batch; GET: what became of it, for ever."""

import re
import threading
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from api import auth, telling
from api.blueprint import Blueprint
from api.phone.body import read_json_body
from api.phone.contract import PUT_DOC
from api.schemas.batch import AskedSchema, BatchSchema, MissingSchema
from api.session import house, reading, writing
from sync import clock, ids, queue
from sync.errors import refuse
from sync.intake import queries
from sync.intake.actions import Offer, Stored, accept_batch, receipt, stored_batch
from sync.words import BatchState

blp = Blueprint("batches", __name__, description="上传记录 / batches")
PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")
POLL_S = 0.05
_waiting = threading.Semaphore(4)


@blp.put("/batches/<uuid:batch_id>")
@blp.doc(**PUT_DOC)
def put_batch(batch_id: UUID) -> Response:
    """Store the batch; 202 acknowledges it, 201 tells that it is applied as well."""
    opened, device = house(), auth.device()
    if opened.blobs.free_share() < opened.policy.push.free_disk_share_min:
        raise refuse("storage-full", headers=_later())
    body = read_json_body(opened.policy.push)
    offer = Offer(device.id, batch_id, body.sha256, body.size, body.encoding, body.wire, telling.clocks())
    stored = writing(partial(accept_batch, offer=offer))
    if not stored.matches(offer):
        raise refuse("batch-conflict", sha256=stored.sha256.hex(), received_at=stored.received)
    headers: dict[str, str] = {}
    if stored.state is BatchState.RECEIVED:
        queue.ring(opened)
        stored, headers = _wait(stored)
    applied = stored.state is BatchState.DONE
    if not applied:
        headers |= {"Location": f"/phone/v1/batches/{batch_id}", **_later()}
    return _answer(stored, device.receipt_key, 201 if applied else 202, headers)


@blp.get("/batches/<uuid:batch_id>")
@blp.response(200, BatchSchema)
@blp.alt_response(404, "NOT_FOUND")
def get_batch(batch_id: UUID) -> Response:
    """What became of a batch and of each of its records; kept for ever."""
    device = auth.device()
    stored = reading(lambda session: stored_batch(session, device.id, batch_id))
    if stored is None:
        raise refuse("not-found")
    return _answer(stored, device.receipt_key, 200, {})


@blp.post("/batches:missing")
@blp.arguments(AskedSchema)
@blp.response(200, MissingSchema)
def ask_missing(asked: dict[str, Any]) -> dict[str, Any]:
    """Which of these batches, of the last 14 days, the server does not have; the phone sends them again."""
    device, days = auth.device(), house().policy.push.missing_days
    return {"missing": reading(lambda session: queries.missing(session, device.id, asked["ids"], days))}


def _answer(stored: Stored, key: bytes, status: int, headers: dict[str, str]) -> Response:
    now = clock.now()
    document: dict[str, Any] = {
        "batch": stored.batch_id,
        "sha256": stored.sha256.hex(),
        "received_at": stored.received,
        "receipt": receipt(stored, key),
        "state": stored.state.value,
        "server_time": now,
        "upgrade": "required" if stored.state is BatchState.PARKED else "none",
    }
    if stored.note:
        document["note"] = stored.note
    if stored.results is not None:
        document["results"] = _with_photos(stored)
    response = Response(current_app.json.dumps(document), status, mimetype="application/json")
    response.headers.update(headers)
    return response


def _with_photos(stored: Stored) -> list[dict[str, Any]]:
    """Results as stored, with the photos that are missing now: some have come since, some may have been lost."""
    results = stored.results or []
    if not results:
        return results
    awaited = reading(lambda session: queries.awaited_photos(session, stored.device_id, stored.batch_id))
    for result in results:
        missing = awaited.get(UUID(result["id"])) if result["id"] else None
        if missing:
            result["photos_missing"] = missing
        else:
            result.pop("photos_missing", None)
    return results


def _wait(stored: Stored) -> tuple[Stored, dict[str, str]]:
    """Honour `Prefer: wait=N` (RFC 7240) up to the policy's bound, while fewer than half of the threads wait."""
    match = PREFER_WAIT.search(request.headers.get("Prefer", ""))
    if not match or not _waiting.acquire(blocking=False):
        return stored, {}
    try:
        seconds = min(int(match[1]), house().policy.push.wait_s_max)
        end, pause = clock.ticks() + seconds, threading.Event()
        while stored.state is BatchState.RECEIVED and clock.ticks() < end:
            pause.wait(POLL_S)
            again = reading(partial(stored_batch, device_id=stored.device_id, batch_id=stored.batch_id))
            assert again is not None, "batches are never deleted"
            stored = again
        return stored, {"Preference-Applied": f"wait={seconds}"}
    finally:
        _waiting.release()


def _later() -> dict[str, str]:
    """Retry-After around the policy's mean, spread so that a town's phones do not come back together."""
    return {"Retry-After": str(1 + round(house().policy.push.retry_after_s * 2 * ids.jitter()))}
