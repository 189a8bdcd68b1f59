"""Pictures a second: photos of 300 kB from their bytes to thumbnails, hash and row."""

import time
from io import BytesIO

import numpy as np
from PIL import Image
from sqlalchemy import text

from sync.house import House
from sync.photos.actions import record_upload
from tests.bench.ground import WORKER, installation, running
from tests.bench.load import device_id
from tests.bench.table import Row

COUNT, SIZE = 200, (2048, 1536)


def reading() -> list[Row]:
    """What two workers get through, everything durable."""
    with installation() as (house, environment, _postgres):
        bytes_ = [_photo(n) for n in range(COUNT)]
        for n, content in enumerate(bytes_):
            _offer(house, n, content)
        with running(environment, WORKER, WORKER):
            start = time.perf_counter()
            _ring(house)
            while _unread(house):
                time.sleep(0.02)
            seconds = time.perf_counter() - start
        mean = sum(map(len, bytes_)) / COUNT / 1000
        method = f"{SIZE[0]} x {SIZE[1]}, {mean:.0f} kB each, 2 workers, start of the workers included"
        return [Row("photos read", COUNT / seconds, "pictures/s", 5, 15, method)]


def _photo(seed: int) -> bytes:
    """A picture with as much detail as a phone's photo of that size has: smooth shapes and fine grain."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    grain = rng.normal(0, 5, (SIZE[1], SIZE[0], 1))
    levels = np.clip(np.asarray(coarse, np.float64) + grain, 0, 255).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(levels).save(file, "JPEG", quality=72)
    return file.getvalue()


def _offer(house: House, n: int, content: bytes) -> None:
    import hashlib

    sha256 = hashlib.sha256(content).digest()
    house.blobs.put(sha256, [content])
    house.write(lambda session: record_upload(session, device_id(n % 100), sha256, len(content)))


def _ring(house: House) -> None:
    from sync import queue

    for _ in range(2):
        queue.ring(house)


def _unread(house: House) -> int:
    query = text("SELECT count(*) FROM errand WHERE done_at IS NULL AND job = 'read_photo'")
    return int(house.read(lambda session: session.scalar(query)) or 0)
