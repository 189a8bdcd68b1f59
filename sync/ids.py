"""The only randomness of the house: ids, tokens, codes, draws."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sync import clock

Item = TypeVar("Item")
_chance = secrets.SystemRandom()


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits.

    Made in time order, so that new rows land at the right-hand edge of their index.
    """
    millis = int(clock.now().timestamp() * 1000)
    value = (millis & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def first_uuid7(at: datetime) -> UUID:
    """The smallest UUID of version 7 made at this moment: a bound for what is ordered by its id."""
    return UUID(int=(int(at.timestamp() * 1000) & (1 << 48) - 1) << 80 | 0x7 << 76 | 0x2 << 62)


def token(prefix: str) -> str:
    """An opaque secret of 256 bits, e.g. `ds_…`; only `digest(token)` is ever stored."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    """SHA-256 of a token: 32 bytes. Tokens are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()


def key() -> bytes:
    """A fresh 32-byte key."""
    return secrets.token_bytes(32)


def digits(count: int) -> str:
    """A one-time code of `count` decimal digits."""
    return f"{secrets.randbelow(10**count):0{count}d}"


def jitter() -> float:
    """A number from 0 to 1 that spreads repeated tries."""
    return secrets.randbelow(1000) / 1000


def shuffled(items: Sequence[Item]) -> list[Item]:
    """The items in an order that nobody can predict: every order is as likely, by the system's entropy."""
    return _chance.sample(items, len(items))
