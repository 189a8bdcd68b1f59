"""Reading request bodies with bounds: only bytes that match the declared length and hash are kept (D1.3, D1.7)."""

import hashlib
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from sync.errors import refuse
from sync.policy import Push

CHUNK = 1 << 18
HASH_HEADER = "Doorstep-Body-SHA256"
SHA256_HEX = 64
GZIP = 16 + zlib.MAX_WBITS


class Body(NamedTuple):
    """A body as it travelled, with what its JSON weighs and hashes to when it is unpacked."""

    wire: bytes
    encoding: str
    size: int
    sha256: bytes


def chunks(bytes_max: int) -> Iterator[bytes]:
    """The request's bytes; raises `body-too-large`, or `body-truncated` if fewer come than were declared."""
    request.max_content_length = bytes_max
    declared, got = request.content_length, 0
    if declared is not None and declared > bytes_max:
        raise refuse("body-too-large", limit=bytes_max)
    try:
        while chunk := request.stream.read(CHUNK):
            got += len(chunk)
            if got > bytes_max:
                raise refuse("body-too-large", limit=bytes_max)
            yield chunk
    except RequestEntityTooLarge as error:
        raise refuse("body-too-large", limit=bytes_max) from error
    except (ClientDisconnected, OSError) as error:
        raise refuse("body-truncated", got=got) from error
    if declared is not None and got < declared:
        raise refuse("body-truncated", got=got, declared=declared)


def declared_hash() -> bytes:
    """The SHA-256 that the request declares of its JSON; raises `bad-request`."""
    value = request.headers.get(HASH_HEADER, "")
    try:
        if len(value) != SHA256_HEX:
            raise ValueError
        return bytes.fromhex(value)
    except ValueError as error:
        raise refuse("bad-request", detail=f"{HASH_HEADER}: 64 hex digits", header=HASH_HEADER) from error


def read_json_body(limits: Push) -> Body:
    """The body of a batch, not parsed: unpacked only to count and hash it."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise refuse("media-type", detail="Content-Encoding: gzip, identity", headers={"Accept-Encoding": "gzip"})
    declared = declared_hash()
    wire = b"".join(chunks(limits.wire_bytes_max))
    size, digest = _unpacked(wire, limits.json_bytes_max) if encoding == "gzip" else (len(wire), hashlib.sha256(wire))
    if digest.digest() != declared:
        raise refuse("body-hash-mismatch", got=digest.hexdigest())
    return Body(wire, encoding, size, declared)


def _unpacked(wire: bytes, bytes_max: int) -> "tuple[int, hashlib._Hash]":
    """Size and hash of what a gzip body unpacks to, counted while streaming: a bomb costs one chunk of memory."""
    unpack, digest, size, left = zlib.decompressobj(GZIP), hashlib.sha256(), 0, wire
    try:
        while not unpack.eof and left:
            piece = unpack.decompress(left, CHUNK)
            left = unpack.unconsumed_tail
            digest.update(piece)
            size += len(piece)
            if size > bytes_max:
                raise refuse("body-too-large", limit=bytes_max)
    except zlib.error as error:
        raise refuse("bad-request", detail=f"gzip: {error}") from error
    if not unpack.eof:
        raise refuse("body-truncated", detail="gzip")
    if unpack.unused_data:
        raise refuse("bad-request", detail="gzip: more than one member")
    return size, digest
