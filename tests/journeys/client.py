"""A phone as the road sees it: it keeps its bytes, repeats them, and believes only a proper acknowledgement.

Each operation is logged as ok, fail or unknown; a timeout or a lost connection is unknown, never a failure.
"""

import base64
import gzip
import hashlib
import hmac
import http.client
import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from time import sleep
from typing import Any
from uuid import UUID

import orjson

from sync import clock, ids
from tests.journeys.town import Town, wait_for

ACK = (201, 202)
_seq = count(1)


@dataclass(frozen=True)
class Operation:
    """One request and what came back; `status` None: unknown."""

    verb: str
    batch: UUID
    sha256: str
    outcome: str
    status: int | None = None
    reply: dict[str, Any] | None = None


@dataclass
class Kept:
    """A batch in the phone's memory: the exact bytes, and the records that it tells of."""

    id: UUID
    body: bytes
    records: list[dict[str, Any]]
    encoding: str = "gzip"

    @property
    def sha256(self) -> str:
        """Of the uncompressed JSON, hex."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def wire(self) -> bytes:
        """The bytes as they travel."""
        return gzip.compress(self.body, 1, mtime=0) if self.encoding == "gzip" else self.body


@dataclass
class Phone:
    """Cadre Li's phone; a new device for each test, so that a checker sees only its own."""

    town: Town
    device: UUID
    token: str
    receipt_key: bytes
    log: list[Operation] = field(default_factory=list)
    batches: dict[UUID, Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, records: list[dict[str, Any]], **changes: Any) -> Kept:
        """Write a batch down, as the phone does before it sends anything."""
        batch = ids.uuid7()
        envelope = {
            "schema": 1, "batch": batch, "device_seq": next(_seq), "sent": {"at": clock.now()}, "records": records,
        }  # fmt: skip
        kept = Kept(batch, orjson.dumps(envelope | changes), records)
        self.batches[batch] = kept
        return kept

    def headers(self, kept: Kept, **more: str) -> dict[str, str]:
        """Headers of a PUT of these bytes."""
        given = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Content-Encoding": kept.encoding,
            "Doorstep-Body-SHA256": kept.sha256,
        }
        return given | more

    def put(self, kept: Kept, timeout_s: float = 10, **more: str) -> Operation:
        """PUT once."""
        path = f"/phone/v1/batches/{kept.id}"
        return self._request("PUT", path, kept, kept.wire, self.headers(kept, **more), timeout_s)

    def get(self, kept: Kept) -> Operation:
        """GET what became of it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self._request("GET", f"/phone/v1/batches/{kept.id}", kept, None, headers, 10)

    def deliver(self, kept: Kept) -> Operation:
        """PUT until it is acknowledged, as a phone does; the acknowledgement."""

        def try_once() -> Operation | None:
            operation = self.put(kept)
            if operation.outcome == "ok":
                return operation
            assert operation.status is None or operation.status >= 500, operation
            sleep(0.1)
            return None

        acknowledged: Operation = wait_for("an acknowledgement", try_once)
        return acknowledged

    def settle(self, kept: Kept) -> list[dict[str, Any]]:
        """Ask until the batch is no longer waiting; the results of its records."""

        def ask() -> Operation | None:
            operation = self.get(kept)
            waits = operation.reply is None or operation.reply["state"] == "received"
            return None if waits or operation.status != 200 else operation

        reply = wait_for("results", ask).reply
        assert reply is not None
        return list(reply.get("results", []))

    def outcomes(self) -> Counter[str]:
        """How many operations ended how."""
        return Counter(operation.outcome for operation in self.log)

    def _request(
        self, verb: str, path: str, kept: Kept, body: bytes | None, headers: dict[str, str], timeout_s: float
    ) -> Operation:
        connection = http.client.HTTPConnection("127.0.0.1", self.town.to_web.port, timeout=timeout_s)
        try:
            connection.request(verb, path, body, headers)
            response = connection.getresponse()
            status, content = response.status, response.read()
            reply = orjson.loads(content) if "json" in response.headers.get("Content-Type", "") else None
            is_ok = self.is_acknowledged(kept, status, reply) if verb == "PUT" else status == 200
            operation = Operation(verb, kept.id, kept.sha256, "ok" if is_ok else "fail", status, reply)
        except (OSError, http.client.HTTPException):
            operation = Operation(verb, kept.id, kept.sha256, "unknown")
        finally:
            connection.close()
        with self._lock:
            self.log.append(operation)
        return operation

    def is_acknowledged(self, kept: Kept, status: int, reply: Any) -> bool:
        """Only 201 or 202 with the batch, its hash and a receipt that our key verifies."""
        if status not in ACK or not isinstance(reply, dict):
            return False
        lines = ("doorstep-receipt-1", str(kept.id), kept.sha256, reply["received_at"])
        wanted = hmac.digest(self.receipt_key, "\n".join(lines).encode(), "sha256")
        same = reply["batch"] == str(kept.id) and reply["sha256"] == kept.sha256
        return same and hmac.compare_digest(base64.b64decode(reply["receipt"]), wanted)
