"""Photo intake on loopback."""

import hashlib
import random
import time
from statistics import median

from tests.bench.ground import installation, running, wait_for, web
from tests.bench.load import token
from tests.bench.material import material
from tests.bench.sender import send_all
from tests.bench.table import Row

COUNT, SIZE, ROUNDS = 400, 300_000, 7


def intake() -> list[Row]:
    """PUT of photos of 300 kB, durable: the median of rounds through one process of the web server, and through as
    many as `doorstep up` starts on two cores."""
    stuff = material()
    with installation() as (_, environment, _postgres):
        one, two = (_rates(environment, processes, stuff.photos) for processes in (1, 2))
        method = f"median of {{}} rounds, {{:.0f}} to {{:.0f}}, 300 kB each, 8 connections, {{}}; {_told(stuff.photos)}"
        return [
            Row("photo intake", median(two), "MB/s", 80, 200, method.format(ROUNDS, min(two), max(two), "2 processes")),
            Row("photo intake", median(one), "MB/s", 80, 200, method.format(ROUNDS, min(one), max(one), "1 process")),
        ]


def _told(photos: list[bytes]) -> str:
    mean = sum(map(len, photos)) / max(len(photos), 1) / 1000
    return f"{len(photos)} real photos (mean {mean:.0f} kB) filled up with noise" if photos else "noise"


def _rates(environment: dict[str, str], processes: int, photos: list[bytes]) -> list[float]:
    rates = []
    with running(environment, web(environment, processes)):
        wait_for(environment)
        for warm in (True, *[False] * ROUNDS):
            requests = [_put(_content(photos, n), n) for n in range(COUNT // 10 if warm else COUNT)]
            start = time.perf_counter()
            send_all(environment["DOORSTEP_BIND"], requests, 8)
            if not warm:
                rates.append(COUNT * SIZE / 1e6 / (time.perf_counter() - start))
    return rates


def _content(photos: list[bytes], n: int) -> bytes:
    """A photo of 300 kB whose bytes nobody had before: a real one, cut or filled up behind its end, where there are
    any. Intake does not look into it."""
    beginning = photos[n % len(photos)][: SIZE - 16] if photos else b""
    return beginning + random.randbytes(SIZE - len(beginning))


def _put(content: bytes, n: int) -> bytes:
    sha256 = hashlib.sha256(content).hexdigest()
    head = (
        f"PUT /phone/v1/blobs/{sha256} HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {token(n % 100)}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
