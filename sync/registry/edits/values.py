"""Values of fields on their way to rows and back: JSON for all but telephone numbers, cipher text for those."""

from typing import Any, NamedTuple, Protocol

import orjson

from sync.registry.edits.rules import Spot, Value
from sync.words import EditField


class Numbers(Protocol):
    """What seals telephone numbers and opens them."""

    def seal(self, number: str) -> tuple[bytes, bytes]:
        """Cipher text and look-up hash of a number."""
        ...

    def wrap(self, told: str) -> bytes:
        """Cipher text of whatever somebody said a number was."""
        ...

    def open(self, cipher: bytes) -> str:
        """The number."""
        ...


class Packed(NamedTuple):
    """A value as two columns keep it: JSON as text, or cipher text; both null for nothing."""

    json: str | None
    cipher: bytes | None


def pack(field: EditField, value: Value, numbers: Numbers) -> Packed:
    """The columns of a value. Raises what `numbers.wrap` raises."""
    if value is None:
        return Packed(None, None)
    if isinstance(value, Spot):
        return Packed(orjson.dumps(value._asdict()).decode(), None)
    if field is EditField.PHONE:
        return Packed(None, numbers.wrap(value))
    return Packed(orjson.dumps(value).decode(), None)


def unpack(json: Any, cipher: bytes | None, numbers: Numbers) -> Value:
    """The value of two columns, the JSON decoded already."""
    if cipher is not None:
        return numbers.open(bytes(cipher))
    return Spot(json["lon"], json["lat"]) if isinstance(json, dict) else json
