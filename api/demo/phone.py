"""A simulated phone that speaks only HTTP, as a phone must: exact bytes kept before they are sent, sent again until a
receipt verifies, photos apart, nothing forgotten before the server is done."""

import base64
import gzip
import hashlib
import hmac
import json
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlsplit

from api.demo import drawing
from sync import ids

ACKNOWLEDGED = frozenset({201, 202})
TIMEOUT_S = 10.0
ATTEMPTS = 400
REUSED, POSITIONED = 0.02, 0.5


@dataclass(slots=True)
class Answer:
    """What came back; status 0 means that nothing did, so that the outcome is unknown."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float = 0.3


@dataclass(slots=True)
class Kept:
    """A batch on the phone: its bytes never change."""

    id: str
    json: bytes
    records: list[dict[str, Any]]
    acknowledged: bool = False
    sent: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)
    state: str = "unsent"

    @property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.json).hexdigest()


class Phone:
    """One phone of one cadre. `homes` are (place id, lon, lat, village id)."""

    def __init__(self, url: str, homes: list[tuple[str, float | None, float | None, str]], seed: int) -> None:
        self.url = urlsplit(url)
        self.homes = homes
        self.random = Random(seed)  # noqa: S311  # the same phone misbehaves the same way every time
        self.token = ""
        self.key = b""
        self.person = ""
        self.sequence = 0
        self.batches: list[Kept] = []
        self.photos: dict[str, bytes] = {}
        self.present: set[str] = set()
        self.free_at: datetime | None = None  # its cadre has left the last door by then
        self.facts: dict[str, Any] = {}  # what it shows of homes (corrections.Facts)

    def enrol(self, username: str, code: str) -> None:
        """Become known by a one-time code; raises RuntimeError when refused."""
        about = {"id": str(ids.uuid7()), "model": "演示手机", "os": "Android 13", "app_version": "1.0.0"}
        body = json.dumps({"username": username, "code": code, "device": about}).encode()
        answer = self._until_answered("POST", "/phone/v1/enrol", body, {"Content-Type": "application/json"})
        if answer.status not in (200, 201):
            raise RuntimeError(f"enrolment refused: {answer.status} {answer.body.get('code')}")
        self.token, self.person = answer.body["token"], answer.body["person"]["id"]
        self.key = base64.b64decode(answer.body["receipt_key"])

    def keep(self, records: list[dict[str, Any]], sent_at: str) -> Kept:
        """Write a batch down: its bytes are fixed from now on."""
        self.sequence += 1
        batch = str(ids.uuid7())
        whole = {
            "schema": 1, "batch": batch, "device_seq": self.sequence, "sent": {"at": sent_at}, "records": records,
            "app": {"name": "demo", "version": "1.0.0"},
        }  # fmt: skip
        kept = Kept(batch, json.dumps(whole, ensure_ascii=False).encode(), records)
        self.batches.append(kept)
        return kept

    def push(self, kept: Kept) -> None:
        """Send a batch until it is acknowledged."""
        for _ in range(ATTEMPTS):
            answer = self.put(kept)
            if kept.acknowledged:
                return
            time.sleep(min(answer.retry_after, 2.0) * (0.5 + self.random.random()))
        raise RuntimeError(f"batch {kept.id} was not acknowledged in {ATTEMPTS} tries")

    def put(self, kept: Kept) -> Answer:
        """One try. Only 201 or 202 with a receipt that verifies acknowledges; anything else leaves it unknown."""
        packed = gzip.compress(kept.json, 6)
        headers = {
            "Content-Type": "application/json", "Content-Encoding": "gzip", "Doorstep-Body-SHA256": kept.sha256,
        }  # fmt: skip
        answer = self._request("PUT", f"/phone/v1/batches/{kept.id}", packed, headers)
        kept.sent += 1
        kept.acknowledged = kept.acknowledged or self._is_receipt(answer, kept)
        return answer

    def cut_off(self, kept: Kept) -> None:
        """Lose the connection in the middle of the body."""
        packed = gzip.compress(kept.json, 6)
        head = (
            f"PUT /phone/v1/batches/{kept.id} HTTP/1.1\r\nHost: phone\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Encoding: gzip\r\nDoorstep-Body-SHA256: {kept.sha256}\r\nContent-Length: {len(packed)}\r\n\r\n"
        )
        try:
            with socket.create_connection((self.url.hostname, self.url.port or 80), TIMEOUT_S) as line:
                line.sendall(head.encode() + packed[: len(packed) // 2])
        except OSError:
            return

    def hand_in_photo(self, sha256: str) -> None:
        """PUT a photo until it is stored."""
        for _ in range(ATTEMPTS):
            answer = self.put_photo(sha256)
            if sha256 in self.present:
                return
            time.sleep(min(answer.retry_after, 1.0))
        raise RuntimeError(f"photo {sha256} was not stored")

    def put_photo(self, sha256: str) -> Answer:
        """One try. Only 201 that names these bytes says that they are stored."""
        content = self.photos[sha256]
        answer = self._request("PUT", f"/phone/v1/blobs/{sha256}", content, {})
        if answer.status == 201 and answer.body == {"sha256": sha256, "size": len(content)}:
            self.present.add(sha256)
        return answer

    def ask(self, kept: Kept) -> str:
        """What became of a batch: its state, with the results kept."""
        answer = self._until_answered("GET", f"/phone/v1/batches/{kept.id}", None, {})
        if answer.status == 200:
            kept.state, kept.results = answer.body["state"], answer.body.get("results", [])
        return kept.state

    def new_photo(self, at: datetime, near: tuple[float, float] | None) -> dict[str, Any]:
        """Take a photo: bytes kept here, and how a record cites them. Some cameras write their position (lon, lat) into
        it. Once in a while somebody hands in an old one again, or one that came through a chat."""
        chance, old = self.random.random(), list(self.photos.values())
        if old and chance < REUSED:
            content = self.random.choice(old)
        elif old and chance < 2 * REUSED:
            content = drawing.copied(self.random.choice(old), at)
        else:
            content = drawing.draw(self.random, at, near if self.random.random() < POSITIONED else None)
        sha256 = hashlib.sha256(content).hexdigest()
        self.photos[sha256] = content
        return {"id": str(ids.uuid7()), "sha256": sha256, "size": len(content)}

    def _is_receipt(self, answer: Answer, kept: Kept) -> bool:
        told = answer.body
        if answer.status not in ACKNOWLEDGED or told.get("batch") != kept.id or told.get("sha256") != kept.sha256:
            return False
        lines = "\n".join(("doorstep-receipt-1", kept.id, kept.sha256, str(told.get("received_at"))))
        wanted = base64.b64encode(hmac.digest(self.key, lines.encode(), "sha256")).decode()
        return hmac.compare_digest(wanted, str(told.get("receipt")))

    def _until_answered(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        for _ in range(ATTEMPTS):
            answer = self._request(method, path, body, headers)
            if 0 < answer.status < 500 and answer.status != 429:
                return answer
            time.sleep(min(answer.retry_after, 1.0))
        raise RuntimeError(f"{method} {path}: no answer in {ATTEMPTS} tries")

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        line = HTTPConnection(str(self.url.hostname), self.url.port or 80, timeout=TIMEOUT_S)
        try:
            line.request(method, path, body, headers | {"Authorization": f"Bearer {self.token}"})
            response = line.getresponse()
            raw = response.read()
            later = response.headers.get("Retry-After", "")
            told = json.loads(raw) if raw and "json" in response.headers.get("Content-Type", "") else {}
            return Answer(
                response.status, told if isinstance(told, dict) else {}, float(later) if later.isdigit() else 0.3
            )
        except (OSError, HTTPException, ValueError):
            return Answer(0)
        finally:
            line.close()
