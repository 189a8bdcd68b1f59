"""The cursor that a phone keeps: opaque to it, signed, so that what comes back is what was given (D4.1)."""

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from sync.errors import refuse

SCHEMA = 1  # of the feed: raised when a phone must read everything again
_MAC_BYTES = 16
_PURPOSE = b"doorstep feed cursor"


class Mark(NamedTuple):
    """How far one scope was read: `kinds` are the bits that were shown.

    A scope that is read from its beginning skips ends (left, deleted, merged) up to `until`, the head when it began.
    """

    seq: int
    kinds: int
    until: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a phone has read, by scope."""

    epoch: int
    marks: dict[str, Mark] = field(default_factory=dict)
    schema: int = SCHEMA


def key_from(secret: str) -> bytes:
    """The key that signs cursors, and nothing else."""
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")


def seal(cursor: Cursor, key: bytes) -> str:
    """The cursor as a phone gets it: letters, digits, - and _."""
    body = orjson.dumps([cursor.schema, cursor.epoch, {scope: list(mark) for scope, mark in cursor.marks.items()}])
    return base64.urlsafe_b64encode(_mac(body, key) + body).decode().rstrip("=")


def unseal(text: str, key: bytes) -> Cursor:
    """The cursor that `seal` made. Raises cursor-invalid for anything else: the phone then pulls without one."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse("cursor-invalid") from error
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, key)):
        raise refuse("cursor-invalid")
    schema, epoch, marks = orjson.loads(body)
    return Cursor(epoch, {scope: Mark(*mark) for scope, mark in marks.items()}, schema)


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]
