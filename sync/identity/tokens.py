"""How a token may be given twice without being kept, and what a token is worth: pure.

A successor is derived: HMAC-SHA256 under a key of the server over phone, number and the nonce of the first request that
asked for it. So whoever lost the answer gets the very same token, and a copy of the database holds no token.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sync.policy import Devices
from sync.words import DeviceState

_PURPOSE = b"doorstep device tokens"
_RAW = 64  # r and s of 32 bytes each, as WebCrypto writes a signature; everybody else writes DER


class Standing(Enum):
    """What a token is worth."""

    CURRENT = auto()  # the phone's own
    PENDING = auto()  # a successor that nobody has used yet
    GRACE = auto()  # the predecessor, shortly after its successor's first use
    STALE = auto()  # used after that: a copy, or a lost answer if the phone's key signs it
    FORMER = auto()  # of before the last enrolment
    REVOKED = auto()  # its whole family was ended


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that the row of its phone does not name, with what that row says now."""

    device_id: UUID
    no: int
    made_at: datetime
    used_at: datetime | None
    superseded_at: datetime | None
    state: DeviceState
    current_hash: bytes
    token_no: int
    family_no: int
    revoked_at: datetime | None


def standing(token: KnownToken, now: datetime, policy: Devices) -> Standing:
    """What a token is worth now."""
    if token.no < token.family_no:
        return Standing.FORMER
    if token.revoked_at is not None:
        return Standing.REVOKED
    if token.no > token.token_no:
        return Standing.PENDING
    if token.superseded_at is None:
        return Standing.CURRENT
    is_graced = now < token.superseded_at + timedelta(seconds=policy.grace_s)
    return Standing.GRACE if is_graced else Standing.STALE


def is_outdated(token: KnownToken, now: datetime, policy: Devices) -> bool:
    """Whether a successor has lain unused for as long as any token may."""
    return now >= token.made_at + timedelta(days=policy.token_days)


def key_from(secret: str) -> bytes:
    """The key that tokens are derived with, and nothing else."""
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")


def derived(key: bytes, device_id: UUID, no: int, nonce: str) -> str:
    """The token of a phone with this number, asked for with this nonce: always the same, 256 bits."""
    message = f"doorstep-token-1\n{device_id}\n{no}\n{nonce}".encode()
    return "ds_" + base64.urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")


def message(device_id: UUID, token_hash: bytes, nonce: str) -> bytes:
    """What a phone signs when it asks for the successor of a token (`token_hash`: its SHA-256)."""
    return f"doorstep-token-1\n{device_id}\n{token_hash.hex()}\n{nonce}".encode()


def is_signed(public_key: bytes, signature: bytes, signed: bytes) -> bool:
    """Whether this P-256 key (DER) made the signature (DER, or r and s as 64 bytes) over these bytes."""
    key = load_der_public_key(public_key)
    assert isinstance(key, EllipticCurvePublicKey), "the door lets no other key in"
    if len(signature) == _RAW:
        half = _RAW // 2
        signature = encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
    try:
        key.verify(signature, signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def rotate_after(ends_at: datetime, policy: Devices) -> datetime:
    """When a token with this absolute end is to be exchanged."""
    return ends_at - timedelta(days=policy.token_days_max - policy.rotate_days)
