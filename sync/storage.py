"""Bytes by their SHA-256: one protocol, a disk behind it. What `put` has returned survives a power cut."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from sync import clock, ids


class OtherBytesError(Exception):
    """The bytes do not have the hash under which they were offered."""


class Blobs(Protocol):
    """A store of immutable bytes under their SHA-256 (32 bytes)."""

    def put(self, sha256: bytes, chunks: Iterable[bytes]) -> int:
        """Store durably, or find stored already; the size. Either way they are offered anew as of now.

        Raises OtherBytesError; whatever `chunks` raises passes.
        """

    def open(self, sha256: bytes) -> BinaryIO:
        """The bytes as a stream; raises KeyError."""

    def has(self, sha256: bytes) -> bool:
        """Whether they are here."""

    def delete(self, sha256: bytes) -> None:
        """Forget them; nothing happens if they are not here."""

    def discard(self, sha256: bytes, before: datetime) -> bool:
        """Forget bytes that nobody offered since `before`; False if somebody did, and they stay.

        Safe whoever puts them at the same moment, and however long this process is stopped in the middle.
        """

    def set_aside(self, sha256: bytes) -> None:
        """Take rotten bytes out of the way, so that good ones can come; they are kept for people to look at."""

    def shelf(self, number: int) -> Iterator[tuple[bytes, datetime]]:
        """What stands on one of the SHELVES (the first 12 bits of its hash): each with when it was last offered."""

    def clear_unfinished(self, before: datetime) -> None:
        """Forget what a process that is gone began before that moment and never finished."""

    def free_share(self) -> float:
        """Share of the store that is free, 0 to 1."""


SHELVES = 4096


class LocalBlobs:
    """A folder: `abc/<sha256>`. Written beside, synced, linked into place, folder synced (sync.md D3.5).

    4,096 folders, one level: 2,500 files in each at 10 million photos; a level more costs two syncs a photo while the
    store is young. A file's time is when it was last offered.
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
            while not self._link(beside, final):
                with suppress(FileNotFoundError):  # discarded at this very moment: link again
                    if final.stat().st_size == size:
                        _touch(final)
                    else:
                        beside.replace(final)  # torn by a failing disk; these are the whole bytes
                    break
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

    def discard(self, sha256: bytes, before: datetime) -> bool:
        """See Blobs. Moved away first and looked at again there: a put in between links a file of its own."""
        final = self._path(sha256)
        leaving = self._folder / "leaving" / f"{sha256.hex()}.{ids.uuid7()}"
        try:
            if _offered(final) >= before:
                return False
            leaving.parent.mkdir(exist_ok=True)
            final.rename(leaving)
        except FileNotFoundError:
            return True
        return self._leave(leaving, before)

    def set_aside(self, sha256: bytes) -> None:
        """See Blobs: they go to the folder `rotten`."""
        rotten = self._folder / "rotten"
        rotten.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            self._path(sha256).rename(rotten / sha256.hex())

    def shelf(self, number: int) -> Iterator[tuple[bytes, datetime]]:
        """See Blobs."""
        try:
            entries = list(os.scandir(self._folder / f"{number:03x}"))
        except FileNotFoundError:
            return
        for entry in entries:
            with suppress(FileNotFoundError):
                yield bytes.fromhex(entry.name), _offered(Path(entry.path))

    def clear_unfinished(self, before: datetime) -> None:
        """See Blobs. What was being discarded is discarded, or put back if it was offered since."""
        for incoming in (self._folder / "incoming").glob("*"):
            with suppress(FileNotFoundError):
                if _offered(incoming) < before:
                    incoming.unlink()
        for leaving in (self._folder / "leaving").glob("*"):
            self._leave(leaving, before)

    def _leave(self, leaving: Path, before: datetime) -> bool:
        """Let go of a file that was moved away, unless it was offered since; whether it is gone."""
        with suppress(FileNotFoundError):
            if _offered(leaving) >= before:
                with suppress(FileExistsError):
                    os.link(leaving, self._path(bytes.fromhex(leaving.name.partition(".")[0])))
                leaving.unlink()
                return False
            leaving.unlink()
        return True

    def free_share(self) -> float:
        """See Blobs."""
        self._folder.mkdir(parents=True, exist_ok=True)
        space = os.statvfs(self._folder)
        return space.f_bavail / space.f_blocks if space.f_blocks else 1.0

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._folder / name[:3] / name

    def _link(self, beside: Path, final: Path) -> bool:
        try:
            os.link(beside, final)
        except FileExistsError:
            return False
        return True

    def _write(self, beside: Path, sha256: bytes, chunks: Iterable[bytes]) -> int:
        digest, size = hashlib.sha256(), 0
        with beside.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            if digest.digest() != sha256:
                raise OtherBytesError(digest.hexdigest())
            file.flush()
            _touch(beside)
            os.fsync(file.fileno())
        return size

    def _sync(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _touch(path: Path) -> None:
    now = clock.now().timestamp()
    os.utime(path, (now, now))


def _offered(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
