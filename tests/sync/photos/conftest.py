"""A house with a village, photos in its store, and time that passes when a test says so."""

import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.house import House
from sync.photos.actions import record_upload
from sync.photos.citing import Cited, cite
from tests.factories.village import Village, found
from worker.drain import until_empty

CONTENT = b"a well with yellow water"


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


class Store:
    """What phones and workers do with photos, in short words."""

    def __init__(self, house: House, village: Village) -> None:
        self.house, self.village = house, village

    def offer(self, content: bytes = CONTENT, device: Any = None) -> bytes:
        """A phone (Li's) PUTs bytes; their hash."""
        sha256 = hashlib.sha256(content).digest()
        self.house.blobs.put(sha256, [content])
        size, phone = len(content), device or self.village.phone_li
        self.house.write(lambda session: record_upload(session, phone, sha256, size))
        return sha256

    def cited(self, sha256: bytes, content: bytes = CONTENT, device: Any = None) -> Cited:
        """A photo as a visit cites it."""
        phone, visit = device or self.village.phone_li, ids.uuid7()
        return Cited(ids.uuid7(), phone, ids.uuid7(), visit, None, sha256, len(content), None, None)

    def cite(self, sha256: bytes, content: bytes = CONTENT, device: Any = None) -> bool:
        """A visit of a phone (Li's) cites a photo; whether it is present."""
        photo = self.cited(sha256, content, device)
        return not self.house.write(lambda session: cite(session, [photo], clock.now(), look=False))

    def pass_days(self, days: float) -> None:
        """Make everything so many days older."""
        gap = timedelta(days=days)
        self.run(
            "UPDATE blob SET stored_at = stored_at - :gap, doomed_at = doomed_at - :gap, lost_at = lost_at - :gap,"
            " scrubbed_at = scrubbed_at - :gap",
            gap=gap,
        )
        for path in self.house.settings.blob_dir.rglob("*"):
            if path.is_file():
                at = path.stat().st_mtime - gap.total_seconds()
                os.utime(path, (at, at))

    def run(self, statement: str, **facts: Any) -> None:
        """One statement, committed."""
        self.house.write(lambda session: session.execute(text(statement), facts))

    def rows(self, query: str, **facts: Any) -> list[tuple[Any, ...]]:
        """What a query answers."""
        return [tuple(row) for row in self.house.read(lambda session: session.execute(text(query), facts).all())]

    def path(self, sha256: bytes) -> Path:
        """Where the bytes lie."""
        return self.house.settings.blob_dir / sha256.hex()[:3] / sha256.hex()

    def files(self) -> set[str]:
        """Names of all stored files."""
        return {path.name for path in self.house.settings.blob_dir.rglob("*") if path.is_file()}


@pytest.fixture
def store(house: House, village: Village) -> Store:
    return Store(house, village)


@pytest.fixture
def work(house: House) -> Callable[[], None]:
    """Let a worker do what is due."""
    return lambda: [until_empty(house, 30, 0, lambda: False), None][1]
