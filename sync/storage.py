"""Bytes by their SHA-256: one protocol, a disk behind it. What `put` has returned survives a power cut."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from sync import ids


class OtherBytesError(Exception):
    """The bytes do not have the hash under which they were offered."""


class Blobs(Protocol):
    """A store of immutable bytes under their SHA-256 (32 bytes)."""

    def put(self, sha256: bytes, chunks: Iterable[bytes]) -> int:
        """Store durably, or find stored already; the size. Raises OtherBytesError; whatever `chunks` raises passes."""

    def open(self, sha256: bytes) -> BinaryIO:
        """The bytes as a stream; raises KeyError."""

    def has(self, sha256: bytes) -> bool:
        """Whether they are here."""

    def delete(self, sha256: bytes) -> None:
        """Forget them; nothing happens if they are not here."""

    def free_share(self) -> float:
        """Share of the store that is free, 0 to 1."""


class LocalBlobs:
    """A folder: `abc/<sha256>`. Written beside, synced, linked into place, folder synced (sync.md D3.5).

    4,096 folders, one level: 2,500 files in each at 10 million photos; a level more costs two syncs a photo while the
    store is young.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sha256: bytes, chunks: Iterable[bytes]) -> int:
        """See Blobs."""
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        beside = incoming / str(ids.uuid7())
        try:
            size = self._write(beside, sha256, chunks)
            final = self._path(sha256)
            if not final.parent.exists():
                final.parent.mkdir(parents=True, exist_ok=True)
                self._sync(self._folder)
            try:
                os.link(beside, final)
            except FileExistsError:
                return size
            self._sync(final.parent)
            return size
        finally:
            beside.unlink(missing_ok=True)

    def open(self, sha256: bytes) -> BinaryIO:
        """See Blobs."""
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise KeyError(sha256.hex()) from error

    def has(self, sha256: bytes) -> bool:
        """See Blobs."""
        return self._path(sha256).exists()

    def delete(self, sha256: bytes) -> None:
        """See Blobs."""
        self._path(sha256).unlink(missing_ok=True)

    def free_share(self) -> float:
        """See Blobs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        space = os.statvfs(self._folder)
        return space.f_bavail / space.f_blocks if space.f_blocks else 1.0

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._folder / name[:3] / name

    def _write(self, beside: Path, sha256: bytes, chunks: Iterable[bytes]) -> int:
        digest, size = hashlib.sha256(), 0
        with beside.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            if digest.digest() != sha256:
                raise OtherBytesError(digest.hexdigest())
            file.flush()
            os.fsync(file.fileno())
        return size

    def _sync(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
