"""A phone with a key of its own, as sync.md section 7 asks: it writes down before it sends, and loses packets.

`send(method, path, headers, body)` answers (status, body); a lost reply is None.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync import ids

ABOUT = {"model": "Redmi 12C", "os": "Android 13", "app_version": "1.0.0"}
Reply = tuple[int, dict[str, Any]]
Send = Callable[[str, str, dict[str, str], Any], Reply]


class Key:
    """A P-256 key in the keystore of a phone: it signs, and nobody reads it out."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """DER in base64, as enrolment takes it."""
        der = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def sign(self, message: bytes, *, raw: bool = False) -> str:
        """The signature in base64: DER, or r and s."""
        signature = self._private.sign(message, ec.ECDSA(SHA256()))
        if raw:
            r, s = decode_dss_signature(signature)
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return base64.b64encode(signature).decode()


def exchange(device: UUID, token: str, nonce: str, key: Key, *, raw: bool = False) -> dict[str, str]:
    """The body of POST /phone/v1/token."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    message = f"doorstep-token-1\n{device}\n{digest}\n{nonce}".encode()
    return {"nonce": nonce, "signature": key.sign(message, raw=raw)}


@dataclass
class KeyedPhone:
    """What a phone keeps: its id, its key, the token it uses, and the exchange that is under way."""

    send: Send
    device: UUID = field(default_factory=ids.uuid7)
    key: Key = field(default_factory=Key)
    token: str = ""
    nonce: str | None = None
    receipt_key: bytes = b""

    def enrol(self, username: str, code: str) -> Reply:
        """Become known; nothing is kept when it is refused."""
        about = ABOUT | {"id": str(self.device)}
        body = {"username": username, "code": code, "device": about, "public_key": self.key.public}
        status, told = self.send("POST", "/phone/v1/enrol", {}, body)
        if status == 201:
            self.token, self.nonce = told["token"], None
            self.receipt_key = base64.b64decode(told["receipt_key"])
        return status, told

    def ask(self, path: str = "me", token: str | None = None) -> Reply:
        """GET with the token that it uses, or another."""
        return self.send("GET", f"/phone/v1/{path}", self.bearer(token), None)

    def rotate(self, *, lost: bool = False, raw: bool = False) -> Reply:
        """Ask for the successor; if the reply is not lost it is written down and used from then on."""
        self.nonce = self.nonce or str(ids.uuid7())
        body = exchange(self.device, self.token, self.nonce, self.key, raw=raw)
        status, told = self.send("POST", "/phone/v1/token", self.bearer(), body)
        if status == 200 and not lost:
            self.token, self.nonce = told["token"], None
        return status, told

    def bearer(self, token: str | None = None) -> dict[str, str]:
        """The header that shows a token."""
        return {"Authorization": f"Bearer {token or self.token}"}


def through(client: Any) -> Send:
    """Requests by Flask's test client."""

    def send(method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        answer = (
            client.open(path, method=method, headers=headers, json=body)
            if body is not None
            else client.open(path, method=method, headers=headers)
        )
        return answer.status_code, orjson.loads(answer.data) if answer.data else {}

    return send
